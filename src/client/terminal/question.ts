/** A question, and the line that its answer is typed in. */
import { Editor } from "./editor.ts";
import type { Key } from "./keys.ts";

export interface QuestionOptions {
  readonly text: string;
  /** The answer is shown nowhere. */
  readonly secret: boolean;
  /** What was typed before it came: the answer begins with it. */
  readonly begun: string;
  /** It is answered or given up: the next key is not for it. */
  onOver(): void;
}

export class Question {
  readonly text: string;
  readonly secret: boolean;
  readonly editor = new Editor(() => []);
  readonly #onOver: () => void;
  readonly #answer = Promise.withResolvers<string | undefined>();
  /** Undefined when none is given: Ctrl-C, Ctrl-D. */
  readonly answer = this.#answer.promise;

  constructor({ text, secret, begun, onOver }: QuestionOptions) {
    this.text = text;
    this.secret = secret;
    this.#onOver = onOver;
    this.editor.model.reset(begun);
  }

  press(key: Key): void {
    const effect = this.editor.press(key);
    if (effect?.is === "accept") this.#end(effect.line);
    if (effect?.is === "act" && (effect.action === "interrupt" || effect.action === "end")) this.giveUp();
  }

  giveUp(): void {
    this.#end(undefined);
  }

  #end(answer: string | undefined): void {
    this.#onOver();
    this.#answer.resolve(answer);
  }
}
