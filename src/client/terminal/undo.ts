/** What a line was before each change. */
import type { Draft } from "./draft.ts";

/** Changes that can be undone. */
const MOST = 500;

export class Undo {
  readonly #draft: Draft;
  #before: { readonly text: string; readonly before: string }[] = [];

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** The line is about to change. */
  remember(): void {
    const { text, before } = this.#draft;
    this.#before.push({ text, before });
    if (this.#before.length > MOST) this.#before.shift();
  }

  goBack(): void {
    const last = this.#before.pop();
    if (last) this.#draft.set(last.text, last.before);
  }

  /** Forgets what was remembered last: nothing has changed since. */
  drop(): void {
    this.#before.pop();
  }

  /** A new line begins. */
  forget(): void {
    this.#before = [];
  }
}
