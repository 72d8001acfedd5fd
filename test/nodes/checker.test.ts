/** The checker finds what is wrong with a history, and nothing in one that holds. */
import { expect, test } from "vitest";
import { wrongsOf } from "./checker.ts";
import type { LetterPage, Page, Shown, Told } from "./history.ts";
import { type Doctored, GROUP, idOf, PAIR, saying, shown, sound } from "./sound-history.ts";

/** All nodes show it otherwise. */
function everywhere(
  history: Doctored,
  conversation: string,
  change: (shown: readonly Shown[]) => readonly Shown[],
): void {
  history.pages = history.pages.map((page) =>
    page.conversation === conversation ? { ...page, shown: change(page.shown) } : page,
  );
}

/** One node shows it otherwise, or not at all. */
function onPage(history: Doctored, at: number, change: (page: Page) => readonly Page[]): void {
  history.pages = history.pages.flatMap((page, i) => (i === at ? change(page) : [page]));
}

/** Somebody saw something else. */
function atLook(history: Doctored, at: number, seen: readonly Shown[]): void {
  history.looks = history.looks.map((look, i) => (i === at ? { ...look, shown: seen } : look));
}

function streamOf(history: Doctored, at: number, change: (told: readonly Told[]) => readonly Told[]): void {
  history.streams = history.streams.map((one, i) => (i === at ? { ...one, told: change(one.told) } : one));
}

/** A message is otherwise, on all nodes. */
function changeMessage(history: Doctored, n: number, change: (message: Shown) => Shown): void {
  everywhere(history, GROUP, (all) => all.map((one) => (one.id === idOf(n) ? change(one) : one)));
}

/** All nodes tell otherwise of it. */
function changeAccounts(history: Doctored, change: (told: readonly Told[]) => readonly Told[]): void {
  history.accounts = history.accounts.map((one) => ({ ...one, told: change(one.told) }));
}

function fileOn(history: Doctored, node: string, sha256: string | undefined): void {
  history.downloads = history.downloads.map((one) => (one.node === node ? { ...one, sha256 } : one));
}

function tried(history: Doctored, at: number, isGood: boolean): void {
  history.accesses = history.accesses.map((one, i) => (i === at ? { ...one, isGood } : one));
}

/** One side shows them otherwise. */
function letters(history: Doctored, at: number, change: (shown: LetterPage["shown"]) => LetterPage["shown"]): void {
  history.letterPages = history.letterPages.map((page, i) =>
    i === at ? { ...page, shown: change(page.shown) } : page,
  );
}

test("a history in which everything holds has nothing wrong", () => {
  expect(wrongsOf(sound())).toEqual([]);
});

test.each<[string, (history: Doctored) => void, RegExp]>([
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
    (of) => streamOf(of, 0, (all) => all.slice(0, -2)),
    /was told nothing .+ not "t10\/2"/,
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
  [
    "what was sent once more at another node is another message",
    (of) => (of.repeats = of.repeats.map((one) => ({ ...one, id: "id-0040" }))),
    /t4, sent once more, is id-0040 .+ and was id-004/,
  ],
  [
    "an edit that was acknowledged is lost",
    (of) => changeMessage(of, 10, (one) => ({ ...one, text: "t10/1" })),
    /"t10\/1" .+ should be "t10\/2"/,
  ],
  [
    "an edit was told to nobody",
    (of) => changeAccounts(of, (told) => told.filter(({ id }) => id !== idOf(12))),
    /sync tells carl nothing of what was edited by bob \(id-012\)/,
  ],
  [
    "what was deleted is there",
    (of) => changeMessage(of, 14, () => shown(14, "bob")),
    /"t14" of bob .+ was deleted, and is there/,
  ],
  [
    "what nobody has deleted is gone",
    (of) => changeMessage(of, 3, ({ id }) => ({ id, from: "", text: "", time: "", isGone: true })),
    /id-003.+ is gone, and nobody has deleted it/,
  ],
  ["deleted words are kept", (of) => of.texts.push("t14"), /"t14" was deleted .+ and stands in PostgreSQL/],
  [
    "a reaction that was acknowledged is lost",
    (of) => changeMessage(of, 10, (one) => ({ ...one, reactions: {} })),
    /lacks the reaction 👍 of alice/,
  ],
  [
    "a reaction that was taken back is there",
    (of) => changeMessage(of, 10, (one) => ({ ...one, reactions: { "👍": ["alice", "carl"] } })),
    /has the reaction 👍 of carl/,
  ],
  [
    "a reaction is there that nobody has given",
    (of) => changeMessage(of, 10, (one) => ({ ...one, reactions: { "👍": ["alice"], "🎉": ["bob"] } })),
    /has the reaction 🎉 of bob, which nobody has given/,
  ],
  [
    "one node shows another reaction",
    (of) =>
      onPage(of, 2, (page) => [
        { ...page, shown: page.shown.map((one) => (one.reactions ? { ...one, reactions: {} } : one)) },
      ]),
    /message 5: a shows "t10\/2"/,
  ],
  [
    "nothing could be made of what is there",
    (of) => of.missing.push(idOf(10)),
    /nothing could be made of id-010, which is there/,
  ],
  [
    "somebody saw a text after it was edited",
    (of) => atLook(of, 2, [shown(10, "bob", "t10/1"), shown(14, "bob")]),
    /carl saw "t10\/1" .+ after it was edited to "t10\/2"/,
  ],
  [
    "somebody saw words after they were deleted",
    (of) => atLook(of, 2, [shown(10, "bob", "t10/2"), shown(14, "bob")]),
    /carl saw "t14" .+ after it was deleted/,
  ],
  [
    "nodes tell different things of the same message",
    (of) => of.accounts.splice(2, 1, { ...(of.accounts[2] as Doctored["accounts"][number]), told: [] }),
    /carl, event 0: a tells "t1" .+ b nothing/,
  ],
  [
    "what is told later is not what stands there",
    (of) => changeAccounts(of, (told) => told.filter(({ id }) => id !== idOf(3))),
    /carl is told by sync "t5" .+ and not "t3"/,
  ],
  [
    "a connection has left out what became of a message",
    (of) => streamOf(of, 4, (all) => all.toSpliced(1, 1)),
    /on one connection, was told that id-010 was edited \(id-012\) as message 1, and not that .+ \(id-011\)/,
  ],
  [
    "a connection has told twice of what is deleted now",
    (of) => streamOf(of, 4, (all) => all.toSpliced(4, 0, shown(14, "bob"))),
    /was told "t14" .+ out of order/,
  ],
  [
    "a connection has told words that were never said",
    (of) => streamOf(of, 4, (all) => all.with(1, { ...(all[1] as Told), text: "!" })),
    /was told that id-010 was edited .+ which was never said/,
  ],
  ["a file is lost on a node", (of) => fileOn(of, "b", undefined), /file berkas.bin of alice .+ is lost on b/],
  ["a file is another on a node", (of) => fileOn(of, "b", "lain"), /is another on b/],
  ["a node was not asked for a file", (of) => of.downloads.pop(), /was not asked of b/],
  [
    "a file that was deleted can be had",
    (of) => {
      of.sayings.splice(9, 1, { ...(of.sayings[9] as Doctored["sayings"][number]), file: { id: "f", sha256: "isi" } });
      of.downloads.push({ node: "a", file: "f", sha256: "isi" }, { node: "b", file: "f", sha256: undefined });
    },
    /file t14 of bob \(f\) was deleted, and a has it/,
  ],
  [
    "what was marked read is not",
    (of) => (of.unread = of.unread.map((one) => (one.node === "b" ? { ...one, count: 5 } : one))),
    /b: carl in #kelas has 5 unread, and not the 3 after id-003/,
  ],
  ["nobody was asked for what is read", (of) => of.unread.splice(0), /carl in #kelas: no node was asked/],
  ["who was logged out is let in", (of) => tried(of, 5, true), /token of alice was good after it had ended/],
  ["a new session is refused", (of) => tried(of, 2, false), /token of alice was refused, and nothing had ended it/],
  [
    "an old password is good",
    (of) => of.accesses.push({ who: "alice", secret: "rahasia", is: "tried", isGood: true, asked: 70, answered: 71 }),
    /rahasia of alice was good after it had ended/,
  ],
  [
    "a letter is lost on one side",
    (of) => letters(of, 0, (all) => all.slice(0, -1)),
    /a, alice@kota dewi@desa: message 1 of alice@kota is none, not s2/,
  ],
  [
    "a letter has arrived twice",
    (of) => letters(of, 2, (all) => [...all, ...all.slice(-1)]),
    /desa, .+ message 2 of alice@kota is s2, not none/,
  ],
  [
    "letters have changed places",
    (of) => letters(of, 2, ([a, b, c]) => [a, c, b] as never),
    /message 0 .+ is s2, not s1/,
  ],
  [
    "a letter is there that nobody has sent",
    (of) => letters(of, 2, (all) => [...all, { from: "citra@desa", text: "s9" }]),
    /nobody has sent s9 of citra@desa/,
  ],
  ["a realm has not shown its letters", (of) => of.letterPages.splice(2, 1), /1 of 2 places have shown it/],
  [
    "a group has another order on the other side",
    (of) => letters(of, 3, (all) => all.toReversed()),
    /#lintas, message 0: a has s4, desa s5/,
  ],
])("it is found that %s", (_what, doctor, wrong) => {
  const history = sound();
  doctor(history);
  expect(wrongsOf(history).join("\n")).toMatch(wrong);
});
