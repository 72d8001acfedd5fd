/** Completing a word: one candidate is put in, of several what they share, and a menu to choose from. */
import type { Action } from "./bindings.ts";
import type { Draft } from "./draft.ts";
import { graphemes } from "./graphemes.ts";
import { type Candidate, Menu } from "./menu.ts";

/** Texts that can be put in at a place before the cursor. */
export interface Completion {
  /** UTF-16 units before the cursor that are replaced. */
  readonly replaces: number;
  readonly candidates: readonly Candidate[];
}

interface CompleterOptions {
  readonly draft: Draft;
  /** What fits now, or what will be known to fit in a moment. */
  complete(before: string): Completion | undefined | Promise<Completion | undefined>;
  /** A completion that had to be waited for has changed the line. */
  onCompleted(): void;
  /** The line is about to change. */
  remember(): void;
  /** Is something else, a search, under way? */
  isBusy(): boolean;
}

export class Completer {
  readonly #options: CompleterOptions;
  menu: Menu | undefined;

  constructor(options: CompleterOptions) {
    this.#options = options;
  }

  begin(): void {
    const { draft } = this.#options;
    const { text, before } = draft;
    const completion = this.#options.complete(before);
    if (!(completion instanceof Promise)) {
      this.#completeWith(completion);
      return;
    }
    void completion.then((found) => {
      // Somebody has typed on.
      if (draft.text !== text || draft.before !== before || this.menu || this.#options.isBusy()) return;
      this.#completeWith(found);
      this.#options.onCompleted();
    });
  }

  close(): void {
    this.menu = undefined;
  }

  /** @returns whether there is a menu and the action was for it. */
  press(action: Action): boolean {
    const { menu } = this;
    if (!menu) return false;
    switch (action) {
      case "complete":
      case "completeBack":
      case "down":
      case "up": {
        const chosen = menu.move(action === "complete" || action === "down" ? 1 : -1);
        this.#replace(menu.start, chosen.text.trimEnd());
        return true;
      }
      case "cancel":
        this.close();
        return true;
      case "accept":
        if (menu.chosen === undefined) return false;
        this.#replace(menu.start, menu.chosen.text);
        this.close();
        return true;
      default:
        return false;
    }
  }

  #completeWith(completion: Completion | undefined): void {
    const { draft } = this.#options;
    if (!completion || completion.candidates.length === 0) return;
    const { replaces, candidates } = completion;
    const start = draft.before.length - replaces;
    const [only] = candidates;
    if (candidates.length === 1) {
      this.#replace(start, (only as Candidate).text);
      return;
    }
    const common = commonStart(candidates.map(({ text }) => text));
    if (common.length > replaces) this.#replace(start, common);
    this.menu = new Menu(candidates, start);
  }

  #replace(start: number, text: string): void {
    const { draft, remember } = this.#options;
    const { before, after } = draft;
    remember();
    const put = before.slice(0, start) + text;
    draft.set(put + after, put);
  }
}

/** The longest common beginning, in any case, as the first text has it; no cluster is cut. */
function commonStart(texts: readonly string[]): string {
  const [first = [], ...others] = texts.map(graphemes);
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same]?.toLowerCase() === other[same]?.toLowerCase()) same++;
    length = same;
  }
  return first.slice(0, length).join("");
}
