/** A console without a terminal: it keeps what is said, and answers questions from a list. */
import { stripVTControlCharacters } from "node:util";
import type { Console } from "../../src/client/terminal/console.ts";
import { CUT, HANG } from "../../src/client/terminal/marks.ts";

/** For whoever draws in rows. */
const MARKS = new RegExp(`${CUT}.*${CUT}|${HANG}`, "g");

export class QuietConsole implements Console {
  readonly isLent = false;
  redraws = true;
  readonly columns = 80;
  draft = "";
  /** What was printed, without colour; and of what each was. */
  readonly printed: { readonly text: string; readonly of: string | undefined }[] = [];
  readonly signals: string[] = [];
  /** Questions that were asked; `secret` those whose answer is shown nowhere. */
  readonly asked: { readonly question: string; readonly secret: boolean }[] = [];
  readonly #answers: (string | undefined)[];

  /** @param answers in the order of the questions; undefined for Ctrl-C */
  constructor(...answers: readonly (string | undefined)[]) {
    this.#answers = [...answers];
  }

  get lines(): readonly string[] {
    return this.printed.map(({ text }) => text);
  }

  /** Lines that were given back to be typed again. */
  offer(line: string): void {
    this.draft = line;
  }

  start(): void {}

  print(text: string, of?: string): void {
    this.printed.push({ text: stripVTControlCharacters(text).replace(MARKS, ""), of });
  }

  changed(): void {}

  async ask(question: string, secret = false): Promise<string | undefined> {
    this.asked.push({ question, secret });
    return this.#answers.shift();
  }

  holdInput(): void {}

  async edit(): Promise<void> {}

  signal(sequence: string): void {
    this.signals.push(sequence);
  }

  suspend(): void {}

  clear(): void {}

  async settled(): Promise<void> {}

  close(): void {}
}
