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
  /** What was sent with it; its text is the file's name then. */
  readonly file?: Content;
}

export interface Content {
  readonly id: string;
  readonly sha256: string;
}

/** The answer to a message that was sent once more by the same id, at another node. */
export interface Repeat {
  readonly conversation: string;
  readonly text: string;
  readonly id: string;
  readonly time: string;
}

export type What = "edited" | "deleted" | "reacted" | "unreacted";

/** What somebody made of a message; asked for until it was acknowledged. */
export interface Altering {
  readonly by: string;
  readonly conversation: string;
  /** The id of the message. */
  readonly message: string;
  readonly what: What;
  /** The new one; the emoji. */
  readonly text: string;
  readonly asked: number;
  readonly answered: number;
  /** Some request for it had no answer: a node that stood still may do it at any time later. */
  readonly isDoubtful: boolean;
  /** The id by which others are told; undefined where it was so already. */
  readonly alteration?: string;
}

/** A message as it is shown; of one that is deleted only its id. */
export interface Shown {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly time: string;
  readonly isGone?: true;
  /** Who has reacted by each emoji. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
}

/** A message as it is told; or what became of one. */
export interface Told {
  /** In the order of the server. */
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly alters?: { readonly message: string; readonly what: What };
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
  readonly told: readonly Told[];
  /** What came after this message must be in it, to the last; undefined of one connection: from the first to the last of it. */
  readonly since: string | undefined;
}

/** A whole conversation, as one node shows it at the end. */
export interface Page {
  readonly node: string;
  readonly conversation: string;
  readonly shown: readonly Shown[];
}

/** All that `sync` of one node gives somebody at the end of what others have said and made of messages. */
export interface Account {
  readonly node: string;
  readonly who: string;
  readonly told: readonly Told[];
}

/** Somebody has read a conversation up to a message, as was acknowledged. */
export interface Mark {
  readonly who: string;
  readonly conversation: string;
  readonly id: string;
}

/** How much a node says at the end that somebody has not read. */
export interface Unread {
  readonly node: string;
  readonly who: string;
  readonly conversation: string;
  readonly count: number;
}

/** What a node gives for a file at the end; without a hash: there is none. */
export interface Download {
  readonly node: string;
  readonly file: string;
  readonly sha256: string | undefined;
}

/** Something was done with a secret, a password or a token; `tried`: whether it was good. */
export interface Access {
  readonly who: string;
  readonly secret: string;
  readonly is: "begun" | "ended" | "tried";
  readonly isGood?: boolean;
  readonly asked: number;
  readonly answered: number;
}

/** A message to another realm; sent until it was acknowledged, by one id. Its text is nobody else's. */
export interface Letter {
  /** With its realm. */
  readonly from: string;
  readonly conversation: string;
  readonly text: string;
}

/** A conversation over realms, as one realm's node shows it at the end. */
export interface LetterPage {
  readonly place: string;
  readonly conversation: string;
  readonly shown: readonly { readonly from: string; readonly text: string }[];
}

export interface History {
  readonly sayings: readonly Saying[];
  readonly repeats: readonly Repeat[];
  /** In the order in which they were acknowledged. */
  readonly alterings: readonly Altering[];
  /** Ids of messages of which nothing could be made: they were not there. */
  readonly missing: readonly string[];
  readonly looks: readonly Look[];
  readonly streams: readonly Stream[];
  readonly marks: readonly Mark[];
  readonly accesses: readonly Access[];
  /** Of each sender in his order. */
  readonly letters: readonly Letter[];

  readonly pages: readonly Page[];
  readonly accounts: readonly Account[];
  readonly unread: readonly Unread[];
  readonly downloads: readonly Download[];
  readonly letterPages: readonly LetterPage[];
  /** Every text that stands in PostgreSQL's table of messages. */
  readonly texts: readonly string[];
  /** Who is in which conversation. */
  readonly members: ReadonlyMap<string, readonly string[]>;
}

/** The name of a private conversation, whoever of the two says it; that of a group is its own, `#group`. */
export function between(a: string, b: string): string {
  return [a, b].toSorted().join(" ");
}
