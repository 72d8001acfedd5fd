/**
 * What happens to the state: plain facts in the past tense, numbers and values, no live objects. The clock, ids and hashes
 * are decided before. All of the state can be rebuilt from the changes alone; `apply.ts` puts one into the model and takes
 * it out again, each log keeps it, `events.ts` says who is told.
 */
import type { ItemResult } from "../contract/items.ts";

/** A user's number, or a group's: which of the two the word before it says. */
export type Change =
  // People: of this realm users with a password, of others parties by their realm's key.
  | {
      readonly is: "user.added";
      readonly id: number;
      readonly name: string;
      readonly fullName: string;
      readonly country: string;
      /** A PHC string. */
      readonly password: string;
      /** Milliseconds since 1970, as all times. */
      readonly time: number;
    }
  | {
      readonly is: "party.added";
      readonly id: number;
      readonly name: string;
      readonly realm: string;
      readonly fullName: string;
    }
  | { readonly is: "party.renamed"; readonly id: number; readonly name: string; readonly fullName: string }
  | { readonly is: "password.changed"; readonly user: number; readonly password: string }
  // Sessions
  | {
      readonly is: "session.opened";
      readonly id: number;
      readonly user: number;
      /** SHA-256 of the token, base64. */
      readonly hash: string;
      readonly time: number;
    }
  | { readonly is: "session.used"; readonly id: number; readonly time: number }
  | { readonly is: "session.ended"; readonly id: number }
  // Groups: of this realm, or of another by its key.
  | {
      readonly is: "group.made";
      readonly id: number;
      readonly name: string;
      readonly realm: string | undefined;
      readonly owner: number;
      readonly heard: number;
      readonly time: number;
    }
  | {
      readonly is: "member.joined";
      readonly group: number;
      readonly user: number;
      /** Messages up to this number were there before. */
      readonly since: number;
      /** No news to anybody: the maker of a group, a list that only says what was so. */
      readonly quiet: boolean;
    }
  | { readonly is: "member.left"; readonly group: number; readonly user: number; readonly quiet: boolean }
  | { readonly is: "posting.changed"; readonly group: number; readonly posting: "open" | "members" }
  | {
      readonly is: "group.heard";
      readonly group: number;
      readonly seq: number;
      /** Words of a user here have come back from its home. */
      readonly own: { readonly id: string; readonly time: number } | undefined;
    }
  // Conversations and messages
  | {
      readonly is: "conversation.started";
      readonly id: number;
      readonly of: { readonly a: number; readonly b: number } | { readonly group: number };
    }
  | {
      readonly is: "message.appended";
      /** 1, 2, 3 … in the order of acceptance. */
      readonly seq: number;
      readonly conversation: number;
      /** The one before it in its conversation, 0 for none. */
      readonly prev: number;
      readonly sender: number;
      readonly time: number;
      readonly text: string;
      readonly file: string | undefined;
      readonly origin: string | undefined;
      /** Its sender had read everything, and has still. */
      readonly read: boolean;
    }
  /** The newest of its conversation leaves it again. */
  | { readonly is: "message.withdrawn"; readonly seq: number; readonly conversation: number; readonly prev: number }
  | {
      readonly is: "conversation.read";
      readonly conversation: number;
      readonly user: number;
      readonly seq: number;
    }
  | { readonly is: "post.remembered"; readonly user: number; readonly clientId: string; readonly posted: PostedAs }
  | { readonly is: "post.forgotten"; readonly user: number; readonly clientId: string }
  // Files
  | {
      readonly is: "file.added";
      readonly id: string;
      readonly name: string;
      /** Bytes. */
      readonly size: number;
      readonly sha256: string;
      readonly owner: number;
      readonly time: number;
      /** Its name in the uploads folder; undefined while its content is still to come. */
      readonly stored: string | undefined;
      readonly origin: { readonly realm: string; readonly id: string } | undefined;
      readonly gone: boolean;
    }
  | { readonly is: "file.arrived"; readonly file: string; readonly stored: string }
  /** `stored`: where its content was, which is nobody's now. */
  | { readonly is: "file.lost"; readonly file: string; readonly stored: string | undefined }
  | {
      readonly is: "file.shared";
      readonly file: string;
      readonly from: number;
      readonly to: Holder;
      /** The message that gave it, if it is here. */
      readonly message: number | undefined;
    }
  | {
      readonly is: "file.unshared";
      readonly file: string;
      readonly from: number;
      readonly to: readonly Holder[];
      /** Nobody is told. */
      readonly quiet: boolean;
    }
  | { readonly is: "file.fetched"; readonly file: string; readonly by: number }
  // Other realms, and what waits for them
  | { readonly is: "realm.added"; readonly name: string; readonly values: RealmValues }
  | { readonly is: "realm.changed"; readonly realm: string; readonly values: RealmValues }
  | { readonly is: "realm.removed"; readonly realm: string }
  /** Whether a realm is being asked what it has missed, and has missed more since; a restart asks anew. */
  | { readonly is: "heads.asked"; readonly realm: string; readonly asked: HeadsAsked }
  /** What a realm has missed of a group was sent again, up to an item; or it has refused a message for good. A restart forgets. */
  | { readonly is: "gap.filled"; readonly realm: string; readonly group: number; readonly n: number }
  | { readonly is: "gap.refused"; readonly realm: string; readonly group: number; readonly seq: number }
  | { readonly is: "item.queued"; readonly realm: string; readonly n: number; readonly body: string }
  /** The first items that wait, up to a number: how many, and UTF-16 units of them. */
  | {
      readonly is: "items.delivered";
      readonly realm: string;
      readonly upTo: number;
      readonly items: number;
      readonly size: number;
    };

export type HeadsAsked = "no" | "yes" | "stale";

/** Takes a change into the model, and into the turn. */
export type Stage = (change: Change) => void;

export type ChangeKind = Change["is"];
export type ChangeOf<K extends ChangeKind> = Change & { readonly is: K };

/** What a client's own id was given: a message here by its number, or what was said of one that went elsewhere. */
export type PostedAs = { readonly seq: number } | Posted;

export interface Posted {
  readonly id: string;
  readonly time: number;
  /** The key of the group elsewhere that it went to; of none, or not kept by an older program, undefined. */
  readonly group?: string | undefined;
}

/** Somebody, or a group, by number. */
export type Holder = { readonly user: number } | { readonly group: number };

/** All that is known of a realm but its name: a change holds them all, for they change together. */
export interface RealmValues {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly given: "operator" | "user" | "peer";
  /** The public key that it has proven to have, base64url. */
  readonly pinned: string | undefined;
  /** The highest number of its items that was accepted. */
  readonly received: number;
  /** What some of the last of them were answered, by number. */
  readonly results: readonly (readonly [number, ItemResult])[];
}
