/** Who asks a great deal at once has it done in shares, between those of the others, and whole, in its order. */
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { type Share, Shares } from "../../src/server/shares.ts";
import type { ChangeLog } from "../../src/state/log.ts";
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
  /** People at a turn, in a world where time goes on by what they ask and by what a test lets pass. */
  function people(log: ChangeLog = new MemoryLog(1000)) {
    let now = 0;
    const soon: (() => void)[] = [];
    const world = { ...machine, elapsed: () => now, soon: (then: () => void) => void soon.push(then) };
    const model = new State(log);
    const turn = new Turn(model, world, () => {});
    const shares = new Shares(turn, world);
    /** Who has executed requests, and, in parentheses, who was answered then. */
    let done = "";

    /** So many requests at a time take him so many milliseconds. */
    function somebody(name: string, ms: number, requests = LOOK_EVERY) {
      let left = 0;
      let hasJoined = false;
      const speaker = {
        speak() {
          hasJoined = false;
          done += `(${name})`;
        },
        restore() {},
        retract() {},
      };
      const share: Share = shares.of(() => {
        while (!share.waiting && left > 0) {
          left--;
          done += name;
          now += ms;
          if (!hasJoined) turn.join(speaker);
          hasJoined = true;
          for (let i = 0; i < requests; i++) share.spent();
        }
      });
      const ask = (times: number): void => {
        left += times;
        share.run();
      };
      return { share, ask };
    }
    const pass = (ms: number): void => {
      now += ms;
    };
    /** All that has arrived has been looked at. @returns what was done since the last time */
    const look = (): string => {
      for (const then of soon.splice(0)) then();
      const was = done;
      done = "";
      return was;
    };
    /** Until nothing is left to do. */
    const rest = (): string => {
      let all = "";
      while (soon.length > 0) all += look();
      return all;
    };
    return { somebody, model, pass, look, rest };
  }

  it("go round among those who have more to do", () => {
    const { somebody, rest } = people();
    for (const [name, times] of Object.entries({ a: 6, b: 2, c: 5 })) somebody(name, 1).ask(times);
    expect(rest().replaceAll(/\(.\)/g, "")).toBe("aabbccaaccaac");
  });

  it("are small once the turn's time is used, and still there is one for each", () => {
    const { somebody, look } = people();
    for (const name of "abcdef") somebody(name, 1).ask(2);
    expect(look()).toBe("aabbccddef(a)(b)(c)(d)(e)(f)");
  });

  it("are in one turn until that has had its time", () => {
    const { somebody, look, rest } = people();
    somebody("a", 1).ask(14);
    expect(look()).toBe("aa(a)");
    expect(rest()).toBe("aaaaaaaa(a)aaaa(a)");
  });

  it("let somebody who asks little wait for no more than one of them", () => {
    const { somebody, look } = people();
    const little = somebody("x", 0.01);
    for (const name of "abc") somebody(name, 1).ask(6);
    expect(look()).toBe("aabbcc(a)(b)(c)");
    expect(look()).toBe("aa");
    little.ask(1);
    expect(look()).toBe("x(a)(x)");
    little.ask(1);
    expect(look()).toBe("x(x)");
    expect(look()).toBe("bb");
  });

  it("do not stand still while there is always somebody who asks little", () => {
    const { somebody, look } = people();
    const little = somebody("x", 0.01);
    somebody("a", 1).ask(6);
    expect(look()).toBe("aa(a)");
    const looks: string[] = [];
    for (let i = 0; i < 4; i++) {
      little.ask(1);
      looks.push(look());
    }
    expect(looks).toEqual(["xaa", "x(x)(a)", "x(x)", "xaa"]);
  });

  it("are had one after another where each is small, before the sockets are looked at", () => {
    const { somebody, look, rest } = people();
    const all = ["a", "b", "c", "d"].map((name) => somebody(name, 0.4));
    for (const one of all) one.ask(12);
    rest();
    for (const one of all) one.ask(1);
    expect(look()).toBe("abc");
    expect([look(), look()]).toEqual(["d", "(a)(b)(c)(d)"]);
  });

  it("do as much in a turn as it takes to keep it, where somebody waits who asks little", () => {
    const log = new MemoryLog(1000);
    const { somebody, model, look, pass } = people(log);
    log.commit = () => pass(5);
    somebody("a", 1).ask(20);
    model.probe(1);
    expect(look()).toBe("aa(a)");
    somebody("x", 0.01).ask(1);
    expect([look(), look(), look(), look()]).toEqual(["xaa", "aa", "aa", "(x)(a)"]);
  });

  it("let one request that takes long pass, and make those line up who go on with such", () => {
    const { somebody, look, rest, pass } = people();
    const [slow, greedy] = [somebody("s", 20, 1), somebody("g", 1, 1)];
    slow.ask(1);
    expect(look()).toBe("s(s)");
    pass(1);
    slow.ask(1);
    expect(look()).toBe("s(s)");
    slow.ask(1);
    for (let i = 0; i < 2; i++) greedy.ask(3);
    expect([slow.share.waiting, greedy.share.waiting]).toEqual([true, false]);
    greedy.ask(3);
    expect(greedy.share.waiting).toBe(true);
    rest();
    pass(3000);
    for (const one of [slow, greedy]) one.ask(1);
    expect([slow.share.waiting, greedy.share.waiting]).toEqual([false, false]);
  });
});
