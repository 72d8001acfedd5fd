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

/** Nothing was kept of a turn, for another node has come between: all of it can be done again. */
export class TurnLost extends Error {}

/** Something would change while other nodes may change the state: it must be done again in a turn of this node. */
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
  /** From when on he is erased, as he has asked for; ms since 1970. */
  readonly erasing: number | undefined;
}

/** Whether a party is a user of this realm; the sender of notices is none. */
export function isUser(party: Party | undefined): party is User {
  return party !== undefined && party.realm === undefined && party !== SERVER;
}

/** Where a session is used. */
export interface Whence {
  /** Empty over the control socket, and where an older program has not kept it. */
  readonly address: string;
  /** What the client says that it is, or else the dialect that it speaks; empty as `address`. */
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
  /** Set once the session has ended: who holds the object must check it. */
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

/** What an operator has done. */
export interface Act {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The administrator's name; undefined for whoever was at the control socket. */
  readonly by: string | undefined;
  readonly what: string;
  readonly target: string;
}

/** Where something is that goes from number to number over many turns. */
export interface Place {
  /** The newest there was when it began; of messages, when it was looked at last. */
  readonly head: number;
  /** Of users, up to this one all are done; of messages, from this one down to `floor`, which is not one of them, none is. */
  readonly next: number;
  readonly floor: number;
}

/** What an operator has begun and what takes many turns. */
export interface Errand extends Place {
  readonly id: number;
  /** What everybody is told, of an announcement. */
  readonly text: string | undefined;
  /** Whose account is deleted, and what he has said. */
  readonly user: User | undefined;
  /** How many were told; how many messages were deleted. */
  readonly done: number;
}

/** What lets somebody make an account here, by a code. */
export interface Invitation {
  readonly id: number;
  /** SHA-256 of its code, base64. The code itself is not kept. */
  readonly hash: string;
  /** Accounts that can still be made with it. */
  uses: number;
  /** Milliseconds since 1970, as `created`. */
  readonly until: number;
  /** What whoever comes by it joins. */
  readonly group: Group | undefined;
  /** Who made it, if it was a user. */
  readonly by: User | undefined;
  readonly created: number;
}

/** What a user has set for himself. */
export interface Settings {
  /** Who may write to him, beside those with whom he has spoken. */
  readonly allow: "everyone" | "known";
  /** Whether nobody puts him into a group. */
  readonly refuseGroups: boolean;
  /** Whether others see if he is there. */
  readonly presence: boolean;
  /** He is away, with what he says of it, which may be empty; undefined while he is not. */
  readonly away: string | undefined;
  /** What he says of himself, if he does. */
  readonly status: string | undefined;
}

/** How a conversation is muted, and since when. */
export interface Mute {
  readonly mode: MuteMode;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Since when all that a sender says privately is hidden from somebody, and why. */
export interface Hiding {
  /** `waiting` until the reader, who lets only those write to him whom he knows, has accepted or `declined` him. */
  readonly why: "blocked" | "waiting" | "declined";
  /** What has a higher number is hidden. */
  readonly after: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** All messages between two parties, or of a group. */
export interface Conversation {
  readonly id: number;
  readonly of: { readonly a: Party; readonly b: Party } | Group;
  /** Number of its newest message, or of what became of one since; 0 for none. */
  head: number;
  /** Number of its newest message, 0 for none; where nothing of it is kept any more, `head`. */
  last: number;
  /** Per reader: everything up to this number has been read. */
  readonly read: Map<Party, number>;
}

/** What a group knows of a member. */
export interface Membership {
  /** Messages up to this number were there before the member joined. */
  readonly since: number;
  /** Who joined later has the higher one. */
  readonly order: number;
  moderator: boolean;
  mute: Mute | undefined;
}

/** What the owner and the moderators of a group have decided; PROTOCOL.md, "Groups". */
export interface GroupRules {
  /** One line, or empty. */
  readonly topic: string;
  readonly access: Access;
  /** Whether who joins sees what was said before. */
  readonly history: Reach;
  readonly posting: Posting;
  /** Whether those who are not in it are told that it is there, also where it is not open. */
  readonly listed: boolean;
  /** Messages are shown for this long; 0: for ever. */
  readonly keepDays: number;
  /** A member may say something once in this time; 0: at any time. */
  readonly slowSeconds: number;
}

/** What changes of a group: its rules, and what is kept beside them. */
export interface GroupValues extends GroupRules {
  /** When its last member left, in ms since 1970; undefined while it has members. */
  readonly emptied: number | undefined;
  /** Its id at its home, if that is another realm and has told. */
  readonly homeId: string | undefined;
}

/** What a group has of somebody for a time: a ban, or that he may say nothing. */
export interface Sanction {
  /** Milliseconds since 1970; undefined: until it is taken back. */
  readonly until: number | undefined;
  readonly by: Party;
  readonly time: number;
}

/** Somebody was asked to join a group. */
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
  /** Whose space it takes: who sent it first. */
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
  /** If it is no message, but says what became of one: nobody is told of it as of a message. */
  readonly alters: Alters | undefined;
  /** What has become of it, as its text and file are after that. */
  readonly altered: Alterations | undefined;
}

/** What became of a message, as a row of its conversation. */
export interface Alters {
  /** The number of the message. */
  readonly target: number;
  readonly what: Alteration;
  /** Of an edit: the number of the edit before it, 0 for none. */
  readonly former: number;
  /** The number of the newest message of the conversation before this row. */
  readonly last: number;
}

/** All that has become of a message. */
export interface Alterations {
  /** The newest edit: its number, its time, and the text before the first. */
  readonly edited: { readonly seq: number; readonly time: number; readonly first: string } | undefined;
  readonly deleted: boolean;
  /** By emoji, the oldest first: who, and the number of the row that says so. */
  readonly reactions: ReadonlyMap<string, ReadonlyMap<Party, number>>;
}

/** What is known of a realm, besides its name and results. */
export interface RealmFields {
  /** The realm of that name is gone: nothing goes there or comes from there any more. */
  ended: boolean;
  host: string | undefined;
  port: number | undefined;
  /** The operator has named it, by whatever address: its name gives way to no other. */
  named: boolean;
  /** It has linked over an encrypted channel: no unsigned word makes an older server of it. */
  encrypted: boolean;
  /** Who gave its address: somebody who may name private ones, another user, or the realm itself. */
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
  /** The results of its latest items that were not plainly accepted, by number: a repeat is answered the same. */
  results: ReadonlyMap<number, ItemResult>;
  headsAsked: HeadsAsked;
  /** The node that its link is on, where there are several. */
  linkedOn: number | undefined;
  names: RealmNames;
  readonly gaps: Map<Group, Gap>;
}

/** Messages of a group that a realm has missed and was sent again. */
export interface Gap {
  /** The last item that sent one again: results of earlier items tell nothing new. */
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
 * What waits for the result of an item: a request on a node, by its number. If the realm refuses the item, the copies (numbers of
 * messages) are withdrawn, and what the user's own ids stood for is forgotten: the request has then changed nothing.
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
  /** Of two, the one that was given later has the higher one: they may be of the same millisecond. */
  readonly order: number;
}
