/** Words of a linked realm that could break what takes them in: the server and its users go on. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { residentMb } from "../bench/processes.ts";
import { Dialer } from "../support/dialer.ts";
import { type Answers, but, type Channel } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { groupMessage, type Item, item, message } from "../support/items.ts";
import { type Instead, Listener } from "../support/listener.ts";
import { history, inbox, newUser, ok, refused } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { startedProcess } from "../support/started.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { housePassing, houseProcess, realmRow, withAlice } from "./scene.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const DEEP = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;

async function listening(alice: Wire): Promise<Listener> {
  const peer = await Listener.start(newIdentity("rumah"));
  await alice.request(`addrealm rumah ${peer.host} ${peer.port}`);
  return peer;
}

/** In place of the answer to the first request that begins so. */
function once(start: string, say: (channel: Channel) => void): Instead {
  let done = false;
  return (request, channel) => {
    if (done || !request.startsWith(start)) return false;
    done = true;
    say(channel);
    return true;
  };
}

it("a call by event that is nested deeper than anything", async () => {
  const { alice } = await withAlice();
  const peer = await listening(alice);
  await until("it is linked", () => peer.isLinked);
  for (const method of ["deliver", "names", "terbang"]) {
    peer.raw(`{"event":"call","data":{"call":1,"method":"${method}","body":${DEEP}}}\r\n\r\n`);
  }
  await until("it is linked and answers", async () => {
    await ok(alice.request("ping"));
    return peer.isLinked && (await peer.call("ping", {}).catch(() => undefined)) !== undefined;
  });
});

const strange = ['{"toString":1,"valueOf":1}', '{"__proto__":null}', "[[]]", DEEP, "7", "null", "true"];

it.each(["link call deliver", "link call names", "dialect", "link hello", "link prove"])(
  "a refusal of `%s` whose code and detail are no texts",
  async (start) => {
    const { alice } = await withAlice();
    for (const [i, value] of strange.entries()) {
      const peer = await Listener.start(newIdentity(`rumah${i}`));
      let heard = false;
      peer.instead = once(start, (channel) => {
        heard = true;
        channel.send(`{"status":"ERROR","code":${value},"detail":${value},"message":${value},"data":${value}}`);
      });
      await alice.request(`addrealm rumah${i} ${peer.host} ${peer.port}`);
      await alice.request(`send wati@rumah${i} halo`);
      await until("it has answered so", () => heard);
      await ok(alice.request("ping"));
    }
  },
);

const lists: readonly (readonly [what: string, answers: Answers])[] = [
  ["numbers with a fraction", () => ({ group: "kelas", owner: "wati@rumah", head: 0.5 })],
  ["numbers beyond all", () => ({ group: "kelas", owner: "wati@rumah", head: 1e300 })],
  ["numbers below all", () => ({ group: "kelas", owner: "wati@rumah", head: -5 })],
  ["an owner of this realm", () => ({ group: "kelas", owner: "alice@a", head: 0 })],
  ["another group", () => ({ group: "klub", owner: "wati@rumah", head: 0 })],
  ["what every object has", () => ({ group: "constructor", owner: "constructor@rumah", head: 0 })],
  ["texts", () => ({ group: "kelas", owner: "wati@rumah", head: "0" })],
  ["nothing", () => ({})],
].map(([what, result]) => {
  const results = (body: unknown) =>
    (body as Item[]).map(({ kind }) => (kind === "join" ? (result as () => object)() : {}));
  return [what as string, but("deliver", ({ body }) => ({ data: results(body) }))];
});

it.each(lists)("a join that is answered with %s", async (_, answers) => {
  const { server, alice } = await withAlice();
  const { client: bob } = await newUser(server, "bob");
  const peer = await Dialer.linked(server, newIdentity("rumah"));
  peer.answers = answers;
  await alice.request("joingroup kelas@rumah");
  for (const text of ["satu", "dua", "tiga"]) await ok(bob.request(`send alice ${text}`));
  await until("the result is taken", async () => (await realmRow(bob, "rumah"))["queued"] === 0);
  expect(await inbox(alice, "all")).toEqual(["satu", "dua", "tiga"]);
  expect(server.log()).not.toMatch(/ error /);
});

it.each([String(Number.MAX_SAFE_INTEGER), "9007199254740993", "1e300", "-1", "0.5", "x", "", "NaN"])(
  "a proof that says it has received %s",
  async (received) => {
    const { server, alice } = await withAlice();
    const { client: bob } = await newUser(server, "bob");
    const peer = await Dialer.linked(server, newIdentity("rumah"), { received }).catch(() => undefined);
    for (const text of ["satu", "dua", "tiga"]) {
      if (peer) await alice.request(`send wati@rumah ${text}`);
      await ok(bob.request(`send alice ${text}`));
    }
    expect(await inbox(alice, "all")).toEqual(["satu", "dua", "tiga"]);
    expect(server.log()).not.toMatch(/ error /);
  },
);

it("an item with the highest number there is", async () => {
  const { server, alice } = await withAlice();
  const peer = await Dialer.linked(server, newIdentity("rumah"));
  await peer.deliver(message("wati", ["alice"], "terakhir", { n: Number.MAX_SAFE_INTEGER }));
  const other = await Dialer.linked(server, newIdentity("kantor"));
  expect(await other.deliver(message("budi", ["alice"], "halo"))).toEqual([{}]);
  expect(await inbox(alice, "all")).toContain("halo");
});

it("a key that is no point of the curve", async () => {
  const { server, alice } = await withAlice();
  for (const byte of [0x00, 0x01, 0x02, 0x7f, 0xff]) {
    const key = Buffer.alloc(32, byte).toString("base64url");
    const peer = new Dialer(server, newIdentity("rumah"), { hello: { key } });
    const hello = await peer.sayHello();
    const reply = hello["status"] === "OK" ? await peer.prove() : hello;
    expect(reply.code, String(byte)).toMatch(/realm-refused|bad-request/);
  }
  await ok(alice.request("ping"));
  expect(server.log()).not.toMatch(/ error /);
});

it("names without end, or of a new list each time, are not asked for for ever", async () => {
  const { server, alice } = await withAlice();
  let salt = 0;
  const peer = await Dialer.linked(server, newIdentity("rumah"));
  peer.answers = but("names", () => ({ data: { salt: String(salt++), users: ["wati"], groups: [], more: true } }));
  await peer.call("news", {});
  for (let i = 0; i < 300; i++) {
    await peer.call("ping", {});
    await ok(alice.request("ping"));
  }
  expect(peer.calls.filter(({ method }) => method === "names").length).toBeLessThan(100);
});

it("calls before the handshake is over are not all kept", async () => {
  const { server, pid, alice, bob } = await housePassing();
  const peer = await Listener.start(newIdentity("rumah"));
  const before = residentMb(pid);
  const call = `${JSON.stringify({ event: "call", data: { call: 1, method: "names", body: "x".repeat(MIB / 2) } })}\r\n\r\n`;
  const calls = 1000;
  let early: Channel | undefined;
  peer.instead = once("link prove", (channel) => {
    early = channel;
    for (let i = 0; i < calls; i++) channel.raw(call);
  });
  void alice.request(`addrealm rumah ${peer.host} ${peer.port}`);
  let most = 0;
  const later = passing(server);
  let waiting: number | undefined;
  /** Time passes once nothing more of it is taken in. */
  const next = async (): Promise<void> => {
    const isTaken = early === undefined || early.waiting !== waiting;
    waiting = early?.waiting;
    await (isTaken ? pause(40) : later());
  };
  const hasFailed = async (): Promise<boolean | undefined> => {
    await ok(bob.request("ping"));
    most = Math.max(most, residentMb(pid) - before);
    return early?.hasEnded;
  };
  await until("the handshake has failed", hasFailed, next);
  // All of them would be as large again; what has been read and is let go of is collected when the machine has time.
  expect(most).toBeLessThan(0.7 * calls * 0.5);
});

it("many calls, by one who reads no answer, are not all answered into memory", async () => {
  const { pid, alice } = await houseProcess();
  const peer = await listening(alice);
  const content = Buffer.alloc(128 * KIB, "isi").toString("base64");
  const { file } = await ok(alice.request(`sendfile wati@rumah besar ${content}`));
  await until("it is linked", () => peer.isLinked);
  const before = residentMb(pid);
  const body = { file: (file as { id: string }).id, offset: 0 };
  peer.pause();
  for (let call = 1; call <= 5000; call++) {
    peer.raw(`${JSON.stringify({ event: "call", data: { call, method: "piece", body } })}\r\n\r\n`);
  }
  let most = 0;
  for (let i = 0; i < 300; i++) {
    await ok(alice.request("ping"));
    most = Math.max(most, residentMb(pid) - before);
  }
  expect(most).toBeLessThan(200);
});

it("a message that is longer than a link takes is refused, and those after it arrive", async () => {
  const { server, alice } = await withAlice("--max-request", "4M");
  const neighbour = await startedProcess("--realm", "rumah");
  const { client: wati } = await newUser(neighbour, "wati");
  await ok(alice.request(`addrealm rumah ${neighbour.host} ${neighbour.port}`));
  expect(await refused(alice.request(`send wati@rumah ${"x".repeat(2 * MIB)}`))).toBe("too-large");
  await alice.request("send wati@rumah sesudahnya");
  await until("the next has arrived", async () => (await inbox(wati, "all")).includes("sesudahnya"));
  expect(server.log()).not.toContain("realm-lost");
});

it("what a user here has said comes back once, however often the group's home says it", async () => {
  const { server, alice } = await withAlice();
  const home = await homeOfKelas(server, alice);
  await ok(alice.request("sendgroup kelas@rumah setuju"));
  const said = (await until("it is posted", () => home.items.find(({ kind }) => kind === "post"))) as Item;
  const { id, time } = said;
  const as = { name: "alice", realm: "a" };
  expect(await home.deliver(groupMessage(as, "kelas", [0, 1], "setuju", { id, time }))).toEqual([{}]);
  await home.deliver(groupMessage(as, "kelas", [1, 2], "setuju", { id, time }));
  expect(await history(alice, "#kelas@rumah")).toEqual(["setuju"]);
});

it("what a user here has said comes back without a file that he has not sent", async () => {
  const { server, alice } = await withAlice();
  const home = await homeOfKelas(server, alice);
  await ok(alice.request("sendgroup kelas@rumah gambar.png"));
  const said = (await until("it is posted", () => home.items.find(({ kind }) => kind === "post"))) as Item;
  const { id, time } = said;
  const file = { id: String(id), name: "gambar.png", size: 4, sha256: "0".repeat(64) };
  await home.deliver(groupMessage({ name: "alice", realm: "a" }, "kelas", [0, 1], "gambar.png", { id, time, file }));
  const { data } = await ok(alice.request("history #kelas@rumah"));
  for (const shown of data as object[]) expect(shown).not.toHaveProperty("file");
});

it.skipIf(process.platform !== "linux")("an address in this server's own network, told by a name", async () => {
  const { server, alice } = await withAlice();
  const inner = await Listener.start(newIdentity("rahasia"));
  for (const [i, host] of ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"].entries()) {
    const hello = { advertised: `${host}:${inner.port}` };
    const peer = await Dialer.linked(server, newIdentity(`rumah${i}`), { hello, from: "127.0.0.2" });
    // It would be called as soon as its own link has ended.
    peer.channel.close();
    await until("it has been called, or never will be", async () => {
      const { state } = await realmRow(alice, `rumah${i}`);
      return state === "unknown" || state === "refused" || inner.requests.length > 0;
    });
    expect(inner.requests, host).toEqual([]);
  }
});

async function homeOfKelas(server: TestServer, alice: Wire): Promise<Dialer> {
  const home = await Dialer.linked(server, newIdentity("rumah"));
  const joined = { group: "kelas", owner: "wati@rumah", head: 0 };
  const results = (body: unknown) => (body as Item[]).map(({ kind }) => (kind === "join" ? joined : {}));
  home.answers = but("deliver", ({ body }) => ({ data: results(body) }));
  await ok(alice.request("joingroup kelas@rumah"));
  await home.deliver(item("members", { ...joined, add: ["wati@rumah", "alice@a"], remove: [], whole: true }));
  return home;
}
