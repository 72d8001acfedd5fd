/** Ctrl-R and Ctrl-S: what was typed before is searched while the text that is looked for is being typed. */
import type { Action } from "./bindings.ts";
import type { Draft } from "./draft.ts";
import { graphemes } from "./graphemes.ts";
import type { HistoryCursor } from "./history-cursor.ts";
import type { Undo } from "./undo.ts";

/** What is looked for; whether a line holds it. */
export interface Search {
  readonly query: string;
  readonly found: boolean;
}

interface Searching extends Search {
  /** To older lines (-1), or to newer ones. */
  readonly by: -1 | 1;
  /** The line that was being typed, and what of it stood before the cursor. */
  readonly own: string;
  readonly before: string;
}

export class IncrementalSearch {
  readonly #draft: Draft;
  readonly #history: HistoryCursor;
  readonly #undo: Undo;
  #now: Searching | undefined;

  constructor(draft: Draft, history: HistoryCursor, undo: Undo) {
    this.#draft = draft;
    this.#history = history;
    this.#undo = undo;
  }

  /** Undefined while nothing is searched. */
  get now(): Search | undefined {
    return this.#now;
  }

  begin(by: -1 | 1): void {
    const { text: own, before } = this.#draft;
    this.#now = { query: "", found: true, by, own, before };
  }

  /** Leaves the line as it is. */
  end(): void {
    this.#now = undefined;
  }

  /** @param text what is added to the query; of several lines the first */
  type(text: string): void {
    const { query, by } = this.#now as Searching;
    this.#look(query + text.split("\n", 1)[0], by, false);
  }

  /** @returns whether there is a search and the action was for it; any other one ends it and is still to be done. */
  press(action: Action): boolean {
    const search = this.#now;
    if (!search) return false;
    switch (action) {
      case "searchBack":
      case "searchForward":
        this.#look(search.query, action === "searchBack" ? -1 : 1, true);
        return true;
      case "backspace":
        this.#look(graphemes(search.query).slice(0, -1).join(""), search.by, false);
        return true;
      case "cancel":
      case "interrupt":
        this.end();
        this.#history.reset();
        this.#draft.set(search.own, search.before);
        return true;
      default:
        this.end();
        return false;
    }
  }

  #look(query: string, by: -1 | 1, next: boolean): void {
    const search = this.#now as Searching;
    const line = query === "" ? undefined : this.#history.search(query, by, next, search.own);
    if (line !== undefined) {
      const at = line.toLowerCase().indexOf(query.toLowerCase());
      if (this.#draft.text === search.own) this.#undo.remember();
      this.#draft.set(line, line.slice(0, at));
    }
    this.#now = { ...search, query, by, found: query === "" || line !== undefined };
  }
}
