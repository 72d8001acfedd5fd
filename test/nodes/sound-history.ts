/** A made-up history of everything, in which everything holds. */
import {
  type Access,
  type Altering,
  between,
  type Fate,
  type History,
  type Saying,
  type Shown,
  type Told,
} from "./history.ts";

export const NODES = ["a", "b"];
export const GROUP = "#kelas";
export const PAIR = between("alice", "bob");
/** With somebody of another realm, and the group of both. */
export const THERE = between("alice@kota", "dewi@desa");
export const SHARED = "#lintas";
export const FILE = { id: "berkas", sha256: "isi" };

export const idOf = (n: number): string => `id-${String(n).padStart(3, "0")}`;

export const shown = (n: number, from: string, text = `t${n}`): Shown => ({
  id: idOf(n),
  from,
  text,
  time: new Date(n * 1000).toISOString(),
});

export const saying = (message: Shown, conversation: string, tick: number, fate: Fate = "kept"): Saying => ({
  from: message.from,
  conversation,
  text: message.text,
  asked: tick,
  answered: tick + 1,
  fate,
  ...(fate === "kept" && { id: message.id, time: message.time }),
});

const altering = (
  n: number,
  by: string,
  what: Altering["what"],
  text: string,
  tick: number,
  alteration?: number,
): Altering => ({
  ...{ by, conversation: GROUP, message: idOf(n), what, text, asked: tick, answered: tick + 1, isDoubtful: false },
  ...(alteration !== undefined && { alteration: idOf(alteration) }),
});

const altered = (n: number, of: number, from: string, what: Altering["what"], text: string): Told => ({
  ...{ id: idOf(n), from, text, alters: { message: idOf(of), what } },
});

const access = (secret: string, is: Access["is"], tick: number, isGood?: boolean): Access => ({
  ...{ who: "alice", secret, is, asked: tick, answered: tick + 1 },
  ...(isGood !== undefined && { isGood }),
});

const told = ({ id, from, text }: Shown): Told => ({ id, from, text });

/** One that may be changed to one that does not hold. */
export type Doctored = {
  -readonly [Key in keyof History]: History[Key] extends readonly (infer T)[] ? T[] : History[Key];
};

export function sound(): Doctored {
  const opening = shown(1, "alice");
  const [one, two, three, four] = [shown(2, "alice"), shown(3, "bob"), shown(4, "alice"), shown(5, "bob")] as const;
  const file = shown(8, "alice", "berkas.bin");
  const before = shown(10, "bob");
  const edited = { ...before, text: "t10/2", reactions: { "👍": ["alice"] } };
  const gone: Shown = { id: idOf(14), from: "", text: "", time: "", isGone: true };
  const group = [opening, one, two, four, file, edited, gone];
  const pair = [three];
  const made = [
    altered(11, 10, "bob", "edited", "t10/1"),
    altered(12, 10, "bob", "edited", "t10/2"),
    altered(13, 10, "alice", "reacted", "👍"),
    altered(16, 14, "bob", "deleted", ""),
  ];
  const forCarl = [opening, one, two, four, file, edited].map(told).concat(made);
  const forBob = [opening, one, three, file].map(told).concat(made.filter(({ from }) => from !== "bob"));
  const inOrder = (all: readonly Told[]): readonly Told[] => all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    members: new Map([
      [GROUP, ["alice", "bob", "carl"]],
      [PAIR, ["alice", "bob"]],
    ]),
    sayings: [
      saying(opening, GROUP, 10),
      saying(one, GROUP, 20),
      saying(two, GROUP, 30),
      saying(three, PAIR, 40),
      saying(four, GROUP, 50, "unknown"),
      saying(shown(6, "alice", "never"), GROUP, 60, "refused"),
      saying(shown(7, "alice", "lost"), GROUP, 70, "unknown"),
      { ...saying(file, GROUP, 80), file: FILE },
      saying(before, GROUP, 90),
      saying(shown(14, "bob"), GROUP, 110),
    ],
    repeats: [{ conversation: PAIR, text: three.text, id: three.id, time: three.time }],
    alterings: [
      altering(10, "bob", "edited", "t10/1", 100, 11),
      altering(10, "bob", "edited", "t10/2", 102, 12),
      altering(10, "alice", "reacted", "👍", 104, 13),
      altering(10, "carl", "reacted", "👍", 106),
      altering(10, "carl", "unreacted", "👍", 108),
      altering(14, "bob", "deleted", "", 120, 16),
    ],
    missing: [idOf(14)],
    looks: [
      { who: "carl", conversation: GROUP, asked: 35, shown: [one, two], isWhole: false },
      { who: "carl", conversation: GROUP, asked: 35, shown: group, isWhole: true },
      { who: "carl", conversation: GROUP, asked: 130, shown: [edited, gone], isWhole: false },
    ],
    streams: [
      { who: "carl", since: opening.id, told: [one, two, four, file, { ...edited, text: "t10" }, shown(14, "bob")] },
      { who: "bob", since: opening.id, told: [one, three, file] },
      { who: "carl", since: undefined, told: [one, two] },
      { who: "carl", since: undefined, told: [] },
      { who: "carl", since: undefined, told: [told(before), ...made.slice(0, 3), shown(14, "bob"), ...made.slice(3)] },
    ],
    marks: [
      { who: "carl", conversation: GROUP, id: two.id },
      { who: "carl", conversation: GROUP, id: one.id },
    ],
    accesses: [
      access("rahasia", "begun", 10),
      access("token", "begun", 20),
      access("token", "tried", 30, true),
      access("rahasia", "ended", 40),
      access("token", "ended", 50),
      access("token", "tried", 60, false),
    ],
    letters: [
      { from: "alice@kota", conversation: THERE, text: "s1" },
      { from: "alice@kota", conversation: THERE, text: "s2" },
      { from: "dewi@desa", conversation: THERE, text: "s3" },
      { from: "alice@kota", conversation: SHARED, text: "s4" },
      { from: "dewi@desa", conversation: SHARED, text: "s5" },
    ],
    pages: NODES.flatMap((node) => [
      { node, conversation: GROUP, shown: group },
      { node, conversation: PAIR, shown: pair },
    ]),
    accounts: NODES.flatMap((node) => [
      { node, who: "carl", told: inOrder(forCarl) },
      { node, who: "bob", told: inOrder(forBob) },
    ]),
    unread: NODES.map((node) => ({ node, who: "carl", conversation: GROUP, count: 3 })),
    downloads: NODES.map((node) => ({ node, file: FILE.id, sha256: FILE.sha256 })),
    letterPages: ["a", "desa"].flatMap((place) => [
      {
        ...{ place, conversation: THERE },
        // Two who write at the same time: each side has its own order between them.
        shown:
          place === "a"
            ? [letter("s1"), letter("s3", "dewi@desa"), letter("s2")]
            : [letter("s3", "dewi@desa"), letter("s1"), letter("s2")],
      },
      { place, conversation: SHARED, shown: [letter("s4"), letter("s5", "dewi@desa")] },
    ]),
    texts: [opening, one, two, three, four, file, before].map(({ text }) => text).concat("t10/1", "t10/2"),
  };
}

function letter(text: string, from = "alice@kota"): { readonly from: string; readonly text: string } {
  return { from, text };
}
