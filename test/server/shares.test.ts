/** Who asks a great deal at once has it done in shares, between those of the others, and whole, in its order. */
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { type Share, Shares } from "../../src/server/shares.ts";
import { State } from "../../src/state/state.ts";
import { Turn } from "../../src/state/turn.ts";
import { machine, type World } from "../../src/world/world.ts";
import { newUser, ok } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

/** Requests between two looks at the clock. */
const LOOK_EVERY = 8;

/** Every look at the clock is so many milliseconds later than the last. */
function movingWorld(ms: number): World {
  let now = 0;
  return { ...machine, elapsed: () => (now += ms) };
}

describe("on a server where eight requests take all of a share", () => {
  const MANY = 5000;
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer([], undefined, movingWorld(2));
    for (const name of ["alice", "bob"]) (await newUser(server, name)).client.close();
  });
  afterAll(() => server.stop());

  it("a user who pipelines thousands of requests does not hold back another's ping", async () => {
    const other = await server.connect();
    const greedy = new Wire(server).request(...Array.from({ length: MANY }, () => "ping"));
    await greedy.first(1);
    expect(await ok(other.request("ping"))).toMatchObject({ message: "pong" });
    expect(greedy.replies.length).toBeLessThan(MANY);
    expect(await greedy.first(MANY)).toHaveLength(MANY);
    for (const wire of [greedy, other]) wire.close();
  });

  it("of what many pipeline nothing is lost, and each is answered in order", async () => {
    const wires = [2, 3, 5, 7, 11].map((each) => {
      const words = Array.from({ length: 500 }, (_, i) => (i % each === 0 ? "ping" : "nothing"));
      return { words, wire: new Wire(server).request(...words) };
    });
    for (const { words, wire } of wires) {
      const replies = await wire.first(words.length);
      expect(replies.map(({ status }) => (status === "OK" ? "ping" : "nothing"))).toEqual(words);
      wire.close();
    }
  });

  it("messages of one who pipelines them arrive all, in their order", async () => {
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    const bob = await server.connect();
    await ok(bob.request("auth bob rahasia"));
    const alice = new Wire(server).request("auth alice rahasia", ...numbers.map((i) => `send bob number ${i}`));
    await alice.first(numbers.length + 1);
    const { data } = await ok(bob.request(`history alice limit ${numbers.length}`));
    expect(JSON.stringify(data).match(/number \d+/g)).toEqual(numbers.map((i) => `number ${i}`));
    bob.close();
    alice.close();
  });

  it("who ends its half after thousands of requests is answered all of them", async () => {
    const wire = new Wire(server).request(...Array.from({ length: MANY }, () => "ping")).end();
    await until("the server ends", () => wire.hasEnded);
    expect(wire.replies).toHaveLength(MANY);
  });
});

test("a server that is told to stop answers what had arrived, shares or not", async () => {
  const server = await startServer([], undefined, movingWorld(2));
  const wire = new Wire(server).request(...Array.from({ length: 2000 }, () => "ping"));
  await wire.first(1);
  await server.stop();
  await until("the server ends", () => wire.hasEnded);
  expect(wire.replies).toHaveLength(2000);
});

describe("shares", () => {
  /** Workers that have so many times eight requests each; and who did eight, in order. */
  function workers(counts: Readonly<Record<string, number>>) {
    const turn = new Turn(new State(new MemoryLog(1000)), machine, () => {});
    const shares = new Shares(turn, movingWorld(1));
    const done: string[] = [];
    const left = { ...counts };
    const each = Object.keys(counts).map((name) => {
      const share: Share = shares.of(() => {
        while (!share.waiting && (left[name] as number) > 0) {
          left[name] = (left[name] as number) - 1;
          done.push(name);
          for (let i = 0; i < LOOK_EVERY; i++) share.spent();
        }
      });
      return share;
    });
    return { each, done };
  }

  it("go round among those who have more to do", async () => {
    const { each, done } = workers({ a: 6, b: 2, c: 5 });
    for (const share of each) share.run();
    await until("all is done", () => done.length === 13);
    expect(done.join("")).toBe("aabbccaaccaac");
  });

  it("are small once the turn's time is used, and still there is one for each", async () => {
    const { each, done } = workers({ a: 2, b: 2, c: 2, d: 2, e: 2, f: 2 });
    for (const share of each) share.run();
    expect(done.join("")).toBe("aabbccddef");
    await until("all is done", () => done.length === 12);
    expect(done.join("")).toBe("aabbccddefef");
  });
});
