/** What people did and saw, as it is judged. A tick is a number that is higher whenever something happens later. */

/** What became of it: `refused`, and nothing of it may be there; `unknown`: the connection was lost before the answer. */
export type Fate = "kept" | "refused" | "unknown";

/** A message that somebody sent. */
export interface Saying {
  readonly from: string;
  readonly conversation: string;
  readonly text: string;
  /** The tick before it was sent, the first time if that was several times. */
  readonly asked: number;
  /** The tick at which its fate was known. */
  readonly answered: number;
  readonly fate: Fate;
  /** By which the server has answered. */
  readonly id?: string;
  readonly time?: string;
}

/** A message as it is shown, or told. */
export interface Shown {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly time: string;
}

/** The end of a conversation, as somebody saw it at some time. */
export interface Look {
  readonly who: string;
  readonly conversation: string;
  /** The tick before it was asked for. */
  readonly asked: number;
  readonly shown: readonly Shown[];
  /** There was nothing before it. */
  readonly isWhole: boolean;
}

/** What somebody was told: by one connection, or, as `messages` of the library tells it, over all of them. */
export interface Stream {
  readonly who: string;
  readonly told: readonly Shown[];
  /** What came after this message must be in it, to the last; undefined of one connection: from the first to the last of it. */
  readonly since: string | undefined;
}

/** A whole conversation, as one node shows it at the end. */
export interface Page {
  readonly node: string;
  readonly conversation: string;
  readonly shown: readonly Shown[];
}

export interface History {
  readonly sayings: readonly Saying[];
  readonly looks: readonly Look[];
  readonly streams: readonly Stream[];
  readonly pages: readonly Page[];
  /** Who is in which conversation. */
  readonly members: ReadonlyMap<string, readonly string[]>;
}

/** The name of a private conversation, whoever of the two says it; that of a group is its own, `#group`. */
export function between(a: string, b: string): string {
  return [a, b].toSorted().join(" ");
}
