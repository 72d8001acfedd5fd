/**
 * What a terminal sends → keys: ECMA-48 sequences as xterm writes them, bracketed paste, focus, the
 * position of the cursor. However the bytes are cut up, the keys are the same. What is no key, but a report of a mouse
 * that another program has asked for, or a late answer to one, is passed over: none of it ever becomes text.
 */
import { StringDecoder } from "node:string_decoder";

/**
 * `name` is `enter`, `left`, `C-a` (Control), `M-b` (Alt or Escape before it), `S-tab`, or one of:
 * `text` (typed, some characters), `paste`, `focus-in`, `focus-out`, `position`.
 */
export interface Key {
  readonly name: string;
  /** Of `text` and `paste`. */
  readonly text?: string;
  /** Of `position`, counted from 1. */
  readonly column?: number;
}

const ESC = "\u001b";

/** How long, in ms, an Escape may be the beginning of something. */
const ESCAPE_MS = 50;

const PASTE_BEGIN = `${ESC}[200~`;
const PASTE_END = `${ESC}[201~`;

/** A paste is given before its end after so long a silence, in ms, or when it has so many UTF-16 units, more than any request. */
const PASTE_MS = 500;
const MAX_PASTE = 2 ** 20;

/** UTF-16 units with a line end among them that no hand types at once. */
const NOT_TYPED = 16;

/** How long, in ms, the rest of a terminal's answer is waited for; how many UTF-16 units one has at the most. */
const ANSWER_MS = 500;
const MAX_ANSWER = 2 ** 16;

/** Keys by what is sent for them. */
type Names = Readonly<Record<string, string>>;

const CSI_FINALS: Names = { A: "up", B: "down", C: "right", D: "left", E: "begin", F: "end", H: "home" };

/** `ESC O M` is the keypad's Enter; `CSI M` is a mouse. */
const SS3_FINALS: Names = { ...CSI_FINALS, M: "enter" };

const CSI_NUMBERS: Names = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
};

const CONTROLS: Names = {
  "\r": "enter",
  "\n": "C-j",
  "\t": "tab",
  "\b": "C-h",
  "\u007f": "backspace",
  "\u0000": "C-space",
  "\u001c": "C-\\",
  "\u001d": "C-]",
  "\u001e": "C-^",
  "\u001f": "C-_",
};

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: they are what keys send
const CSI = /^\u001b\[(?:(<[-0-?]*|[0-?]*)([ -/]*)([@-Z\\-~])|\[(?:[A-E]))/;
const CSI_BEGUN = /^\u001b\[(?:<[-0-?]*|[0-?]*)[ -/]*$/;
const MOUSE_X10 = /^\u001b\[M/;
const STRING_BEGUN = /^\u001b[\]PX^_]/;
const STRING_END = /\u0007|\u001b\\|\u009c/;
const STRING_CUT = /[\u0003\u0004]/;
const TYPED = /^[^\u0000-\u001f\u007f]+/;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above

export class KeyDecoder {
  readonly #onKey: (key: Key) => void;
  readonly #decoder = new StringDecoder("utf8");
  #held = "";
  #pasted: string | undefined;
  /** A paste was given before its end: more of it may come. */
  #late = false;
  #patience: NodeJS.Timeout | undefined;

  constructor(onKey: (key: Key) => void) {
    this.#onKey = onKey;
  }

  push(bytes: Buffer): void {
    clearTimeout(this.#patience);
    const text = this.#decoder.write(bytes);
    this.#held += text;
    if (this.#late && (text.includes(PASTE_BEGIN) || isLateText(text))) {
      this.#late = false;
      // The rest of the paste: taken as keys, its lines would be sent.
      if (!text.includes(PASTE_BEGIN)) this.#pasted = "";
    }
    this.#read();
    const isPaste = this.#pasted !== undefined;
    if (this.#held === "" && !isPaste) return;
    const isAnswer = (STRING_BEGUN.test(this.#held) || this.#held.startsWith(`${ESC}[`)) && this.#held.length > 2;
    this.#patience = setTimeout(() => this.#giveUp(), isPaste ? PASTE_MS : isAnswer ? ANSWER_MS : ESCAPE_MS);
  }

  /** Nothing more comes. */
  end(): void {
    clearTimeout(this.#patience);
    this.#giveUp();
  }

  #read(): void {
    while (this.#held !== "") {
      const taken = this.#pasted === undefined ? this.#key() : this.#paste(this.#pasted);
      if (!taken) return;
    }
  }

  /** @returns whether something was taken; if not, more must come. */
  #key(): boolean {
    const held = this.#held;
    const [typed] = TYPED.exec(held) ?? [];
    if (typed !== undefined) return this.#take(typed.length, { name: "text", text: typed });
    const [first = ""] = held;
    if (first !== ESC) return this.#take(1, { name: control(first) });
    // Some terminals say Alt with an Escape before the sequence.
    const alt = held.startsWith(`${ESC}${ESC}[`) || held.startsWith(`${ESC}${ESC}O`) ? 1 : 0;
    const rest = held.slice(alt);
    if (MOUSE_X10.test(rest)) {
      // Button, column and row, a character each.
      const report = Array.from(rest.slice(3, 9)).slice(0, 3);
      return report.length === 3 && this.#take(alt + 3 + report.join("").length);
    }
    if (STRING_BEGUN.test(rest)) return this.#answer(alt, rest);
    const sequence = CSI.exec(rest);
    if (sequence) return this.#sequence(alt, sequence);
    if (CSI_BEGUN.test(rest) || rest === ESC || rest === `${ESC}O` || rest === ESC + ESC || rest === `${ESC}[[`)
      return false;
    if (rest.startsWith(`${ESC}O`)) {
      const name = SS3_FINALS[rest[2] as string] ?? "unknown";
      return this.#take(alt + 3, { name: alt > 0 ? `M-${name}` : name });
    }
    if (rest[1] === ESC) return this.#take(1, { name: "escape" });
    const [, character = ""] = Array.from(rest.slice(0, 3));
    const name = character < " " || character === "\u007f" ? control(character) : character;
    const withAlt = name.startsWith("C-") ? `C-M-${name.slice(2)}` : `M-${name}`;
    return this.#take(1 + character.length, { name: withAlt });
  }

  #sequence(alt: number, [whole, parameters = "", , final = ""]: RegExpExecArray): boolean {
    const length = alt + whole.length;
    // With a private prefix (ECMA-48, 5.4.1) it is a report: of the mouse, of what the terminal can do.
    if (/^[<-?]/.test(parameters)) return this.#take(length);
    const numbers = parameters.split(";");
    const [first = "", second = "", third = ""] = numbers;
    if (final === "~" && first === "200") {
      this.#pasted = "";
      this.#held = this.#held.slice(length);
      return true;
    }
    if (final === "I" && parameters === "") return this.#take(length, { name: "focus-in" });
    if (final === "O" && parameters === "") return this.#take(length, { name: "focus-out" });
    if (final === "R" && numbers.length === 2) return this.#take(length, { name: "position", column: Number(second) });
    let name = CSI_FINALS[final];
    let modifiers = second;
    if (final === "Z") return this.#take(length, { name: "S-tab" });
    if (final === "~" && first === "27") {
      // xterm's modifyOtherKeys: 27;modifiers;code~
      name = named(Number(third));
    } else if (final === "u") {
      name = named(Number(first.split(":")[0]));
    } else if (final === "~") {
      name = CSI_NUMBERS[first];
    } else if (numbers.length === 1 && first !== "") {
      modifiers = first;
    }
    const keys = Number(modifiers.split(":")[0] || 1) - 1;
    const prefix = `${keys & 4 ? "C-" : ""}${keys & 2 || alt > 0 ? "M-" : ""}${keys & 1 ? "S-" : ""}`;
    if (prefix === "" && name?.length === 1) return this.#take(length, { name: "text", text: name });
    return this.#take(length, { name: name === undefined ? "unknown" : prefix + name });
  }

  /** OSC, DCS and their like, which only terminals send, to whoever asked them. A person may have typed Alt-]. */
  #answer(alt: number, rest: string): boolean {
    const end = STRING_END.exec(rest);
    // Ctrl-C and Ctrl-D end it: no answer must hold up a person who wants to go on.
    const cut = STRING_CUT.exec(rest);
    if (cut && !(end && end.index < cut.index)) return this.#take(alt + cut.index);
    if (end) return this.#take(alt + end.index + end[0].length);
    return rest.length > MAX_ANSWER && this.#take(alt + rest.length);
  }

  #paste(so: string): boolean {
    const end = this.#held.indexOf(PASTE_END);
    if (end < 0) {
      // The end may be cut in two.
      const safe = Math.max(0, this.#held.length - PASTE_END.length);
      this.#pasted = so + this.#held.slice(0, safe);
      this.#held = this.#held.slice(safe);
      if (this.#pasted.length > MAX_PASTE) {
        const text = this.#pasted;
        this.#pasted = "";
        this.#onKey({ name: "paste", text });
      }
      return false;
    }
    const text = so + this.#held.slice(0, end);
    this.#pasted = undefined;
    return this.#take(end + PASTE_END.length, { name: "paste", text });
  }

  /** @param key none for what is no key */
  #take(length: number, key?: Key): true {
    this.#held = this.#held.slice(length);
    if (key) this.#onKey(key);
    return true;
  }

  /** Nothing more has come: what was begun is what there is. */
  #giveUp(): void {
    const held = this.#held;
    this.#held = "";
    if (this.#pasted !== undefined) {
      const text = this.#pasted + held;
      this.#pasted = undefined;
      this.#late = true;
      this.#onKey({ name: "paste", text });
      return;
    }
    if (held === ESC || held === ESC + ESC) this.#onKey({ name: "escape" });
    else if (held.length === 2 && /[[O\]PX^_]$/.test(held)) this.#onKey({ name: `M-${held[1]}` });
  }
}

/** More of a paste that was given before its end. */
function isLateText(text: string): boolean {
  return text.includes(PASTE_END) || /[\r\n]./s.test(text) || (text.length > NOT_TYPED && /[\r\n]/.test(text));
}

function control(character: string): string {
  return CONTROLS[character] ?? `C-${String.fromCharCode(character.charCodeAt(0) + 0x60)}`;
}

/** A key that is said by its character's number. */
function named(code: number): string | undefined {
  if (!(code > 0 && code <= 0x10ffff)) return undefined;
  const character = String.fromCodePoint(code);
  if (character === ESC) return "escape";
  return character < " " || character === "\u007f" ? control(character) : character;
}
