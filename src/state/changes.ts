/**
 * What can happen to the state: facts in the past tense, of numbers and values, no live objects. Clock, ids and hashes are
 * decided before. The whole state can be rebuilt from its changes: `apply.ts` puts one into the model and takes it out again,
 * each log keeps it, `operations/follow.ts` says who is told.
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
  /** What a sender says privately is hidden from a user here: `after`, `why`, `time` as of `Hiding`. */
  "sender.hidden": { reader: number; sender: number } & Hiding;
  /** What he says from now on is shown again. `after`: as it was hidden; `upTo`: the newest message that stays hidden. */
  "sender.shown": { reader: number; sender: number; after: number; upTo: number };
  /** All settings of a user here, in place of those before. */
  "settings.changed": { user: number } & Settings;
  /** Of messages with somebody, or in a group that the user is in. `mute`: undefined: no longer. */
  "conversation.muted": { user: number; of: Holder; mute: Mute | undefined };
  /** A user here was online up to then; kept now and then, see services/presence.ts. */
  "user.seen": { user: number; time: number };
  /** He is online on a node, by number: with his first connection there, no longer with his last. Where there are several nodes. */
  "user.came": { user: number; node: number };
  "user.went": { user: number; node: number };
  /** Nobody is online there any more: it has ended, or has not been heard of for too long. */
  "node.ended": { node: number };
  /** The name that he had stays his. `was`: that one. */
  "user.renamed": { user: number; name: string; was: string };
  /** From when on he is erased, if he has asked for that. `at`: undefined: no longer. */
  "user.erasing": { user: number; at: number | undefined };
  /**
   * He is no user any more; what he has said is there under his name, which stays his. What he had set for himself is gone;
   * `erased`: full name and country, too.
   */
  "user.deleted": { user: number; erased: boolean };
  /** His connections are closed. It is not kept. */
  "user.expelled": { user: number };
  /**
   * A password of a user, or a code, was tried from an address, on a node; `name`: as it was asked for, or what stands for codes. Not
   * kept, as the next one: a new node knows of none before.
   */
  "password.tried": { node: number; address: string; name: string; right: boolean; time: number };
  /** Somebody without an invitation makes an account. */
  "account.asked": { node: number; address: string; time: number };
  // Sessions
  /** `hash`: SHA-256 of the token, base64. */
  "session.opened": { id: number; user: number; hash: string; time: number } & Whence;
  "session.used": { id: number; time: number } & Whence;
  "session.ended": { id: number };
  // Invitations
  /** `hash`: SHA-256 of its code, base64; `uses`: accounts that can be made with it; `by`: the user who made it, if it was one. */
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
  /** In place of one that the target had. */
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
  /** Who has made it is erased: why he did is not known any more. */
  "report.emptied": { id: number };
  "report.ended": { id: number };
  // Operators
  "act.noted": { id: number; time: number; by: string | undefined; what: string; target: string };
  /** `text` of an announcement, `user` whose account is deleted; and its `Place`. */
  "errand.begun": {
    id: number;
    text: string | undefined;
    user: number | undefined;
    head: number;
    next: number;
    floor: number;
  };
  "errand.reached": { id: number; head: number; next: number; floor: number; done: number };
  "errand.ended": { id: number; user: number | undefined; done: number };
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
  /** `by`: who has done it, here and below; undefined where nobody has, or where it is not known. */
  "group.changed": { group: number; values: Partial<GroupValues>; by: number | undefined };
  /** `heldUntil`: nobody else has the name before; undefined for a group of another realm. */
  "group.renamed": { group: number; name: string; heldUntil: number | undefined; by: number | undefined };
  "group.deleted": { group: number; heldUntil: number | undefined; by: number | undefined };
  /**
   * `since`: messages up to this number were there before. `order`: rises. `quiet`: no event: a group's maker, a list of known
   * members. `by`: who has put him in.
   */
  "member.joined": {
    group: number;
    user: number;
    since: number;
    order: number;
    quiet: boolean;
    by: number | undefined;
  };
  /** `by`: who has put him out; `why`: what was said of it. */
  "member.left": { group: number; user: number; quiet: boolean; by: number | undefined; why: string | undefined };
  /** The old owner's role is his own change. */
  "role.changed": { group: number; user: number; role: Role; by: number | undefined };
  "member.invited": { group: number; user: number; by: number; time: number };
  "member.uninvited": { group: number; user: number };
  /** `until`: undefined for ever. */
  "member.banned": { group: number; user: number; by: number; time: number; until: number | undefined };
  "member.unbanned": { group: number; user: number; by: number | undefined };
  "member.silenced": { group: number; user: number; by: number; time: number; until: number | undefined };
  "member.unsilenced": { group: number; user: number; by: number | undefined };
  /** A message of a group's home has come. `own`: it was posted by a user here. */
  "group.heard": { group: number; seq: number; own: { readonly id: string; readonly time: number } | undefined };
  // Conversations and messages
  /** A reply that tells a user what is new is on its way: see `GivenPage`. Not kept; then it has left, or cannot. */
  "page.given": GivenPage;
  "page.ended": Omit<GivenPage, "upTo">;
  "conversation.started": { id: number; of: { readonly a: number; readonly b: number } | { readonly group: number } };
  /**
   * `seq`: 1, 2, 3 … in the order of acceptance; `prev`: the message before it in its conversation, 0 for none; `origin`: its id
   * in the realm that it comes from; `read`: its sender had read everything before it, and has read this.
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
   * The effect of the row `seq`, by `user`, on the message `target`. `text`: the new one, or the emoji. `emptied`: edits whose
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
  /** The newest message of a conversation is taken out of it again. `last`: the newest then. */
  "message.withdrawn": { seq: number; conversation: number; prev: number; last: number };
  /**
   * Messages of a conversation, its oldest, were too old to be kept. `seqs` rise; `emptied`: later edits of them, whose texts go with
   * them.
   */
  "messages.removed": { conversation: number; seqs: readonly number[]; emptied: readonly number[] };
  "conversation.read": { conversation: number; user: number; seq: number };
  /** Somebody types. `fromHome`: a group's home elsewhere tells it. It is not kept. */
  "typing.told": { by: number; to: Holder; fromHome: boolean };
  /** Somebody goes on with an upload: whoever receives it ceases to. `key`: of its part. It is not kept. */
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
  /** Its content is gone for good. `stored`: where it was. */
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
   * It is no realm any more, and its name is free. What there is of it (users, groups, items that wait) goes on under the name
   * `as`, which nobody else can have.
   */
  "realm.ended": { realm: string; as: string };
  // The next four are not kept: after a restart every realm is asked anew.
  "heads.asked": { realm: string; asked: HeadsAsked };
  /** What a realm has missed of a group was sent again, up to item `n`. */
  "gap.filled": { realm: string; group: number; n: number };
  /** A realm has refused a message of a group for good. */
  "gap.refused": { realm: string; group: number; seq: number };
  /** On which node its link is; undefined: there is none, or this server is no node among others. */
  "realm.linked": { realm: string; node: number | undefined };
  /** It has told names of its users and groups; not kept, as the next one. */
  "names.told": { realm: string } & NamesTold;
  /** A node has started, and knows no names of other realms. */
  "names.asked": { node: number };
  /** A node without the link asks what a user there shows to one here; and is answered, by its own number. They are not kept. */
  "shown.asked": { realm: string; node: number; n: number; user: string; viewer: string };
  "shown.told": { realm: string; node: number; n: number; shown: UserShown | undefined };
  "item.queued": { realm: string; n: number; body: string };
  /** A request waits on a node for the result of an item; not kept, as the next one. */
  "item.awaited": { realm: string; n: number } & Awaited;
  /** It has it, or (undefined) waits no more: the result is not known yet. */
  "item.answered": { realm: string; n: number; result: ItemResult | undefined };
  /** The realm has items up to a number from a life of this server that is lost: the next gets a higher one. */
  "outbox.raised": { realm: string; n: number };
  /** The items up to a number are out of the outbox: how many, and UTF-16 units of them. */
  "items.delivered": { realm: string; upTo: number; items: number; size: number };
  /** What has become of a message to another realm, by its id: its sender is told. It is not kept. */
  "fate.told": { user: number; id: string; state: "delivered" | "refused" | "expired"; detail: string | undefined };
  // The log itself
  /** Somebody wants to know whether the log keeps anything: it keeps this, in place of the one before. */
  "log.probed": { time: number };
}

/** What a change is called: a noun and what happened to it. */
export type ChangeKind = keyof Changes;
/** A change of one kind. */
export type ChangeOf<K extends ChangeKind> = { [T in K]: { readonly is: T } & Readonly<Changes[T]> }[K];
/** Anything that can happen to the state. */
export type Change = ChangeOf<ChangeKind>;

/** Whether a realm is being asked which messages of groups it has missed; `stale`: and has missed more since. */
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

/** Whether nothing of a change outlasts the process: those that run are told. */
export function isPassing({ is }: Change): boolean {
  return PASSING.has(is);
}

/** Applies a change to the model as part of this turn. */
export type Stage = (change: Change) => void;

/** Names of another realm, in its order, those behind `from` of each kind; all of another list than before if `salt` is another. */
export interface NamesTold {
  readonly salt: string;
  readonly from: { readonly users: number; readonly groups: number };
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** What a client's own id stands for: a message here by its number, or one that went elsewhere. */
export type PostedAs = { readonly seq: number } | Posted;

/** A message that another realm keeps. */
export interface Posted {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The key of the group elsewhere that it went to; undefined for none, and where an older program has not kept it. */
  readonly group?: string | undefined;
}

/** Who was given a file, or is muted: a user or a group, by number. */
export type Holder = { readonly user: number } | { readonly group: number };

/** All that is known of a realm but its name: they change together. `results`: by number of the item. */
export type RealmValues = Readonly<RealmFields> & { readonly results: readonly (readonly [number, ItemResult])[] };
