/** What is executed again, because another node was faster, has its effects once, those beside the state too. */
import { expect, onTestFinished, test } from "vitest";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { machine, type World } from "../../src/world/world.ts";
import { butPresence, hasRead, newUser, ok, type Person } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type SharedLog, sharedLog } from "../support/shared-log.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

async function started(
  ...options: string[]
): Promise<{ server: TestServer; log: SharedLog; alice: Person; bob: Person }> {
  const log = sharedLog();
  const server = await startServer(["--memory", ...options], log.through);
  onTestFinished(() => server.stop());
  return { server, log, alice: await newUser(server, "alice"), bob: await newUser(server, "bob") };
}

test("what another node has overtaken is done again, also on a connection that was refused something before", async () => {
  const { log, alice } = await started();
  log.fail("message.appended", "refused");
  expect(await alice.client.request("send bob satu")).toMatchObject({ code: "storage" });
  log.fail("message.appended", "overtaken");
  await ok(alice.client.request("send bob dua"));
  expect(log.failed).toBe(2);
});

test("a typing hint is told once, though another node has overtaken the turn that it was in", async () => {
  const { server, log, alice, bob } = await started();
  await ok(alice.client.request("send bob halo"));
  await ok(bob.client.request("send alice halo"));
  const told: ToldEvent[] = [];
  const watching = await server.connect({ onEvent: butPresence((event) => told.push(event)) });
  await ok(watching.request(`watch ${bob.token} on`));
  log.fail("typing.told", "overtaken");
  await ok(alice.client.request("typing bob"));
  await until("it is told", () => told.length > 0);
  expect(log.failed).toBe(1);
  expect(told).toMatchObject([{ event: "typing" }]);
});

test("messages count towards the quota of the day once they are kept, and once", async () => {
  const { log, alice } = await started("--message-quota", "2");
  log.fail("message.appended", "refused");
  expect(await alice.client.request("send bob gagal")).toMatchObject({ code: "storage" });
  log.fail("message.appended", "overtaken");
  await ok(alice.client.request("send bob satu"));
  await ok(alice.client.request("send bob dua"));
  expect(await alice.client.request("send bob tiga")).toMatchObject({ code: "quota" });
});

test("a connection is what it was before a turn that was refused: what the client is called, and what it has promised", async () => {
  const { server, log, alice } = await started();
  const { client } = alice;
  log.fail("session.used", "refused");
  log.fail("message.appended", "refused");
  expect(await client.request("client bot 1")).toMatchObject({ code: "storage" });
  expect(await Promise.all(["send bob halo", "ping every 10"].map((request) => client.request(request)))).toMatchObject(
    [{ code: "storage" }, { code: "storage" }],
  );
  await ok(client.request("auth alice rahasia"));
  const { data } = await ok(client.request("sessions"));
  expect(data).toMatchObject([{ client: "auto" }, { client: "auto" }]);
  server.pass(40_000);
  await hasRead(server);
  await ok(client.request("whoami"));
});

test("a request with a body is counted towards its budget, though it waits for the order first", async () => {
  const pauses: number[] = [];
  // A clock that stands: the budget is never full again.
  const world: World = {
    ...machine,
    elapsed: () => 0,
    after(ms, then) {
      pauses.push(ms);
      return machine.after(ms, then);
    },
  };
  const server = await startServer(["--memory", "--rate", "always"], sharedLog().through, world);
  onTestFinished(() => server.stop());
  const { token } = await newUser(server, "alice");
  const wire = new Wire(server);
  onTestFinished(() => wire.close());
  const most = 5000;
  wire.send(`upload ${token} nobody a.txt 1\r\n\r\nx`.repeat(most));
  expect(new Set((await wire.first(most)).map(({ code }) => code))).toEqual(new Set(["user-not-found"]));
  const twentyMs = (): number => pauses.filter((ms) => ms === 20).length;
  expect(twentyMs()).toBe(0);
  wire.send(`upload ${token} nobody a.txt 1\r\n\r\nx`);
  await wire.first(most + 1);
  expect(twentyMs()).toBe(1);
});
