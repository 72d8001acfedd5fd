/** How it stands with the link to a realm, as those who ask are told: whether there is one, and why not. */
import type { LinkState } from "../contract/shapes.ts";
import { forbiddenBy, realmBan } from "../operations/services/bans.ts";
import type { LinkStatus } from "../operations/services/neighbours.ts";
import type { Realm } from "../state/entities.ts";
import type { Age } from "./age.ts";
import type { RealmsContext } from "./context.ts";
import type { Dialer } from "./dialer.ts";
import type { LinkLease } from "./link-lease.ts";
import type { Links } from "./links.ts";

/** What it is read from. */
interface Parts {
  readonly lease: LinkLease;
  readonly links: Links;
  readonly dialer: Dialer;
  readonly age: Age;
  /** It is of the older kind and has no links. */
  readonly isLegacy: boolean;
}

export class Standing {
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #parts: Parts;
  /** Why a server that claims to be this realm was not believed. */
  #doubt: string | undefined;

  constructor(context: RealmsContext, realm: Realm, parts: Parts) {
    this.#context = context;
    this.#realm = realm;
    this.#parts = parts;
  }

  get status(): LinkStatus {
    const { contact } = this.#parts.links;
    const ban = this.banned;
    if (ban !== undefined) return { state: "refused", contact, error: ban };
    return { state: this.#state, contact, error: this.#isThere ? this.#doubt : this.#reason };
  }

  /** That it is banned here, and why: nothing goes to it or comes from it, and what waits for it waits on. */
  get banned(): string | undefined {
    const ban = realmBan(this.#context.services, this.#realm.key);
    return ban && forbiddenBy(ban).detail;
  }

  /** Some other server claims to be this realm. It is told until `believe`. */
  doubt(reason: string): void {
    if (this.#doubt !== reason) this.#context.few("warn", "realm-refused", { realm: this.#realm.name, reason });
    this.#doubt = reason;
  }

  /** It has proven who it is, or its address or key was given anew. */
  believe(): void {
    this.#doubt = undefined;
  }

  get #isThere(): boolean {
    return this.#parts.links.used !== undefined || this.#parts.lease.isLinkedElsewhere;
  }

  get #state(): LinkState {
    const { dialer, age, isLegacy } = this.#parts;
    if (this.#realm.ended) return "ended";
    if (isLegacy) return "legacy";
    if (this.#isThere) return "linked";
    if (dialer.refused) return "refused";
    if (dialer.dialing) return "connecting";
    if (age.isOlder) return "waiting";
    return this.#realm.host === undefined ? "unknown" : "waiting";
  }

  /** Why there is no link. */
  get #reason(): string | undefined {
    const { dialer, age } = this.#parts;
    return age.isOlder && !dialer.refused ? olderText(this.#realm) : (dialer.error ?? this.#doubt);
  }
}

export function olderText({ name }: Realm): string {
  return `it is an older server, whose links are not encrypted: update it, or start this one with --plain-links ${name}`;
}
