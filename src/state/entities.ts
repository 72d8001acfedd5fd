/**
 * Users, groups, sessions, conversations, messages, files and realms as live objects. Everybody reads them; only `apply.ts`
 * changes them.
 */
import type { ItemResult } from "../contract/items.ts";
import type { Access, Alteration, FileInfo, MuteMode, Posting, Reach } from "../contract/shapes.ts";
import type { HeadsAsked } from "./changes.ts";
import type { RealmNames } from "./realm-names.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Something could not be written to disk, or read from it. */
export class StorageError extends Error {}

/** The store that nodes share does not answer. That is no fault, and it is said once, and not by each who asks. */
export class StoreLost extends StorageError {}

/** Another node goes on with an upload that was under way here, or has begun it anew. That is no fault either. */
export class PartTaken extends StorageError {}

/** Nothing of a turn was kept, because another node has come between: all of it can be done again. */
export class TurnLost extends Error {}

/** The same of a turn that had not waited for the order. */
export class Overtaken extends TurnLost {}

/**
 * Something was tried that a turn without the order may not do, as other nodes may change the state: it must be done again in a
 * turn that has it.
 */
export class WithoutOrder extends Error {}

/** What was read over several turns may have been undone meanwhile: it must be read again. */
export class Outdated extends Error {}

/** Somebody who sends and receives: a user of this realm, or of another. */
export interface Party {
  readonly id: number;
  /** As registered; compared by `key`, its lower-case form, with `@` and the realm's key if that is another. */
  name: string;
  readonly key: string;
  fullName: string;
  /** Another realm's key; undefined for this one. */
  readonly realm: string | undefined;
}

/** The sender of notices. `*` is no name: nobody can register it. */
export const SERVER: Party = { id: 0, name: "*", key: "*", fullName: "*", realm: undefined };

/** An account here. */
export interface User extends Party {
  readonly realm: undefined;
  readonly country: string;
  /** A PHC string; never leaves the server. */
  password: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** From when on the user, having asked for it, is erased; ms since 1970. */
  readonly erasing: number | undefined;
}

/** Whether a party is a user of this realm; the sender of notices is none. */
export function isUser(party: Party | undefined): party is User {
  return party !== undefined && party.realm === undefined && party !== SERVER;
}

/** Where a session is used from. */
export interface Whence {
  /** Empty over the control socket, and where an older version of this program did not keep it. */
  readonly address: string;
  /** What the client calls itself, or else its dialect; empty as `address`. */
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
  /** Set once the session has ended: code that holds the object must check it. */
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
  /** The administrator's name; undefined for whoever was at the control socket. */
  readonly by: string | undefined;
  readonly what: string;
  readonly target: string;
}

/** How far work is that goes from number to number over many turns. */
export interface Place {
  /** The newest number when it began; of messages, when it was looked at last. */
  readonly head: number;
  /**
   * Of users: all up to this number are done. Of messages: those from this number down to `floor`, without it, are still to be
   * done.
   */
  readonly next: number;
  readonly floor: number;
}

/** What takes many turns: what an operator has asked for, or the messages of a group that was deleted. */
export interface Errand extends Place {
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

/** An invitation: its code lets somebody make an account here. */
export interface Invitation {
  readonly id: number;
  /** SHA-256 of its code, base64. The code itself is not kept. */
  readonly hash: string;
  /** Accounts that can still be made with it. */
  uses: number;
  /** Milliseconds since 1970, as `created`. */
  readonly until: number;
  /** The group that a user who is registered with it joins. */
  readonly group: Group | undefined;
  /** Who made it, if it was a user. */
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

/** Since when a sender's private messages are hidden from a user, and why. */
export interface Hiding {
  /** `waiting`: a stranger, until the reader has accepted or `declined` the sender. */
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
  /** The number of its newest message; 0 for none, and `head` where nothing of the conversation is kept any more. */
  last: number;
  /** Per reader: everything up to this number has been read. */
  readonly read: Map<Party, number>;
}

/** What a group knows of a member. */
export interface Membership {
  /** Messages up to this number are from before the member joined. */
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

/** What can change of a group: its rules, and what is kept beside them. */
export interface GroupValues extends GroupRules {
  /** When its last member left, in ms since 1970; undefined while it has members. */
  readonly emptied: number | undefined;
  /** Its id at its home, if that is another realm and has told it. */
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
  /** It was deleted: nobody sees it any more. */
  gone: boolean;
  readonly created: number;
  readonly members: Map<Party, Membership>;
  readonly invited: Map<Party, GroupInvitation>;
  readonly bans: Map<Party, Sanction>;
  readonly silences: Map<Party, Sanction>;
  /** Other realms that have members, by key, and how many. */
  readonly realms: Map<string, number>;
  /** If its home is elsewhere: the home's number of the newest message that has come from there. */
  heard: number;
  /** The latest posts of users here that have come back from there: their millisecond, and the ids of all in it. */
  returned: { readonly time: number; readonly ids: Set<string> } | undefined;
}

/** A file's record; its content lies in the uploads folder. */
export interface StoredFile extends FileInfo {
  /** The party whose quota it takes: the first sender. */
  readonly owner: Party;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Its name in the uploads folder; undefined while its content is still to come from another realm, and once it is gone. */
  stored: string | undefined;
  /** Its content is gone for good. */
  gone: boolean;
  /** The realm that its content comes from, by key, and its id there. */
  readonly origin?: { readonly realm: string; readonly id: string } | undefined;
}

/** A message as the state has it. */
export interface StoredMessage {
  /** 1, 2, 3 … in the order of acceptance. */
  readonly seq: number;
  readonly conversation: Conversation;
  /** The previous message of the same conversation, 0 for none. */
  readonly prev: number;
  readonly sender: Party;
  readonly time: number;
  readonly text: string;
  readonly file: StoredFile | undefined;
  /** Its id in the realm that it comes from, if that is another. */
  readonly origin: string | undefined;
  /** The number of the message of the same conversation that it answers, 0 for none. */
  readonly reply: number;
  /** Set if the row is no message but an alteration of one. */
  readonly alters: Alters | undefined;
  /** Its alterations; its text and file are as they are after these. */
  readonly altered: Alterations | undefined;
}

/** An alteration, as a row of its conversation. */
export interface Alters {
  /** The number of the message. */
  readonly target: number;
  readonly what: Alteration;
  /** Of an edit: the number of the edit before it, 0 for none. */
  readonly former: number;
  /** The number of the newest message of the conversation before this row. */
  readonly last: number;
}

/** All alterations of a message. */
export interface Alterations {
  /** The newest edit: its number and time; and the message's first text. */
  readonly edited: { readonly seq: number; readonly time: number; readonly first: string } | undefined;
  readonly deleted: boolean;
  /** By emoji, oldest first: who reacted, and the number of that row. */
  readonly reactions: ReadonlyMap<string, ReadonlyMap<Party, number>>;
}

/** What is known of a realm, besides its name and results. */
export interface RealmFields {
  /** The operator has removed it: nothing goes there or comes from there any more. */
  ended: boolean;
  host: string | undefined;
  port: number | undefined;
  /** The operator has named it, at whatever address: another key from the operator changes it, and does not end it. */
  named: boolean;
  /** It has linked over an encrypted channel: without encryption nobody can pass for it as an older server. */
  encrypted: boolean;
  /** Who gave its address: somebody who may name private addresses, another user, or the realm itself. */
  given: "operator" | "user" | "peer";
  /** The public key that it has proven to have, base64url. */
  pinned: string | undefined;
  /** The highest number of its items that was accepted. */
  received: number;
}

/** Another server, known by name. */
export interface Realm extends RealmFields {
  readonly name: string;
  /** The name in lower case. */
  readonly key: string;
  /** The results of its latest items, other than plain acceptance, by number: an item that is sent again gets the same. */
  results: ReadonlyMap<number, ItemResult>;
  headsAsked: HeadsAsked;
  /** The node that its link is on, where there are several. */
  linkedOn: number | undefined;
  names: RealmNames;
  readonly gaps: Map<Group, Gap>;
}

/** The messages of a group that a realm has missed, as far as they were sent again. */
export interface Gap {
  /** The last item that sent one again: results of earlier items say nothing new. */
  n: number;
  /** Messages that the realm has refused for good, by number: they are not sent again. */
  readonly refused: Set<number>;
}

/** An item that waits until its realm has confirmed it. */
export interface OutboxItem {
  /** Strictly growing for a realm, over restarts too: microseconds since 1970, or one more than the last. */
  readonly n: number;
  /** A JSON object, without `n`. */
  readonly body: string;
}

/**
 * A request that waits for the result of an item, on a node, by number. If the realm refuses the item, the copies (numbers of
 * messages) are withdrawn and the user's own ids for them are free again: as if nothing had been sent.
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

/** Somebody, a realm or a network that may not use this server. */
export interface Ban {
  /** As contract/ban-target.ts writes it, names in lower case. */
  readonly target: string;
  /** Empty if none was given. */
  readonly reason: string;
  /** When it ends, in ms since 1970; undefined: only when it is lifted. */
  readonly until: number | undefined;
  /** The administrator's name; undefined for whoever was at the control socket. */
  readonly by: string | undefined;
  readonly time: number;
}

/** A file that was given to somebody, or to a group. */
export interface Share {
  readonly file: StoredFile;
  readonly from: Party;
  readonly to: Party | Group;
  /** The number of the message that gave it, if that is here. */
  readonly message: number | undefined;
  /** A later share has a higher one: two may be of the same millisecond. */
  readonly order: number;
}
