/** What terminals send → keys, however it is cut up. */
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Key, KeyDecoder } from "../../../src/client/terminal/keys.ts";
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
  const keys = new KeyDecoder((key) => {
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

/** Reports of a mouse: buttons, those with Shift, Alt, Control, moves, the wheel, more buttons; with each end. */
function reports(one: (button: number, end: string) => string, ...ends: string[]): string {
  const buttons = [0, 1, 2, 3, 4, 8, 16, 28, 32, 35, 64, 65, 66, 67, 96, 128, 131];
  return buttons.flatMap((button) => ends.map((end) => one(button, end))).join("");
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
  ["an answer that nobody asked for", `${ESC}[?1;2c${ESC}[?2026;2$y`],
  ["a later answer that names the terminal", `${ESC}[>41;390;0c${ESC}[?1u`],
  ["a mouse as SGR has it: pressed, let go, moved, wheel", reports((n, end) => `${ESC}[<${n};1;5${end}`, "M", "m")],
  ["the same far to the right", `${ESC}[<0;12345;6789M${ESC}[<0;12345;6789m`],
  ["a mouse as X10 has it: pressed, let go, wheel", `${ESC}[M !!${ESC}[M#!!${ESC}[M\`a~`],
  ["a mouse as X10 has it, in letters and line ends that keys send", `${ESC}[Mabc${ESC}[M \u007fq`],
  ["a mouse as UTF-8 has it, beyond column 95", `${ESC}[M \u00c5\u0171${ESC}[M#\u07ff!`],
  ["Alt and a mouse", `${ESC}${ESC}[M !!${ESC}${ESC}[<0;1;5M`],
  ["a mouse in a line being typed", `ha${ESC}[<0;1;5Mlo${ESC}[M !!, bob`, 'text "halo, bob"'],
  ["a colour that the terminal was asked for", `${ESC}]11;rgb:1e1e/1e1e/2e2e\u0007${ESC}]4;1;rgb:cd/00/00${ESC}\\`],
  ["the clipboard, which the terminal was asked for", `${ESC}]52;c;cm0gLXJmCg==${ESC}\\`],
  ["what the terminal can do, as DCS", `${ESC}P1+r544e=787465726d${ESC}\\${ESC}P>|XTerm(390)${ESC}\\`],
  ["what the terminal can do, as APC, PM and SOS", `${ESC}_Gi=31;OK${ESC}\\${ESC}^x${ESC}\\${ESC}Xy${ESC}\\`],
  ["an answer that ends in eight bits", `${ESC}]11;rgb:0/0/0\u009c`],
  ["an answer with line ends and letters of others in it", `${ESC}]2;kirim\r\n日本${ESC}\\`],
  ["answers in a line being typed", `ha${ESC}]11;rgb:0/0/0\u0007lo${ESC}P0$r0m${ESC}\\!\r`, 'text "halo!"', "enter"],
  ["Alt and ], alone", `${ESC}]`, "M-]"],
  ["Alt and P, alone", `${ESC}P`, "M-P"],
  ["Alt and X, alone", `${ESC}X`, "M-X"],
  ["Alt and ^, alone", `${ESC}^`, "M-^"],
  ["Alt and _, alone", `${ESC}_`, "M-_"],
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
  const keys = new KeyDecoder((key) => list.push(told(key)));
  keys.push(Buffer.from(ESC));
  expect(list).toEqual([]);
  await until("Escape is given", () => list.length > 0);
  expect(list).toEqual(["escape"]);
  keys.push(Buffer.from("b"));
  expect(list).toEqual(["escape", 'text "b"']);
});

test("of a paste whose end takes its time nothing is lost", async () => {
  const list: string[] = [];
  const keys = new KeyDecoder((key) => list.push(told(key)));
  const other: string[] = [];
  const later = new KeyDecoder((key) => other.push(key.name));
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
  const keys = new KeyDecoder(({ name, text: some = "" }) => {
    if (name === "paste") pasted += some;
    else others.push(name);
  });
  for (const piece of pieces) keys.push(piece);
  keys.end();
  expect(others).toEqual([]);
  expect(pasted.length).toBe(text.length);
});

test("a mouse as urxvt has it types nothing and ends no line", () => {
  const report = reports((button, end) => `${ESC}[${button + 32};1;5${end}`, "M");
  for (const pieces of splits(Buffer.from(`ha${report}lo`))) {
    expect(read(pieces).filter((key) => key !== "unknown")).toEqual(['text "ha"', 'text "lo"']);
  }
});

test("a mouse as X10 has it types nothing and ends no line, wherever it is, whatever bytes say so", () => {
  for (let column = 0x21; column <= 0xff; column++) {
    for (const row of [0x21, 0x4d, 0x7f, 0x80, 0xff]) {
      // Two such bytes that UTF-8 takes for one character cannot be told from it.
      if (column >= 0xc0 && row >= 0x80 && row < 0xc0) continue;
      const bytes = Buffer.from([0x1b, 0x5b, 0x4d, 0x20, column, row, 0x61, 0x0d]);
      for (const pieces of splits(bytes))
        expect([column, row, read(pieces)]).toEqual([column, row, ['text "a"', "enter"]]);
    }
  }
});

test("a position is one of the cursor, however it is cut, and never text", () => {
  for (const pieces of splits(Buffer.from(`ha${ESC}[24;80Rlo`))) {
    expect(read(pieces)).toEqual(['text "ha"', "position 80", 'text "lo"']);
  }
});

describe("in silence,", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
  });

  /** Some bytes, a long silence, some bytes, a long silence … */
  function typed(...pieces: readonly string[]): string[] {
    const list: string[] = [];
    const keys = new KeyDecoder((key) => list.push(told(key)));
    for (const piece of pieces) {
      keys.push(Buffer.from(piece));
      vi.advanceTimersByTime(10_000);
    }
    return list;
  }

  test("a paste that does not end is given, and every key works again", () => {
    expect(typed(`${ESC}[200~halo`, "\u0003", "a", "\r", `${ESC}[D`, "sebuah kalimat yang panjang")).toEqual([
      'paste "halo"',
      "C-c",
      'text "a"',
      "enter",
      "left",
      'text "sebuah kalimat yang panjang"',
    ]);
  });

  test("after a paste that did not end the next one is a paste as any other", () => {
    expect(typed(`${ESC}[200~halo`, "\u0003", `${ESC}[200~b${ESC}[201~`, `${ESC}[200~c${ESC}[201~`)).toEqual([
      'paste "halo"',
      "C-c",
      'paste "b"',
      'paste "c"',
    ]);
  });

  test("a paste that has only begun is given, too", () => {
    expect(typed(`${ESC}[200~`, "\u0003")).toEqual(['paste ""', "C-c"]);
    expect(typed(`${ESC}[200~halo${ESC}[20`, "\u0003")).toEqual([`paste ${JSON.stringify(`halo${ESC}[20`)}`, "C-c"]);
  });

  test.each([
    ["with its end", [`satu\rdua\r${ESC}[201~`]],
    ["with its end at last, a line at a time", ["sendgroup kelas satu\rsendgroup", ` kelas dua\r${ESC}[201~`]],
    ["without", ["sendgroup kelas satu\rsendgroup kelas dua\r"]],
  ])("what comes late of a paste, %s, is no lines that are typed", (_, rest) => {
    const list = typed(`${ESC}[200~satu\r`, ...rest, "\u0003", "\r");
    expect(list.filter((key) => !key.startsWith("paste"))).toEqual(["C-c", "enter"]);
    const pasted = list.filter((key) => key.startsWith("paste")).map((key) => JSON.parse(key.slice(6)) as string);
    expect(pasted.join("")).toBe(`satu\r${rest.join("").replace(`${ESC}[201~`, "")}`);
  });

  test("what comes late of a paste line by line is no lines that are typed", () => {
    const rest = ["sendgroup kelas dua\r", "sendgroup kelas tiga\r", `empat${ESC}[201~`];
    const list = typed(`${ESC}[200~sendgroup kelas satu\r`, ...rest, "\r");
    expect(list.filter((key) => key === "enter")).toHaveLength(1);
    expect(list.at(-1)).toBe("enter");
  });

  test.each([
    ["a report of a mouse", [`${ESC}[<0;1`, ";5M"], []],
    ["a report of a mouse as X10 has it", [`${ESC}[M !`, "!"], []],
    ["a report of a mouse as urxvt has it", [`${ESC}[32;`, "1;5M"], ["unknown"]],
    ["a position of the cursor", [`${ESC}[24;`, "80R"], ["position 80"]],
    ["an answer", [`${ESC}]11;rgb:`, "0/0/0\u0007"], []],
    ["an answer of another kind", [`${ESC}P1+r54`, `4e=78${ESC}\\`], []],
  ] as const)("%s that comes over a slow line, in two pieces, is no text", (_, pieces, wanted) => {
    const list: string[] = [];
    const keys = new KeyDecoder((key) => list.push(told(key)));
    for (const piece of ["ha", ...pieces, "lo"]) {
      keys.push(Buffer.from(piece));
      vi.advanceTimersByTime(100);
    }
    expect(list).toEqual(['text "ha"', ...wanted, 'text "lo"']);
  });

  test("an answer that does not end is nothing, and every key works again", () => {
    for (const answer of [`${ESC}]11;rgb:1e1e`, `${ESC}P1+r54`, `${ESC}_Gi=31`, `${ESC}]11;rgb:0/0/0${ESC}`]) {
      expect(typed(answer, "\u0003", "a\r")).toEqual(["C-c", 'text "a"', "enter"]);
    }
  });

  test("Alt and a sign that an answer begins with is a key, and what is typed next is typed", () => {
    expect(typed(`${ESC}]`, "halo\r")).toEqual(["M-]", 'text "halo"', "enter"]);
  });

  test("a report of a mouse that does not end is nothing, and every key works again", () => {
    for (const report of [`${ESC}[<0;1`, `${ESC}[M`, `${ESC}[M !`, `${ESC}[32;5`]) {
      expect(typed(report, "\u0003", "a\r")).toEqual(["C-c", 'text "a"', "enter"]);
    }
  });
});

test("an answer longer than any takes no more of what is typed", () => {
  const [answer, ...typed] = [`${ESC}]52;c;${"x".repeat(70_000)}`, "\u0003", "halo"].map((text) => Buffer.from(text));
  expect(read([answer as Buffer, ...typed])).toEqual(["C-c", 'text "halo"']);
});
