/**
 * The line being typed, at the bottom of the terminal. Whatever is shown meanwhile goes above it;
 * the line, its cursor and the terminal's own scrollback stay as they are. Without a terminal it
 * is a plain reader of lines.
 */
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  emitKeypressEvents,
  type Interface,
  moveCursor,
} from "node:readline";
import { inert } from "./render.ts";

/** Requests that hold a password; they are not kept in the history. */
const SECRET = /^\s*(auth|auth_login|auth_register|login|register|passwd)\b/i;

const SIGN = "› ";

export class Prompt {
  readonly #readline: Interface;
  readonly #interactive: boolean;
  readonly #output: NodeJS.WriteStream;
  #muted = false;
  /** Given and not taken yet: a script's lines are there before the connection is. */
  readonly #lines: string[] = [];
  #closed = false;
  #wake: () => void = () => {};

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#interactive = input.isTTY && output.isTTY;
    this.#output = output;
    // Before the interface: else several characters that arrive at once with the cursor inside the
    // line are put at its end.
    if (this.#interactive) emitKeypressEvents(input);
    this.#readline = createInterface({ input, output, terminal: this.#interactive, prompt: SIGN, historySize: 1000 });
    this.#readline.on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#readline.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
    this.#readline.on("history", (history: string[]) => {
      if (this.#muted || SECRET.test(history[0] ?? "")) history.shift();
    });
  }

  /** What Ctrl-C on an empty line does first: true if that was it. */
  onInterrupt: () => boolean = () => false;

  /** What stands before the sign that a line may be typed; redrawn at once. */
  set status(text: string) {
    const prompt = text === "" ? SIGN : `${text} ${SIGN}`;
    if (!this.#interactive || prompt === this.#readline.getPrompt()) return;
    this.#readline.setPrompt(prompt);
    if (!this.#muted) this.#show();
  }

  get columns(): number {
    return this.#output.columns ?? 80;
  }

  get interactive(): boolean {
    return this.#interactive;
  }

  /** Each line until the input ends or is closed. Ctrl-C empties the line, on an empty one it ends. */
  async *lines(): AsyncGenerator<string> {
    this.#readline.on("SIGINT", () => {
      if (this.#readline.line === "") {
        if (!this.onInterrupt()) this.close();
      } else this.#readline.write(null, { ctrl: true, name: "u" });
    });
    this.#show();
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) {
        yield line;
        this.#show();
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Shows a text above the line being typed. */
  print(text: string): void {
    if (!this.#interactive || this.#muted) {
      this.#output.write(`${text}\n`);
      return;
    }
    moveCursor(this.#output, 0, -this.#readline.getCursorPos().rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#output.write(`${text}\n`);
    // readline goes up by the rows that the cursor had; we are there already.
    (this.#readline as unknown as { prevRows: number }).prevRows = 0;
    this.#show();
  }

  /** One answer that is not shown while it is typed. */
  async secret(question: string): Promise<string> {
    const readline = this.#readline as unknown as { _writeToOutput: ((text: string) => void) | undefined };
    const asked = inert(question);
    this.#muted = true;
    // readline has no way to hide what is typed; this is the one that its users take.
    const write = readline._writeToOutput;
    readline._writeToOutput = (text) => void (text.startsWith(asked) && this.#output.write(asked));
    try {
      return await new Promise((resolve) => {
        this.#readline.once("close", () => resolve(""));
        this.#readline.question(asked, resolve);
      });
    } finally {
      this.#muted = false;
      readline._writeToOutput = write;
      this.#output.write("\n");
    }
  }

  close(): void {
    // What is said next must not stand behind the line that was being typed.
    if (this.#interactive && !this.#closed) this.#output.write("\n");
    this.#readline.close();
  }

  #show(): void {
    if (this.#interactive && !this.#closed) this.#readline.prompt(true);
  }
}
