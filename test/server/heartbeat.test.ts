/** Who promises to be heard of every so often and is silent is gone; who promises nothing is left alone. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, test } from "vitest";
import { Heartbeat } from "../../src/server/heartbeat.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

const START = 1_700_000_000_000;
const SECOND = 1000;

describe("a heartbeat", () => {
  /** Asked every second from the promise on. @param moved bytes that have come and gone by then. @returns when it was missed, in s */
  function missed(
    every: number,
    moved: (second: number) => number,
    transferring: (second: number) => boolean = () => false,
  ): number | undefined {
    const heartbeat = new Heartbeat();
    heartbeat.expect(every, START);
    for (let second = 1; second <= 10 * every; second++) {
      if (heartbeat.isMissed(START + second * SECOND, moved(second), transferring(second))) return second;
    }
    return undefined;
  }

  test("is missed when nothing has moved for more than three times as long as was promised", () => {
    // The bytes of the promise itself are new when it is first asked about.
    expect(missed(10, () => 20)).toBe(32);
    expect(missed(60, () => 20)).toBe(182);
  });

  test("is not missed while a byte comes or goes every now and then", () => {
    expect(missed(10, (second) => Math.floor(second / 30))).toBe(undefined);
    expect(missed(10, (second) => Math.floor(second / 29))).toBe(undefined);
    expect(missed(10, (second) => Math.min(second, 50))).toBe(81);
  });

  test("is not missed while raw bytes are on their way, also when none is moving", () => {
    expect(
      missed(
        10,
        () => 20,
        () => true,
      ),
    ).toBe(undefined);
    expect(
      missed(
        10,
        () => 20,
        (second) => second <= 40,
      ),
    ).toBe(71);
  });

  test("is not missed by who promised nothing", () => {
    const heartbeat = new Heartbeat();
    for (const hours of [0, 1, 24]) expect(heartbeat.isMissed(START + hours * 3600 * SECOND, 20, false)).toBe(false);
  });

  test("begins at the promise, however long all was silent before, and a later promise replaces it", () => {
    const heartbeat = new Heartbeat();
    expect(heartbeat.isMissed(START, 20, false)).toBe(false);
    const late = START + 3600 * SECOND;
    heartbeat.expect(10, late);
    expect(heartbeat.isMissed(late + SECOND, 20, false)).toBe(false);
    heartbeat.expect(600, late + 20 * SECOND);
    expect(heartbeat.isMissed(late + 60 * SECOND, 20, false)).toBe(false);
    expect(heartbeat.isMissed(late + 1821 * SECOND, 20, false)).toBe(true);
  });
});

/** A connection that says this and nothing more; what comes is taken in and not looked at. */
async function says(server: TestServer, ...requests: readonly string[]): Promise<Socket> {
  const socket = connect(server.port, server.host).resume();
  await once(socket, "connect");
  socket.write(requests.map((request) => `${request}\r\n\r\n`).join(""));
  return socket;
}

async function answered(socket: Socket): Promise<void> {
  socket.write("ping\r\n\r\n");
  await once(socket, "data");
}

describe("on a server", () => {
  it("a watcher that has promised and is silent is gone, for others too; the rest live", async () => {
    const server = await started();
    const told: unknown[] = [];
    const alice = await newUser(server, "alice", { onEvent: ({ event, data }) => void told.push([event, data]) });
    const bob = await newUser(server, "bob");
    await ok(bob.client.request("send alice halo"));
    bob.client.close();
    await ok(alice.client.request("watch on"));
    const plain = await says(server, `watch ${alice.token} on`, "ping");
    const faithful = await says(server, "ping every 10");
    const sending = new RawWire(server).request("ping every 10", `upload ${bob.token} alice a.txt 6`).send("abc");
    expect(await sending.reply()).toMatchObject({ every: 10 });
    const silent = await says(server, `watch ${bob.token} on`, "ping every 10");
    let isGone = false;
    silent.once("close", () => (isGone = true));
    // Every 5 s the one that keeps his promise is heard of.
    for (let second = 1; !isGone; second++) {
      server.pass(SECOND);
      if (second % 5 === 0) await answered(faithful);
      else await pause(2);
    }
    // Plain `ping` promises nothing: who typed it is still there, as is who keeps his promise.
    for (const socket of [plain, faithful]) {
      await answered(socket);
      socket.destroy();
    }
    // A body that is on its way counts, also while none of it comes.
    expect(await sending.send("def").reply()).toMatchObject({ status: "OK", file: { size: 6 } });
    sending.close();
    await until("bob is offline and his file is here", () => told.length === 3, passing(server));
    expect(told.slice(0, 2)).toEqual([
      ["presence", { user: "bob", online: true }],
      ["presence", { user: "bob", online: false }],
    ]);
    expect(server.log()).toMatch(/ silent /);
  });

  it("who has been logged in for a while is there for others, too", async () => {
    const server = await started("--memory");
    const told: unknown[] = [];
    const alice = await newUser(server, "alice", { onEvent: ({ event, data }) => void told.push([event, data]) });
    const once = await newUser(server, "bob");
    await ok(once.client.request("send alice halo"));
    await ok(once.client.request("logout"));
    await ok(alice.client.request("watch on"));
    const bob = await loggedIn(server, "bob");
    await until("bob has come", () => told.length === 1, passing(server));
    expect(told).toEqual([["presence", { user: "bob", online: true }]]);
    expect((await ok(alice.client.request("info bob"))).data).toMatchObject({ online: true });
    // One-shots beside it are no news.
    (await loggedIn(server, "bob")).client.close();
    bob.client.close();
    await until("bob has gone", () => told.length === 2, passing(server));
    expect(told[1]).toEqual(["presence", { user: "bob", online: false }]);
  });
});
