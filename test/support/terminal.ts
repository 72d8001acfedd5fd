/**
 * A terminal without a window: what a program writes is laid out as a real one would, and can be looked at; it answers
 * what a program asks it.
 */
import { PassThrough, Writable } from "node:stream";
import { type Emulator, newEmulator } from "./emulator.ts";

/** As terminals differ. */
export interface Manners {
  /** Says where its cursor is when it is asked. */
  readonly answers?: boolean;
  /** Lays out its rows anew when its width changes: all (`"all"`), all but that of the cursor, or none. */
  readonly reflows?: "all" | "but-cursor" | "none";
}

export class Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** What has been written to it, a write each. */
  readonly writes: string[] = [];
  /** The input gives a key at a time. */
  isRaw = false;
  readonly #screen: Emulator;
  readonly #keys = new PassThrough();
  readonly #follows: boolean;
  #written: Promise<void> = Promise.resolve();

  constructor(columns: number, rows: number, { answers = true, reflows = "but-cursor" }: Manners = {}) {
    this.#follows = reflows === "all";
    this.#screen = newEmulator({
      cols: columns,
      rows,
      scrollback: 100_000,
      reflowCursorLine: reflows === "all",
      // The one kind of terminal that it lets lay out nothing.
      ...(reflows === "none" && { windowsPty: { backend: "winpty", buildNumber: 1 } }),
    });
    if (answers) this.#screen.onData((answer) => this.#keys.write(answer));
    this.input = Object.assign(this.#keys, {
      isTTY: true,
      setRawMode: (isRaw: boolean) => {
        this.isRaw = isRaw;
        return this.input;
      },
    }) as unknown as NodeJS.ReadStream;
    const output = new Writable({
      decodeStrings: false,
      write: (chunk: Buffer | string, _encoding, done) => {
        this.writes.push(chunk.toString());
        // The line discipline of a real terminal makes CR LF of LF.
        const text = chunk.toString().replace(/\r?\n/g, "\r\n");
        this.#written = new Promise((resolve) => this.#screen.write(text, resolve));
        done();
      },
    });
    this.output = Object.assign(output, { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream;
  }

  type(keys: string | Buffer): void {
    this.#keys.write(keys);
  }

  /** Ctrl-D, or the window closed. */
  hangUp(): void {
    this.#keys.end();
  }

  /**
   * Somebody drags a corner of the window: the program is told when it is done, or later.
   * @returns where the cursor is once it is done
   */
  async resize(columns: number, rows: number, tell?: Promise<void>): Promise<number> {
    const { column } = await this.cursor();
    const line = this.#screen.registerMarker(0);
    this.#screen.resize(columns, rows);
    if (this.#follows && line !== undefined) await this.#place(line.line, column, columns);
    line?.dispose();
    const now = this.#screen.buffer.active.cursorX;
    if (tell) await tell;
    Object.assign(this.output, { columns, rows });
    this.output.emit("resize");
    return now;
  }

  /** The lines on the screen and above it, without the blanks at their ends and the empty ones below. */
  async lines(): Promise<string[]> {
    return (await this.#rows()).map(({ text }) => text.trimEnd());
  }

  /** The same, what was wrapped in one. */
  async texts(): Promise<string[]> {
    const texts: string[] = [];
    for (const { text, isWrapped } of await this.#rows()) {
      if (isWrapped && texts.length > 0) texts.push(texts.pop() + text);
      else texts.push(text);
    }
    return texts.map((text) => text.trimEnd());
  }

  /** Where the cursor stands, counted from 0: column, and row of all that `lines` gives. */
  async cursor(): Promise<{ column: number; row: number }> {
    await this.#written;
    const { active } = this.#screen.buffer;
    return { column: active.cursorX, row: active.baseY + active.cursorY };
  }

  /** Takes the cursor along with the character that it stood on: this emulator leaves it in its column, others do not. */
  async #place(line: number, column: number, columns: number): Promise<void> {
    const { active } = this.#screen.buffer;
    let [row, rest] = [line, column];
    for (; rest > 0; row++) {
      // A wide character that has no room leaves the last column free.
      const isWide =
        active
          .getLine(row + 1)
          ?.getCell(0)
          ?.getWidth() === 2;
      const isFree =
        isWide &&
        active
          .getLine(row)
          ?.getCell(columns - 1)
          ?.getChars() === "";
      const used =
        columns -
        (isFree &&
        active
          .getLine(row)
          ?.getCell(columns - 1)
          ?.getWidth() === 1
          ? 1
          : 0);
      if (rest < used) break;
      rest -= used;
    }
    const place = `\u001b[${row - active.baseY + 1};${rest + 1}H`;
    await new Promise<void>((resolve) => this.#screen.write(place, resolve));
  }

  async #rows(): Promise<{ text: string; isWrapped: boolean }[]> {
    await this.#written;
    const { active } = this.#screen.buffer;
    const all = Array.from({ length: active.length }, (_, i) => {
      const line = active.getLine(i);
      return {
        text: line?.translateToString(false, 0, this.#screen.cols) ?? "",
        isWrapped: line?.isWrapped ?? false,
      };
    });
    return all.slice(0, all.findLastIndex(({ text }) => text.trim() !== "") + 1);
  }
}
