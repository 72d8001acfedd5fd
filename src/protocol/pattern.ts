/**
 * `send <user[@realm]> <text...>` ⇄ values.
 *
 * In a pattern a bare word is a literal (in any case), `<x>` a parameter, `[x]` one that may be left out, `[before <x>]` one
 * that follows its word and may be left out, `<x...>` one that takes the rest of the request as sent. At `<token>` a session's
 * token must stand; every other pattern takes one after its literal words, or after its first parameter (reader.ts says when).
 * `<own>` is the server's own name, which some clients send.
 */
import { isUuid, Problem } from "./kinds.ts";
import { type KindName, kinds, type ValueOf } from "./values.ts";
import type { Words } from "./words.ts";

type Split<P extends string> = P extends `${infer Head} ${infer Tail}` ? [Head, ...Split<Tail>] : [P];
type Key<N extends string> = N extends `${string},${string}`
  ? "to"
  : N extends `${infer K}[@realm]`
    ? K extends `#${infer M}`
      ? M
      : K
    : N extends `${infer K}${"..." | "%"}`
      ? K
      : N;
type One<N extends string> = N extends KindName ? { [K in Key<N>]: ValueOf<N> } : { unknown: N };
type ValuesOfWords<W extends readonly string[]> = W extends readonly [
  infer Head,
  ...infer Tail extends readonly string[],
]
  ? (Head extends "<token>" | "<own>"
      ? unknown
      : Head extends `<${infer N}>]`
        ? Partial<One<N>>
        : Head extends `<${infer N}>`
          ? One<N>
          : Head extends `[${infer N}]`
            ? Partial<One<N>>
            : unknown) &
      ValuesOfWords<Tail>
  : unknown;

/** The values that a request of this pattern carries, by name. */
export type PatternValues<P extends string> = ValuesOfWords<Split<P>>;

/** Any UUID, to find out whether a kind of value accepts one. */
const SOME_UUID = "00000000-0000-4000-8000-000000000000";

type Element =
  | { readonly is: "literal"; readonly word: string }
  | { readonly is: "token" }
  | { readonly is: "value" | "rest"; readonly key: string; readonly kind: KindName; readonly optional: boolean }
  | { readonly is: "option"; readonly word: string; readonly key: string; readonly kind: KindName };

/** A value cannot be said in a request. */
export class Unsayable extends Error {}

/** A request that fits a pattern: its values by name, and its token. */
export interface Match {
  readonly input: Record<string, unknown>;
  readonly token: string | undefined;
}

/** The form of a request. */
export class Pattern {
  readonly source: string;
  /** The leading literal words, lower case. */
  readonly words: readonly string[];
  readonly elements: readonly Element[];
  /** The number of literal words: a pattern with more is more specific. */
  readonly literals: number;
  /** The pattern has a `<token>`. */
  readonly wantsToken: boolean;
  /** The first parameter may be a UUID itself, and so look like a token. */
  readonly freeFirst: boolean;
  /** A text stands behind a message's id, which no live token is. */
  readonly idBeforeText: boolean;
  /** The number of leading literal words. */
  readonly #lead: number;

  /** @throws Error for a source that is no pattern */
  constructor(source: string) {
    this.source = source;
    this.elements = parse(source);
    this.literals = this.elements.filter((element) => element.is === "literal").length;
    this.wantsToken = this.elements.some((element) => element.is === "token");
    const lead = this.elements.findIndex((element) => element.is !== "literal");
    this.#lead = lead < 0 ? this.elements.length : lead;
    this.words = this.elements.slice(0, this.#lead).map((element) => (element as { word: string }).word);
    const first = this.elements[this.#lead];
    this.idBeforeText = first?.is === "value" && first.kind === "id" && this.elements.at(-1)?.is === "rest";
    this.freeFirst = first?.is === "value" && !(kinds[first.kind].read(SOME_UUID) instanceof Problem);
  }

  /** The names of all values. */
  get keys(): readonly string[] {
    return this.elements.flatMap((element) => ("key" in element ? element.key : []));
  }

  /** The names of the values that must be there. */
  get needs(): readonly string[] {
    return this.elements.flatMap((element) => ("optional" in element && !element.optional ? element.key : []));
  }

  takes(kind: KindName): boolean {
    return this.elements.some((element) => "kind" in element && element.kind === kind);
  }

  /** The place of a UUID among or right after the literal words; -1 for none. */
  tokenPlace(words: Words): number {
    for (let place = 1; place <= this.#lead; place++) if (isUuidAt(words, place)) return place;
    return -1;
  }

  /** The place of a UUID right after the first parameter; -1 for none. */
  tokenPlaceAfterFirst(words: Words): number {
    return isUuidAt(words, this.#lead + 1) ? this.#lead + 1 : -1;
  }

  /**
   * Reads a request whose first word is this pattern's.
   * @param tokenAt the place of a word that is the token, instead of at `<token>`; -1 for none
   * @returns undefined if the request has another form; a Problem if only a value is wrong
   */
  match(words: Words, tokenAt: number): Match | Problem | undefined {
    // Most rows fail at the second word: that must cost nothing.
    const second = this.elements[1];
    if (tokenAt !== 1 && second?.is === "literal" && !words.is(1, second.word)) return undefined;
    const input: Record<string, unknown> = {};
    let token: string | undefined;
    let problem: Problem | undefined;
    let at = 1;
    for (let next = 1; next < this.elements.length; next++) {
      const element = this.elements[next] as Element;
      if (at === tokenAt) token = words.at(at++).toLowerCase();
      switch (element.is) {
        case "literal":
          if (!words.is(at, element.word)) return undefined;
          at++;
          continue;
        case "token":
          if (tokenAt >= 0) continue;
          if (!isUuidAt(words, at)) return undefined;
          token = words.at(at++).toLowerCase();
          continue;
        case "option":
          if (!words.is(at, element.word)) continue;
          if (!words.has(at + 1)) return undefined;
          at += 2;
          break;
        case "value":
          if (!words.has(at)) {
            if (element.optional) continue;
            return undefined;
          }
          at++;
          break;
        case "rest":
      }
      let word = element.is === "rest" ? words.after(at - 1) : words.at(at - 1);
      if (element.is === "rest" && at + 1 === tokenAt) {
        // The rest is the pattern's only parameter: it is one word, and the token stands behind it.
        if (words.has(tokenAt + 1)) return undefined;
        word = words.at(at);
        token = words.at(tokenAt).toLowerCase();
      }
      if (word === undefined) return undefined;
      const value = kinds[element.kind].read(word);
      if (value instanceof Problem) problem ??= new Problem(value.detail, input);
      input[element.key] = value instanceof Problem ? Number.NaN : value;
      if (element.is === "rest") return tokenAt >= 0 && token === undefined ? undefined : (problem ?? { input, token });
    }
    if (at === tokenAt) token = words.at(at++).toLowerCase();
    if (words.has(at) || (tokenAt >= 0 && token === undefined)) return undefined;
    return problem ?? { input, token };
  }

  /** Whether a value would stand where one that is left out was looked for: `[host] [port]` with a port alone. */
  hasGap(input: Readonly<Record<string, unknown>>): boolean {
    const optional = this.elements.flatMap((element) =>
      element.is === "value" && element.optional ? [input[element.key] !== undefined] : [],
    );
    return optional.lastIndexOf(true) > optional.indexOf(false) && optional.includes(false);
  }

  /** A request's text. `token` stands at `<token>`, else right after the literal words. @throws Unsayable */
  encode(input: Readonly<Record<string, unknown>>, token?: string): string {
    const words: string[] = [];
    this.elements.forEach((element, i) => {
      if (i === this.#lead && token !== undefined && !this.wantsToken) words.push(token);
      if (element.is === "literal") words.push(element.word);
      else if (element.is === "token") words.push(token ?? "");
      else if (input[element.key] !== undefined) {
        if (element.is === "option") words.push(element.word);
        const word = (kinds[element.kind].write as (value: unknown) => string)(input[element.key]);
        // Said with a blank in it, it would be two words, and the second another value.
        if (element.is !== "rest" && !/^\S+$/.test(word)) throw new Unsayable(`${element.key}: not one word`);
        words.push(word);
      }
    });
    if (this.#lead === this.elements.length && token !== undefined) words.push(token);
    return words.join(" ");
  }
}

function isUuidAt(words: Words, at: number): boolean {
  return words.length(at) === 36 && isUuid(words.at(at));
}

function parse(source: string): Element[] {
  const elements: Element[] = [];
  const parts = source.split(" ");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (part === "<token>") {
      elements.push({ is: "token" });
    } else if (part.startsWith("<") && part.endsWith(">")) {
      const { key, kind } = named(part.slice(1, -1));
      elements.push({ is: kind.endsWith("...") ? "rest" : "value", key, kind, optional: false });
    } else if (part.startsWith("[") && part.endsWith("]")) {
      elements.push({ is: "value", ...named(part.slice(1, -1)), optional: true });
    } else if (part.startsWith("[")) {
      const value = parts[++i] ?? "";
      elements.push({ is: "option", word: part.slice(1), ...named(value.slice(1, -2)) });
    } else {
      elements.push({ is: "literal", word: part.toLowerCase() });
    }
  }
  return elements;
}

function named(name: string): { key: string; kind: KindName } {
  if (!Object.hasOwn(kinds, name)) throw new Error(`pattern: no kind of value is called ${name}`);
  const key = name.includes(",") ? "to" : name.replace(/^#|\[@realm\]$|\.\.\.$|%$/g, "");
  return { key, kind: name as KindName };
}
