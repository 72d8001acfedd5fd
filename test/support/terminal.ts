/** A terminal without a window: what a program writes is laid out as a real one would, and can be looked at. */
import { PassThrough, Writable } from "node:stream";
import headless from "@xterm/headless";

export class Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly #screen: headless.Terminal;
  readonly #keys = new PassThrough();
  #written: Promise<void> = Promise.resolve();

  constructor(columns: number, rows: number) {
    this.#screen = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.input = Object.assign(this.#keys, {
      isTTY: true,
      setRawMode: () => this.input,
    }) as unknown as NodeJS.ReadStream;
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // The line discipline of a real terminal makes CR LF of LF.
        const text = chunk.toString().replace(/\r?\n/g, "\r\n");
        this.#written = new Promise((resolve) => this.#screen.write(text, resolve));
        done();
      },
    });
    this.output = Object.assign(output, { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream;
  }

  type(keys: string): void {
    this.#keys.write(keys);
  }

  /** Ctrl-D, or the window closed. */
  hangUp(): void {
    this.#keys.end();
  }

  /** The lines on the screen, without the blanks at their ends and the empty ones below. */
  async lines(): Promise<string[]> {
    await this.#written;
    const { active } = this.#screen.buffer;
    const all = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString().trimEnd() ?? "");
    return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
  }

  /** Where the cursor stands, counted from 0: column, and row of all that `lines` gives. */
  async cursor(): Promise<{ column: number; row: number }> {
    await this.#written;
    const { active } = this.#screen.buffer;
    return { column: active.cursorX, row: active.baseY + active.cursorY };
  }
}
