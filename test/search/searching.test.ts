/** The index of a state, behind its turns. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Hits, Query, Term } from "../../src/contract/search.ts";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { SqliteLog } from "../../src/logs/sqlite/index.ts";
import { Searching } from "../../src/search/searching.ts";
import type { StoredMessage, User } from "../../src/state/entities.ts";
import { State } from "../../src/state/state.ts";
import { machine } from "../../src/world/world.ts";
import { testFolder } from "../support/folder.ts";
import { Time } from "../support/time.ts";
import { until } from "../support/until.ts";

const LONG_MS = 60_000;
const EVERYTHING = { places: undefined, above: 0, below: Number.MAX_SAFE_INTEGER, most: 100 };

function word(text: string): readonly Term[] {
  return [{ is: "word", text }];
}

interface Scene {
  readonly model: State;
  readonly searching: Searching;
  readonly logged: readonly string[];
  say(text: string): StoredMessage;
  /** As of `Searching`, from as many looks as it takes. */
  all(query: Query): Promise<Hits>;
  /** Numbers of the messages with a word. */
  find(text: string): Promise<readonly number[]>;
}

function scene(kept: "memory" | "disk", reserve = 0, world = machine): Scene {
  const folder = kept === "disk" ? testFolder() : undefined;
  const model = new State(folder === undefined ? new MemoryLog(100_000) : new SqliteLog(folder));
  const logged: string[] = [];
  const paths =
    folder === undefined ? undefined : { folder, index: join(folder, "search.db"), database: join(folder, "obrol.db") };
  const log = (event: string, reason: string | undefined): void => void logged.push(`${event} ${reason}`);
  const searching = new Searching({ world, model, paths, reserve, log });
  model.follow(searching);
  onTestFinished(async () => {
    await searching.close();
    await model.close();
  });
  const [a, b] = ["alice", "bob"].map((name) =>
    model.users.add({ name, fullName: name, country: "", password: "", created: 0 }),
  ) as [User, User];
  const say = (text: string): StoredMessage =>
    model.messages.append(model.messages.conversation(a, b), a, 1, text, undefined);
  // On a busy machine one look may end before it has come to the last shard: whoever wants all goes on from there.
  const all = async (query: Query): Promise<Hits> => {
    const hits = await searching.find(query);
    if (hits.next === undefined || hits.seqs.length >= query.most) return hits;
    const { seqs, next, behind } = await all({ ...query, below: hits.next, most: query.most - hits.seqs.length });
    return { seqs: [...hits.seqs, ...seqs], next, behind: hits.behind || behind };
  };
  const find = async (text: string): Promise<readonly number[]> => {
    // Whatever befalls its process meanwhile.
    const found = await until("it has caught up", async () => {
      await searching.caughtUp(model.messages.last, LONG_MS);
      const hits = await all({ ...EVERYTHING, terms: word(text) });
      return hits.behind ? undefined : hits;
    });
    return found.seqs;
  };
  return { model, searching, logged, say, all, find };
}

describe.each(["memory", "disk"] as const)("of one on %s", (kept) => {
  test("what is kept is found", async () => {
    const { model, say, find } = scene(kept);
    say("rapat satu");
    say("lain");
    void model.commit();
    expect(await find("rapat")).toEqual([1]);
    say("rapat dua");
    void model.commit();
    expect(await find("rapat")).toEqual([3, 1]);
  });

  test("what was withdrawn is found no more, in the turn in which it was said or later", async () => {
    const { model, say, find } = scene(kept);
    say("rapat satu");
    model.messages.withdraw(say("rapat dua"));
    void model.commit();
    expect(await find("rapat")).toEqual([1]);
    const three = say("rapat tiga");
    void model.commit();
    expect(await find("rapat")).toEqual([3, 1]);
    model.messages.withdraw(three);
    void model.commit();
    await until("it has come there", async () => (await find("rapat")).length === 1);
    expect(await find("rapat")).toEqual([1]);
  });

  test("what was too old to be kept is found no more, and what came later is", async () => {
    const { model, say, find, logged } = scene(kept);
    const said = Array.from({ length: 50 }, (_, i) => say(`rapat ${i}`));
    void model.commit();
    expect(await find("rapat")).toHaveLength(50);
    const [first] = said as [StoredMessage];
    model.messages.removeOld(
      first.conversation,
      said.slice(0, 40).map(({ seq }) => seq),
    );
    void model.commit();
    await until("it has come there", async () => (await find("rapat")).length === 10);
    expect(logged).toEqual([]);
  });

  test("what could not be kept is not", async () => {
    const { model, say, find } = scene(kept);
    say("rapat satu");
    void model.commit();
    const mark = model.mark();
    say("rapat dua");
    model.revert(mark);
    expect(await find("rapat")).toEqual([1]);
    say("lain");
    void model.commit();
    expect(await find("rapat")).toEqual([1]);
    expect(await find("lain")).toEqual([2]);
  });

  test("more than one shard has are found, each once, with a stop where there are enough", async () => {
    const { model, all, say, find } = scene(kept);
    const count = 2 ** 17 + 5;
    for (let i = 1; i <= count; i++) {
      say(i % 50_000 === 0 ? "rapat besar" : "x");
      if (i % 10_000 === 0) void model.commit();
    }
    void model.commit();
    const wanted = [100_000, 50_000];
    expect(await find("rapat")).toEqual(wanted);
    expect(await all({ ...EVERYTHING, terms: word("x"), most: 3 })).toEqual({
      seqs: [count, count - 1, count - 2],
      next: count - 2,
      behind: false,
    });
    const around = { ...EVERYTHING, terms: word("x"), below: 2 ** 17 + 2, above: 2 ** 17 - 3 };
    expect((await all(around)).seqs).toEqual([1, 0, -1, -2].map((n) => 2 ** 17 + n));
  });

  test("a process that is killed is asked again of another", async () => {
    const { model, searching, say, find, logged } = scene(kept);
    say("rapat satu");
    void model.commit();
    await find("rapat");
    process.kill(searching.pid as number, "SIGKILL");
    const seqs: number[][] = [];
    await until("it is found again", async () => {
      seqs.push([...(await find("rapat"))]);
      return seqs.at(-1)?.length === 1;
    });
    expect(seqs.at(-1)).toEqual([1]);
    expect(logged).toContain("search-ended undefined");
  });

  test("when it is closed its process has ended, and nothing is left of what waited", async () => {
    const { model, searching, say } = scene(kept);
    say("rapat satu");
    void model.commit();
    const waiting = searching.find({ ...EVERYTHING, terms: word("rapat") });
    const caught = waiting.catch((error: Error) => error.message);
    const { pid } = searching;
    await searching.close();
    expect(["the server ends", "object"]).toContain(typeof (await caught) === "object" ? "object" : await caught);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

test("a disk with less room than messages may need is left to them", async () => {
  const { model, searching, say, logged } = scene("disk", Number.MAX_SAFE_INTEGER);
  say("rapat satu");
  void model.commit();
  await searching.caughtUp(1, 0);
  expect(await searching.find({ ...EVERYTHING, terms: word("rapat") })).toEqual({
    seqs: [],
    next: undefined,
    behind: true,
  });
  await until("it has said so", () => logged.length > 0);
  expect(logged).toEqual(["search-stopped there is little room left on its disk"]);
});

test("who waits for what is not kept yet waits until it is", async () => {
  const { model, searching, say } = scene("disk");
  say("rapat satu");
  const waiting = searching.caughtUp(1, LONG_MS);
  void model.commit();
  await waiting;
  expect((await searching.find({ ...EVERYTHING, terms: word("rapat") })).seqs).toEqual([1]);
});

describe("its process on disk", () => {
  /** The messages that it is started for unasked. */
  function sayMany({ model, say }: Scene): void {
    for (let i = 0; i < 10_000; i++) say("rapat");
    void model.commit();
  }

  async function isGone(pid: number, time: Time): Promise<void> {
    await until("it has ended", () => {
      time.pass(1000);
      return !existsSync(`/proc/${pid}`);
    });
  }

  test("ends soon when it was only to index, and a search starts another that knows all", async () => {
    const time = new Time();
    const one = scene("disk", 0, time.world);
    sayMany(one);
    const first = await until("it has been started", () => one.searching.pid);
    await isGone(first, time);
    expect(one.searching.pid).toBeUndefined();
    one.say("lain");
    void one.model.commit();
    expect(one.searching.pid).toBeUndefined();
    expect(await one.find("lain")).toEqual([10_001]);
    expect((await one.find("rapat")).slice(0, 2)).toEqual([10_000, 9999]);
    expect(one.logged).toEqual([]);
  });

  test("is started once for all that was deleted in a moment, whose words are in the index", async () => {
    const time = new Time();
    const one = scene("disk", 0, time.world);
    const said = [one.say("rapat"), one.say("rapat")];
    void one.model.commit();
    for (const message of said) {
      one.model.messages.alter(message, message.sender, 2, "deleted");
      void one.model.commit();
      expect(one.searching.pid).toBeUndefined();
    }
    time.pass(1000);
    await isGone(await until("it has been started", () => one.searching.pid), time);
    expect(one.logged).toEqual([]);
  });

  test("stays for who has searched", async () => {
    const time = new Time();
    const one = scene("disk", 0, time.world);
    one.say("rapat");
    void one.model.commit();
    expect(await one.find("rapat")).toEqual([1]);
    const { pid } = one.searching;
    time.pass(30_000);
    expect(one.searching.pid).toBe(pid);
    await isGone(pid as number, time);
  });
});
