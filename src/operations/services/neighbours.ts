/** The other realms, as the operations see them: realms/ implements it. */

import type { Typing, UserShown } from "../../contract/hints.ts";
import type { ItemResult } from "../../contract/items.ts";
import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import type { Failure } from "../../contract/result.ts";
import type { LinkState } from "../../contract/shapes.ts";
import type { Awaited, Realm, StoredFile } from "../../state/entities.ts";
import type { Caller } from "./context.ts";

/** What waits for the result of an item here. */
export type Awaiting = Omit<Awaited, "node">;

/** How a realm is linked at this moment. */
export interface LinkStatus {
  readonly state: LinkState;
  /** When it spoke last, in ms since 1970. */
  readonly contact: number | undefined;
  readonly error: string | undefined;
}

/** One other realm. */
export interface Neighbour {
  readonly status: LinkStatus;
  /** Whether it links as older servers do (PROTOCOL.md, version 1): it knows no deeds in groups and no alterations. */
  readonly isOlder: boolean;
  /** Something about the realm has changed: its peer sees to it once the turn is on disk. */
  wake(): void;
  /**
   * A request waits for the result of item `n`, of this turn. Calls `then` within a turn: with the result, or with undefined if
   * none comes in time. If the realm has refused the item, what the request has changed is undone by then.
   */
  expect(n: number, request: Awaiting, then: (result: ItemResult | undefined) => void): void;
  /** One more request waits for a result for which an earlier one waits, here or on another node. `then` as of `expect`. */
  expectToo(n: number, then: (result: ItemResult | undefined) => void): void;
  /**
   * Its address or key is new: dials it at once. Resolves when it is linked or refused, or after some time; with undefined if the
   * turn was not kept.
   */
  meet(): Promise<LinkStatus | undefined>;
  /** It has said that it has new names: asks for them. */
  refresh(): void;
  /** Tells it that somebody types: at once, or not at all if there is no link, the link is slow, or it is an older server. */
  tellTyping(typing: Typing): void;
  /** What a user there shows to a user here. Resolves soon, within a turn or not; with undefined if the realm does not answer. */
  shown(user: string, viewer: string): Promise<UserShown | undefined>;
}

/** A server that may be a realm. `key`: the one that it must have, if any. */
export interface Candidate {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly key: string | undefined;
}

/** All other realms. */
export interface Neighbours {
  /** This realm's public key, base64url. */
  readonly key: string;
  of(realm: Realm): Neighbour;
  /**
   * Whether a server at an address proves to be a realm of this name, with this key if one is given. Resolves within a turn, with
   * why it does not.
   */
  probe(candidate: Candidate): Promise<Failure<"realm-refused" | "realm-unreachable"> | undefined>;
  /** A message id that only this realm can make for this text. @param time milliseconds since 1970 */
  seal(time: number, text: string): string;
  /** Resolves when the content of a file from another realm is here, or with false after some time without it. */
  arrival(file: StoredFile): Promise<boolean>;
  /** The realm of the older kind that sends from this address; with `name`, only if it has that name. */
  legacyAt(address: string, name: string | undefined): Realm | undefined;
  /** `link hello`. The connection is closed if it is refused, as by `prove`. */
  hello(caller: Caller, input: Input<"linkHello">): ResultOf<"linkHello">;
  prove(caller: Caller, input: Input<"linkProve">): ResultOf<"linkProve">;
  answer(caller: Caller, input: Input<"linkAnswer">): ResultOf<"linkAnswer">;
  call(caller: Caller, input: Input<"linkCall">): ResultOf<"linkCall"> | Promise<FinishOf<"linkCall">>;
}
