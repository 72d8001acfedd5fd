/**
 * The console where nothing is drawn twice: for screen readers, braille displays and terminals that cannot move their
 * cursor. The terminal's own line editing serves; each thing that is said is a line.
 */
import { createInterface, type Interface } from "node:readline";
import { inAscii } from "./ascii.ts";
import type { Console, ConsoleListener, ConsoleOptions } from "./console.ts";
import { graphemes } from "./graphemes.ts";
import { KeyDecoder } from "./keys.ts";

export class LinearConsole implements Console {
  readonly isLent = false;
  readonly redraws = false;
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #ascii: boolean;
  #readline: Interface | undefined;
  #listener: ConsoleListener | undefined;
  /** Takes the next line, before the listener gets any. */
  #question: ((answer: string | undefined) => void) | undefined;
  /** Lines that nobody has taken yet. */
  #lines: string[] = [];
  #held = false;
  /** The input has ended. */
  #over = false;
  #prompted = "";
  readonly #onInterrupt = (): void => this.#listener?.act("interrupt");

  constructor({ input, output, ascii = false }: ConsoleOptions) {
    this.#input = input;
    this.#output = output;
    this.#ascii = ascii;
  }

  get columns(): number {
    return this.#output.columns || 80;
  }

  /** What is being typed is the terminal's own until Enter. */
  get draft(): string {
    return "";
  }

  set draft(_: string) {}

  offer(): void {}

  start(listener: ConsoleListener): void {
    this.#listener = listener;
    process.on("SIGINT", this.#onInterrupt);
    this.changed();
    this.#listen();
    this.#give();
  }

  print(text: string): void {
    this.#output.write(`${this.#ascii ? inAscii(text) : text}\n`);
  }

  /** Prints the prompt when it has changed, and once for each line. */
  changed(): void {
    const prompt = this.#listener?.prompt(this.columns) ?? "";
    if (prompt === this.#prompted) return;
    this.#prompted = prompt;
    this.#output.write(`${prompt}\n`);
  }

  async ask(question: string, secret = false): Promise<string | undefined> {
    if (secret && this.#input.isTTY) {
      // A line that was typed before the question is its answer.
      const ahead = this.#lines.shift();
      this.#unlisten();
      const say = (): void => void this.#output.write(question);
      const isThere = ahead !== undefined || this.#over;
      if (isThere) say();
      const answer = isThere ? ahead : await readHidden(this.#input, say);
      this.#output.write("\n");
      this.#listen();
      return answer;
    }
    this.#output.write(`${question}\n`);
    return new Promise((resolve) => {
      this.#question = resolve;
      this.#listen();
      this.#give();
    });
  }

  holdInput(on: boolean): void {
    this.#held = on;
    if (!on) this.#give();
  }

  async edit(): Promise<void> {}

  signal(sequence: string): void {
    // A bell moves nothing.
    if (sequence === "\u0007") this.#output.write(sequence);
  }

  suspend(): void {
    process.kill(0, "SIGTSTP");
  }

  clear(): void {}

  async settled(): Promise<void> {}

  close(): void {
    process.off("SIGINT", this.#onInterrupt);
    this.#unlisten();
    this.#input.pause();
  }

  #listen(): void {
    if (this.#readline || this.#over) return;
    const reader = createInterface({ input: this.#input, terminal: false });
    this.#readline = reader;
    reader.on("line", (line) => {
      this.#lines.push(line);
      this.#give();
    });
    reader.on("close", () => {
      // `#unlisten` closes it, too, to leave the input to another reader.
      if (this.#readline !== reader) return;
      this.#over = true;
      this.#give();
    });
  }

  #unlisten(): void {
    const reader = this.#readline;
    this.#readline = undefined;
    reader?.close();
  }

  /** Each line to whoever waits for it. */
  #give(): void {
    while (this.#lines.length > 0 && (this.#question ?? (this.#held ? undefined : this.#listener))) {
      const line = this.#lines.shift() as string;
      const asked = this.#question;
      this.#question = undefined;
      // The answer may lead to another question, which must be asked before the next line is given.
      if (asked) {
        asked(line);
        return;
      }
      this.#prompted = "";
      this.#listener?.accept(line);
    }
    if (!this.#over) return;
    const asked = this.#question;
    this.#question = undefined;
    if (asked) asked(undefined);
    else this.#listener?.act("end");
  }
}

/**
 * Reads a line that the terminal does not show.
 * @param ask prints the question, once nothing that is typed is shown. @returns undefined for Ctrl-C, Ctrl-D, and a window that is closed
 */
export function readHidden(input: NodeJS.ReadStream, ask: () => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const keys = new KeyDecoder(({ name, text }) => {
      if (name === "text" || name === "paste") answer += text;
      else if (name === "backspace" || name === "C-h") answer = graphemes(answer).slice(0, -1).join("");
      else if (name === "C-u") answer = "";
      else if (name === "enter" || name === "C-j") end(answer);
      else if (name === "C-c" || name === "C-d") end(undefined);
    });
    const onData = (bytes: Buffer | string): void => keys.push(Buffer.from(bytes));
    const onEnd = (): void => end(undefined);
    const end = (given: string | undefined): void => {
      input.off("data", onData);
      input.off("end", onEnd);
      input.setRawMode(false);
      input.pause();
      resolve(given);
    };
    input.setRawMode(true);
    ask();
    input.on("data", onData);
    input.on("end", onEnd);
    input.resume();
  });
}
