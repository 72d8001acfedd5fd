/** The checker finds what is wrong with a history, and nothing in one that holds. */
import { expect, test } from "vitest";
import { wrongsOf } from "./checker.ts";
import {
  between,
  type Fate,
  type History,
  type Look,
  type Page,
  type Saying,
  type Shown,
  type Stream,
} from "./history.ts";

const NODES = ["a", "b"];
const GROUP = "#kelas";
const PAIR = between("alice", "bob");

const shown = (n: number, from: string, text = `t${n}`): Shown => ({
  id: `id-${String(n).padStart(3, "0")}`,
  from,
  text,
  time: new Date(n * 1000).toISOString(),
});

const saying = (message: Shown, conversation: string, tick: number, fate: Fate = "kept"): Saying => ({
  from: message.from,
  conversation,
  text: message.text,
  asked: tick,
  answered: tick + 1,
  fate,
  ...(fate === "kept" && { id: message.id, time: message.time }),
});

/** One that may be changed to one that does not hold. */
interface Told extends History {
  sayings: Saying[];
  looks: Look[];
  streams: Stream[];
  pages: Page[];
}

function sound(): Told {
  const [opening, one, two, three, four] = [
    shown(1, "alice"),
    shown(2, "alice"),
    shown(3, "bob"),
    shown(4, "alice"),
    shown(5, "bob"),
  ] as const;
  const group = [opening, one, two, four];
  const pair = [three];
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
    ],
    looks: [
      { who: "carl", conversation: GROUP, asked: 35, shown: [one, two], isWhole: false },
      { who: "carl", conversation: GROUP, asked: 35, shown: group, isWhole: true },
    ],
    streams: [
      { who: "carl", since: opening.id, told: [one, two, four] },
      { who: "bob", since: opening.id, told: [one, three] },
      { who: "carl", since: undefined, told: [one, two] },
      { who: "carl", since: undefined, told: [] },
    ],
    pages: NODES.flatMap((node) => [
      { node, conversation: GROUP, shown: group },
      { node, conversation: PAIR, shown: pair },
    ]),
  };
}

/** All nodes show it otherwise. */
function everywhere(history: Told, conversation: string, change: (shown: readonly Shown[]) => readonly Shown[]): void {
  history.pages = history.pages.map((page) =>
    page.conversation === conversation ? { ...page, shown: change(page.shown) } : page,
  );
}

/** One node shows it otherwise, or not at all. */
function onPage(history: Told, at: number, change: (page: Page) => readonly Page[]): void {
  history.pages = history.pages.flatMap((page, i) => (i === at ? change(page) : [page]));
}

/** Somebody saw something else. */
function atLook(history: Told, at: number, seen: readonly Shown[]): void {
  history.looks = history.looks.map((look, i) => (i === at ? { ...look, shown: seen } : look));
}

function streamOf(history: Told, at: number, change: (told: readonly Shown[]) => readonly Shown[]): void {
  history.streams = history.streams.map((one, i) => (i === at ? { ...one, told: change(one.told) } : one));
}

test("a history in which everything holds has nothing wrong", () => {
  expect(wrongsOf(sound())).toEqual([]);
});

test.each<[string, (history: Told) => void, RegExp]>([
  [
    "one node shows less",
    (of) => onPage(of, 2, (page) => [{ ...page, shown: [] }]),
    /message 0: a shows "t1".+ b nothing/,
  ],
  ["one node shows nothing of it", (of) => onPage(of, 3, () => []), /1 of 2 nodes have shown it/],
  ["what was acknowledged is lost", (of) => everywhere(of, PAIR, () => []), /t4 of alice .+ is lost/],
  [
    "what was acknowledged is there twice",
    (of) => everywhere(of, PAIR, (all) => [...all, { ...shown(9, "alice"), text: "t4" }]),
    /is there 2 times/,
  ],
  [
    "what was not answered is there twice",
    (of) => everywhere(of, GROUP, (all) => [...all, { ...shown(9, "bob"), text: "t5" }]),
    /is there 2 times/,
  ],
  [
    "what was refused is there",
    (of) => everywhere(of, GROUP, (all) => [...all, shown(9, "alice", "never")]),
    /never of alice .+ is there$/m,
  ],
  [
    "what nobody has sent is there",
    (of) => everywhere(of, GROUP, (all) => [...all, shown(9, "alice", "!")]),
    /nobody has sent/,
  ],
  [
    "what one has sent is there as another's",
    (of) => everywhere(of, PAIR, ([one]) => [{ ...(one as Shown), from: "bob" }]),
    /nobody has sent/,
  ],
  [
    "it is there by another id than was acknowledged",
    (of) => everywhere(of, PAIR, ([one]) => [{ ...(one as Shown), id: "id-0040" }]),
    /is there as id-0040/,
  ],
  [
    "it is there with another time than was acknowledged",
    (of) => everywhere(of, PAIR, ([one]) => [{ ...(one as Shown), time: shown(9, "").time }]),
    /is there as id-004 of/,
  ],
  [
    "a sender's messages are in another order",
    (of) => {
      const [one, two] = [shown(2, "alice", "t3"), shown(3, "bob", "t2")];
      of.sayings[1] = saying(two, GROUP, 20);
      of.sayings[2] = saying(one, GROUP, 30);
    },
    /t3 of alice was sent after t2 of bob was acknowledged, and comes before it/,
  ],
  [
    "a conversation is out of order",
    (of) => everywhere(of, GROUP, ([a, b, c, d]) => [a, c, b, d] as Shown[]),
    /stands behind/,
  ],
  [
    "a clock has gone back in a conversation",
    (of) => everywhere(of, GROUP, (all) => all.with(3, { ...(all[3] as Shown), time: new Date(0).toISOString() })),
    /is older/,
  ],
  ["a watcher was not told one", (of) => streamOf(of, 0, (all) => all.toSpliced(1, 1)), /carl, since .+ not "t3"/],
  [
    "a watcher was not told the last",
    (of) => streamOf(of, 0, (all) => all.slice(0, -1)),
    /was told nothing .+ not "t5"/,
  ],
  [
    "a watcher was told one twice",
    (of) => streamOf(of, 0, ([a, ...rest]) => [a, a, ...rest] as Shown[]),
    /was told "t2" .+ as message 1/,
  ],
  [
    "a watcher was told two in another order",
    (of) => streamOf(of, 0, ([a, b, c]) => [b, a, c] as Shown[]),
    /was told "t3" .+ as message 0/,
  ],
  [
    "a watcher was told what is not there",
    (of) => streamOf(of, 0, (all) => [...all, shown(9, "bob")]),
    /was told "t9"/,
  ],
  [
    "a connection has told one twice",
    (of) => streamOf(of, 2, ([a, b]) => [a, a, b] as Shown[]),
    /on one connection, was told "t2"/,
  ],
  [
    "a connection has left one out",
    (of) => streamOf(of, 2, ([a]) => [a, shown(5, "bob")] as Shown[]),
    /on one connection, .+ not "t3"/,
  ],
  [
    "somebody did not see what was acknowledged before",
    (of) => atLook(of, 0, [shown(2, "alice")]),
    /carl did not see in #kelas .+: t3 of bob/,
  ],
  ["somebody saw nothing where something was acknowledged before", (of) => atLook(of, 1, []), /carl did not see/],
  [
    "somebody saw what was gone later",
    (of) => atLook(of, 0, [shown(2, "alice"), shown(3, "bob"), shown(9, "bob")]),
    /carl saw "t9" .+ which is not there/,
  ],
])("it is found that %s", (_what, doctor, wrong) => {
  const history = sound();
  doctor(history);
  expect(wrongsOf(history).join("\n")).toMatch(wrong);
});
