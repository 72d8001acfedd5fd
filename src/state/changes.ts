/**
 * All that can happen to the state, as facts in the past tense: numbers and values, no live objects. Clock, ids and hashes are
 * decided before. The whole state can be rebuilt from its changes: `apply.ts` puts a change into the model and takes it out
 * again, each log keeps it, `operations/follow.ts` says who is told.
 */
import type { UserShown } from "../contract/hints.ts";
import type { ItemResult } from "../contract/items.ts";
import type { Alteration, Role } from "../contract/shapes.ts";
import type { Alters, Awaited, Ban, GroupValues, Hiding, Mute, RealmFields, Settings, Whence } from "./entities.ts";
import type { GivenPage } from "./given-pages.ts";

/**
 * The fields of each kind of change. `user`, `sender`, `owner`, `from` and `by` are numbers of users or of parties of other
 * realms, `group` of a group, `realm` is a realm's key; times are milliseconds since 1970.
 */
interface Changes {
  // People
  /** A user of this realm. `password`: a PHC string. */
  "user.added": { id: number; name: string; fullName: string; country: string; password: string; time: number };
  /** A user of another realm. */
  "party.added": { id: number; name: string; realm: string; fullName: string };
  "party.renamed": { id: number; name: string; fullName: string };
  "password.changed": { user: number; password: string };
  /** A sender's private messages are hidden from a user here: `after`, `why`, `time` as of `Hiding`. */
  "sender.hidden": { reader: number; sender: number } & Hiding;
  /**
   * The sender's messages from now on are shown again. `after`: as it was hidden; `upTo`: the newest message that stays hidden.
   */
  "sender.shown": { reader: number; sender: number; after: number; upTo: number };
  /** All settings of a user here; they replace those before. */
  "settings.changed": { user: number } & Settings;
  /** A user mutes a private conversation, or a group that the user is in. `mute`: undefined: no longer. */
  "conversation.muted": { user: number; of: Holder; mute: Mute | undefined };
  /** A user here was online up to `time`; noted now and then, see services/presence.ts. */
  "user.seen": { user: number; time: number };
  /** A user's first connection to a node has come, or the last has gone. Only where there are several nodes. */
  "user.came": { user: number; node: number };
  "user.went": { user: number; node: number };
  /** Nobody is online on a node any more: it has ended, or was not heard of for too long. */
  "node.ended": { node: number };
  /** `was`: the former name, which nobody else gets. */
  "user.renamed": { user: number; name: string; was: string };
  /** `at`: from when on the user, having asked for it, is erased; undefined: no longer. */
  "user.erasing": { user: number; at: number | undefined };
  /**
   * An account is deleted, with the user's settings. Its messages stay under its name, which nobody else gets. `erased`: full
   * name and country go, too.
   */
  "user.deleted": { user: number; erased: boolean };
  /** Closes a user's connections. Not kept. */
  "user.expelled": { user: number };
  /**
   * A password or an invitation's code was tried from an address, on a node; `name`: the user's as it was asked for, or what
   * stands for codes. Not kept, as the next one: a node that starts knows none from before.
   */
  "password.tried": { node: number; address: string; name: string; right: boolean; time: number };
  /** An account is made from an address, without an invitation. */
  "account.asked": { node: number; address: string; time: number };
  // Sessions
  /** `hash`: SHA-256 of the token, base64. */
  "session.opened": { id: number; user: number; hash: string; time: number } & Whence;
  "session.used": { id: number; time: number } & Whence;
  "session.ended": { id: number };
  // Invitations
  /** `hash`: SHA-256 of the code, base64; `uses`: accounts that can be made with it; `by`: the user who made it, if any. */
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
  /** `message`: its id; `file`: the name of its file. */
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
  /** Its author is erased: removes the author's own words in it. */
  "report.emptied": { id: number };
  "report.ended": { id: number };
  // Operators
  "act.noted": { id: number; time: number; by: string | undefined; what: string; target: string };
  /** `text` of an announcement, `user` whose account is deleted, `group` that has ended; and its `Place`. */
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
  /** `realm`: its home, if that is another; `heard`: see `Group`. */
  "group.made": {
    id: number;
    name: string;
    realm: string | undefined;
    owner: number;
    heard: number;
    time: number;
  };
  /** `by`, here and below: who did it; undefined where nobody did, or where it is not known. */
  "group.changed": { group: number; values: Partial<GroupValues>; by: number | undefined };
  /** `heldUntil`: until then nobody else can use the old name; undefined for a group of another realm. */
  "group.renamed": { group: number; name: string; heldUntil: number | undefined; by: number | undefined };
  "group.deleted": { group: number; heldUntil: number | undefined; by: number | undefined };
  /**
   * `since`: messages up to this number are from before. `order`: rises. `quiet`: no event, as for a group's first owner, and for
   * a list of known members. `by`: who put the user in, if it was another.
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
  /** A new owner does not change the old one's role: that is a change of its own. */
  "role.changed": { group: number; user: number; role: Role; by: number | undefined };
  "member.invited": { group: number; user: number; by: number; time: number };
  "member.uninvited": { group: number; user: number };
  /** `until`: undefined: until it is lifted. */
  "member.banned": { group: number; user: number; by: number; time: number; until: number | undefined };
  "member.unbanned": { group: number; user: number; by: number | undefined };
  "member.silenced": { group: number; user: number; by: number; time: number; until: number | undefined };
  "member.unsilenced": { group: number; user: number; by: number | undefined };
  /** A message has come from a group's home. `own`: it was posted by a user here. */
  "group.heard": { group: number; seq: number; own: { readonly id: string; readonly time: number } | undefined };
  // Conversations and messages
  /** A reply with a user's new messages is on its way: see `GivenPage`; and it has left, or cannot leave. Not kept. */
  "page.given": GivenPage;
  "page.ended": Omit<GivenPage, "upTo">;
  "conversation.started": { id: number; of: { readonly a: number; readonly b: number } | { readonly group: number } };
  /**
   * `seq`: 1, 2, 3 … in the order of acceptance; `prev`: the message before it in its conversation, 0 for none; `origin`: its id
   * in the realm that it comes from; `read`: its sender had read everything before it, and so has read this.
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
   * The alteration in row `seq`, by `user`, of the message `target`. `text`: the new text, or the emoji. `emptied`: edits whose
   * texts go with a deleted message.
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
  /** A conversation's newest message is taken out of it again. `last`: its newest message after that. */
  "message.withdrawn": { seq: number; conversation: number; prev: number; last: number };
  /**
   * The oldest messages of a conversation are removed, because they are too old. `seqs` rise; `emptied`: later edits of them,
   * whose texts go with them.
   */
  "messages.removed": { conversation: number; seqs: readonly number[]; emptied: readonly number[] };
  "conversation.read": { conversation: number; user: number; seq: number };
  /** A party types. `fromHome`: a group's home in another realm tells it. Not kept. */
  "typing.told": { by: number; to: Holder; fromHome: boolean };
  /** A connection goes on with an upload: another that receives it stops. `key`: of its part. Not kept. */
  "part.claimed": { key: string };
  "post.remembered": { user: number; clientId: string; posted: PostedAs };
  "post.forgotten": { user: number; clientId: string };
  // Files
  /** `size`: bytes; `stored`: its name in the uploads folder, undefined while its content is still to come. */
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
  /** `quiet`: no event. */
  "file.unshared": { file: string; from: number; to: readonly Holder[]; quiet: boolean };
  "file.fetched": { file: string; by: number };
  // Other realms, and what waits for them
  "realm.added": { name: string; values: RealmValues };
  "realm.changed": { realm: string; values: RealmValues };
  "realm.removed": { realm: string };
  /**
   * The operator has removed a realm, and its name is free. What there is of it (users, groups, items that wait) goes on under
   * the name `as`, which nobody else can have.
   */
  "realm.ended": { realm: string; as: string };
  // The next four are not kept: after a restart every realm is asked anew.
  "heads.asked": { realm: string; asked: HeadsAsked };
  /** A message of a group that a realm had missed was sent again, as item `n`. */
  "gap.filled": { realm: string; group: number; n: number };
  /** A realm has refused a message of a group for good. */
  "gap.refused": { realm: string; group: number; seq: number };
  /** `node`: the node that has the link; undefined: there is no link, or there are no nodes. */
  "realm.linked": { realm: string; node: number | undefined };
  /** A realm has told names of its users and groups. Not kept, as the next one. */
  "names.told": { realm: string } & NamesTold;
  /** A node has started, and knows no names of other realms. */
  "names.asked": { node: number };
  /** A node without the link asks what a user there shows to one here; the answer has the same `n`, the asking node's own. Not kept. */
  "shown.asked": { realm: string; node: number; n: number; user: string; viewer: string };
  "shown.told": { realm: string; node: number; n: number; shown: UserShown | undefined };
  "item.queued": { realm: string; n: number; body: string };
  /** A request waits on a node for the result of an item; not kept, as the next one. */
  "item.awaited": { realm: string; n: number } & Awaited;
  /** The request has the result; undefined: it stops waiting before there is one. */
  "item.answered": { realm: string; n: number; result: ItemResult | undefined };
  /** The realm has items up to number `n` that this server lost, as by a restored backup: the next gets a higher number. */
  "outbox.raised": { realm: string; n: number };
  /** The items up to a number have left the outbox: how many, and UTF-16 units of them. */
  "items.delivered": { realm: string; upTo: number; items: number; size: number };
  /** Tells a sender what has become of a message to another realm, by its id. Not kept. */
  "fate.told": { user: number; id: string; state: "delivered" | "refused" | "expired"; detail: string | undefined };
  // The log itself
  /** Tests whether the log keeps anything: it keeps this, in place of the one before. */
  "log.probed": { time: number };
}

/** The name of a change: a noun and what happened to it. */
export type ChangeKind = keyof Changes;
/** A change of one kind. */
export type ChangeOf<K extends ChangeKind> = { [T in K]: { readonly is: T } & Readonly<Changes[T]> }[K];
/** Any change. */
export type Change = ChangeOf<ChangeKind>;

/** Whether a realm is being asked which messages of groups it has missed; `stale`: and may have missed more since. */
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

/** Whether a change is kept nowhere: only the nodes that run are told. */
export function isPassing({ is }: Change): boolean {
  return PASSING.has(is);
}

/** Applies a change to the model as part of this turn. */
export type Stage = (change: Change) => void;

/**
 * Names of another realm, in that realm's order: those after the first `from` of each kind. With another `salt` it is another
 * list, and the names before do not count any more.
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
  /** The key of the group elsewhere that it went to; undefined for none, and where an older version of this program did not keep it. */
  readonly group?: string | undefined;
}

/** A user or group, by number, that was given a file or is muted. */
export type Holder = { readonly user: number } | { readonly group: number };

/** All that is known of a realm but its name: these change together. `results`: by number of the item. */
export type RealmValues = Readonly<RealmFields> & { readonly results: readonly (readonly [number, ItemResult])[] };
