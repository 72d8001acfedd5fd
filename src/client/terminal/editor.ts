/** Keys → a line: moving, changing, cutting and putting back, undo, what was typed before, completion. It draws nothing. */
import { type Action, actionOf, type OuterAction } from "./bindings.ts";
import { Completer, type Completion } from "./completion.ts";
import { Draft } from "./draft.ts";
import { graphemes } from "./graphemes.ts";
import { HistoryCursor } from "./history-cursor.ts";
import { IncrementalSearch, type Search } from "./incremental-search.ts";
import type { Key } from "./keys.ts";
import { KillRing } from "./kill-ring.ts";
import type { Menu } from "./menu.ts";
import { Undo } from "./undo.ts";

export interface EditorOptions {
  /** What was typed before, oldest first. */
  lines(): readonly string[];
  /** What fits now, or what will be known to fit in a moment. */
  complete(before: string): Completion | undefined | Promise<Completion | undefined>;
  /** A completion that had to be waited for has changed the line. */
  onCompleted(): void;
  accept(line: string): void;
  act(action: OuterAction): void;
}

/** Where an action moves the cursor to, in clusters. */
const MOVES = {
  left: ({ at }) => at - 1,
  right: ({ at }) => at + 1,
  wordLeft: ({ wordStart }) => wordStart,
  wordRight: ({ wordEnd }) => wordEnd,
  lineStart: ({ line }) => line.start,
  lineEnd: ({ line }) => line.end,
} satisfies Places;

/** Up to where an action cuts; at the end of a line it takes the line's end. */
const KILLS = {
  killToEnd: ({ at, line }) => (line.end === at ? at + 1 : line.end),
  killToStart: ({ line }) => line.start,
  killWordLeft: ({ wordStart }) => wordStart,
  killBlankLeft: ({ blankStart }) => blankStart,
  killWordRight: ({ wordEnd }) => wordEnd,
} satisfies Places;

type Places = Readonly<Partial<Record<Action, (draft: Draft) => number>>>;

/** How many lines an action goes on (back if negative) in what was typed before. */
const RECALLS = {
  up: -1,
  down: 1,
  older: -1,
  newer: 1,
  oldest: Number.NEGATIVE_INFINITY,
  newest: Number.POSITIVE_INFINITY,
};

/** Actions besides cutting that take something out of the line. */
const DELETES = new Set<Action>(["backspace", "delete", "deleteOrEnd"]);

/** Actions that put something into the line. */
const PUTS_IN = new Set<Action>(["yank", "newLine"]);

/** Actions that a selection outlasts: the first of two keys, and what is about the screen only. */
const KEEPS_SELECTED = new Set<Action>(["verbatim", "prefix", "redraw", "suspend"]);

export class Editor {
  readonly draft = new Draft();
  readonly #options: EditorOptions;
  readonly #kills = new KillRing();
  readonly #history: HistoryCursor;
  readonly #undo = new Undo(this.draft);
  readonly #completer: Completer;
  readonly #search: IncrementalSearch;
  /** What the last key did: one that goes on with it is one step of undo, one cut, one place to put back. */
  #last: Action | "type" | undefined;
  #prefix = false;
  #verbatim = false;
  #selected = false;

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#history = new HistoryCursor(() => options.lines());
    this.#search = new IncrementalSearch(this.draft, this.#history, this.#undo);
    this.#completer = new Completer({
      draft: this.draft,
      complete: (before) => options.complete(before),
      onCompleted: () => options.onCompleted(),
      remember: () => this.#undo.remember(),
      isBusy: () => this.search !== undefined,
    });
  }

  get search(): Search | undefined {
    return this.#search.now;
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
    this.#search.end();
    this.#completer.close();
    this.#history.reset();
  }

  press(key: Key): void {
    if (key.name === "paste" || key.name === "text") {
      const [first = "", ...rest] = key.name === "text" && this.#prefix ? graphemes(key.text ?? "") : [];
      // After C-x the first character is a key.
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
      const erases = DELETES.has(action) || isIn(KILLS, action);
      if (erases || PUTS_IN.has(action)) this.#replaceAll();
      if (erases) return;
    }
    if (this.#search.press(action) || this.#completer.press(action)) return;
    this.#completer.close();
    const { text, at } = this.draft;
    this.#do(action);
    // An action that has changed nothing is no beginning of a run; the prefix does not end one either.
    const did = this.draft.text !== text || this.draft.at !== at;
    if (did || action !== "prefix") this.#last = did ? action : undefined;
  }

  #type(text: string, pasted: boolean): void {
    this.#verbatim = false;
    this.#prefix = false;
    const clean = cleaned(text);
    if (this.search) {
      this.#search.type(clean);
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
    if (isIn(MOVES, action)) {
      draft.moveTo(MOVES[action](draft));
      return;
    }
    if (isIn(KILLS, action)) {
      this.#kill(KILLS[action](draft));
      return;
    }
    switch (action) {
      case "accept":
        this.#options.accept(draft.text);
        return;
      case "newLine":
        this.#put("\n");
        return;
      case "up":
      case "down":
        if (draft.moveLine(action === "up" ? -1 : 1)) return;
        this.#recall(RECALLS[action]);
        return;
      case "older":
      case "newer":
      case "oldest":
      case "newest":
        this.#recall(RECALLS[action]);
        return;
      case "searchBack":
      case "searchForward":
        this.#search.begin(action === "searchBack" ? -1 : 1);
        return;
      case "deleteOrEnd":
        if (draft.isEmpty) this.#options.act("end");
        else this.#delete(draft.at + 1);
        return;
      case "delete":
      case "backspace":
        this.#delete(draft.at + (action === "delete" ? 1 : -1));
        return;
      case "yank":
        this.#put(this.#kills.newest);
        return;
      case "yankOlder":
        if (this.#last !== "yank" && this.#last !== "yankOlder") return;
        this.#undo.goBack();
        this.#put(this.#kills.older());
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

  /** What was selected goes; undo brings it back. */
  #replaceAll(): void {
    this.#selected = false;
    this.#undo.remember();
    this.draft.set("");
    this.#last = undefined;
  }

  #delete(to: number): void {
    const place = this.#clamped(to);
    if (place === this.draft.at) return;
    // A run of the same key is one step.
    if (this.#last !== "backspace" && this.#last !== "delete") this.#undo.remember();
    this.draft.remove(place);
  }

  #kill(to: number): void {
    const place = this.#clamped(to);
    if (place === this.draft.at) return;
    this.#undo.remember();
    const backwards = place < this.draft.at;
    this.#kills.add(this.draft.remove(place), backwards, isIn(KILLS, this.#last ?? ""));
  }

  #clamped(place: number): number {
    return Math.max(0, Math.min(this.draft.clusters.length, place));
  }

  #put(text: string | undefined): void {
    if (text === undefined) return;
    this.#undo.remember();
    this.draft.insert(text);
  }

  #recall(by: number): void {
    const line = this.#history.go(by, this.draft.text);
    if (line === undefined) return;
    this.#undo.remember();
    this.draft.set(line);
  }
}

function isIn<T extends object>(table: T, action: PropertyKey): action is keyof T {
  return Object.hasOwn(table, action);
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
