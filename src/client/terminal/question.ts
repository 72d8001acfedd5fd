/** A question, and the line that its answer is typed in. */
import type { Glyphs } from "./ascii.ts";
import { Editor } from "./editor.ts";
import { hung } from "./hanging.ts";
import type { Key } from "./keys.ts";
import { type Layout, layOut, within } from "./layout.ts";

export class Question {
  readonly #text: string;
  readonly #secret: boolean;
  readonly #editor = new Editor(() => []);
  readonly #answer = Promise.withResolvers<string | undefined>();
  /** Undefined when none is given: Ctrl-C, Ctrl-D, the window is closed. */
  readonly answer = this.#answer.promise;

  /** @param secret the answer is shown nowhere. @param begun what the answer begins with: it was typed before the question came */
  constructor(text: string, secret: boolean, begun: string) {
    this.#text = text;
    this.#secret = secret;
    this.#editor.model.reset(begun);
  }

  /** @returns whether it is over: the next key is not for it */
  press(key: Key): boolean {
    const effect = this.#editor.press(key);
    if (effect?.is === "accept") this.#answer.resolve(effect.line);
    else if (effect?.is === "act" && (effect.action === "interrupt" || effect.action === "end")) this.giveUp();
    else return false;
    return true;
  }

  giveUp(): void {
    this.#answer.resolve(undefined);
  }

  layout(glyphs: Glyphs, columns: number, room: number): Layout {
    const { clusters, at } = this.#editor.model.draft;
    const text = glyphs(this.#text);
    const words = text.trimEnd();
    const blanks = text.slice(words.length);
    // In a narrow window it has several rows, and the answer stands behind the last.
    const above = hung(words, columns - blanks.length).split("\n");
    const last = (above.pop() as string) + blanks;
    const { rows, cursor } = layOut(last, this.#secret ? [] : clusters, this.#secret ? 0 : at, columns);
    return within({ rows: [...above, ...rows], cursor: { ...cursor, row: above.length + cursor.row } }, room);
  }
}
