/**
 * The beginning of a request that comes again and again: `send budi ` before one text after another. What it means depends on
 * nothing behind it, so that it is read once.
 */
import { Problem } from "./kinds.ts";
import type { Request } from "./reader.ts";
import type { Row } from "./row.ts";
import { kinds } from "./values.ts";
import type { Words } from "./words.ts";

/** How far a UUID's second hyphen is behind its first. */
const NEXT_HYPHEN = 5;

export class Head {
  readonly #text: string;
  readonly #row: Row;
  /** The values that its words, and the row itself, give. */
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #read: (word: string) => unknown;

  private constructor(text: string, { row, input }: Request, read: (word: string) => unknown) {
    const { text: _, ...values } = input;
    this.#text = text;
    this.#row = row;
    this.#values = values;
    this.#read = read;
  }

  /**
   * @param request as it was read, without a token, from the words
   * @param before the rows that are tried before its own
   * @returns undefined if it has none, or one that may mean something else before another text
   */
  static of(words: Words, request: Request, before: ReadonlyMap<Row, readonly Row[]>): Head | undefined {
    const { row } = request;
    const others = before.get(row);
    // A first word that stands in no table may be several rows' word.
    if (!others?.every(({ pattern }) => isOther(pattern.elements[1], words))) return undefined;
    if (!words.is(0, row.pattern.words[0] as string)) return undefined;
    const rest = row.pattern.elements[2];
    if (rest?.is !== "rest") return undefined;
    const behind = words.after(1) as string;
    const text = words.text.slice(0, words.text.length - behind.length);
    return new Head(text, request, kinds[rest.kind].read);
  }

  /** What a request means that begins so; undefined if it does not, or has to be read whole: a token may stand in it. */
  read(text: string): Request | undefined {
    const head = this.#text;
    if (text.length === head.length || !text.startsWith(head)) return undefined;
    for (let at = text.indexOf("-", head.length); at >= 0; at = text.indexOf("-", at + 1)) {
      if (text.charCodeAt(at + NEXT_HYPHEN) === 0x2d) return undefined;
    }
    const value = this.#read(text.slice(head.length));
    if (value instanceof Problem) return undefined;
    const input: Record<string, unknown> = { ...this.#values };
    // Not as one literal, which was measured to be slower; nor by a name that is not known here.
    input["text"] = value;
    return { row: this.#row, input, token: undefined, body: undefined };
  }
}

/** Whether the requests of a row are a word, a value, and a `text` to the end. */
export function hasHead({ pattern: { elements }, onlyKnownRealm, body }: Row): boolean {
  const [, value, rest] = elements;
  const isPlain = elements.length === 3 && value?.is === "value" && !value.optional && rest?.is === "rest";
  return isPlain && rest.key === "text" && !onlyKnownRealm && !body;
}

/** Whether a row wants another second word: no token stands in what is remembered. */
function isOther(second: Row["pattern"]["elements"][number] | undefined, words: Words): boolean {
  return second?.is === "token" || (second?.is === "literal" && !words.is(1, second.word));
}
