/** The links that there are with a realm: either server may have dialed, or both. */
import type { Wire } from "../connection/wire.ts";
import type { Caller } from "../operations/services/context.ts";
import type { Realm } from "../state/entities.ts";
import type { RealmsContext } from "./context.ts";
import { AcceptedLink, DialedLink, type Link } from "./link.ts";

/** A link that ends sooner than this, in ms, counts as a failed try. */
const LASTING_MS = 5000;

export interface LinksOwner {
  readonly closed: boolean;
  /** A link has ended; there may be another. */
  linkEnded(): void;
  /** It was the last. @param lasted for some time */
  linkLost(reason: string, lasted: boolean): void;
}

export class Links {
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #owner: LinksOwner;
  /** By who has dialed. */
  #dialed: DialedLink | undefined;
  #accepted: AcceptedLink | undefined;
  #contact: number | undefined;
  /** Links end within LASTING_MS, each for the same reason: that is logged once. */
  #flapping = false;
  #lastReason: string | undefined;

  constructor(context: RealmsContext, realm: Realm, owner: LinksOwner) {
    this.#context = context;
    this.#realm = realm;
    this.#owner = owner;
  }

  /** The link that is used; if there are two, either would do. */
  get used(): Link | undefined {
    return this.#dialed ?? this.#accepted;
  }

  /** When the realm spoke last, in ms since 1970. */
  get contact(): number | undefined {
    return this.used?.spoke ?? this.#contact;
  }

  /** The realm has said something, over a link or, of the older kind, without one. */
  heard(): void {
    this.#contact = this.#context.services.now();
  }

  /** This server has dialed. */
  dialed(wire: Wire, key: string): DialedLink {
    const { world } = this.#context.services;
    const link = new DialedLink(world, wire, key, placeOf(this.#realm), (ended, reason) => this.#lost(ended, reason));
    this.#dialed = link;
    return link;
  }

  /** The other server has dialed; a link that it dialed before ends. */
  accepted(caller: Caller, key: string): AcceptedLink {
    const { world } = this.#context.services;
    const link = new AcceptedLink(world, caller, key, (ended, reason) => this.#lost(ended, reason));
    const before = this.#accepted;
    this.#accepted = link;
    before?.lose("it has connected anew");
    return link;
  }

  /** Logs a new link; while links keep ending soon for the same reason, only one that lasts. */
  tell(link: Link): void {
    if (!this.#flapping) this.#log(link);
  }

  /** Called every second. */
  look(): void {
    const link = this.used;
    if (!this.#flapping || !link || !this.#hasLasted(link)) return;
    this.#flapping = false;
    this.#log(link);
  }

  /** Ends those of a realm that is banned, whose key is not the one known now, or whose address is no longer the realm's. */
  renounce(banned: string | undefined, anew: boolean): void {
    const { pinned } = this.#realm;
    for (const link of [this.#dialed, this.#accepted]) {
      const moved = anew && link instanceof DialedLink && link.place !== placeOf(this.#realm);
      if (link && banned !== undefined) link.lose(banned);
      else if (link && (link.key !== pinned || moved)) link.lose("its key or address was given anew");
    }
  }

  /** Ends all. */
  lose(reason: string): void {
    this.#dialed?.lose(reason);
    this.#accepted?.lose(reason);
  }

  #lost(link: Link, reason: string): void {
    if (this.#dialed === link) this.#dialed = undefined;
    else if (this.#accepted === link) this.#accepted = undefined;
    else return;
    this.#contact = link.spoke;
    this.#owner.linkEnded();
    if (this.used || this.#owner.closed) return;
    const lasted = this.#hasLasted(link);
    this.#flapping = !lasted && reason === this.#lastReason;
    if (!this.#flapping) this.#context.log("info", "realm-lost", { realm: this.#realm.name, reason });
    this.#lastReason = reason;
    this.#owner.linkLost(reason, lasted);
  }

  #hasLasted(link: Link): boolean {
    return this.#context.services.world.now() - link.opened > LASTING_MS;
  }

  #log(link: Link): void {
    const by = link instanceof DialedLink ? "us" : "them";
    this.#context.log("info", "realm-linked", { realm: this.#realm.name, by });
  }
}

function placeOf({ host, port }: Realm): string {
  return `${host}:${port}`;
}
