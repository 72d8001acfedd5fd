/** A conversation is open: what is a command, right or mistyped, is said to nobody; what people say is said. */
import { describe, expect, test } from "vitest";
import { type Interpretation, interpret } from "../../../src/client/chat/interpret.ts";
import { exampleOf } from "../../../src/client/examples.ts";
import { ownCommands, requests } from "../../../src/client/vocabulary.ts";
import { knownWith, slipsOf, TOKEN } from "../../support/known.ts";

/** Where one speaks: known, and named by none of the examples. */
const OPEN = "#dev";

/** Words that people say to each other as often as to a server: README, "The prompt". */
const GREETINGS = ["hello", "ping", "away", "back", "status", "typing"];
/** Likewise, where it names no place. */
const SEARCH = "search rapat";

/** Every command with arguments that fit and names that are known, as one types it. */
const commands = [
  ...requests.map(exampleOf).map((line) => line.replace("TOKEN", TOKEN)),
  ...ownCommands.filter((command) => command.in !== "shell").map(({ example }) => example),
].filter((line) => !GREETINGS.includes(line.split(" ", 1)[0] as string) && line !== SEARCH);

function isSaid(line: string): boolean {
  const meaning = interpret(line, knownWith(OPEN));
  return meaning.is === "message" && meaning.to === OPEN;
}

function mistyped(line: string): readonly string[] {
  const [word = ""] = line.split(" ");
  return slipsOf(word).map((slip) => slip + line.slice(word.length));
}

describe("is not said", () => {
  test.each(commands)("%s", (line) => {
    expect(isSaid(line)).toBe(false);
    expect(isSaid(line.toUpperCase())).toBe(false);
  });

  // Of shorter words every other one is nearly one.
  test.each(commands.filter((line) => /^\S{4}/.test(line)))("a slip in the first word of %s", (line) => {
    expect(mistyped(line).filter((slip) => !GREETINGS.includes(slip) && isSaid(slip))).toEqual([]);
  });

  test.each([
    ["a message over several lines", "sned carl baris satu\nbaris dua"],
    ["one in capitals", "SNED CARL HALO"],
    ["a message to another realm", "sned carl@kampus halo"],
    ["a message to a group", "sengdroup kelas halo"],
    ["a file", "sendfiel carl ~/a.iso"],
    ["a question for the history", "histroy carl 5"],
    ["the end", "qiut"],
    ["a command after a slash", "/sned carl halo"],
    ["a name that is none", "@carl, halo"],
  ])("%s: %s", (_, line) => {
    expect(interpret(line, knownWith(OPEN))).toMatchObject({ is: "refused" });
  });

  test.each([
    "passwd lama baru",
    "passwd lama",
    "auth dewi rahasia",
    "auth dewi rahasia lagi",
    "login dewi rahasia",
    "auth_login dewi rahasia",
    "register dewi rahasia",
    "register dewi rahasia Dewi_Sari indonesia",
    "auth_register dewi rahasia",
    `inbox ${TOKEN}`,
    `members ${TOKEN} kelas`,
  ])("what holds a password or a token: %s", (line) => {
    expect(isSaid(line)).toBe(false);
  });

  test.each(["auth carl", "login carl", "auth_login carl"])("a login: %s", (line) => {
    expect(isSaid(line)).toBe(false);
  });

  test.each(["search in carl rapat", "search since 2026-11-01 rapat", "search from carl limit 3 rapat"])(
    "a search with options that fit: %s",
    (line) => {
      expect(isSaid(line)).toBe(false);
    },
  );

  test.each(["history 50", "getfile", "sendfile", "unmute", "unignore"])(
    "one of the client's own, for the open conversation, or not whole: %s",
    (line) => {
      expect(isSaid(line)).toBe(false);
    },
  );
});

describe("is said", () => {
  test.each([
    // Greetings, and words that are none of ours.
    "hello",
    "Hello!",
    "hello bob",
    "hello, apa kabar?",
    "ping",
    "ping me when you are there",
    "ping every 60",
    "pong",
    "halo",
    "haloo semua",
    "hai",
    "selamat pagi",
    "ok",
    "oke",
    "ya",
    "iya nih",
    "gak",
    "nggak tau",
    "terima kasih",
    "makasih ya",
    "sama-sama",
    "siap",
    "lol",
    "wkwkwk",
    "🙂",
    "jam berapa kita rapat?",
    "nanti aku kabari",
    "besok ujian, jangan lupa",
    "di mana kamu?",
    "lagi di jalan",
    "tolong kirim filenya",
    "kirim ke bob dong",
    "kata carl dia sakit",
    "bob sakit",
    "bob, carl: rapat jam 9",
    "carl and bob are here",
    "the files are missing",
    "what is your user name?",
    "i will send it tomorrow",
    "can you help me?",
    "see you",
    "thanks a lot",
    "it works now",
    // Words that are nearly one of ours, and do not ask for what it asks.
    "sent it yesterday",
    "sending it now",
    "list of things",
    "list",
    "joint account",
    "joins us tomorrow",
    "point taken",
    "and then?",
    "end",
    "bend it",
    "tend to agree",
    "quite good",
    "opened it",
    "ready?",
    "member baru",
    "transfer 50rb ya",
    "get file a.pdf",
    "hell no",
    // Words of ours, in sentences that ask for nothing.
    "users are happy",
    "info dari kantor",
    "info penting: rapat jam 9",
    "ls itu apa?",
    "inbox penuh",
    "logout dulu ya",
    "open the door",
    "close the window",
    "quit smoking",
    "help me",
    "help me please",
    "history is written by winners",
    "history of bob",
    "search for it",
    SEARCH,
    "search in the house",
    "files are missing",
    "read this",
    "post office",
    "watch out",
    "watch this",
    "members only",
    "group photo?",
    "leave me alone",
    "join us later",
    "my file is lost",
    "download it",
    "download gagal",
    "upload gagal",
    "resume kerja besok",
    "unsend it",
  ])("%s", (line) => {
    // Whether it may be a slip with a name that has come since makes no difference where none has.
    expect(interpret(line, knownWith(OPEN))).toMatchObject({ is: "message", to: OPEN, text: line });
  });

  test("anything, after a blank", () => {
    for (const line of [...commands, ...commands.flatMap(mistyped).slice(0, 1000)]) {
      expect(interpret(` ${line}`, knownWith(OPEN))).toEqual({ is: "message", to: OPEN, text: line });
    }
  });
});

describe("is never done, said as it is with others: in doubt it is refused", () => {
  const isDone = (meaning: Interpretation): boolean =>
    meaning.is !== "refused" && !(meaning.is === "message" && meaning.to === OPEN);

  test.each([
    "login dulu",
    "register now",
    "open up",
    "ignore him",
    "mute him",
    "mute him mentions",
    "mute the tv",
    "join us",
    "leave now",
    "send me the file",
    "send it to bob",
    "send in the clowns",
    "send flowers to carl",
    "register dulu ya kawan",
    "register for the class now",
    "register for class tomorrow",
    "login to the",
    "login gagal lagi",
    "auth error lagi",
    "info kantor",
    "joingroup besok",
  ])("%s", (line) => {
    expect(isDone(interpret(line, knownWith(OPEN)))).toBe(false);
  });
});
