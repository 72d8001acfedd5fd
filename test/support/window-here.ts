/** chat-client in the test's own process, in a terminal that is none of the system's. */
import { PassThrough, Writable } from "node:stream";
import chalk from "chalk";
import { onTestFinished } from "vitest";
import { main } from "../../src/bin/client.ts";
// It loads what draws only when it needs it: here that would be in the time of the first test.
import "../../src/bin/client-prompt.ts";
import { setLanguage } from "../../src/client/language/wording.ts";
import type { Program } from "../../src/client/program.ts";
import { enterFolder } from "./folder.ts";
import { Window, type WindowOptions } from "./window.ts";

export class WindowHere extends Window {
  protected readonly exited: Promise<number>;
  protected ended = false;
  readonly #keys = new PassThrough();
  readonly #output: Writable;

  /** Ended with the test. The process is in its folder meanwhile. */
  constructor(options: WindowOptions) {
    super(options);
    const { args = [], folder, columns = 100, rows = 30 } = options;
    enterFolder(folder);
    this.#output = new Writable({
      decodeStrings: false,
      write: (text: Buffer | string, _encoding, done) => {
        // What it prints once it has ended is no part of it. CR LF is what a terminal makes of LF.
        if (!this.ended) this.written(text.toString().replace(/\r?\n/g, "\r\n"));
        done();
      },
    });
    Object.assign(this.#output, { isTTY: true, columns, rows });
    const stdin = Object.assign(this.#keys, { isTTY: true, setRawMode: () => stdin }) as unknown as NodeJS.ReadStream;
    const heard = new Map<NodeJS.Signals, () => void>();
    const { promise: exited, resolve: exit } = Promise.withResolvers<number>();
    const program: Program = {
      stdin,
      stdout: this.#output,
      stderr: this.#output,
      env: this.env,
      // Of xterm-256color.
      colors: 2,
      input: () => "",
      onSignal: (signal, hear) => void heard.set(signal, hear),
      // It is the test's.
      onFault: () => {},
      exit,
    };
    const colours = chalk.level;
    this.exited = Promise.race([main(args, program), exited]).then((code) => {
      this.ended = true;
      return code;
    });
    onTestFinished(async () => {
      if (!this.ended) heard.get("SIGTERM")?.();
      await this.exited;
      this.emulator.dispose();
      // What it has set for all of the process.
      chalk.level = colours;
      setLanguage("en");
    });
  }

  type(text: string): this {
    if (!this.ended) this.#keys.write(text);
    return this;
  }

  typeBytes(bytes: Buffer): this {
    if (!this.ended) this.#keys.write(bytes);
    return this;
  }

  protected sized(columns: number, rows: number): void {
    Object.assign(this.#output, { columns, rows });
    this.#output.emit("resize");
  }
}
