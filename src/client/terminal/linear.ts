/**
 * The console where nothing is drawn twice: for screen readers, braille displays and terminals that cannot move their
 * cursor. The terminal's own line editing serves; each thing that is said is a line.
 */
import { createInterface, type Interface } from "node:readline";
import { inAscii } from "./ascii.ts";
import type { Console, Listener } from "./console.ts";
import { Keys } from "./keys.ts";

export interface LinearOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Our own signs in ASCII. */
  readonly ascii?: boolean;
}

export class LinearConsole implements Console {
  readonly lively = false;
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #ascii: boolean;
  #readline: Interface | undefined;
  #listener: Listener | undefined;
  #prompted = "";
  readonly #onInterrupt = (): void => this.#listener?.act("interrupt");

  constructor({ input, output, ascii = false }: LinearOptions) {
    this.#input = input;
    this.#output = output;
    this.#ascii = ascii;
  }

  /** What is being typed is the terminal's own until Enter. */
  get draft(): string {
    return "";
  }

  set draft(_: string) {}

  get columns(): number {
    return this.#output.columns || 80;
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.#readline = createInterface({ input: this.#input, terminal: false });
    this.#readline.on("line", (line) => {
      this.#prompted = "";
      listener.accept(line);
    });
    this.#readline.on("close", () => listener.act("end"));
    process.on("SIGINT", this.#onInterrupt);
    this.changed();
  }

  print(text: string): void {
    this.#output.write(`${this.#ascii ? inAscii(text) : text}\n`);
  }

  /** Who writes to whom is said when it has changed, and once for each line. */
  changed(): void {
    const prompt = this.#listener?.prompt(this.columns) ?? "";
    if (prompt === this.#prompted) return;
    this.#prompted = prompt;
    this.#output.write(`${prompt}\n`);
  }

  async ask(question: string, secret = false): Promise<string | undefined> {
    this.#output.write(`${question}${secret ? "" : "\n"}`);
    if (secret && this.#input.isTTY) {
      const answer = await hidden(this.#input);
      this.#output.write("\n");
      return answer;
    }
    const reader = createInterface({ input: this.#input, terminal: false });
    try {
      return await new Promise<string | undefined>((resolve) => {
        reader.once("line", resolve);
        reader.once("close", () => resolve(undefined));
      });
    } finally {
      reader.close();
    }
  }

  async edit(): Promise<void> {}

  signal(sequence: string): void {
    // A bell moves nothing.
    if (sequence === "\u0007") this.#output.write(sequence);
  }

  suspend(): void {
    process.kill(process.pid, "SIGTSTP");
  }

  clear(): void {}

  close(): void {
    process.off("SIGINT", this.#onInterrupt);
    this.#readline?.close();
    this.#input.pause();
  }
}

/** A line that the terminal does not show. @returns undefined for Ctrl-C and Ctrl-D. */
export function hidden(input: NodeJS.ReadStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const keys = new Keys(({ name, text }) => {
      if (name === "text" || name === "paste") answer += text;
      else if (name === "backspace" || name === "C-h") answer = Array.from(answer).slice(0, -1).join("");
      else if (name === "C-u") answer = "";
      else if (name === "enter" || name === "C-j") end(answer);
      else if (name === "C-c" || name === "C-d") end(undefined);
    });
    const onData = (bytes: Buffer | string): void => keys.push(Buffer.from(bytes));
    const end = (given: string | undefined): void => {
      input.off("data", onData);
      input.setRawMode(false);
      input.pause();
      resolve(given);
    };
    input.setRawMode(true);
    input.on("data", onData);
    input.resume();
  });
}
