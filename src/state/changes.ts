/**
 * Changes: all that can happen to the state, as facts in the past tense. They hold numbers and values, no live objects. Times,
 * ids and hashes are already decided, so that applying a change is deterministic and the whole state can be rebuilt from its
 * changes. `apply.ts` puts a change into the model and takes it out again, each log keeps it, and `operations/follow.ts` says who
 * is told.
 */
import type { UserShown } from "../contract/hints.ts";
import type { ItemResult } from "../contract/items.ts";
import type { Alteration, Role } from "../contract/shapes.ts";
import type { Alters, Awaited, Ban, GroupValues, Hiding, Mute, RealmFields, Settings, Whence } from "./entities.ts";
import type { GivenPage } from "./given-pages.ts";

/**
 * The fields of each kind of change. `user`, `sender`, `owner`, `from` and `by` are numbers of users or of parties of other
 * realms, `group` is the number of a group, and `realm` a realm's key. Times are milliseconds since 1970. "Not kept": the change
 * is transient, see `isPassing`.
 */
interface Changes {
  // People
  /** A user of this realm. `password`: a PHC string. */
  "user.added": { id: number; name: string; fullName: string; country: string; password: string; time: number };
  /** A user of another realm. */
  "party.added": { id: number; name: string; realm: string; fullName: string };
  "party.renamed": { id: number; name: string; fullName: string };
  "password.changed": { user: number; password: string };
  /** A sender's private messages are hidden from a user here. `after`, `why`, `time`: see `Hiding`. */
  "sender.hidden": { reader: number; sender: number } & Hiding;
  /**
   * Later messages of the sender are shown again. `after`: as in `sender.hidden`; `upTo`: the newest message that stays hidden.
   */
  "sender.shown": { reader: number; sender: number; after: number; upTo: number };
  /** All settings of a user here; they replace those before. */
  "settings.changed": { user: number } & Settings;
  /** A user mutes a private conversation, or a group that the user is in. `mute`: undefined ends the mute. */
  "conversation.muted": { user: number; of: Holder; mute: Mute | undefined };
  /** A user here was online up to `time`. Noted from time to time: see services/seen.ts. */
  "user.seen": { user: number; time: number };
  /** A user's first connection to a node was opened, or the last one closed. Only where there are several nodes. */
  "user.came": { user: number; node: number };
  "user.went": { user: number; node: number };
  /** A node has ended, or its lease has expired: nobody is online on it any more. */
  "node.ended": { node: number };
  /** `was`: the former name, which stays reserved for this user. */
  "user.renamed": { user: number; name: string; was: string };
  /** The user has asked to be erased. `at`: from when on that is done; undefined cancels it. */
  "user.erasing": { user: number; at: number | undefined };
  /**
   * An account is deleted, with the user's settings. Its messages stay under its name, which nobody else gets. `erased`: the full
   * name and the country are removed, too.
   */
  "user.deleted": { user: number; erased: boolean };
  /** All connections that use an account are closed. Not kept. */
  "user.expelled": { user: number };
  /**
   * A password or an invitation's code was tried on a node. `address`: the client's; `name`: the user's name as the client gave
   * it, or what stands for codes; `right`: whether it was the right one. Not kept, like the next one: a node that starts knows of
   * no earlier tries.
   */
  "password.tried": { node: number; address: string; name: string; right: boolean; time: number };
  /** Somebody at an address is making an account on a node, without an invitation. */
  "account.asked": { node: number; address: string; time: number };
  // Sessions
  /** `hash`: SHA-256 of the token, base64. */
  "session.opened": { id: number; user: number; hash: string; time: number } & Whence;
  "session.used": { id: number; time: number } & Whence;
  "session.ended": { id: number };
  // Invitations
  /**
   * `hash`: SHA-256 of the code, base64; `uses`: how many accounts can be made with it; `group`: which these join; `by`: the user
   * who made it, undefined for the operator.
   */
  "invitation.made": {
    id: number;
    hash: string;
    uses: number;
    until: number;
    group: number | undefined;
    by: number | undefined;
    time: number;
  };
  "invitation.used": { id: number };
  "invitation.ended": { id: number };
  // Bans
  /** Replaces an earlier ban of the target. */
  "ban.added": Ban;
  "ban.lifted": { target: string };
  // Reports
  /**
   * A user reports a message to the operator. `message`: its id; `text`, `file` (a name), `sent`: as it was then; `why`: the
   * reason.
   */
  "report.made": {
    id: number;
    by: number;
    message: string;
    sender: number;
    group: number | undefined;
    text: string;
    file: string | undefined;
    sent: number;
    why: string;
    time: number;
  };
  /** The user who has reported is erased: `why` is removed. */
  "report.emptied": { id: number };
  "report.ended": { id: number };
  // Operators
  "act.noted": { id: number; time: number; by: string | undefined; what: string; target: string };
  /**
   * One of `text` (of an announcement), `user` (whose account is deleted) and `group` (which was deleted) is set. The rest: see
   * `Progress`.
   */
  "errand.begun": {
    id: number;
    text: string | undefined;
    user: number | undefined;
    group: number | undefined;
    head: number;
    next: number;
    floor: number;
  };
  "errand.reached": { id: number; head: number; next: number; floor: number; done: number };
  "errand.ended": { id: number; user: number | undefined; group: number | undefined; done: number };
  // Groups
  /** `realm`: the group's home, if that is another realm; `heard`: see `Group`. */
  "group.made": {
    id: number;
    name: string;
    realm: string | undefined;
    owner: number;
    heard: number;
    time: number;
  };
  /** `by`, here and below: who did it; undefined where nobody did (the server itself), or where that is not known. */
  "group.changed": { group: number; values: Partial<GroupValues>; by: number | undefined };
  /** `heldUntil`: until then only the owner can give the old name to a group; undefined for a group of another realm. */
  "group.renamed": { group: number; name: string; heldUntil: number | undefined; by: number | undefined };
  "group.deleted": { group: number; heldUntil: number | undefined; by: number | undefined };
  /**
   * `since`: messages up to this number are older than the membership. `order`: rises with each member. `quiet`: no event
   * follows, as for a group's first owner, or a member learnt from the home's list. `by`: who put the user in, if that was
   * somebody else.
   */
  "member.joined": {
    group: number;
    user: number;
    since: number;
    order: number;
    quiet: boolean;
    by: number | undefined;
  };
  /** `by`: who kicked the user, if anybody did; `why`: the reason given. */
  "member.left": { group: number; user: number; quiet: boolean; by: number | undefined; why: string | undefined };
  /** Gives a role to one member only. Where a new owner is named, the old one's role is another change. */
  "role.changed": { group: number; user: number; role: Role; by: number | undefined };
  "member.invited": { group: number; user: number; by: number; time: number };
  "member.uninvited": { group: number; user: number };
  /** `until`: when it ends; undefined: only when it is lifted. */
  "member.banned": { group: number; user: number; by: number; time: number; until: number | undefined };
  "member.unbanned": { group: number; user: number; by: number | undefined };
  "member.silenced": { group: number; user: number; by: number; time: number; until: number | undefined };
  "member.unsilenced": { group: number; user: number; by: number | undefined };
  /** A message has come from a group's home. `seq`: its number there; `own`: its post, if a user here had sent it there. */
  "group.heard": { group: number; seq: number; own: { readonly id: string; readonly time: number } | undefined };
  // Conversations and messages
  /** A reply with a user's new messages is on its way: see `GivenPage`. Not kept, like the next one. */
  "page.given": GivenPage;
  /** That reply has left, or cannot leave any more. */
  "page.ended": Omit<GivenPage, "upTo">;
  "conversation.started": { id: number; of: { readonly a: number; readonly b: number } | { readonly group: number } };
  /**
   * `seq`: 1, 2, 3 … in the order of acceptance; `prev`: the row before it in its conversation, 0 for none; `origin`: its id in
   * the realm that it comes from, if that is another; `read`: its sender has read everything before it, so this counts as read,
   * too.
   */
  "message.appended": {
    seq: number;
    conversation: number;
    prev: number;
    sender: number;
    time: number;
    text: string;
    file: string | undefined;
    origin: string | undefined;
    /** As of `StoredMessage`. */
    reply: number;
    alters: Alters | undefined;
    read: boolean;
  };
  /**
   * The message `target` is altered, by `user`. `seq`: the alteration's own row; `text`: the new text, or the emoji; `emptied`:
   * earlier edits of a message that is deleted, whose texts are removed with it.
   */
  "message.altered": {
    target: number;
    seq: number;
    what: Alteration;
    user: number;
    time: number;
    text: string;
    emptied: readonly number[];
  };
  /** A conversation's newest row is taken out of it, as if nothing had been sent. `last`: the newest message after that. */
  "message.withdrawn": { seq: number; conversation: number; prev: number; last: number };
  /**
   * Messages of a conversation are removed for good: its oldest, because of their age, or those of a group that was deleted.
   * `seqs`: their rows, rising; `emptied`: rows of later edits of them, whose texts are removed, too.
   */
  "messages.removed": { conversation: number; seqs: readonly number[]; emptied: readonly number[] };
  "conversation.read": { conversation: number; user: number; seq: number };
  /** A party is typing. `fromHome`: it was told by the group's home, which is another realm. Not kept. */
  "typing.told": { by: number; to: Holder; fromHome: boolean };
  /** A connection resumes an upload: any other connection that is receiving it must stop. `key`: of its part. Not kept. */
  "part.claimed": { key: string };
  "post.remembered": { user: number; clientId: string; posted: PostedAs };
  "post.forgotten": { user: number; clientId: string };
  // Files
  /**
   * `size`: bytes; `stored`: its name in the uploads folder, undefined while its content is still to come; `origin`: the realm,
   * and the file's id there, that the content comes from; `gone`: there is no content, and none will come.
   */
  "file.added": {
    id: string;
    name: string;
    size: number;
    sha256: string;
    owner: number;
    time: number;
    stored: string | undefined;
    origin: { readonly realm: string; readonly id: string } | undefined;
    gone: boolean;
  };
  "file.arrived": { file: string; stored: string };
  /** A file's content is gone for good. `stored`: where it was. */
  "file.lost": { file: string; stored: string | undefined };
  /** `message`: the number of the message that gave it, if that is here. */
  "file.shared": { file: string; from: number; to: Holder; message: number | undefined };
  /** `quiet`: no event follows. */
  "file.unshared": { file: string; from: number; to: readonly Holder[]; quiet: boolean };
  "file.fetched": { file: string; by: number };
  // Other realms, and what waits for them
  "realm.added": { name: string; values: RealmValues };
  "realm.changed": { realm: string; values: RealmValues };
  "realm.removed": { realm: string };
  /**
   * The operator has removed a realm, and another may have its name. Its users, groups and waiting items are renamed to `as`, a
   * name that no realm can have.
   */
  "realm.ended": { realm: string; as: string };
  // The next four are not kept: after a restart every realm is asked again.
  /** A realm is asked which messages of groups it has missed. */
  "heads.asked": { realm: string; asked: HeadsAsked };
  /** A message that a realm had missed in a group was sent to it again, as item `n`. */
  "gap.filled": { realm: string; group: number; n: number };
  /** A realm has refused a message of a group for good. */
  "gap.refused": { realm: string; group: number; seq: number };
  /** `node`: the node that has the link to the realm; undefined: there is no link, or there is only one node. */
  "realm.linked": { realm: string; node: number | undefined };
  /** A realm has told names of its users and groups. Not kept, like the next one. */
  "names.told": { realm: string } & NamesTold;
  /** A node has started: it knows no names of other realms, and not who has the links to them. */
  "names.asked": { node: number };
  /**
   * A node without the link asks the node with it what a user of the realm shows to a user here. The answer is `shown.told` with
   * the same `node` and `n`, which the asking node has chosen. Not kept, like the answer.
   */
  "shown.asked": { realm: string; node: number; n: number; user: string; viewer: string };
  "shown.told": { realm: string; node: number; n: number; shown: UserShown | undefined };
  "item.queued": { realm: string; n: number; body: string };
  /** A request, on some node, waits for the result of an item. Not kept, like the next one. */
  "item.awaited": { realm: string; n: number } & Awaited;
  /** That request no longer waits. `result`: of the item; undefined: none has come. */
  "item.answered": { realm: string; n: number; result: ItemResult | undefined };
  /**
   * The realm has items up to number `n` that this server has lost, for example because a backup was restored. The next one gets
   * a higher number.
   */
  "outbox.raised": { realm: string; n: number };
  /** The items up to a number have left the outbox: `items` many, `size` UTF-16 units together. */
  "items.delivered": { realm: string; upTo: number; items: number; size: number };
  /** A sender is told what has become of a message to another realm. `id`: the message's. Not kept. */
  "fate.told": { user: number; id: string; state: "delivered" | "refused" | "expired"; detail: string | undefined };
  // The log itself
  /** Tests whether the log works: it keeps this one in place of the one before. */
  "log.probed": { time: number };
}

/** The name of a change: a noun and what happened to it. */
export type ChangeKind = keyof Changes;
/** A change of one kind. */
export type ChangeOf<K extends ChangeKind> = { [T in K]: { readonly is: T } & Readonly<Changes[T]> }[K];
/** Any change. */
export type Change = ChangeOf<ChangeKind>;

/** Whether a realm is being asked which messages of groups it has missed. `stale`: yes, and it may have missed more since. */
export type HeadsAsked = "no" | "yes" | "stale";

const PASSING: ReadonlySet<ChangeKind> = new Set([
  "user.expelled",
  "password.tried",
  "account.asked",
  "typing.told",
  "part.claimed",
  "fate.told",
  "heads.asked",
  "gap.filled",
  "gap.refused",
  "realm.linked",
  "names.told",
  "names.asked",
  "shown.asked",
  "shown.told",
  "item.awaited",
  "item.answered",
  "page.given",
  "page.ended",
] as const);

const TENTATIVE: ReadonlySet<ChangeKind> = new Set([
  "conversation.started",
  "message.appended",
  "message.altered",
  "conversation.read",
  "post.remembered",
  "typing.told",
] as const);

/**
 * Whether a change is tentative: it may be in a presumed turn, which can be undone and done again (see `Order.presume`). These
 * are what people say, which is most of all turns. They have no effects outside the state before the turn is kept.
 */
export function isTentative({ is }: Change): boolean {
  return TENTATIVE.has(is);
}

/**
 * Whether a change is transient: it is not kept, only passed on to the nodes that are running. A node that starts later does not
 * know it.
 */
export function isPassing({ is }: Change): boolean {
  return PASSING.has(is);
}

/** Applies a change to the model as part of this turn. */
export type Stage = (change: Change) => void;

/**
 * A part of the list of names of another realm, in that realm's order: the names after the first `from` of each kind. If `salt`
 * is another than before, the list is a new one and all earlier names are void.
 */
export interface NamesTold {
  readonly salt: string;
  readonly from: { readonly users: number; readonly groups: number };
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** What a client's own id stands for: a message here, by number, or one that another realm keeps. */
export type PostedAs = { readonly seq: number } | Posted;

/** A message that another realm keeps. */
export interface Posted {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /**
   * The key of the group elsewhere that it went to; undefined for none, and where an older version of this program did not keep
   * it.
   */
  readonly group?: string | undefined;
}

/** A user or a group, by number: whom a file was given to, whose conversation is muted, or where somebody is typing. */
export type Holder = { readonly user: number } | { readonly group: number };

/** What is kept of a realm, besides its name. All of it is written with each change. `results`: by number of the item. */
export type RealmValues = Readonly<RealmFields> & { readonly results: readonly (readonly [number, ItemResult])[] };
