/** Ctrl-R and Ctrl-S: what was typed before is searched while the text that is looked for is being typed. */
import type { Snapshot } from "./draft.ts";
import { graphemes } from "./graphemes.ts";
import type { HistoryCursor } from "./history-cursor.ts";

/** Each step returns the line that was found, the cursor before what was looked for; undefined if there is none. */
export class Search {
  /** The line that was being typed. */
  readonly own: Snapshot;
  query = "";
  /** There is a line that holds it, or nothing is looked for yet. */
  found = true;
  readonly #history: HistoryCursor;
  #by: -1 | 1;

  /** @param by to older lines (-1), or to newer ones */
  constructor(history: HistoryCursor, own: Snapshot, by: -1 | 1) {
    this.#history = history;
    this.own = own;
    this.#by = by;
  }

  /** @param text what is added to the query; of several lines the first */
  type(text: string): Snapshot | undefined {
    return this.#look(this.query + text.split("\n", 1)[0], this.#by, false);
  }

  /** Takes the last cluster off the query. */
  shorten(): Snapshot | undefined {
    return this.#look(graphemes(this.query).slice(0, -1).join(""), this.#by, false);
  }

  /** The next line that holds it. */
  again(by: -1 | 1): Snapshot | undefined {
    return this.#look(this.query, by, true);
  }

  #look(query: string, by: -1 | 1, next: boolean): Snapshot | undefined {
    const text = query === "" ? undefined : this.#history.search(query, by, next, this.own.text);
    this.query = query;
    this.#by = by;
    this.found = query === "" || text !== undefined;
    return text === undefined
      ? undefined
      : { text, before: text.slice(0, text.toLowerCase().indexOf(query.toLowerCase())) };
  }
}
