/** One row of a dialect's table: which words ask for an operation, and which answer. The compiler holds it against the operation. */
import type { Code } from "../contract/codes.ts";
import type { Input, Operation, Output } from "../contract/operations.ts";
import type { Refusal } from "../contract/refusals.ts";
import type { Content } from "../contract/shapes.ts";
import { Pattern, type PatternValues } from "./pattern.ts";

/** A text for each code that there is. */
export type Texts = Readonly<Record<Code, string>>;

/** A text, given in `message` and `data` with the result's own fields beside it; or the reply's fields. */
export type Reply<O extends Operation> = string | ((value: Output<O>, input: Input<O>) => object);

/** Values of the operation's input that the words themselves mean. */
interface Extra<O extends Operation, G, C extends Code> {
  readonly give?: G;
  /**
   * Texts of this row's refusals, before the dialect's: of codes that its operation is refused with, or one for
   * whatever went wrong. `{group}` stands for a value of the request.
   */
  readonly errors?: string | { readonly [E in C]: E extends Refusal<O> ? string : never };
  readonly about?: string;
  /** A UUID after the first parameter is a token, live or not; elsewhere only a live one is. */
  readonly tokenAfterFirst?: boolean;
  /** Fits only if the value so named is a realm known here. */
  readonly onlyKnownRealm?: "own" | "realm";
  /** Not among the rows of a mixture: it would take another's words for its own. */
  readonly onlyByName?: boolean;
  /** How many raw bytes follow the request. */
  readonly body?: (input: Input<O>) => number;
  /** The raw bytes that follow the reply. */
  readonly content?: (value: Output<O>) => Content;
}

type Fits<O extends Operation, P extends string, G> =
  PatternValues<P> & G extends Input<O>
    ? keyof (PatternValues<P> & G) extends keyof Input<O>
      ? unknown
      : { "a parameter that the operation does not know": Exclude<keyof (PatternValues<P> & G), keyof Input<O>> }
    : { "the pattern does not give what the operation needs": Input<O> };

export interface Row {
  readonly operation: Operation;
  readonly pattern: Pattern;
  readonly give: Readonly<Record<string, unknown>> | undefined;
  readonly reply: Reply<never>;
  readonly errors: string | Partial<Texts>;
  readonly about: string | undefined;
  readonly tokenAfterFirst: boolean;
  readonly onlyKnownRealm: string | undefined;
  readonly onlyByName: boolean;
  readonly body: ((input: never) => number) | undefined;
  readonly content: ((value: never) => Content) | undefined;
}

/** One line of a dialect's table. */
export function command<O extends Operation, const P extends string, G extends object = object, C extends Code = never>(
  operation: O,
  pattern: P & Fits<O, P, G>,
  reply: Reply<O>,
  extra: Extra<O, G, C> = {},
): Row {
  return {
    operation,
    pattern: new Pattern(pattern),
    give: extra.give as Record<string, unknown> | undefined,
    reply: reply as Reply<never>,
    errors: extra.errors ?? {},
    about: extra.about,
    tokenAfterFirst: extra.tokenAfterFirst ?? false,
    onlyKnownRealm: extra.onlyKnownRealm,
    onlyByName: extra.onlyByName ?? false,
    body: extra.body,
    content: extra.content,
  };
}
