/** Who is hashed for next. */
import { expect, test } from "vitest";
import { Guesses } from "../../src/operations/services/guesses.ts";
import { type Asker, HashQueue } from "../../src/operations/services/hash-queue.ts";
import { machine } from "../../src/world/world.ts";

const world = { ...machine, elapsed: () => 0 };

interface Queue {
  /** Whose turn it was, in order. */
  readonly turns: readonly string[];
  /** Those who asked and were not let. */
  readonly refused: readonly string[];
  ask(address: string, who?: string): Asker;
  /** Ends the hash that was begun first. */
  end(): Promise<void>;
}

function queue(of = world): Queue {
  const one = new HashQueue(new Guesses(of));
  const turns: string[] = [];
  const refused: string[] = [];
  const running: (() => void)[] = [];
  return {
    turns,
    refused,
    ask(address, who = address) {
      const asker = { remote: { address }, leaving: false, gone: false };
      const work = (): Promise<true> => {
        turns.push(who);
        return new Promise((resolve) => running.push(() => resolve(true)));
      };
      void one.run(asker, undefined, work).then((done) => {
        if (done === undefined) refused.push(who);
      });
      return asker;
    },
    async end() {
      await new Promise(setImmediate);
      running.shift()?.();
      await new Promise(setImmediate);
    },
  };
}

test("addresses take turns, however much one of them asks", async () => {
  const { ask, end, turns } = queue();
  for (let i = 0; i < 20; i++) ask("192.0.2.1");
  for (let i = 0; i < 3; i++) ask("192.0.2.2");
  for (let i = 0; i < 6; i++) await end();
  expect(turns.slice(2, 5)).toEqual(["192.0.2.2", "192.0.2.2", "192.0.2.1"]);
});

test("where too many wait, those are refused who have asked most, and not who comes from elsewhere", async () => {
  const { ask, end, turns, refused } = queue();
  for (let i = 0; i < 20; i++) {
    ask("192.0.2.1", "guesser");
    await end();
  }
  for (let i = 0; i < 2048; i++) ask("192.0.2.1", "guesser");
  ask("192.0.2.2", "alice");
  await end();
  expect(turns.at(-1)).toBe("alice");
  ask("192.0.2.1", "guesser");
  ask("192.0.2.1", "guesser");
  await end();
  expect(refused).toHaveLength(256);
  expect(new Set(refused)).toEqual(new Set(["guesser"]));
});

test("who has gone is let go, and takes no turn", async () => {
  const { ask, end, turns, refused } = queue();
  for (const who of ["a", "b"]) ask("192.0.2.1", who);
  const gone = ask("192.0.2.1", "gone") as { gone: boolean };
  ask("192.0.2.1", "stays");
  gone.gone = true;
  await end();
  expect(turns).toEqual(["a", "b", "stays"]);
  expect(refused).toEqual(["gone"]);
});

test("those of one address come in the order in which they asked, though time passes while they are looked at", async () => {
  let now = 0;
  const { ask, end, turns } = queue({ ...world, elapsed: () => ++now });
  for (let i = 0; i < 20; i++) {
    ask("192.0.2.1", `before${i}`);
    await end();
  }
  const wanted = Array.from({ length: 10 }, (_, i) => `at${i}`);
  for (const who of wanted) ask("192.0.2.1", who);
  for (let i = 0; i < 12; i++) await end();
  expect(turns.filter((who) => who.startsWith("at"))).toEqual(wanted);
});
