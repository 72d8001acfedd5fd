/**
 * Users, groups, sessions, conversations, messages, files and realms as live objects. Any code may read them; only `apply.ts`
 * changes them.
 */
import type { ItemResult } from "../contract/items.ts";
import type { Access, Alteration, FileInfo, MuteMode, Posting, Reach } from "../contract/shapes.ts";
import type { HeadsAsked } from "./changes.ts";
import type { RealmNames } from "./realm-names.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Something could not be written to the disk or the store, or read from it. */
export class StorageError extends Error {}

/** What is stored is damaged: who reads it again finds it so again. */
export class Damaged extends StorageError {}

/**
 * The store that nodes share does not answer. It is logged once, when the store is lost, so callers need not log it again as a
 * fault.
 */
export class StoreLost extends StorageError {}

/** Another node goes on with an upload that was under way here, or has begun it anew. That is no fault either. */
export class PartTaken extends StorageError {}

/** This node's own copy of its store was damaged, and is removed: a log that is opened once more makes it anew. */
export class DamagedCopy extends Error {}

/**
 * Nothing of a turn was committed, because another node has committed first or has the order now. All of it can be done again.
 */
export class TurnLost extends Error {}

/** The same for a presumed turn, of which that is expected now and then. */
export class Overtaken extends TurnLost {}

/**
 * A turn without the order has tried what it must not do: other nodes may change the state at the same time, or it could not be
 * done again. The request must be executed again in a turn with the order.
 */
export class WithoutOrder extends Error {}

/** A request has read the state over several turns, and one of them was undone meanwhile: it must read all of it again. */
export class Outdated extends Error {}

/** Somebody who sends and receives: a user of this realm, or of another. */
export interface Party {
  readonly id: number;
  /**
   * As registered. Names are compared by `key`: the name in lower case, with `@` and the realm's key if that is another realm.
   */
  name: string;
  readonly key: string;
  fullName: string;
  /** Another realm's key; undefined for this one. */
  readonly realm: string | undefined;
}

/** The server itself, as the sender of notices. Nobody can register the name `*`. */
export const SERVER: Party = { id: 0, name: "*", key: "*", fullName: "*", realm: undefined };

/** An account here. */
export interface User extends Party {
  readonly realm: undefined;
  readonly country: string;
  /** A PHC string; never leaves the server. */
  password: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** When the user, who has asked for it, will be erased, in ms since 1970; undefined if that was not asked for. */
  readonly erasing: number | undefined;
}

/** Whether a party is a user of this realm. `SERVER` is none. */
export function isUser(party: Party | undefined): party is User {
  return party !== undefined && party.realm === undefined && party !== SERVER;
}

/** Where a session is used from. */
export interface Whence {
  /** An IP address. Empty over the control socket, and in sessions of older versions of this program, which did not keep it. */
  readonly address: string;
  /** What the client calls itself, or else its dialect. Empty in the same cases as `address`. */
  readonly client: string;
}

/** A login, by token. */
export interface Session {
  readonly id: number;
  /** SHA-256 of the token, base64. The token itself is not kept. */
  readonly hash: string;
  readonly user: User;
  readonly created: number;
  /** Last use, to the hour; milliseconds since 1970, as `created`. */
  used: number;
  /** Where it was used last. */
  at: Whence;
  /** Whether the session has ended. Code that keeps the object over several turns must check it. */
  closed: boolean;
}

/** A message that a user has shown to the operator, as it was. */
export interface Report {
  readonly id: number;
  readonly by: User;
  /** The message's id. */
  readonly message: string;
  readonly sender: Party;
  readonly group: Group | undefined;
  readonly text: string;
  /** The name of its file. */
  readonly file: string | undefined;
  /** Milliseconds since 1970, as `time`. */
  readonly sent: number;
  /** Empty where none was given. */
  readonly why: string;
  readonly time: number;
}

/** An act of an operator, in the audit log. */
export interface Act {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The administrator's name; undefined for the operator at the control socket. */
  readonly by: string | undefined;
  readonly what: string;
  readonly target: string;
}

/** The progress of an errand, which goes through users or messages by number. */
export interface Progress {
  /**
   * Of users: the newest number when the errand began. Of messages: the newest number when the errand looked last; of those of a
   * group, 0 while they are looked for among all messages (see gone.ts).
   */
  readonly head: number;
  /** Of users: all up to this number are done. Of messages: from this number down to `floor`, exclusive, none are done. */
  readonly next: number;
  readonly floor: number;
}

/** Work that takes many turns: an announcement, or the deletion of an account or of a group's messages. It survives a restart. */
export interface Errand extends Progress {
  readonly id: number;
  /** The text, if it is an announcement. */
  readonly text: string | undefined;
  /** The user whose account and messages are deleted, if it is a deletion. */
  readonly user: User | undefined;
  /** The group that was deleted, and whose messages are being removed. */
  readonly group: Group | undefined;
  /** How many users were told, or messages deleted. */
  readonly done: number;
}

/** An invitation to this server: its code lets somebody make an account. */
export interface Invitation {
  readonly id: number;
  /** SHA-256 of its code, base64. The code itself is not kept. */
  readonly hash: string;
  /** Accounts that can still be made with it. */
  uses: number;
  /** Milliseconds since 1970, as `created`. */
  readonly until: number;
  /** The group that accounts made with it join. */
  readonly group: Group | undefined;
  /** The user who made it; undefined for the operator. */
  readonly by: User | undefined;
  readonly created: number;
}

/** The settings of a user. */
export interface Settings {
  /** `known`: strangers have to wait until the user accepts them. */
  readonly allow: "everyone" | "known";
  /** Whether nobody may put the user into a group. */
  readonly refuseGroups: boolean;
  /** Whether others see that the user is there. */
  readonly presence: boolean;
  /** The user's away note, which may be empty; undefined while the user is not away. */
  readonly away: string | undefined;
  /** The user's status text, if any. */
  readonly status: string | undefined;
}

/** How a conversation is muted, and since when. */
export interface Mute {
  readonly mode: MuteMode;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Why a sender's private messages are hidden from a user, and since when. */
export interface Hiding {
  /** `waiting`: the sender is a stranger, whom the reader has not accepted yet; `declined`: and does not want to. */
  readonly why: "blocked" | "waiting" | "declined";
  /** Messages with a higher number are hidden. */
  readonly after: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** All messages between two parties, or of a group. */
export interface Conversation {
  readonly id: number;
  readonly of: { readonly a: Party; readonly b: Party } | Group;
  /** The number of its newest row, a message or an alteration; 0 for none. */
  head: number;
  /** The number of its newest message; 0 if there never was one, and `head` if all messages of the conversation were removed. */
  last: number;
  /** By reader: the read marker, up to which (inclusive) everything has been read. */
  readonly read: Map<Party, number>;
}

/** What is kept of a member of a group. */
export interface Membership {
  /** Messages up to this number (inclusive) are older than the membership. */
  readonly since: number;
  /** A member who joined later has a higher one. */
  readonly order: number;
  moderator: boolean;
  mute: Mute | undefined;
}

/** What the owner and the moderators of a group have decided; PROTOCOL.md, "Running a group". */
export interface GroupRules {
  /** One line, or empty. */
  readonly topic: string;
  readonly access: Access;
  /** Whether new members see what was said before they joined. */
  readonly history: Reach;
  readonly posting: Posting;
  /** Whether those who are not in it see that it exists, even if it is not open. */
  readonly listed: boolean;
  /** Messages are shown for this long; 0: for ever. */
  readonly keepDays: number;
  /** A member may say something once in this time; 0: at any time. */
  readonly slowSeconds: number;
}

/** The values of a group that can change: its rules, and what is kept beside them. */
export interface GroupValues extends GroupRules {
  /** When its last member left, in ms since 1970; undefined while it has members. */
  readonly emptied: number | undefined;
  /** Its id at its home, if that is another realm that has told it. */
  readonly homeId: string | undefined;
}

/** A ban from a group, or a silence in it. */
export interface Sanction {
  /** Milliseconds since 1970; undefined: until it is lifted. */
  readonly until: number | undefined;
  readonly by: Party;
  readonly time: number;
}

/** An invitation of a user to a group. */
export interface GroupInvitation {
  readonly by: Party;
  readonly time: number;
}

/** A group of this realm, or of another that has members here. */
export interface Group extends Mutable<GroupValues> {
  readonly id: number;
  name: string;
  /** Lower case: the name, with `@` and its home's key if that is another realm. */
  key: string;
  /** Its home's key, if that is another realm. */
  readonly realm: string | undefined;
  owner: Party;
  /** Whether it was deleted. The object stays for the messages that still refer to it, but nobody can find the group. */
  gone: boolean;
  readonly created: number;
  readonly members: Map<Party, Membership>;
  readonly invited: Map<Party, GroupInvitation>;
  readonly bans: Map<Party, Sanction>;
  readonly silences: Map<Party, Sanction>;
  /** How many members other realms have in it, by key of the realm. */
  readonly realms: Map<string, number>;
  /** If its home is another realm: the number, as counted there, of the newest message that has come from it. */
  heard: number;
  /**
   * If its home is another realm: the latest post of a user here that has come back from it. `time`: its millisecond; `ids`: of
   * all posts of that millisecond. By that a repeated one is recognised.
   */
  returned: { readonly time: number; readonly ids: Set<string> } | undefined;
}

/** A file's record; its content lies in the uploads folder. */
export interface StoredFile extends FileInfo {
  /** The party whose quota it counts against: its first sender. */
  readonly owner: Party;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Its name in the uploads folder; undefined while its content is still to come from another realm, and after it is gone. */
  stored: string | undefined;
  /** Whether its content was removed, or will never come. */
  gone: boolean;
  /** The realm that its content comes from, by key, and its id there. */
  readonly origin?: { readonly realm: string; readonly id: string } | undefined;
}

/** A row of a conversation: a message, with its alterations applied, or an alteration of one (`alters`). */
export interface StoredMessage {
  /** 1, 2, 3 … in the order of acceptance. */
  readonly seq: number;
  readonly conversation: Conversation;
  /** The number of the previous row of the same conversation, 0 for none. */
  readonly prev: number;
  readonly sender: Party;
  readonly time: number;
  readonly text: string;
  readonly file: StoredFile | undefined;
  /** Its id in the realm that it comes from, if that is another. */
  readonly origin: string | undefined;
  /** The number of the message of the same conversation that it answers, 0 for none. */
  readonly reply: number;
  /** Set if the row is not a message, but an alteration of one. */
  readonly alters: Alters | undefined;
  /** What was altered of it, if anything. `text` and `file` are already as they are after that. */
  readonly altered: Alterations | undefined;
}

/**
 * What an alteration refers to. An alteration is an edit, a deletion, a reaction, a pin, and so on; it is a row of its
 * conversation.
 */
export interface Alters {
  /** The number of the message. */
  readonly target: number;
  readonly what: Alteration;
  /** Of an edit: the number of the edit before it, 0 for none. */
  readonly former: number;
  /** The number of the newest message of the conversation before this row. */
  readonly last: number;
}

/** All that was altered of a message. */
export interface Alterations {
  /** The newest edit: its number and time; and the message's first text. */
  readonly edited: { readonly seq: number; readonly time: number; readonly first: string } | undefined;
  readonly deleted: boolean;
  /** By emoji, the oldest first: who has reacted with it, and the number of the reaction's row. */
  readonly reactions: ReadonlyMap<string, ReadonlyMap<Party, number>>;
}

/** What is kept of another realm, besides its name and results. */
export interface RealmFields {
  /** Whether the operator has removed it: nothing is sent to it or accepted from it any more. */
  ended: boolean;
  host: string | undefined;
  port: number | undefined;
  /**
   * Whether the operator has added it, or anybody who is trusted like him (`--trust-loopback`). If the operator gives it another
   * key, that replaces the pinned one; a realm that only users have added is ended instead.
   */
  named: boolean;
  /**
   * Whether it has ever linked over an encrypted channel. If so it is never taken for an older server, which is dialled
   * unencrypted.
   */
  encrypted: boolean;
  /**
   * Who gave its address: the operator (or who is trusted like him), a user, or the realm itself. Only the first may name private
   * ones.
   */
  given: "operator" | "user" | "peer";
  /** The public key that it has proven to own, base64url. */
  pinned: string | undefined;
  /** The highest number of an item that was accepted from it. */
  received: number;
}

/** Another server, known by name. */
export interface Realm extends RealmFields {
  readonly name: string;
  /** The name in lower case. */
  readonly key: string;
  /**
   * The results of its latest items, but not plain acceptances, by number of the item: one that is sent again gets the same
   * result.
   */
  results: ReadonlyMap<number, ItemResult>;
  headsAsked: HeadsAsked;
  /** The number of the node that has the link to it; undefined: there is no link, or there is only one node. */
  linkedOn: number | undefined;
  names: RealmNames;
  readonly gaps: Map<Group, Gap>;
}

/** Messages of a group here that a realm with members has missed: what is known of sending them again. */
export interface Gap {
  /** The number of the last item that has sent one again. Results of earlier items are outdated. */
  n: number;
  /** The numbers of messages that the realm has refused for good: they are not sent again. */
  readonly refused: Set<number>;
}

/** An item that waits in the outbox until its realm has confirmed it. */
export interface OutboxItem {
  /** Strictly rising for each realm, also over restarts: microseconds since 1970, or one more than the last if that is higher. */
  readonly n: number;
  /** A JSON object, without `n`. */
  readonly body: string;
}

/**
 * A request that waits for the result of an item. `node`: the number of the node where it waits. If the realm refuses the item,
 * everything is as if nothing had been sent: the messages `copies` (by number) are withdrawn, and the ids `clientIds` that `user`
 * has given them may be used again.
 */
export interface Awaited {
  readonly node: number;
  readonly copies: readonly number[];
  readonly user: number;
  readonly clientIds: readonly string[];
}

/** How much waits in a realm's outbox: items, and UTF-16 units of their bodies. */
export interface Backlog {
  readonly items: number;
  readonly size: number;
}

/** A ban from this server, of a user, a realm or a network. */
export interface Ban {
  /** As contract/ban-target.ts writes it, names in lower case. */
  readonly target: string;
  /** Empty if none was given. */
  readonly reason: string;
  /** When it ends, in ms since 1970; undefined: only when it is lifted. */
  readonly until: number | undefined;
  /** The administrator's name; undefined for the operator at the control socket. */
  readonly by: string | undefined;
  readonly time: number;
}

/** That a file was given to somebody, or to a group. */
export interface Share {
  readonly file: StoredFile;
  readonly from: Party;
  readonly to: Party | Group;
  /** The number of the message that gave it; undefined if that message is kept by another realm. */
  readonly message: number | undefined;
  /** Rises with each share since the start of the server. */
  readonly order: number;
}
