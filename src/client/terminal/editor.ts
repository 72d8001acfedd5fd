/** Keys → commands → the line. It draws nothing and calls nobody: what is to be done elsewhere it returns. */
import { type Command, commandOf, type Effect } from "./commands.ts";
import { graphemes } from "./graphemes.ts";
import type { Key } from "./keys.ts";
import { Model } from "./model.ts";

/** What keys put in after C-q. */
const VERBATIM: Readonly<Record<string, string>> = { tab: "\t", enter: "\n", "C-j": "\n" };

export class Editor {
  readonly model: Model;
  #next: Command["next"];

  /** @param lines what was typed before, oldest first */
  constructor(lines: () => readonly string[]) {
    this.model = new Model(lines);
  }

  /** @returns what the key asks of whoever reads the keys, after it has changed the line */
  press(key: Key): Effect | undefined {
    const { model } = this;
    const next = this.#next;
    this.#next = undefined;
    const { name, text = "" } = key;
    if (name === "text" && next === "pair") {
      // After C-x the first character is a key.
      const [first = "", ...rest] = graphemes(text);
      const effect = this.#do(`C-x ${first}`);
      if (rest.length > 0) model.type(cleaned(rest.join("")), false);
      return effect;
    }
    if (name === "text" || name === "paste") model.type(cleaned(text), name === "paste");
    else if (next !== "verbatim") return this.#do(next === "pair" ? `C-x ${name}` : name);
    else if (VERBATIM[name] !== undefined) model.type(VERBATIM[name], true);
    return undefined;
  }

  #do(name: string): Effect | undefined {
    const command = commandOf(name);
    return command && (this.#inMode(command) ? undefined : this.#perform(command));
  }

  /** Selected, searching, choosing: a key may mean something else. @returns whether that was all */
  #inMode(command: Command): boolean {
    const { model } = this;
    const { selection, inSearch, inMenu } = command;
    if (model.selected && selection !== "stays") {
      if (selection === undefined) model.selected = false;
      else model.dropSelected();
      if (selection === "goes") return true;
    }
    if (inSearch?.(model)) return true;
    model.search = undefined;
    if (inMenu?.(model)) return true;
    model.menu = undefined;
    return false;
  }

  #perform({ asks, does, run, next }: Command): Effect | undefined {
    const { model } = this;
    const { text, at } = model.draft;
    const effect = asks?.(model);
    does?.(model);
    this.#next = next;
    // What has changed nothing is no beginning of a run; the first key of a pair does not end one either.
    const did = model.draft.text !== text || model.draft.at !== at;
    if (did || next !== "pair") model.run = did ? run : undefined;
    return effect;
  }
}

/** What is put in: the ends of its lines are LF, and what would act on a terminal is left out. */
function cleaned(text: string): string {
  return (
    text
      .replace(/\r\n?/g, "\n")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")
  );
}
