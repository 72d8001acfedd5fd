/** The console of a terminal that can move its cursor: the line being typed stays below what is printed. */
import chalk from "chalk";
import { wording } from "../language/wording.ts";
import { inAscii } from "./ascii.ts";
import type { OuterAction } from "./bindings.ts";
import type { Console, ConsoleListener } from "./console.ts";
import { Editor } from "./editor.ts";
import { editExternally } from "./external-editor.ts";
import { inert } from "./inert.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import { type Layout, layOut, within } from "./layout.ts";
import { Screen } from "./screen.ts";

/**
 * Bracketed paste, and to be told of focus. A mouse that a program before us has left on would type: X10 and VT200
 * reports, drags, motion, and the forms of their coordinates go off.
 */
const MODES_ON = `\u001b[?9;1000;1002;1003;1005;1006;1015;1016l\u001b[?2004h\u001b[?1004h`;
const MODES_OFF = "\u001b[?2004l\u001b[?1004l";

/** Columns that stay free for typing beside the prompt. */
const ROOM_TO_TYPE = 12;

interface Question {
  readonly text: string;
  readonly secret: boolean;
  readonly editor: Editor;
  answer(text: string | undefined): void;
}

export interface LiveOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Our own signs in ASCII. */
  readonly ascii?: boolean;
  /** How long, in ms, what is written may be on its way to the terminal. */
  readonly latency?: number;
  /** What is said of texts that were left out, by what they were of. */
  leftOut(counts: ReadonlyMap<string, number>): string;
}

export class LiveConsole implements Console {
  isLent = false;
  readonly redraws = true;
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #keys = new KeyDecoder((key) => this.#press(key));
  readonly #screen: Screen;
  /** A text of ours with the signs that the terminal has. */
  readonly #glyphs: (text: string) => string;
  readonly #editor: Editor;
  #listener: ConsoleListener | undefined;
  #question: Question | undefined;
  #closed = false;
  /** The terminal is in raw mode, for us. */
  #taken = false;
  /** Lines that nobody has taken yet. */
  #ahead: string[] = [];
  #held = false;
  /** The input has ended. */
  #hungUp = false;
  readonly #onData = (bytes: Buffer | string): void => this.#keys.push(Buffer.from(bytes));
  readonly #onEnd = (): void => {
    this.#keys.end();
    this.#hungUp = true;
    if (this.#question) this.#question.answer(undefined);
    else this.#act("end");
  };
  readonly #onExit = (): void => this.#restore();
  readonly #onContinued = (): void => {
    if (!this.#closed) this.#take();
  };

  constructor({ input, output, ascii = false, latency, leftOut }: LiveOptions) {
    this.#glyphs = ascii ? inAscii : (text) => text;
    this.#input = input;
    this.#output = output;
    this.#editor = new Editor({
      lines: () => this.#listener?.lines() ?? [],
      complete: (before) => this.#listener?.complete(before),
      onCompleted: () => {
        this.#listener?.typed();
        this.#screen.changed();
      },
      accept: (line) => {
        this.#editor.reset();
        if (this.#listener && !this.#held) this.#listener.accept(line);
        else this.#ahead.push(line);
      },
      act: (action) => this.#act(action),
    });
    // xterm cuts rows off where others lay them out anew.
    const reflows = process.env["XTERM_VERSION"] === undefined;
    this.#screen = new Screen({
      output,
      leftOut: (counts) => this.#glyphs(leftOut(counts)),
      reflows,
      latency,
      compose: (columns, room) => this.#compose(columns, room),
    });
    // However the program ends, the terminal is left as it was found.
    process.on("exit", this.#onExit);
    process.on("SIGCONT", this.#onContinued);
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

  offer(line: string): void {
    this.#editor.reset(line, { selected: true });
    this.#screen.changed();
  }

  start(listener: ConsoleListener): void {
    this.#listener = listener;
    this.#give();
    if (this.#hungUp) listener.act("end");
    this.#screen.changed();
  }

  holdInput(on: boolean): void {
    this.#held = on;
    if (!on) this.#give();
    this.#screen.changed();
  }

  print(text: string, of?: string): void {
    this.#screen.say({ text: this.#glyphs(text), ...(of !== undefined && { of }) });
  }

  changed(): void {
    this.#screen.changed();
  }

  async ask(text: string, secret = false): Promise<string | undefined> {
    const ahead = this.#ahead.shift();
    if (ahead !== undefined) {
      this.print(text + (secret ? "" : inert(ahead)));
      return ahead;
    }
    const answer = await new Promise<string | undefined>((settle) => {
      // The question is over before the next key.
      const resolve = (text: string | undefined): void => {
        this.#question = undefined;
        settle(text);
      };
      const editor = new Editor({
        lines: () => [],
        complete: () => undefined,
        onCompleted: () => {},
        accept: resolve,
        act: (action) => {
          if (action === "interrupt" || action === "end") resolve(undefined);
        },
      });
      // What was typed before the question came is the beginning of the answer.
      if (this.#held || !this.#listener) {
        editor.reset(this.draft);
        this.draft = "";
      }
      this.#question = { text, secret, editor, answer: resolve };
      if (this.#hungUp) resolve(undefined);
      this.#screen.changed();
    });
    this.print(text + (secret ? "" : inert(answer ?? "")));
    return answer;
  }

  async edit(): Promise<void> {
    await this.settled();
    this.#screen.leave();
    this.#restore();
    this.isLent = true;
    try {
      this.draft = await editExternally(this.draft);
    } finally {
      this.isLent = false;
      if (!this.#closed) this.#take();
    }
  }

  signal(sequence: string): void {
    this.#output.write(sequence);
  }

  suspend(): void {
    void this.settled().then(() => {
      if (this.#closed) return;
      this.#screen.leave(true);
      this.#restore();
      // The whole group of processes stops (npx, which waits for this one, too), as when the terminal itself reads the key.
      // Without a shell to go back to nothing stops; else what follows is done when it goes on.
      process.kill(0, "SIGTSTP");
      setImmediate(this.#onContinued);
    });
  }

  settled(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#screen.answered();
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
    // While it was stopped, the shell may have changed the mode.
    this.#input.setRawMode(true);
    if (this.#taken) return;
    this.#taken = true;
    this.#input.resume();
    this.#output.write(MODES_ON);
    this.#screen.enter();
  }

  #restore(): void {
    if (!this.#taken) return;
    this.#taken = false;
    this.#output.write(MODES_OFF);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  #press(key: Key): void {
    if (this.#closed) return;
    switch (key.name) {
      case "focus-in":
      case "focus-out":
        this.#listener?.onFocus(key.name === "focus-in");
        return;
      case "position":
        this.#screen.cursorAt(key.column ?? 1);
        return;
    }
    const before = this.draft;
    (this.#question?.editor ?? this.#editor).press(key);
    if (this.draft !== before) this.#listener?.typed();
    this.#screen.changed();
  }

  #act(action: OuterAction): void {
    if (this.#listener) {
      this.#listener.act(action);
    } else if (action === "interrupt" || action === "end") {
      // There is no chat yet that could be told: the program ends as others do.
      this.close();
      process.kill(process.pid, "SIGINT");
    }
  }

  #give(): void {
    while (this.#listener && !this.#held && this.#ahead.length > 0)
      this.#listener.accept(this.#ahead.shift() as string);
  }

  #compose(columns: number, room: number): Layout {
    if (this.#question) {
      const { text, secret, editor } = this.#question;
      const { clusters, at } = editor.draft;
      return within(layOut(this.#glyphs(text), secret ? [] : clusters, secret ? 0 : at, columns), room);
    }
    const { draft, search, menu } = this.#editor;
    const prompt = search
      ? wording.chat.search(inert(search.query), search.found)
      : (this.#listener?.prompt(columns - ROOM_TO_TYPE) ?? "");
    const below = menu?.rows(columns, chalk.inverse).map(this.#glyphs) ?? [];
    // A sign may take more columns in ASCII: rows that are too wide are cut.
    const above = (this.#listener?.status(columns) ?? []).map((row) => this.#glyphs(row));
    // What is typed before its question has come may be a password.
    const hidden = this.#held || !this.#listener;
    const clusters = hidden ? [] : (this.#listener?.masked(draft.clusters) ?? []).map((one) => this.#glyphs(one));
    const style = this.#editor.selected ? chalk.inverse : undefined;
    const line = layOut(this.#glyphs(prompt), clusters, hidden ? 0 : draft.at, columns, style);
    const typed = within(line, Math.max(1, room - Math.min(below.length, room - 1)));
    // What there is no room for above the line is not shown.
    const shown = above.slice(Math.max(0, above.length - (room - below.length - typed.rows.length)));
    const rows = [...shown, ...typed.rows, ...below].slice(0, room);
    return { rows, cursor: { ...typed.cursor, row: typed.cursor.row + shown.length } };
  }
}
