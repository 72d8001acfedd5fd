/** Messages that are too old to be kept: nothing of them stays, anywhere, and all of the others does. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { uploaded } from "../support/bodies.ts";
import { history, newUser, ok, type Person, refused } from "../support/people.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { Time } from "../support/time.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

/** A word that stands in what is to be gone, and nowhere else. */
const SECRET = "zzbocoran";

/** Files of a data folder in whose bytes the word is. */
function holding(data: string): readonly string[] {
  return readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .filter((name) => bytesOf(join(data, name)).includes(SECRET));
}

async function idOf(reply: ReturnType<Person["client"]["request"]>): Promise<string> {
  return String((await ok(reply))["id"]);
}

/** A server whose days can pass at once: what it does every second it then does a few times. */
interface Aging extends LocalServer {
  age(ms: number): void;
}

async function aging(...options: readonly string[]): Promise<Aging> {
  const time = new Time();
  let older = 0;
  const server = await startServer(options, undefined, { ...time.world, now: () => time.world.now() + older });
  onTestFinished(() => server.stop());
  const age = (ms: number): void => {
    older += ms;
    time.pass(15_000);
  };
  return { ...server, age };
}

/** alice, bob and two groups of both, on a server on disk. */
async function scene(...options: readonly string[]) {
  const server = await aging(...options);
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  for (const group of ["kelas", "klub"]) {
    await ok(alice.client.request(`addgroup ${group}`));
    await ok(bob.client.request(`joingroup ${group}`));
  }
  return { server, alice, bob, data: dirname(server.control) };
}

/** The time passes; what is due by then is done, and on disk. */
async function later(server: Aging, { client }: Person, ms: number): Promise<void> {
  server.age(ms);
  await ok(client.request("ping"));
  server.age(0);
  await ok(client.request("ping"));
}

/** Many messages of one turn, every third with the word, and of a few of them something has become. */
async function talk({ client: alice }: Person, { client: bob }: Person): Promise<void> {
  const asked = Array.from({ length: 300 }, (_, i) => {
    const to = ["send bob", "sendgroup kelas", "sendgroup klub"][i % 3];
    return alice.request(`${to} ${i % 3 === 1 ? `${SECRET} ` : ""}nomor ${i}`);
  });
  const replies = await Promise.all(asked);
  const ids = replies.map((reply) => String(reply["id"]));
  await ok(alice.request(`edit ${ids[4]} ${SECRET} lagi`));
  await ok(bob.request(`react ${ids[4]} 👍`));
  await ok(alice.request(`pin ${ids[7]}`));
  await ok(bob.request(`reply ${ids[10]} ${SECRET} juga`));
  await ok(alice.request(`delete ${ids[13]}`));
}

describe("messages of a group that keeps them for a day", () => {
  it("leave the disk, and those of others stay", async () => {
    const { server, alice, bob, data } = await scene();
    await talk(alice, bob);
    expect((await ok(bob.client.request(`search in #kelas ${SECRET}`))).data).not.toEqual([]);
    await ok(alice.client.request("group set kelas keep 1"));
    await later(server, alice, HOUR_MS);
    expect(holding(data)).not.toEqual([]);
    await later(server, alice, 12 * HOUR_MS);
    await ok(alice.client.request("sendgroup kelas baru"));
    const other = await history(bob.client, "#klub");
    const between = await history(bob.client, "alice");
    expect([other.length, between.length]).toEqual([100, 100]);
    await later(server, alice, 12 * HOUR_MS);
    expect(await history(bob.client, "#kelas")).toEqual(["baru"]);
    expect((await ok(bob.client.request("pins kelas"))).data).toEqual([]);
    expect((await ok(bob.client.request(`search ${SECRET}`))).data).toEqual([]);
    expect((await ok(alice.client.request("chats"))).data).toMatchObject([
      { with: "#kelas", last: { message: "baru" } },
      { with: "#klub" },
      { with: "bob" },
    ]);
    expect(await history(bob.client, "#klub")).toEqual(other);
    expect(await history(bob.client, "alice")).toEqual(between);
    await server.end();
    expect(holding(data)).toEqual([]);
  });

  it("go also when it says so later than another, and in the log's own time", async () => {
    const { server, alice, data } = await scene();
    const klub = Array.from({ length: 30 }, (_, i) => alice.client.request(`sendgroup klub ${SECRET} ${i}`));
    await Promise.all(klub);
    await ok(alice.client.request("group set kelas keep 1"));
    await later(server, alice, 30 * HOUR_MS);
    await ok(alice.client.request("sendgroup kelas halo"));
    expect(holding(data)).not.toEqual([]);
    await ok(alice.client.request("group set klub keep 1"));
    await later(server, alice, HOUR_MS);
    await until("they are gone", () => {
      server.age(0);
      return holding(data).filter((name) => !name.startsWith("search")).length === 0;
    });
  });
});

describe("with --message-days", () => {
  it("all that is older is gone: what it says, and what leads to it", async () => {
    const { server, alice, bob, data } = await scene("--message-days", "2");
    await talk(alice, bob);
    const id = await idOf(alice.client.request(`post c-1 bob ${SECRET} sekali`));
    const { file } = await uploaded(server, alice.token, { to: "bob", name: "a.txt", content: "isi" });
    await ok(bob.client.request(`search ${SECRET}`));
    await later(server, alice, 2 * DAY_MS + HOUR_MS);
    for (const request of [`edit ${id} x`, `reply ${id} x`, `react ${id} x`, `report ${id}`, `versions ${id}`]) {
      expect(await refused(alice.client.request(request))).toBe("message-not-found");
    }
    for (const [who, place] of [
      [bob, "alice"],
      [bob, "#kelas"],
      [alice, "#klub"],
    ] as const) {
      expect(await history(who.client, place)).toEqual([]);
    }
    expect((await ok(bob.client.request("inbox all"))).data).toEqual([]);
    expect((await ok(bob.client.request("chats"))).data).toHaveLength(3);
    // Files have a time of their own.
    expect((await ok(bob.client.request("files received"))).data).toMatchObject([{ id: file.id }]);
    await ok(alice.client.request("send bob baru"));
    expect(await history(bob.client, "alice")).toEqual(["baru"]);
    await server.end();
    expect(holding(data)).toEqual([]);
  });

  it("it is so in memory, too", async () => {
    const server = await aging("--memory", "--message-days", "2");
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    await ok(alice.client.request("send bob lama"));
    await later(server, alice, DAY_MS);
    await ok(alice.client.request("send bob baru"));
    await later(server, alice, DAY_MS + HOUR_MS);
    expect(await history(bob.client, "alice")).toEqual(["baru"]);
  });
});

/** Of a file that may have gone since it was listed, as those of the index do when its process ends: it holds nothing. */
function bytesOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}
