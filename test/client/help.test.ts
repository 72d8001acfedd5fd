/** Help in both languages: what one needs first fits a screen, every topic says something, and what there is not is told. */
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { helpFor, helpOverview, topics } from "../../src/client/help.ts";
import { type Language, setLanguage, wording } from "../../src/client/language/wording.ts";
import { widthOf } from "../../src/client/terminal/graphemes.ts";
import { isRequest, ownCommand } from "../../src/client/vocabulary.ts";

const ROWS = 23;
const COLUMNS = 80;

/** Lines that a terminal would break. */
function tooWide(text: string | undefined): string[] {
  return (text ?? "").split("\n").filter((line) => widthOf(line) > COLUMNS);
}

const places = ["prompt", "shell"] as const;

test("of several requests those that want a token come last: where one is logged in nobody types one", () => {
  const wants = (helpFor("send", "prompt") ?? "").split("\n").filter((line) => line.startsWith("send "));
  expect(wants[0]).toBe("send <user[@realm]> <text...>");
  expect(wants.at(-1)).toContain("<token>");
});

describe.each<Language>(["en", "id"])("in %s", (language) => {
  beforeEach(() => {
    setLanguage(language);
    onTestFinished(() => setLanguage("en"));
  });

  test.each([undefined, ...topics, "send", "open", "search", "group", "export"])(
    "help %s fits a narrow window, and no word of it is broken",
    (word) => {
      const wide = helpFor(word, "prompt") ?? "";
      const narrow = helpFor(word, "prompt", 40) ?? "";
      expect(narrow.split(/\s+/)).toEqual(wide.split(/\s+/));
      expect(narrow.split("\n").filter((line) => widthOf(line) > 40)).toEqual([]);
    },
  );

  test.each(places)("the first page at a %s fits a screen of 24 rows, and the line below it", (where) => {
    const text = helpOverview(where);
    expect(tooWide(text)).toEqual([]);
    expect(text.split("\n").length).toBeLessThanOrEqual(ROWS);
  });

  test.each(topics)("help %s says something, no wider than a terminal", (topic) => {
    for (const where of places) {
      const text = helpFor(topic, where) ?? "";
      expect(text.split("\n").length).toBeGreaterThan(4);
      expect(text).not.toMatch(/undefined|\[object|^\s*$/);
      expect(tooWide(text)).toEqual([]);
    }
  });

  test("the first page names every topic and how to speak, and what it names is there", () => {
    const text = helpOverview("prompt");
    for (const topic of topics) expect(text).toContain(`help ${topic}`);
    for (const [line] of wording.help.speak) {
      expect(text).toContain(line);
      const [word = ""] = line.split(/[ ,]/);
      if (/^[a-z]/.test(word)) expect([word, ownCommand(word) !== undefined || isRequest(word)]).toEqual([word, true]);
    }
    for (const [line] of wording.help.topicRows) {
      const [, topic = ""] = line.split(" ");
      if (/^[a-z]/.test(topic)) expect(topics).toContain(topic);
    }
  });

  test("the first page at a shell says that options stand before the command, and names its commands", () => {
    const text = helpOverview("shell");
    expect(text).toContain("chat-client -q send bob halo");
    for (const word of ["listen", "completion", "man", "sendfile"])
      expect(text).toMatch(new RegExp(`^ {2}${word} `, "m"));
    expect(text).not.toMatch(/^ {2}(open|close|quit) /m);
  });
});

test("of two commands with one word a topic names the one that is about it", () => {
  const rows = (topic: string): string[] => (helpFor(topic, "prompt") ?? "").split("\n");
  expect(rows("groups").filter((line) => /^ {2}(accept|decline) /.test(line))).toEqual([
    expect.stringMatching(/^ {2}accept <#group/),
    expect.stringMatching(/^ {2}decline <#group/),
  ]);
  expect(rows("groups").filter((line) => /^ {2}group (rename|delete) /.test(line))).toHaveLength(2);
  expect(rows("privacy").filter((line) => /^ {2}(accept|decline) /.test(line))).toEqual([
    expect.stringMatching(/^ {2}accept <user/),
    expect.stringMatching(/^ {2}decline <user/),
  ]);
  expect(
    rows("account")
      .filter((line) => /^ {2}(erase|status) /.test(line))
      .map((line) => line.trim()),
  ).toEqual([
    "erase <password>                have the account erased after some days, with",
    "erase cancel                    have the account erased no longer",
    "status <note...>                say something of oneself that others see",
  ]);
});

test("who comes from IRC finds what is meant by each word", () => {
  const text = helpFor("irc", "prompt") ?? "";
  for (const word of ["/msg", "/query", "/part", "/who", "/names", "/list", "/clear", "/quit", "/join"]) {
    expect(text).toContain(word);
  }
});

test("a topic that is a word of ours, too, tells of both", () => {
  for (const topic of ["groups", "realms", "files"]) {
    expect(isRequest(topic) || ownCommand(topic) !== undefined).toBe(true);
    expect(helpFor(topic, "prompt")).toContain("for example:");
  }
  expect(helpFor("groups", "prompt")).toContain("leave");
  expect(helpFor("files", "prompt")).toContain("getfile ID|NAME");
});

test("a word is looked for in any case, with its slash, and without its _ and -", () => {
  const text = helpFor("send", "prompt");
  expect(text).toContain("send <user[@realm]> <text...>");
  for (const word of ["/send", "SEND", "/Send"]) expect(helpFor(word, "prompt")).toBe(text);
  expect(helpFor("/GROUPS", "prompt")).toBe(helpFor("groups", "prompt"));
  expect(helpFor("leavegroup", "prompt")).toBe(helpFor("leave_group", "prompt"));
  expect(helpFor(undefined, "prompt")).toBe(helpOverview("prompt"));
});

test.each(["sned", "", "constructor", "__proto__", "toString", "helpkeys"])("there is no help of %j", (word) => {
  expect(helpFor(word, "prompt")).toBeUndefined();
});
