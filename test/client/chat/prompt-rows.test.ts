/** The prompt and the rows above it: what is said, never more than there is room for. */
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { Conversation } from "../../../src/client/chat/conversations.ts";
import { type PromptState, promptRow, type StatusState, statusRows } from "../../../src/client/chat/prompt-rows.ts";
import { drawnSymbols, rule, spokenSymbols } from "../../../src/client/chat/symbols.ts";
import { type Language, setLanguage } from "../../../src/client/language/wording.ts";
import { inAscii } from "../../../src/client/terminal/ascii.ts";
import { widthOf } from "../../../src/client/terminal/graphemes.ts";

function unread(...counts: readonly (readonly [string, number])[]): Conversation[] {
  return counts.map(([name, count]) => ({ name, unread: count, calls: false, draft: "", newest: undefined, at: 0 }));
}

function prompt(state: Partial<PromptState>, columns = 80): string {
  const all = { me: "alice", open: undefined, unread: [], up: true, symbols: drawnSymbols(), ...state };
  return stripVTControlCharacters(promptRow(all, columns));
}

function status(under: Partial<StatusState>, columns = 80): string[] {
  const all = {
    pending: [],
    link: { is: "up" } as const,
    transfers: "",
    typing: "",
    about: undefined,
    symbols: drawnSymbols(),
    ...under,
  };
  return statusRows(all, columns).map(stripVTControlCharacters);
}

const post = (text: string, to = "bob") => ({ id: text, to, text, time: new Date() });

test("the prompt says who, where, and what is new elsewhere", () => {
  expect(prompt({ me: undefined })).toBe("› ");
  expect(prompt({})).toBe("alice › ");
  expect(prompt({ open: "#kelas" })).toBe("alice #kelas › ");
  expect(prompt({ open: "#kelas", unread: unread(["bob", 2]) })).toBe("alice #kelas [2 bob] › ");
  expect(prompt({ unread: unread(["a", 1], ["b", 2], ["c", 3], ["d", 4], ["e", 5]) })).toBe(
    "alice [1 a, 2 b, 3 c, +2] › ",
  );
  expect(prompt({ up: false })).toBe("alice (offline) › ");
  expect(prompt({ symbols: drawnSymbols() })).toBe("alice › ");
});

test("where there is no room it says less, last of all where one speaks", () => {
  const state = { open: "#kelas", unread: unread(["bobby", 2], ["carl", 3]) };
  const said = [80, 24, 18, 12, 8].map((columns) => prompt(state, columns));
  expect(said).toEqual([
    "alice #kelas [2 bobby, 3 carl] › ",
    "alice #kelas [5] › ",
    "#kelas [5] › ",
    "#kelas › ",
    "› ",
  ]);
});

test.each<Language>(["en", "id"])(
  "neither is ever wider than there is room for, whatever people are called: %s",
  (is) => {
    setLanguage(is);
    onTestFinished(() => setLanguage("en"));
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    const columns = fc.integer({ min: 4, max: 100 });
    fc.assert(
      fc.property(name, fc.option(name, { nil: undefined }), fc.array(name), columns, (me, open, fresh, width) => {
        const state = { me, open, unread: unread(...fresh.map((one) => [one, 3] as const)), up: fresh.length > 1 };
        expect(widthOf(prompt(state, width))).toBeLessThanOrEqual(width);
        const rows = status({ pending: fresh.map((one) => post(one, me)), link: { is: "connecting" } }, width);
        for (const row of rows) expect(widthOf(row)).toBeLessThan(width);
      }),
    );
  },
);

test("what is under way stands above: the last three, and how many more", () => {
  expect(status({ pending: ["satu", "dua\nlagi"].map((text) => post(text)) })).toEqual([
    "… bob: satu",
    "… bob: dua lagi",
  ]);
  expect(status({ pending: ["1", "2", "3", "4", "5"].map((text) => post(text, "#kelas")) })).toEqual([
    "… 2 more",
    "… #kelas: 3",
    "… #kelas: 4",
    "… #kelas: 5",
  ]);
  expect(status({ transfers: "↑ a.iso 5 %" })).toEqual(["↑ a.iso 5 %"]);
});

test("so does what has become of the link, and when it is tried next", () => {
  const down = { is: "down", error: new Error("gone\u001b") } as const;
  expect(status({})).toEqual([]);
  expect(status({ link: { is: "connecting" } })).toEqual(["connecting …"]);
  expect(status({ link: { ...down, at: undefined } })).toEqual([]);
  const [row = ""] = status({ link: { ...down, at: performance.now() + 3900 } });
  expect(row).toMatch(/\b4 s\b/);
  expect(row).toContain("gone\\u001b");
  expect(status({ link: { ...down, at: performance.now() - 100 } })[0]).toMatch(/\b0 s\b/);
});

test("why there is no link, and that Enter tries now, is said whole in a narrow window", () => {
  const error = new Error("cannot reach 127.0.0.1:8889: connection refused");
  expect(status({ link: { is: "down", error, at: performance.now() + 2500 } }, 40)).toEqual([
    "the next try is in 3 s, Enter tries",
    "now (cannot reach 127.0.0.1:8889:",
    "connection refused)",
  ]);
});

test.each<Language>(["en", "id"])("signs in words can be heard: %s", (language) => {
  setLanguage(language);
  onTestFinished(() => setLanguage("en"));
  for (const [key, sign] of Object.entries(spokenSymbols())) {
    expect(sign).toMatch(/^[ -~]+$/);
    if (!["prompt", "rule"].includes(key)) expect(sign).toMatch(/[a-z]{4}/);
  }
});

test("what has become of a message is said in the language that is spoken", () => {
  expect([drawnSymbols().queued, spokenSymbols().accepted]).toEqual([
    "⇢ queued: that realm does not answer now",
    "(sent)",
  ]);
  setLanguage("id");
  onTestFinished(() => setLanguage("en"));
  expect([drawnSymbols().queued, spokenSymbols().accepted]).toEqual([
    "⇢ antre: realm itu sedang tidak menjawab",
    "(terkirim)",
  ]);
  expect(Object.keys(drawnSymbols())).toEqual(Object.keys(spokenSymbols()));
});

test("every sign that is drawn can be drawn in ASCII", () => {
  const drawn = [
    ...Object.values(drawnSymbols()),
    rule(drawnSymbols(), "new"),
    "… 3 in all",
    "a → b",
    "↑ a.iso ███░░░ 50%",
  ];
  for (const sign of drawn) expect(inAscii(sign)).toMatch(/^[ -~]+$/);
  expect(inAscii(rule(drawnSymbols(), "new"))).toBe("-- new ------------");
});
