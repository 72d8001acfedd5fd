/** Keys → a line: moving, changing, cutting and putting back, undo, what was typed before, completion. It draws nothing. */
import { type Action, actionOf, type OuterAction } from "./bindings.ts";
import { Completer, type Completion } from "./completion.ts";
import { Draft } from "./draft.ts";
import { graphemes } from "./graphemes.ts";
import { HistoryCursor } from "./history-cursor.ts";
import type { Key } from "./keys.ts";
import { KillRing } from "./kill-ring.ts";
import type { Menu } from "./menu.ts";
import { Undo } from "./undo.ts";

export interface EditorOptions {
  /** What was typed before, oldest first. */
  lines(): readonly string[];
  /** What fits now, or what will be known to fit in a moment. */
  complete(before: string): Completion | undefined | Promise<Completion | undefined>;
  /** What was still to be known has changed the line. */
  onCompleted(): void;
  accept(line: string): void;
  act(action: OuterAction): void;
}

export interface Search {
  readonly query: string;
  readonly found: boolean;
}

interface Searching extends Search {
  readonly by: -1 | 1;
  /** What was being typed, and before the cursor. */
  readonly own: string;
  readonly before: string;
}

/** Actions that take away a line that is selected. */
const ERASES = new Set<Action>([
  "backspace",
  "delete",
  "deleteOrEnd",
  "killToEnd",
  "killToStart",
  "killWordLeft",
  "killBlankLeft",
  "killWordRight",
]);

/** Actions that put a cut text after the one before. */
const KILLS = new Set<string>(["killToEnd", "killToStart", "killWordLeft", "killBlankLeft", "killWordRight"]);

/** Of two keys the second decides; and what is about the screen is not about the line. */
const KEEPS_SELECTED = new Set<Action>(["verbatim", "prefix", "redraw", "suspend"]);

/** Actions that put something into the line. */
const PUTS_IN = new Set<Action>(["yank", "newLine"]);

export class Editor {
  readonly draft = new Draft();
  readonly #options: EditorOptions;
  readonly #kills = new KillRing();
  readonly #history: HistoryCursor;
  readonly #undo = new Undo(this.draft);
  readonly #completer: Completer;
  /** What the last key did: one that goes on with it is one step of undo, one cut, one place to put back. */
  #last: Action | "type" | undefined;
  #prefix = false;
  #verbatim = false;
  #search: Searching | undefined;
  #selected = false;

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#history = new HistoryCursor(() => options.lines());
    this.#completer = new Completer({
      draft: this.draft,
      complete: (before) => options.complete(before),
      onCompleted: () => options.onCompleted(),
      remember: () => this.#undo.remember(),
      isBusy: () => this.#search !== undefined,
    });
  }

  get search(): Search | undefined {
    return this.#search;
  }

  /** What is to be chosen from, if there is. */
  get menu(): Menu | undefined {
    return this.#completer.menu;
  }

  /** All of the line is selected: what is typed next takes its place, what moves keeps it. */
  get selected(): boolean {
    return this.#selected;
  }

  /** Begins a new line; what it was cannot be undone. */
  reset(text = "", { selected = false } = {}): void {
    this.draft.set(text);
    this.#selected = selected && text !== "";
    this.#undo.forget();
    this.#last = undefined;
    this.#search = undefined;
    this.#completer.close();
    this.#history.reset();
  }

  press(key: Key): void {
    if (key.name === "paste" || key.name === "text") {
      const [first = "", ...rest] = key.name === "text" && this.#prefix ? graphemes(key.text ?? "") : [];
      // The first letter is the second key of two.
      if (first !== "") this.press({ name: first });
      const text = first === "" ? (key.text ?? "") : rest.join("");
      if (text !== "" || first === "") this.#type(text, key.name === "paste");
      return;
    }
    const name = this.#prefix ? `C-x ${key.name}` : key.name;
    this.#prefix = false;
    if (this.#verbatim) {
      this.#verbatim = false;
      if (name === "tab") this.#type("\t", true);
      if (name === "enter" || name === "C-j") this.#type("\n", true);
      return;
    }
    const action = actionOf(name);
    if (action === undefined) return;
    if (this.#selected && !KEEPS_SELECTED.has(action)) {
      this.#selected = false;
      if (ERASES.has(action) || PUTS_IN.has(action)) this.#replaceAll();
      if (ERASES.has(action)) return;
    }
    if (this.#search && !this.#inSearch(action)) return;
    if (this.#completer.press(action)) return;
    this.#completer.close();
    const before = this.draft.text;
    const { at } = this.draft;
    this.#do(action);
    // What did nothing is no beginning of anything.
    const did = this.draft.text !== before || this.draft.at !== at;
    if (did || action !== "prefix") this.#last = did ? action : undefined;
  }

  #type(text: string, pasted: boolean): void {
    this.#verbatim = false;
    this.#prefix = false;
    const clean = cleaned(text);
    if (this.#search) {
      this.#look(this.#search.query + clean.split("\n", 1)[0], this.#search.by, false);
      return;
    }
    this.#completer.close();
    if (this.#selected) this.#replaceAll();
    if (pasted || this.#last !== "type") this.#undo.remember();
    this.draft.insert(clean);
    this.#last = pasted ? undefined : "type";
  }

  #do(action: Action): void {
    const { draft } = this;
    switch (action) {
      case "accept":
        this.#options.accept(draft.text);
        return;
      case "newLine":
        this.#undo.remember();
        draft.insert("\n");
        return;
      case "left":
      case "right":
        draft.moveTo(draft.at + (action === "left" ? -1 : 1));
        return;
      case "wordLeft":
        draft.moveTo(draft.wordStart);
        return;
      case "wordRight":
        draft.moveTo(draft.wordEnd);
        return;
      case "lineStart":
        draft.moveTo(draft.line.start);
        return;
      case "lineEnd":
        draft.moveTo(draft.line.end);
        return;
      case "up":
        if (!draft.moveLine(-1)) this.#go(-1);
        return;
      case "down":
        if (!draft.moveLine(1)) this.#go(1);
        return;
      case "older":
      case "newer":
        this.#go(action === "older" ? -1 : 1);
        return;
      case "oldest":
      case "newest":
        this.#go(action === "oldest" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
        return;
      case "searchBack":
      case "searchForward":
        this.#search = {
          query: "",
          found: true,
          by: action === "searchBack" ? -1 : 1,
          own: draft.text,
          before: draft.before,
        };
        return;
      case "deleteOrEnd":
        if (draft.isEmpty) this.#options.act("end");
        else this.#remove(draft.at + 1);
        return;
      case "delete":
        this.#remove(draft.at + 1);
        return;
      case "backspace":
        this.#remove(draft.at - 1);
        return;
      case "killToEnd":
        // At the end of a line its end is taken.
        this.#kill(draft.line.end === draft.at ? draft.at + 1 : draft.line.end, false);
        return;
      case "killToStart":
        this.#kill(draft.line.start, true);
        return;
      case "killWordLeft":
        this.#kill(draft.wordStart, true);
        return;
      case "killBlankLeft":
        this.#kill(draft.blankStart, true);
        return;
      case "killWordRight":
        this.#kill(draft.wordEnd, false);
        return;
      case "yank":
        this.#put(this.#kills.newest);
        return;
      case "yankOlder":
        this.#yankOlder();
        return;
      case "undo":
        this.#undo.goBack();
        return;
      case "transpose": {
        const { text } = draft;
        this.#undo.remember();
        draft.transpose();
        if (draft.text === text) this.#undo.drop();
        return;
      }
      case "complete":
      case "completeBack":
        this.#completer.begin();
        return;
      case "prefix":
        this.#prefix = true;
        return;
      case "verbatim":
        this.#verbatim = true;
        return;
      case "cancel":
        return;
      default:
        this.#options.act(action);
    }
  }

  /** What was selected goes; it can be had back. */
  #replaceAll(): void {
    this.#selected = false;
    this.#undo.remember();
    this.draft.set("");
    this.#last = undefined;
  }

  #remove(to: number): void {
    const { draft } = this;
    const place = Math.max(0, Math.min(draft.clusters.length, to));
    if (place === draft.at) return;
    // A run of the same key is one step.
    if (this.#last !== "backspace" && this.#last !== "delete") this.#undo.remember();
    draft.remove(place);
  }

  #kill(to: number, backwards: boolean): void {
    const { draft } = this;
    const place = Math.max(0, Math.min(draft.clusters.length, to));
    if (place === draft.at) return;
    this.#undo.remember();
    this.#kills.add(draft.remove(place), backwards, KILLS.has(this.#last ?? ""));
  }

  #put(text: string | undefined): void {
    if (text === undefined) return;
    this.#undo.remember();
    this.draft.insert(text);
  }

  #yankOlder(): void {
    if (this.#last !== "yank" && this.#last !== "yankOlder") return;
    this.#undo.goBack();
    this.#put(this.#kills.older());
  }

  #go(by: number): void {
    const line = this.#history.go(by, this.draft.text);
    if (line === undefined) return;
    this.#undo.remember();
    this.draft.set(line);
  }

  /** @returns whether the action is still to be done, with what was found. */
  #inSearch(action: Action): boolean {
    const search = this.#search as Searching;
    switch (action) {
      case "searchBack":
      case "searchForward":
        this.#look(search.query, action === "searchBack" ? -1 : 1, true);
        return false;
      case "backspace":
        this.#look(graphemes(search.query).slice(0, -1).join(""), search.by, false);
        return false;
      case "cancel":
      case "interrupt":
        this.#search = undefined;
        this.#history.reset();
        this.draft.set(search.own, search.before);
        return false;
      default:
        this.#search = undefined;
        return true;
    }
  }

  #look(query: string, by: -1 | 1, next: boolean): void {
    const search = this.#search as Searching;
    const line = query === "" ? undefined : this.#history.search(query, by, next, search.own);
    if (line !== undefined) {
      const at = line.toLowerCase().indexOf(query.toLowerCase());
      if (this.draft.text === search.own) this.#undo.remember();
      this.draft.set(line, line.slice(0, at));
    }
    this.#search = { ...search, query, by, found: query === "" || line !== undefined };
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
