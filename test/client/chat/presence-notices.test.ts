/** Who comes and goes: what happens within a moment is one line; who came and went again in it is none. */
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { PresenceNotices } from "../../../src/client/chat/presence-notices.ts";
import { setLanguage } from "../../../src/client/language/wording.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
});

function noticing() {
  const said: (readonly [line: string, place: string])[] = [];
  const notices = new PresenceNotices((line, place) => said.push([line, place]));
  onTestFinished(() => notices.close());
  /** `+bob#kelas` joins, `-bob#kelas` leaves, `+bob` comes online. */
  const happens = (...all: string[]): void => {
    for (const one of all) {
      const [, sign, user = "", group] = /^([+-])([^#]*)(?:#(.*))?$/s.exec(one) ?? [];
      if (group === undefined) notices.add({ event: "presence", data: { user, online: sign === "+" } });
      else notices.add({ event: sign === "+" ? "join" : "leave", data: { user, group } });
    }
  };
  return { notices, happens, said, lines: () => said.map(([line]) => line) };
}

test("they are said a moment later, and once", () => {
  const { happens, lines } = noticing();
  happens("+bob#kelas");
  expect(lines()).toEqual([]);
  vi.runAllTimers();
  expect(lines()).toEqual(["* bob joined #kelas"]);
  vi.runAllTimers();
  expect(lines()).toHaveLength(1);
  happens("-bob#kelas");
  vi.runAllTimers();
  expect(lines()).toEqual(["* bob joined #kelas", "* bob left #kelas"]);
});

test.each([
  ["one who joins", ["+bob#kelas"], ["* bob joined #kelas"]],
  ["several who join and leave", ["+a#k", "-b#k", "+c#k", "-d#k"], ["* a, c joined #k; b, d left #k"]],
  ["one who came and went", ["+bob#kelas", "-bob#kelas"], []],
  ["one who went and came", ["-bob#kelas", "+bob#kelas"], []],
  ["one who came, went and came", ["+bob#kelas", "-bob#kelas", "+bob#kelas"], ["* bob joined #kelas"]],
  ["the same in other letters", ["+Bob#kelas", "-bob#kelas"], []],
  ["one who came and went, and another who came", ["+bob#k", "+carl#k", "-bob#k"], ["* carl joined #k"]],
  ["groups apart", ["+bob#k", "+bob#les", "-carl#k"], ["* bob joined #k; carl left #k", "* bob joined #les"]],
  ["one who came online", ["+bob"], ["* bob is online"]],
  ["two who came online, one who went", ["+bob", "+carl", "-dewi"], ["* bob, carl are online; dewi is offline"]],
  ["one whose command ran: online and offline", ["+bob", "-bob"], []],
  ["a group and presence apart", ["+bob#k", "-bob"], ["* bob joined #k", "* bob is offline"]],
  [
    "more than five by their number",
    ["a", "b", "c", "d", "e", "f", "g"].map((name) => `+${name}#k`),
    ["* a, b, c, d, e, 2 more joined #k"],
  ],
  ["a name that would act on a terminal", ["+b\u001b[2J#k\u0007"], ["* b\\u001b[2J joined #k\\u0007"]],
] as const)("%s", (_, events, wanted) => {
  const { happens, lines } = noticing();
  happens(...events);
  vi.runAllTimers();
  expect(lines()).toEqual(wanted);
});

test("each line is of its place", () => {
  const { happens, said } = noticing();
  happens("+bob#kelas", "+carl");
  vi.runAllTimers();
  expect(said.map(([, place]) => place)).toEqual(["#kelas", ""]);
});

test("what waits is said at once before something else, and not again", () => {
  const { notices, happens, lines } = noticing();
  happens("+bob#kelas");
  notices.flush();
  expect(lines()).toEqual(["* bob joined #kelas"]);
  expect(vi.getTimerCount()).toBe(0);
  notices.flush();
  vi.runAllTimers();
  expect(lines()).toHaveLength(1);
});

test("the moment is counted from the first of them: who comes and goes without end is told of all the same", () => {
  const { happens, lines } = noticing();
  for (let i = 0; i < 9; i++) {
    happens(`+user${i}#k`);
    vi.advanceTimersByTime(500);
  }
  expect(lines().length).toBeGreaterThan(1);
});

test("closed, nothing is said, and nothing is waited for", () => {
  const { notices, happens, lines } = noticing();
  happens("+bob#kelas");
  notices.close();
  expect(vi.getTimerCount()).toBe(0);
  notices.flush();
  expect(lines()).toEqual([]);
});

test("they are said in the language that is spoken", () => {
  setLanguage("id");
  onTestFinished(() => setLanguage("en"));
  const { notices, happens, lines } = noticing();
  happens("+bob#kelas", "-carl#kelas", "+dewi");
  notices.flush();
  expect(lines()).toEqual(["* bob bergabung dengan #kelas; carl keluar dari #kelas", "* dewi daring"]);
});

test("what one who is there says of himself is told when it changes, and when he comes", () => {
  const { notices, lines } = noticing();
  const shows = (online: boolean, away?: string, status?: string): void =>
    notices.add({ event: "presence", data: { user: "bob", online, away, status } });
  shows(true, "makan", "belajar");
  vi.runAllTimers();
  shows(true, "makan", "belajar");
  shows(true, "", "belajar");
  shows(true, undefined, "belajar");
  shows(true, undefined, "a\u001b[2J");
  shows(true);
  shows(false);
  vi.runAllTimers();
  expect(lines()).toEqual([
    "* bob is online; bob is away: makan; the status of bob: belajar",
    "* bob is away",
    "* bob is back",
    "* the status of bob: a\\u001b[2J",
    "* bob has no status now",
    "* bob is offline",
  ]);
});

test("of one who was asked for, only what is other is told", () => {
  const { notices, lines } = noticing();
  notices.know("Bob", { online: true, away: "makan" });
  notices.add({ event: "presence", data: { user: "bob", online: true } });
  notices.know("carl", { online: false });
  notices.add({ event: "presence", data: { user: "carl", online: true } });
  vi.runAllTimers();
  expect(lines()).toEqual(["* bob is back", "* carl is online"]);
});
