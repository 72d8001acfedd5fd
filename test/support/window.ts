/** chat-client as a person has it before him: a terminal emulator reads what it draws, and what stands there can be looked at. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import stringWidth from "string-width";
import { type Emulator, newEmulator } from "./emulator.ts";
import { cleanEnv } from "./server.ts";
import { until } from "./until.ts";

/** What a terminal or a test runner may say of itself: not that of the test's own person. */
const OTHERS =
  /^(TERM|TERM_PROGRAM|COLORTERM|TMUX|VTE_VERSION|XTERM_VERSION|WT_SESSION|ConEmuPID|NO_COLOR|FORCE_COLOR|ACCESSIBLE|EDITOR|VISUAL|BROWSER|DISPLAY|WAYLAND_DISPLAY|SSH_CONNECTION|CI|LANG|LC_\w+)$/;

/** Keys that have no character of their own, as xterm sends them. */
export const keys = {
  enter: "\r",
  tab: "\t",
  left: "\u001b[D",
  right: "\u001b[C",
  up: "\u001b[A",
  down: "\u001b[B",
  backspace: "\u007f",
  ctrl: (letter: string) => String.fromCharCode(letter.toUpperCase().charCodeAt(0) - 64),
  alt: (letter: string) => `\u001b${letter}`,
  paste: (text: string) => `\u001b[200~${text}\u001b[201~`,
  focusIn: "\u001b[I",
  focusOut: "\u001b[O",
} as const;

export interface WindowOptions {
  /** Of chat-client. */
  readonly args?: readonly string[];
  /** It runs here, and keeps here what it keeps. */
  readonly folder: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The row that the cursor is in is laid out anew, too, when the terminal becomes narrower: some do. */
  readonly reflowsCursorRow?: boolean;
}

export interface Cursor {
  readonly column: number;
  /** Of the screen, counted from 0. */
  readonly row: number;
}

/** Longer, in ms, than the program allows for what it has drawn to arrive, also where it is busy. */
const QUIET_MS = 500;

/** What was said, and what became of it: below it what no longer fitted in goes on, indented. */
const SAID = /^(\d{4}-\d\d-\d\d )?\d\d:\d\d \S|^\* /;

/** Rows that were broken at a word in one. @param widths that the window has had: rows stay as they were written */
function goingOn(rows: readonly string[], widths: readonly number[]): string[] {
  const lines: string[] = [];
  let last = "";
  for (const row of rows) {
    const [, word] = /^ {2,}([^\s↪]\S*)/.exec(row) ?? [];
    const [used, wanted] = [stringWidth(last), stringWidth(word ?? "")];
    const isFull = widths.some((columns) => used < columns && used + 1 + wanted >= columns);
    if (word !== undefined && isFull && SAID.test(lines.at(-1) ?? "")) lines.push(`${lines.pop()} ${row.trimStart()}`);
    else lines.push(row);
    last = row;
  }
  return lines;
}

export abstract class Window {
  /** Where it keeps logins and what was typed. */
  readonly state: string;
  /** What the program has around it. */
  protected readonly env: NodeJS.ProcessEnv;
  protected readonly emulator: Emulator;
  #raw = "";
  /** Columns that it has had. */
  readonly #widths: number[] = [];
  /** When something came last. */
  #last = performance.now();

  constructor({ folder, columns = 100, rows = 30, env = {}, reflowsCursorRow = false }: WindowOptions) {
    const homes = { HOME: "home", XDG_STATE_HOME: "state", XDG_CONFIG_HOME: "config" };
    const places = Object.fromEntries(Object.entries(homes).map(([name, place]) => [name, join(folder, place)]));
    for (const place of Object.values(places)) mkdirSync(place, { recursive: true });
    this.state = join(folder, homes.XDG_STATE_HOME, "obrol");
    const usual = Object.entries(cleanEnv()).filter(([name]) => !OTHERS.test(name));
    this.env = { ...Object.fromEntries(usual), ...places, TERM: "xterm-256color", TZ: "UTC", ...env };
    this.#widths.push(columns);
    this.emulator = newEmulator({ cols: columns, rows, scrollback: 20_000, reflowCursorLine: reflowsCursorRow });
    // A terminal answers when it is asked where its cursor is.
    this.emulator.onData((answer) => this.type(answer));
  }

  abstract type(text: string): this;

  /** Not cut up by characters. */
  abstract typeBytes(bytes: Buffer): this;

  protected abstract get ended(): boolean;

  protected abstract readonly exited: Promise<number>;

  /** The program is told of its new size. */
  protected abstract sized(columns: number, rows: number): void;

  /** All that it has written so far, as it is. */
  get raw(): string {
    return this.#raw;
  }

  protected written(text: string): void {
    this.#raw += text;
    this.#last = performance.now();
    this.emulator.write(text);
  }

  /** Everything from the oldest line on, those that were wrapped in one, by the terminal or at a word; without the empty ones below. */
  async lines(): Promise<string[]> {
    await this.#settled();
    const { active } = this.emulator.buffer;
    const lines: string[] = [];
    for (let y = 0; y < active.length; y++) {
      const row = active.getLine(y);
      const goesOn = active.getLine(y + 1)?.isWrapped === true;
      const text = row?.translateToString(!goesOn) ?? "";
      if (row?.isWrapped && lines.length > 0) lines.push((lines.pop() as string) + text);
      else lines.push(text);
    }
    const trimmed = goingOn(
      lines.map((line) => line.trimEnd()),
      this.#widths,
    );
    return trimmed.slice(0, trimmed.findLastIndex((line) => line !== "") + 1);
  }

  /** The rows that can be seen now. */
  async screen(): Promise<string[]> {
    await this.#settled();
    const { active } = this.emulator.buffer;
    return Array.from({ length: this.emulator.rows }, (_, y) => {
      return (
        active
          .getLine(active.baseY + y)
          ?.translateToString(true)
          .trimEnd() ?? ""
      );
    });
  }

  async cursor(): Promise<Cursor> {
    await this.#settled();
    const { cursorX: column, cursorY: row } = this.emulator.buffer.active;
    return { column, row };
  }

  /** Waits until some line is so, or matches. @returns all lines */
  shows(what: string | RegExp): Promise<string[]> {
    const fits = (line: string): boolean => (typeof what === "string" ? line === what : what.test(line));
    return this.comes(`it shows ${what}`, (lines) => lines.some(fits));
  }

  /** Waits until the row of the cursor, the line being typed, is so. @returns all lines */
  async stands(what: string | RegExp): Promise<string[]> {
    const fits = (line: string): boolean => (typeof what === "string" ? line === what : what.test(line));
    return this.comes(`its line is ${what}`, async () => {
      const { row } = await this.cursor();
      return fits((await this.screen())[row] ?? "");
    });
  }

  /** Waits until the screen is as it should be; says what was on it if that never comes. @returns all lines */
  async comes(what: string, is: (lines: string[]) => boolean | Promise<boolean>): Promise<string[]> {
    let lines: string[] = [];
    try {
      return await until(what, async () => {
        lines = await this.lines();
        return (await is(lines)) && this.lines();
      });
    } catch (cause) {
      const { row, column } = await this.cursor();
      const last = lines.slice(-60).join("\n");
      const state = this.ended ? "it has ended" : `the cursor at ${column} in row ${row} of the screen`;
      throw new Error(`waited in vain until ${what}; ${state}:\n${last}`, { cause });
    }
  }

  /** Waits until it has written this. */
  async writes(what: string | RegExp): Promise<void> {
    const has = (): boolean => (typeof what === "string" ? this.#raw.includes(what) : what.test(this.#raw));
    await until(`it writes ${JSON.stringify(String(what))}`, has).catch((cause: unknown) => {
      throw new Error(`waited in vain for ${JSON.stringify(String(what))}: ${JSON.stringify(this.#raw.slice(-2000))}`, {
        cause,
      });
    });
  }

  /** Nothing that was drawn is on its way any more: a person who resizes a window has seen it. */
  async quiet(): Promise<void> {
    await until("it draws nothing", () => performance.now() - this.#last > QUIET_MS);
  }

  /** The window is given another size. */
  async resize(columns: number, rows: number): Promise<void> {
    // A terminal that is busy has read what was drawn long ago.
    await turn();
    await this.#settled();
    this.emulator.resize(columns, rows);
    this.#widths.push(columns);
    this.sized(columns, rows);
  }

  /** Waits until it has ended by itself. @returns its exit code, 128 and more for a signal */
  async exit(): Promise<number> {
    await this.comes("it has ended", () => this.ended);
    return this.exited;
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => {
      this.emulator.write("", resolve);
    });
  }
}
