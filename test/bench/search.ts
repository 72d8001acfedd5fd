/** Searching among so many messages: how long the index takes to be made and how large it is, and how long a search takes. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { User } from "../../src/state/entities.ts";
import { startProcess } from "../support/server.ts";
import { sqliteState } from "../support/state.ts";
import { range } from "./load.ts";
import { cpuSeconds } from "./processes.ts";
import { quantile, show, shown, shownTimes } from "./table.ts";

const MESSAGES = 1_000_000;
const USERS = 1000;
const GROUPS = 100;
const WORDS = 40_000;
const QUESTIONS = 4000;

/** Half of the messages are private, half are in groups, each of which has every tenth user. */
export async function search(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-search-"));
  const data = join(folder, "data");
  const random = randoms();
  const words = vocabulary(random);
  const units = fill(data, MESSAGES, random, words);
  const began = performance.now();
  const server = await startProcess(["--data", data]);
  const client = await server.connect();
  await client.request("register asker rahasia asker indonesia");
  for (const g of range(10)) await client.request(`joingroup g${g * 10}`);
  while ((await client.request("search zzzz"))["behind"] === true);
  const rebuild = (performance.now() - began) / 1000;
  const ratio = statSync(join(data, "search.db")).size / units;
  const times: number[] = [];
  const before = cpuSeconds(server.pid);
  for (const _ of range(QUESTIONS)) {
    const question = asked(random, words);
    const start = performance.now();
    await client.request(question);
    times.push(performance.now() - start);
  }
  const cpu = ((cpuSeconds(server.pid) - before) * 1000) / QUESTIONS;
  client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
  show(
    `A search among ${MESSAGES.toLocaleString("en")} messages`,
    ["p50, ms", "p99, ms", "most, ms", "CPU of the server each, ms", "index, MB for each of text", "index made in, s"],
    [[...shownTimes(times), ...[quantile(times, 1), cpu, ratio].map((value) => shown(value, 2)), shown(rebuild, 1)]],
  );
}

/** One or two words, common ones more often; some in a place, some the beginning of a word, some a phrase. */
function asked(random: () => number, words: readonly string[]): string {
  const word = (): string => someWord(random, words);
  const kind = random();
  if (kind < 0.4) return `search limit 20 ${word()}`;
  if (kind < 0.6) return `search limit 20 ${word()} ${word()}`;
  if (kind < 0.7) return `search in #g10 limit 20 ${word()}`;
  if (kind < 0.8) return `search from u${Math.floor(random() * USERS)} limit 20 ${word()}`;
  if (kind < 0.9) return `search limit 20 ${word().slice(0, 3)}*`;
  return `search limit 20 "${word()} ${word()}"`;
}

/** @returns bytes of all texts */
function fill(data: string, count: number, random: () => number, words: readonly string[]): number {
  const state = sqliteState(data);
  const add = (name: string): User =>
    state.users.add({ name, fullName: name, country: "id", password: "-", created: 0 });
  const people = range(USERS).map((i) => add(`u${i}`));
  const person = (): User => people[Math.floor(random() * USERS)] as User;
  const groups = range(GROUPS).map((i) => {
    const group = state.groups.add(`g${i}`, people[i] as User, 0);
    for (const one of people.filter((_, n) => n % 10 === i % 10 && n !== i)) state.groups.join(group, one, 0, true);
    return group;
  });
  let bytes = 0;
  for (const i of range(count)) {
    const length = 1 + Math.floor(random() * 14);
    const text = range(length)
      .map(() => someWord(random, words))
      .join(" ");
    bytes += Buffer.byteLength(text);
    const group = random() < 0.5 ? groups[Math.floor(random() * GROUPS)] : undefined;
    const sender = person();
    const where = group ? state.messages.groupConversation(group) : state.messages.conversation(sender, person());
    state.messages.append(where, sender, i, text, undefined);
    if (i % 1000 === 999) void state.commit();
  }
  void state.close();
  return bytes;
}

/** By Zipf's law: a few are most of what is said. */
function someWord(random: () => number, words: readonly string[]): string {
  return words[Math.min(WORDS - 1, Math.floor(WORDS ** random() - 1 + random()))] as string;
}

/** Words of Indonesian syllables; the common ones are short. */
function vocabulary(random: () => number): readonly string[] {
  const syllables =
    "me ngan ka ta ber di sa ya ki ru mah se ko lah pe ke ran gu bu ku ma kan ti dur an lu pa ha ri".split(" ");
  return range(WORDS).map((i) => {
    const length = 1 + Number(i > 30) + Number(i > 1000) + Math.floor(random() * 2);
    return range(length)
      .map(() => syllables[Math.floor(random() * syllables.length)])
      .join("");
  });
}

/** The same each time. */
function randoms(): () => number {
  let seed = 12_345;
  return () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return seed / 2 ** 32;
  };
}
