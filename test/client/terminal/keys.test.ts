/** What terminals send → keys, however it is cut up. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Key, Keys } from "../../../src/client/terminal/keys.ts";
import { until } from "../../support/until.ts";

const ESC = "\u001b";

/** A key as a word: `left`, `text "abc"`, `position 7`. */
function told({ name, text, column }: Key): string {
  if (text !== undefined) return `${name} ${JSON.stringify(text)}`;
  return column === undefined ? name : `${name} ${column}`;
}

/** The keys of some bytes in pieces. Typed text may come in pieces too: those in a row are one. */
function read(pieces: readonly Buffer[]): string[] {
  const list: Key[] = [];
  const keys = new Keys((key) => {
    const last = list.at(-1);
    if (key.name === "text" && last?.name === "text") {
      list[list.length - 1] = { name: "text", text: `${last.text}${key.text}` };
    } else list.push(key);
  });
  for (const piece of pieces) keys.push(piece);
  keys.end();
  return list.map(told);
}

/** The bytes whole, split in two at every point, and byte by byte. */
function* splits(bytes: Buffer): Iterable<Buffer[]> {
  yield [bytes];
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

const controls = "abcdefgklnopqrstuvwxyz";

const examples: readonly (readonly [what: string, bytes: string, ...keys: string[]])[] = [
  ["letters", "halo", 'text "halo"'],
  ["letters of other scripts", "é日本한नि", 'text "é日本한नि"'],
  ["a family, an accent of its own, a flag", "👩‍👩‍👧e\u0301🇮🇩", 'text "👩‍👩‍👧e\u0301🇮🇩"'],
  ["Enter, Ctrl-J, Tab, Backspace, Ctrl-H", "\r\n\t\u007f\b", "enter", "C-j", "tab", "backspace", "C-h"],
  [
    "Control with each letter",
    Array.from(controls, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60)).join(""),
    ...Array.from(controls, (letter) => `C-${letter}`),
  ],
  ["Control with signs", "\u0000\u001c\u001d\u001e\u001f", "C-space", "C-\\", "C-]", "C-^", "C-_"],
  ["arrows", `${ESC}[A${ESC}[B${ESC}[C${ESC}[D`, "up", "down", "right", "left"],
  ["arrows of the application mode", `${ESC}OA${ESC}OB${ESC}OC${ESC}OD`, "up", "down", "right", "left"],
  [
    "Home and End, as four kinds of terminals say them",
    `${ESC}[H${ESC}[F${ESC}OH${ESC}OF`,
    "home",
    "end",
    "home",
    "end",
  ],
  ["the same of older ones", `${ESC}[1~${ESC}[4~${ESC}[7~${ESC}[8~`, "home", "end", "home", "end"],
  ["Delete, Insert, the pages", `${ESC}[3~${ESC}[2~${ESC}[5~${ESC}[6~`, "delete", "insert", "pageup", "pagedown"],
  ["Control and an arrow", `${ESC}[1;5D${ESC}[1;5C`, "C-left", "C-right"],
  ["Alt and an arrow", `${ESC}[1;3D${ESC}[1;3C`, "M-left", "M-right"],
  ["Shift and an arrow", `${ESC}[1;2A`, "S-up"],
  ["Control, Alt and Shift, and an arrow", `${ESC}[1;8A`, "C-M-S-up"],
  ["modifiers of a terminal that says no 1", `${ESC}[5D`, "C-left"],
  ["Alt as an Escape before an arrow", `${ESC}${ESC}[D${ESC}${ESC}OC`, "M-left", "M-right"],
  ["Alt and letters", `${ESC}b${ESC}f${ESC}é${ESC}😀`, "M-b", "M-f", "M-é", "M-😀"],
  ["Alt and signs", `${ESC}<${ESC}>`, "M-<", "M->"],
  [
    "Alt and Enter, Ctrl-J, Backspace, Ctrl-H",
    `${ESC}\r${ESC}\n${ESC}\u007f${ESC}\b`,
    "M-enter",
    "C-M-j",
    "M-backspace",
    "C-M-h",
  ],
  ["Shift and Tab", `${ESC}[Z`, "S-tab"],
  ["Shift and Enter, as kitty says it", `${ESC}[13;2u`, "S-enter"],
  ["Shift and Enter, as xterm says it", `${ESC}[27;2;13~`, "S-enter"],
  ["Control and a letter, as kitty says it", `${ESC}[97;5u`, "C-a"],
  ["a letter that kitty says by its number", `${ESC}[97u${ESC}[233;1u`, 'text "aé"'],
  ["a number of no character", `${ESC}[99999999u`, "unknown"],
  ["the window gets and loses attention", `${ESC}[I${ESC}[O`, "focus-in", "focus-out"],
  ["where the cursor is", `${ESC}[12;7R`, "position 7"],
  ["a function key", `${ESC}OP${ESC}[15~${ESC}[24~`, "unknown", "unknown", "unknown"],
  ["a function key of the Linux console", `${ESC}[[A${ESC}[[E`, "unknown", "unknown"],
  ["an answer that nobody asked for", `${ESC}[?1;2c${ESC}[?2026;2$y`, "unknown", "unknown"],
  ["Escape alone", ESC, "escape"],
  ["Escape twice", ESC + ESC, "escape"],
  ["Alt and [, alone", `${ESC}[`, "M-["],
  ["Alt and O, alone", `${ESC}O`, "M-O"],
  ["a sequence that ends in the middle", `${ESC}[1;5`],
  ["a paste", `${ESC}[200~halo${ESC}[201~`, 'paste "halo"'],
  ["a paste of nothing", `${ESC}[200~${ESC}[201~`, 'paste ""'],
  ["a paste of several lines", `${ESC}[200~a\r\nb\rc\n${ESC}[201~`, 'paste "a\\r\\nb\\rc\\n"'],
  [
    "a paste that holds what keys send",
    `${ESC}[200~a${ESC}[Db${ESC}[200~\u0003${ESC}[201~`,
    `paste ${JSON.stringify(`a${ESC}[Db${ESC}[200~\u0003`)}`,
  ],
  [
    "a paste that holds all but the last of its end",
    `${ESC}[200~${ESC}[201${ESC}[201~`,
    `paste ${JSON.stringify(`${ESC}[201`)}`,
  ],
  ["a paste of a family", `${ESC}[200~👩‍👩‍👧${ESC}[201~`, 'paste "👩‍👩‍👧"'],
  ["typing around a paste", `x${ESC}[200~y${ESC}[201~z\r`, 'text "x"', 'paste "y"', 'text "z"', "enter"],
  [
    "letters, arrows, letters in one",
    `abcdef${ESC}[D${ESC}[D${ESC}[DXY`,
    'text "abcdef"',
    "left",
    "left",
    "left",
    'text "XY"',
  ],
];

describe("whole, split in two at every point and byte by byte, the keys are the same:", () => {
  test.each(examples)("%s", (_what, bytes, ...keys) => {
    for (const pieces of splits(Buffer.from(bytes))) expect(read(pieces), pieces.join("¦")).toEqual(keys);
  });
});

/** Those that what comes after them cannot change. */
const whole = examples.filter(([what]) => !/alone|twice|in the middle/.test(what));

test("any keys in a row, cut anywhere, are the same keys", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...whole), { minLength: 1, maxLength: 8, size: "max" }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (list, cuts) => {
        const bytes = Buffer.from(list.map(([, some]) => some).join(""));
        const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(read(pieces)).toEqual(read([bytes]));
      },
    ),
  );
});

test("any bytes at all, cut anywhere, are read without an error and the same", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(ESC, ESC, ESC, "[", "[", "O", ";", "1", "5", "~", "A", "R", "u", "a", "\r", "é", "?", " "),
        {
          maxLength: 12,
        },
      ),
      fc.nat(),
      (units, cut) => {
        const bytes = Buffer.from(units.join(""));
        const at = cut % (bytes.length + 1);
        expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(read([bytes]));
      },
    ),
    { numRuns: 1000 },
  );
});

test("Escape is a key of its own when nothing follows it", async () => {
  const list: string[] = [];
  const keys = new Keys((key) => list.push(told(key)));
  keys.push(Buffer.from(ESC));
  expect(list).toEqual([]);
  await until("Escape is given", () => list.length > 0);
  expect(list).toEqual(["escape"]);
  keys.push(Buffer.from("b"));
  expect(list).toEqual(["escape", 'text "b"']);
});

test("of a paste whose end takes its time nothing is lost", async () => {
  const list: string[] = [];
  const keys = new Keys((key) => list.push(told(key)));
  const other: string[] = [];
  const later = new Keys((key) => other.push(key.name));
  keys.push(Buffer.from(`${ESC}[200~one\rtwo${ESC}[20`));
  // Begun after it, given up after it.
  later.push(Buffer.from(ESC));
  await until("an Escape of the same time is given up", () => other.length > 0);
  expect(list).toEqual([]);
  keys.push(Buffer.from("1~"));
  expect(list).toEqual(['paste "one\\rtwo"']);
});

test("a paste that never ends is given at the end", () => {
  expect(read([Buffer.from(`${ESC}[200~one\rtwo`)])).toEqual(['paste "one\\rtwo"']);
});

test("of a paste of three megabytes nothing is taken for keys", () => {
  const text = "send this\r".repeat(300_000);
  const bytes = Buffer.from(`${ESC}[200~${text}${ESC}[201~`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
    bytes.subarray(i * 65_536, (i + 1) * 65_536),
  );
  let pasted = "";
  const others: string[] = [];
  const keys = new Keys(({ name, text: some = "" }) => {
    if (name === "paste") pasted += some;
    else others.push(name);
  });
  for (const piece of pieces) keys.push(piece);
  keys.end();
  expect(others).toEqual([]);
  expect(pasted.length).toBe(text.length);
});
