/** The console of a terminal that can do what terminals do: the line being typed stands below what is said, and stays as it is. */
import chalk from "chalk";
import { inAscii } from "./ascii.ts";
import type { Console, Listener } from "./console.ts";
import { Editor } from "./editor.ts";
import { edited } from "./external.ts";
import { inert } from "./inert.ts";
import { type Key, Keys } from "./keys.ts";
import { type Layout, layOut, within } from "./rows.ts";
import { Screen } from "./screen.ts";

/** Bracketed paste, and to be told of focus. */
const MODES_ON = "\u001b[?2004h\u001b[?1004h";
const MODES_OFF = "\u001b[?2004l\u001b[?1004l";

/** Columns that stay free for typing beside the prompt. */
const ROOM_TO_TYPE = 12;

interface Question {
  readonly text: string;
  readonly secret: boolean;
  readonly editor: Editor;
  answer(text: string | undefined): void;
}

/** Of a listener that has not come yet: a question may be asked first. */
const NOBODY: Listener = {
  accept() {},
  act() {},
  complete: () => undefined,
  lines: () => [],
  prompt: () => "",
  status: () => [],
  masked: (clusters) => clusters,
  onFocus() {},
};

export interface LiveOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Our own signs in ASCII. */
  readonly ascii?: boolean;
  /** What is said of texts that were left out, by what they were of. */
  leftOut(counts: ReadonlyMap<string, number>): string;
}

export class LiveConsole implements Console {
  readonly lively = true;
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #keys = new Keys((key) => this.#press(key));
  readonly #screen: Screen;
  /** A text of ours as it is drawn. */
  readonly #drawn: (text: string) => string;
  readonly #editor: Editor;
  #listener: Listener = NOBODY;
  #question: Question | undefined;
  #closed = false;
  /** Nobody types any more. */
  #hungUp = false;
  readonly #onData = (bytes: Buffer | string): void => this.#keys.push(Buffer.from(bytes));
  readonly #onEnd = (): void => {
    this.#hungUp = true;
    if (this.#question) this.#question.answer(undefined);
    else this.#listener.act("end");
  };
  readonly #onExit = (): void => this.#restore();
  readonly #onContinued = (): void => this.#take();

  constructor({ input, output, ascii = false, leftOut }: LiveOptions) {
    this.#drawn = ascii ? inAscii : (text) => text;
    this.#input = input;
    this.#output = output;
    this.#editor = new Editor({
      lines: () => this.#listener.lines(),
      complete: (before) => this.#listener.complete(before),
      accept: (line) => {
        this.#editor.reset();
        this.#listener.accept(line);
      },
      act: (action) => this.#listener.act(action),
    });
    // xterm itself cuts rows off.
    const reflows = process.env["XTERM_VERSION"] === undefined;
    this.#screen = new Screen({
      output,
      leftOut: (counts) => this.#drawn(leftOut(counts)),
      reflows,
      compose: (columns, room) => this.#compose(columns, room),
    });
    // However the program ends, the terminal is as it was.
    process.on("exit", this.#onExit);
    input.on("data", this.#onData);
    input.on("end", this.#onEnd);
    this.#take();
  }

  get columns(): number {
    return this.#screen.columns;
  }

  get draft(): string {
    return this.#editor.draft.text;
  }

  set draft(text: string) {
    this.#editor.reset(text);
    this.#screen.changed();
  }

  start(listener: Listener): void {
    this.#listener = listener;
    if (this.#hungUp) listener.act("end");
    this.#screen.changed();
  }

  print(text: string, of?: string): void {
    this.#screen.say({ text: this.#drawn(text), ...(of !== undefined && { of }) });
  }

  changed(): void {
    this.#screen.changed();
  }

  async ask(text: string, secret = false): Promise<string | undefined> {
    const answer = await new Promise<string | undefined>((resolve) => {
      const editor = new Editor({
        lines: () => [],
        complete: () => undefined,
        accept: resolve,
        act: (action) => {
          if (action === "interrupt" || action === "end") resolve(undefined);
        },
      });
      this.#question = { text, secret, editor, answer: resolve };
      if (this.#hungUp) resolve(undefined);
      this.#screen.changed();
    });
    this.#question = undefined;
    this.print(text + (secret ? "" : inert(answer ?? "")));
    return answer;
  }

  async edit(): Promise<void> {
    this.#screen.leave();
    this.#restore();
    try {
      this.draft = await edited(this.draft);
    } finally {
      this.#take();
    }
  }

  signal(sequence: string): void {
    this.#output.write(sequence);
  }

  suspend(): void {
    this.#screen.leave(true);
    this.#restore();
    process.once("SIGCONT", this.#onContinued);
    process.kill(process.pid, "SIGTSTP");
  }

  clear(): void {
    this.#screen.clear();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#screen.close();
    this.#restore();
    this.#input.off("data", this.#onData);
    this.#input.off("end", this.#onEnd);
    this.#input.pause();
    process.off("exit", this.#onExit);
    process.off("SIGCONT", this.#onContinued);
  }

  #take(): void {
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(MODES_ON);
    this.#screen.enter();
  }

  #restore(): void {
    this.#output.write(MODES_OFF);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  #press(key: Key): void {
    if (this.#closed) return;
    switch (key.name) {
      case "focus-in":
      case "focus-out":
        this.#listener.onFocus(key.name === "focus-in");
        return;
      case "position":
        this.#screen.cursorAt(key.column ?? 1);
        return;
    }
    (this.#question?.editor ?? this.#editor).press(key);
    this.#screen.changed();
  }

  #compose(columns: number, room: number): Layout {
    if (this.#question) {
      const { text, secret, editor } = this.#question;
      const { clusters, at } = editor.draft;
      return within(layOut(this.#drawn(text), secret ? [] : clusters, secret ? 0 : at, columns), room);
    }
    const { draft, search, menu } = this.#editor;
    const prompt = search
      ? `${search.found ? "" : "nothing "}search \u00ab${inert(search.query)}\u00bb: `
      : this.#listener.prompt(columns - ROOM_TO_TYPE);
    const below = menu?.rows(columns, chalk.inverse).map(this.#drawn) ?? [];
    // A sign may take more columns in ASCII: rows that are too wide are cut.
    const above = this.#listener.status(columns).map((row) => this.#drawn(row));
    const line = layOut(this.#drawn(prompt), this.#listener.masked(draft.clusters), draft.at, columns);
    const typed = within(line, Math.max(1, room - Math.min(below.length, room - 1)));
    // What there is no room for above the line is not shown.
    const shown = above.slice(Math.max(0, above.length - (room - below.length - typed.rows.length)));
    const rows = [...shown, ...typed.rows, ...below].slice(0, room);
    return { rows, cursor: { ...typed.cursor, row: typed.cursor.row + shown.length } };
  }
}
