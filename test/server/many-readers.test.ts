/** Many who ask for much and do not read: together they hold what one may say to all, and nobody else waits for them. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { LARGE } from "../../src/server/limits.ts";
import { operatorOf } from "../support/admin.ts";
import { Connection } from "../support/connection.ts";
import { testFolder } from "../support/folder.ts";
import { hasRead, newUser, ok, type Person } from "../support/people.ts";
import type { LocalServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { contentsIn } from "../support/uploads.ts";
import { Wire } from "../support/wire.ts";

const LIMIT = 9 * 2 ** 20;
const READERS = 12;
/** A letter is six characters in ASCII: a page of these has six megabytes, and a socket takes in less. Here it has two, less what has left. */
const LONG = "é".repeat(31_000);
const FILE = Buffer.alloc(11 * 2 ** 20, "isi");

/** Only counts what comes. */
class Counter extends Connection {
  size = 0;

  protected read(chunk: Buffer): void {
    this.size += chunk.length;
  }
}

/** A server with little room, and a user who has much. */
async function house(): Promise<{ server: LocalServer; alice: Person }> {
  const server = await started("--memory", "--max-output-total", String(LIMIT), "--max-transfers", "1000");
  const alice = await newUser(server, "alice");
  for (let i = 0; i < 33; i++) await ok(alice.client.request(`send alice ${i} ${LONG}`));
  return { server, alice };
}

/** The most that is held, looked at again and again while something is done. */
async function most(server: LocalServer, work: () => Promise<unknown>): Promise<number> {
  let seen = 0;
  const looking = setInterval(() => {
    seen = Math.max(seen, server.waiting.held);
  }, 1);
  await work();
  clearInterval(looking);
  return seen;
}

async function isEmpty({ waiting }: LocalServer): Promise<void> {
  await until("nothing waits", () => waiting.held === 0 && waiting.waiting === 0);
}

it("readers of long lists hold no more than the limit, others are served, and they leave nothing behind", async () => {
  const { server, alice } = await house();
  const bob = await newUser(server, "bob");
  const wires: Wire[] = [];
  const held = await most(server, async () => {
    for (let i = 0; i < READERS; i++) wires.push(new Wire(server).pause().request(`history ${alice.token} alice`));
    await until("many wait", () => server.waiting.waiting > READERS / 2);
    for (let i = 0; i < 100; i++) await ok(bob.client.request(`send bob ${i}`));
    expect((await ok(bob.client.request("inbox"))).data).toHaveLength(100);
    expect(server.waiting.waiting).toBeGreaterThan(READERS / 2);
  });
  expect(held).toBeLessThanOrEqual(LIMIT);
  expect(held).toBeGreaterThan(LIMIT / 4);
  for (const wire of wires) wire.close();
  await isEmpty(server);
  expect(server.log()).not.toContain(" error ");
});

it("readers who do not read make room for one who does, and his reply is whole", async () => {
  const { server, alice } = await house();
  const page = await ok(alice.client.request("history alice"));
  const wires = Array.from({ length: 6 }, () => new Wire(server).pause().request(`history ${alice.token} alice`));
  await until("there is room for no more of them", () => server.waiting.waiting > 0);
  const reader = new Wire(server).request(`ping`, `history ${alice.token} alice`, "ping");
  const [, told, pong] = await reader.first(3);
  expect(told).toEqual(page);
  expect(pong).toMatchObject({ message: "pong" });
  expect(server.log()).toContain("reader-too-slow");
  for (const wire of [reader, ...wires]) wire.close();
  await isEmpty(server);
});

it.each([
  ["inside a reply", (token: string) => `download_file ${token} a.bin`],
  ["behind a reply", (token: string, id: string) => `download ${token} ${id}`],
])("files %s are held in pieces, and each of many readers gets the whole of it", async (where, request) => {
  const { server, alice } = await house();
  const { file } = await ok(alice.client.request(`sendfile alice a.bin ${FILE.toString("base64")}`));
  const { id } = file as { readonly id: string };
  const held = await most(server, async () => {
    const wires = Array.from({ length: READERS }, () => new Counter(server).pause().request(request(alice.token, id)));
    await hasRead(server);
    await until("all are on their way, or wait", () => server.waiting.held > 1_000_000);
    for (const wire of wires) wire.resume();
    const wanted = where === "inside a reply" ? FILE.length * 1.33 : FILE.length;
    await until("they have it", () => wires.every(({ size }) => size > wanted));
    for (const wire of wires) wire.close();
  });
  expect(held).toBeLessThanOrEqual(LIMIT);
  await isEmpty(server);
});

it("who asks for something large while there is no room is answered in order once there is, and once only", async () => {
  const { server, alice } = await house();
  const bob = await newUser(server, "bob");
  for (let i = 0; i < 33; i++) await ok(alice.client.request(`send bob ${i} ${LONG}`));
  const wires = Array.from({ length: 10 }, () => new Wire(server).pause().request(`history ${alice.token} alice`));
  await until("they hold all", () => server.waiting.waiting > 2);
  const reader = new Wire(server).request(`inbox ${bob.token}`, `send ${bob.token} bob sudah`, `inbox ${bob.token}`);
  await hasRead(server);
  for (const wire of wires) wire.close();
  const [first, sent, second] = await reader.first(3);
  const texts = (data: unknown): unknown[] => Object.values(data as object).flat();
  expect(texts(first?.data)).toHaveLength(33);
  expect(sent).toMatchObject({ status: "OK" });
  expect(texts(second?.data)).toHaveLength(1);
  reader.close();
  await isEmpty(server);
});

/** Somebody holds all the room that there is. @returns whether he still does */
function crowded(server: LocalServer): () => boolean {
  let holds = true;
  const account = server.waiting.open({
    onRoom() {},
    onTooSlow() {
      holds = false;
    },
  });
  onTestFinished(() => account.close());
  expect(account.take(LIMIT)).toBe(true);
  return () => holds;
}

it("what has waited and then changed something is answered though there is no room for that: a second time it would change it again", async () => {
  const server = await started("--max-output-total", String(LIMIT));
  const { client } = await newUser(server, "bob");
  const operator = await operatorOf(server);
  const realms = Array.from({ length: 1150 }, (_, i) => `r${"x".repeat(27)}${i}`);
  const key = "A".repeat(43);
  await Promise.all(realms.map((realm) => ok(operator.request(`addrealm ${realm} key ${key}`))));
  await Promise.all(realms.map((realm) => client.request(`send dora@${realm} halo`)));
  const isCrowded = crowded(server);
  const asked = await ok(client.request("erase rahasia"));
  expect(isCrowded()).toBe(true);
  expect(asked["realms"]).toHaveLength(realms.length);
  expect(JSON.stringify(asked).length).toBeGreaterThan(LARGE);
  operator.close();
});

it("a backup is made once, and its answer comes, though there is no room for all that it says", async () => {
  const server = await started("--max-output-total", String(LIMIT));
  const { client } = await newUser(server, "alice");
  const name = "x".repeat(220);
  const files = Array.from({ length: 300 }, (_, i) => `sendfile alice ${name}${i} aXNp`);
  await Promise.all(files.map((file) => ok(client.request(file))));
  for (const content of contentsIn(server.uploads)) rmSync(join(server.uploads, content));
  const isCrowded = crowded(server);
  const operator = await operatorOf(server);
  const made = await ok(operator.request(`admin backup ${join(testFolder(), "backup")}`));
  expect(isCrowded()).toBe(true);
  expect(made["wrong"]).toHaveLength(files.length);
  expect(JSON.stringify(made).length).toBeGreaterThan(LARGE);
  operator.close();
});

it("a server that is stopped ends, though some wait for room", async () => {
  const { server, alice } = await house();
  const wires = Array.from({ length: 6 }, () => new Wire(server).pause().request(`history ${alice.token} alice`));
  await until("some wait", () => server.waiting.waiting > 1);
  await server.end();
  for (const wire of wires) wire.close();
});
