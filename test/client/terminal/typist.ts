/** Somebody who types into an editor, byte by byte as a terminal sends it; `ab|c` is a line with the cursor in it. */
import type { Effect, OuterAction } from "../../../src/client/terminal/commands.ts";
import type { Completion } from "../../../src/client/terminal/completion.ts";
import { Editor } from "../../../src/client/terminal/editor.ts";
import { type Key, KeyDecoder } from "../../../src/client/terminal/keys.ts";

export interface Desk {
  readonly lines?: readonly string[];
  readonly complete?: (before: string) => Completion | undefined | Promise<Completion | undefined>;
}

export class Typist {
  /** Lines that were ended with Enter. */
  readonly given: string[] = [];
  readonly acts: OuterAction[] = [];
  /** Names of the keys that came, as in the table of commands. */
  readonly pressed: string[] = [];
  /** How often a completion that was waited for has changed something. */
  completions = 0;
  readonly editor: Editor;
  readonly #complete: NonNullable<Desk["complete"]>;
  readonly #keys = new KeyDecoder((key) => this.#press(key));

  constructor(line = "|", { lines = [], complete = () => undefined }: Desk = {}) {
    this.editor = new Editor(() => lines);
    this.#complete = complete;
    const [before = "", after = ""] = line.split("|");
    this.model.draft.set(before + after, before);
  }

  /** What terminals send for keys; the last of them may be Escape alone. */
  type(bytes: string): this {
    this.#keys.push(Buffer.from(bytes));
    this.#keys.end();
    return this;
  }

  /** As a terminal does that knows bracketed paste. */
  paste(text: string): this {
    return this.type(`\u001b[200~${text}\u001b[201~`);
  }

  get model(): Editor["model"] {
    return this.editor.model;
  }

  get line(): string {
    const { before, after } = this.model.draft;
    return `${before}|${after}`;
  }

  #press(key: Key): void {
    if (this.pressed.at(-1) === "C-x") this.pressed.push(`C-x ${key.name}`);
    else this.pressed.push(key.name);
    this.#carryOut(this.editor.press(key));
  }

  #carryOut(effect: Effect | undefined): void {
    if (effect?.is === "accept") this.given.push(effect.line);
    if (effect?.is === "act") this.acts.push(effect.action);
    if (effect?.is !== "complete") return;
    const found = this.#complete(effect.of.before);
    if (!(found instanceof Promise)) this.model.complete(effect.of, found);
    else void found.then((one) => this.model.complete(effect.of, one) && this.completions++);
  }
}
