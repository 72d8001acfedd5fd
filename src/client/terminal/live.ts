/** The console of a terminal that can move its cursor: the line being typed stays below what is printed. */
import { type Glyphs, inAscii } from "./ascii.ts";
import type { Effect, OuterAction } from "./commands.ts";
import type { Console, ConsoleListener, ConsoleOptions } from "./console.ts";
import type { Snapshot } from "./draft.ts";
import { Editor } from "./editor.ts";
import { editExternally } from "./external-editor.ts";
import { inert } from "./inert.ts";
import type { Key } from "./keys.ts";
import { Question } from "./question.ts";
import { RawTerminal } from "./raw-terminal.ts";
import { Screen } from "./screen.ts";
import { lineLayout } from "./view.ts";

export interface LiveOptions extends ConsoleOptions {
  /** How long, in ms, what is written may be on its way to the terminal. */
  readonly latency?: number;
  /** What is said of texts that were left out, by what they were of. */
  leftOut(counts: ReadonlyMap<string, number>): string;
}

export class LiveConsole implements Console {
  isLent = false;
  readonly redraws = true;
  readonly #output: NodeJS.WriteStream;
  readonly #terminal: RawTerminal;
  readonly #screen: Screen;
  readonly #glyphs: Glyphs;
  readonly #editor = new Editor(() => this.#listener?.lines() ?? []);
  #listener: ConsoleListener | undefined;
  #question: Question | undefined;
  /** Lines that nobody has taken yet. */
  #ahead: string[] = [];
  #held = false;
  /** The input has ended. */
  #hungUp = false;

  constructor({ input, output, ascii = false, latency, leftOut }: LiveOptions) {
    this.#glyphs = ascii ? inAscii : (text) => text;
    this.#output = output;
    this.#screen = new Screen({
      output,
      leftOut: (counts) => this.#glyphs(leftOut(counts)),
      // xterm cuts rows off where others lay them out anew.
      reflows: process.env["XTERM_VERSION"] === undefined,
      latency,
      compose: (columns, room) =>
        this.#question?.layout(this.#glyphs, columns, room) ??
        lineLayout(this.#editor.model, this.#listener, this.#isHidden, this.#glyphs, columns, room),
    });
    this.#terminal = new RawTerminal({
      input,
      output,
      onKey: (key) => this.#press(key),
      onTaken: () => this.#screen.enter(),
      onEnd: () => this.#onEnd(),
    });
  }

  get columns(): number {
    return this.#screen.columns;
  }

  get draft(): string {
    return this.#editor.model.draft.text;
  }

  set draft(text: string) {
    this.#editor.model.reset(text);
    this.#screen.changed();
  }

  offer(line: string): void {
    this.#editor.model.reset(line, { selected: true });
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
    const answer = this.#ahead.shift() ?? (await this.#answerTo(text, secret));
    this.print(text + (secret ? "" : inert(answer ?? "")));
    return answer;
  }

  async edit(): Promise<void> {
    await this.settled();
    this.#screen.leave();
    this.#terminal.leave();
    this.isLent = true;
    try {
      this.draft = await editExternally(this.draft);
    } finally {
      this.isLent = false;
      this.#terminal.take();
    }
  }

  signal(sequence: string): void {
    this.#output.write(sequence);
  }

  suspend(): void {
    void this.settled().then(() => {
      if (this.#terminal.isClosed) return;
      this.#screen.leave(true);
      this.#terminal.suspend();
    });
  }

  settled(): Promise<void> {
    return this.#terminal.isClosed ? Promise.resolve() : this.#screen.answered();
  }

  clear(): void {
    this.#screen.clear();
  }

  close(): void {
    if (this.#terminal.isClosed) return;
    this.#screen.close();
    this.#terminal.close();
  }

  /** What is typed may be the answer to a question that is still to come, a password: it is not shown. */
  get #isHidden(): boolean {
    return this.#held || !this.#listener;
  }

  #answerTo(text: string, secret: boolean): Promise<string | undefined> {
    // What was typed before the question came is the beginning of the answer.
    const question = new Question(text, secret, this.#isHidden ? this.draft : "");
    if (this.#isHidden) this.draft = "";
    if (this.#hungUp) question.giveUp();
    else this.#question = question;
    this.#screen.changed();
    return question.answer;
  }

  #onEnd(): void {
    this.#hungUp = true;
    if (this.#question) this.#question.giveUp();
    else this.#act("end");
    this.#question = undefined;
  }

  #press(key: Key): void {
    const { name, column = 1 } = key;
    if (name === "position") this.#screen.cursorAt(column);
    else if (name === "focus-in" || name === "focus-out") this.#listener?.onFocus(name === "focus-in");
    else this.#type(key);
  }

  #type(key: Key): void {
    const before = this.draft;
    if (!this.#question) this.#carryOut(this.#editor.press(key));
    else if (this.#question.press(key)) this.#question = undefined;
    if (this.draft !== before) this.#listener?.typed();
    this.#screen.changed();
  }

  #carryOut(effect: Effect | undefined): void {
    if (effect?.is === "act") this.#act(effect.action);
    else if (effect?.is === "complete") this.#complete(effect.of);
    else if (effect?.is === "accept") {
      this.#ahead.push(effect.line);
      this.#give();
    }
  }

  #complete(of: Snapshot): void {
    const { model } = this.#editor;
    const found = this.#listener?.complete(of.before);
    if (!(found instanceof Promise)) model.complete(of, found);
    else
      void found.then((completion) => {
        if (!model.complete(of, completion)) return;
        this.#listener?.typed();
        this.#screen.changed();
      });
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

  /** Lines to whoever takes them. */
  #give(): void {
    while (this.#listener && !this.#held && this.#ahead.length > 0)
      this.#listener.accept(this.#ahead.shift() as string);
  }
}
