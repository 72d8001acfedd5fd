/** Items that could not be kept are not overtaken by those behind them: nothing that was acknowledged is lost. */
import { expect, onTestFinished, test } from "vitest";
import { type GatedLog, gatedLog } from "../support/gated-log.ts";
import { history, newUser, ok, type Person } from "../support/people.ts";
import { linked } from "../support/realms.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

interface Side {
  readonly server: TestServer;
  readonly log: GatedLog;
  readonly user: Person;
}

async function side(realm: string, user: string): Promise<Side> {
  const log = gatedLog();
  const server = await startServer(["--memory", "--realm", realm, "--realm-policy", "users"], log.through);
  onTestFinished(() => server.stop());
  onTestFinished(() => log.open());
  return { server, log, user: await newUser(server, user) };
}

/** alice@kampus and bob@rumah; who dials is told. */
async function pair(dialer: "kampus" | "rumah"): Promise<{ kampus: Side; rumah: Side }> {
  const [kampus, rumah] = [await side("kampus", "alice"), await side("rumah", "bob")];
  const [from, to, name] = dialer === "kampus" ? [kampus, rumah, "rumah"] : [rumah, kampus, "kampus"];
  await ok(from.user.client.request(`addrealm ${name} ${to.server.host} ${to.server.port}`));
  await linked(kampus.user.client, "rumah");
  await linked(rumah.user.client, "kampus");
  return { kampus, rumah };
}

test.each(["kampus", "rumah"] as const)(
  "while the receiver cannot keep the first of them; %s has dialed",
  async (dialer) => {
    const { kampus, rumah } = await pair(dialer);
    const { client } = kampus.user;
    await ok(client.request("send bob@rumah nol"));
    rumah.log.shut();
    const first = client.request("send bob@rumah satu");
    await until("the first is being kept", () => rumah.log.waits);
    const rest = [client.request("send bob@rumah dua"), client.request("send bob@rumah tiga")];
    // They are answered when it is known what has become of them, or not for a while.
    await Promise.all(rest);
    rumah.log.open("failed");
    expect(await first).toMatchObject({ status: "OK" });
    await until("all are there", async () => (await history(rumah.user.client, "alice@kampus")).length >= 4);
    expect(await history(rumah.user.client, "alice@kampus")).toEqual(["nol", "satu", "dua", "tiga"]);
  },
);

test.each(["kampus", "rumah"] as const)(
  "while the sender cannot keep what others say; %s has dialed",
  async (dialer) => {
    const { kampus, rumah } = await pair(dialer);
    const { server, log, user } = kampus;
    const carol = await newUser(server, "carol");
    await ok(user.client.request("send bob@rumah nol"));
    log.shut();
    const sent = user.client.request("send bob@rumah satu");
    await until("it is being kept", () => log.waits);
    const failing = carol.client.request("send alice gagal");
    log.end("kept");
    await until("the next turn is being kept", () => log.waits);
    log.open("failed");
    expect(await failing).toMatchObject({ code: "storage" });
    expect(await sent).toMatchObject({ status: "OK" });
    await ok(user.client.request("send bob@rumah dua"));
    await until("all are there", async () => (await history(rumah.user.client, "alice@kampus")).length >= 3);
    expect(await history(rumah.user.client, "alice@kampus")).toEqual(["nol", "satu", "dua"]);
  },
);
