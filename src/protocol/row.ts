/**
 * One row of a dialect's table: the pattern of a request, and the reply to it. The compiler checks both against the operation's
 * input and output.
 */
import type { Code } from "../contract/codes.ts";
import type { Input, Operation, Output } from "../contract/operations.ts";
import type { Refusal } from "../contract/refusals.ts";
import type { Content, Listed } from "../contract/shapes.ts";
import type { Form } from "./form.ts";
import { atLeast } from "./length.ts";
import { Pattern, type PatternValues } from "./pattern.ts";
import { type Native, type ReplyTo, replies, type TextReply } from "./replies.ts";

/** A text for each code. */
export type Texts = Readonly<Record<Code, string>>;

/** How a result is told: a text, in `message` and `data` beside the result's own fields; or a function that gives the fields. */
type Reply<O extends Operation> = string | ((value: Output<O>, input: Input<O>) => object);

/** What few rows have. */
interface Extra<O extends Operation, G, C extends Code> {
  /** Values of the input that the words themselves mean. */
  readonly give?: G;
  /**
   * This row's own texts of refusals: by code, of those that its operation is refused with; or one for all codes. `{group}`
   * stands for a value of the request.
   */
  readonly errors?: string | { readonly [E in C]: E extends Refusal<O> ? string : never };
  /** What the request does, for `help`, if its operation's text does not fit. */
  readonly about?: string;
  /** A UUID after the first parameter is a token, live or not; elsewhere only a live one is. */
  readonly tokenAfterFirst?: boolean;
  /** Fits only if the value so named is a realm known here. */
  readonly onlyKnownRealm?: "own" | "realm";
  /** Only in its own dialect, not in `auto`, where it would take requests of another dialect. */
  readonly onlyByName?: boolean;
  /** How many raw bytes follow the request. */
  readonly body?: (input: Input<O>) => number;
  /** The raw bytes that follow the reply. */
  readonly content?: (value: Output<O>) => Content;
  /** The bytes that stand inside the reply as base64, where it has INLINED. */
  readonly inlined?: (value: Output<O>) => Content;
}

/** `unknown` if the pattern's and the given values are the operation's input; else an object type that says why not. */
type Fits<O extends Operation, P extends string, G> =
  PatternValues<P> & G extends Input<O>
    ? keyof (PatternValues<P> & G) extends keyof Input<O>
      ? unknown
      : { "a parameter that the operation does not know": Exclude<keyof (PatternValues<P> & G), keyof Input<O>> }
    : { "the pattern does not give what the operation needs": Input<O> };

/** A row, whatever its operation. */
export interface Row
  extends Pick<Extra<Operation, object, never>, "about" | "tokenAfterFirst" | "onlyKnownRealm" | "onlyByName"> {
  readonly operation: Operation;
  readonly pattern: Pattern;
  readonly reply: Reply<never>;
  readonly give: Readonly<Record<string, unknown>> | undefined;
  readonly errors: string | Partial<Texts> | undefined;
  readonly body: ((input: never) => number) | undefined;
  readonly content: ((value: never) => Content) | undefined;
  readonly inlined: ((value: never) => Content) | undefined;
  /** UTF-16 units that the reply has at least; undefined where it is short. */
  readonly atLeast: ((value: never) => number) | undefined;
  /** What the reply to a request that succeeded has; undefined where it is another dialect's own. */
  readonly form: Form<object> | undefined;
}

/** All rows have the same keys in the same order: V8 reads them fast. */
const none = {
  give: undefined,
  errors: undefined,
  about: undefined,
  tokenAfterFirst: undefined,
  onlyKnownRealm: undefined,
  onlyByName: undefined,
  body: undefined,
  content: undefined,
  inlined: undefined,
  atLeast: undefined,
  form: undefined,
};

/** One row of a dialect's table. @throws Error for a pattern that is none */
export function command<O extends Operation, const P extends string, G extends object = object, C extends Code = never>(
  operation: O,
  pattern: P & Fits<O, P, G>,
  reply: Reply<O>,
  extra: Extra<O, G, C> = {},
): Row {
  return { operation, pattern: new Pattern(pattern), reply, ...none, ...extra, atLeast: atLeast[operation] } as Row;
}

/** A reply as it is written: a list may be made as that is read. */
type Written<F> = { readonly [K in keyof F]: F[K] extends readonly (infer T)[] ? Listed<T> : F[K] };

/** A text, where the output's own fields are the rest of the reply; or a function that gives the fields. */
type FormedReply<O extends Native> =
  | (TextReply<O> extends ReplyTo<O> ? string : never)
  | ((value: Output<O>, input: Input<O>) => Written<ReplyTo<O>>);

/** A row whose reply has its operation's form, which clients read: the compiler compares them. @throws as `command` */
export function formed<O extends Native, const P extends string, G extends object = object, C extends Code = never>(
  operation: O,
  pattern: P & Fits<O, P, G>,
  reply: FormedReply<O>,
  extra: Extra<O, G, C> = {},
): Row {
  const row = command<O, P, G, C>(operation, pattern, reply as Reply<O>, extra);
  return { ...row, form: replies[operation] };
}
