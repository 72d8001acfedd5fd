/**
 * How one other realm is reached: the link there is, which of several nodes uses it, dialing, and what forbids a link (a ban,
 * another key, an older server). What goes over the link is for peer.ts.
 */

import type { Caller } from "../operations/services/context.ts";
import type { LinkStatus } from "../operations/services/neighbours.ts";
import type { Realm } from "../state/entities.ts";
import { Age } from "./age.ts";
import type { RealmsContext } from "./context.ts";
import type { Dialed } from "./dial.ts";
import { Dialer, type DialerOwner } from "./dialer.ts";
import { LegacyCarrier } from "./legacy.ts";
import type { AcceptedLink, Carrier, DialedLink, Link } from "./link.ts";
import { LinkLease } from "./link-lease.ts";
import { Links, type LinksOwner } from "./links.ts";
import { olderText, Standing } from "./standing.ts";

/** Whom a linking works for. */
export interface LinkingOwner {
  /** Something about the link has changed. */
  wake(): void;
  /** A link has ended: what was under way over it may not have arrived. */
  linkEnded(): void;
}

export class Linking implements DialerOwner, LinksOwner {
  readonly #realm: Realm;
  readonly #context: RealmsContext;
  readonly #owner: LinkingOwner;
  readonly #lease: LinkLease;
  readonly #links: Links;
  readonly #dialer: Dialer;
  readonly #age: Age;
  readonly #legacy: LegacyCarrier | undefined;
  readonly #standing: Standing;
  /** Its address or key was given anew in this turn. */
  #anew = false;
  /** `banned` when it was looked at last. */
  #lastBan: string | undefined;
  #closed = false;

  /** @param legacy it is of the older kind and has no links. */
  constructor(realm: Realm, context: RealmsContext, legacy: boolean, owner: LinkingOwner) {
    this.#realm = realm;
    this.#context = context;
    this.#owner = owner;
    this.#lease = new LinkLease(context, realm, () => context.turn.enter(() => owner.wake()));
    this.#links = new Links(context, realm, this);
    this.#dialer = new Dialer(context, realm, this);
    this.#age = new Age(context.services.world, legacy || this.isPlain, () =>
      context.log("warn", "realm-waits-older", { realm: realm.name, reason: olderText(realm) }),
    );
    const parts = { lease: this.#lease, links: this.#links, dialer: this.#dialer, age: this.#age, isLegacy: legacy };
    this.#standing = new Standing(context, realm, parts);
    if (!legacy) return;
    this.#legacy = new LegacyCarrier(context.own, realm, () => {
      this.#dialer.succeeded();
      this.#heard();
    });
  }

  get status(): LinkStatus {
    return this.#standing.status;
  }

  /** The link, if this node is the one to use it. */
  get link(): Link | undefined {
    return this.isOurs ? this.#links.used : undefined;
  }

  /** What items go by now. */
  get carrier(): Carrier | undefined {
    if (this.banned !== undefined || !this.isOurs) return undefined;
    if (this.#legacy) return this.#dialer.pauses ? undefined : this.#legacy;
    return this.link;
  }

  get isLinked(): boolean {
    return this.#links.used !== undefined;
  }

  /** Whether another node has a link with it. */
  get isLinkedElsewhere(): boolean {
    return this.#lease.isLinkedElsewhere;
  }

  /** Whether its link is this node's to use; so it is where there are no other nodes. */
  get isOurs(): boolean {
    return this.#lease.isOurs;
  }

  get isOlder(): boolean {
    return this.#legacy !== undefined || (this.isPlain && !this.#context.services.world.isPrivate);
  }

  get isPlain(): boolean {
    return this.#context.plainLinks.has(this.#realm.key);
  }

  /** As of `Standing`. */
  get banned(): string | undefined {
    return this.#standing.banned;
  }

  /** Whether the state still has this realm: it may have been removed, or the turn that added it undone. */
  get isKnown(): boolean {
    return this.#context.services.model.realms.find(this.#realm.key) === this.#realm;
  }

  /** Whether items that have waited too long may be given up. */
  get mayExpire(): boolean {
    return this.#age.hasHadItsTime;
  }

  get mayDial(): boolean {
    return !this.#legacy && this.#realm.host !== undefined && this.#mayBeLinked && this.isOurs && !this.#lease.isLeft;
  }

  get mayLink(): boolean {
    return this.banned === undefined && this.isOurs;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether an item that is sent now may be answered within this, in ms. */
  isHopeful(ms: number): boolean {
    if (this.#links.used?.isSlower(ms)) return false;
    return this.carrier !== undefined || this.#dialer.isHopeful || this.isLinkedElsewhere;
  }

  /** Called every second. */
  look(): void {
    this.#links.look();
    const banned = this.banned;
    if (banned !== this.#lastBan) this.#owner.wake();
    this.#lastBan = banned;
    this.#age.look();
  }

  /** Some node has made it known: that one dials it. */
  added(): void {
    this.#lease.leave();
  }

  /** Some node has given its address anew, and dials it: at the end of the turn a link to the one before ends. */
  moved(): void {
    this.#lease.leave();
    this.#anew = true;
  }

  /** An operator or a user has given its address or key to this node: what failed before says nothing. */
  anew(): void {
    this.#lease.endLeaving();
    this.#standing.believe();
    this.#age.isMetAnew();
    this.#dialer.anew();
    this.#anew = true;
  }

  /** The turn is on disk: ends links that are not to be used any more, and tells other nodes whether there is one here. */
  settle(): void {
    this.#links.renounce(this.banned, this.#anew);
    if (this.#anew) this.#dialer.cancelPause();
    this.#anew = false;
    this.#lease.tell(() => this.link !== undefined);
  }

  /** Dials it, if that is this node's to do. What waits for one that is never dialed expires, too. */
  ensure(): void {
    const { outbox } = this.#context.services.model;
    const isWanted = this.#realm.host !== undefined || outbox.waiting(this.#realm).items > 0;
    if (isWanted && this.#mayBeLinked) this.#lease.want();
    this.#dialer.ensure();
  }

  /** Resolves when dialing has succeeded or failed, or after this, in ms. Never rejects. */
  async dialed(ms: number): Promise<void> {
    const { world } = this.#context.services;
    const late = Promise.withResolvers<void>();
    const timer = world.after(ms, late.resolve);
    await Promise.race([this.#dialedHere(), late.promise]);
    world.cancel(timer);
  }

  /** The realm has connected and proven itself. @param received the highest number of our items that it has. */
  accept(caller: Caller, key: string, received: number): AcceptedLink {
    this.#dialer.succeeded();
    const link = this.#links.accepted(caller, key);
    this.#linked(link, received);
    this.#lease.seize().catch((error: unknown) => link.lose((error as Error).message));
    return link;
  }

  proven({ wire, key, received }: Dialed): DialedLink {
    if (this.#realm.pinned === undefined) this.#context.services.model.realms.pin(this.#realm, key);
    const link = this.#links.dialed(wire, key);
    this.#linked(link, received);
    return link;
  }

  /** A server of the older kind is asked again. */
  rested(): void {
    if (this.#legacy) this.#owner.wake();
    else this.ensure();
  }

  linkEnded(): void {
    this.#owner.linkEnded();
  }

  linkLost(reason: string, lasted: boolean): void {
    this.#dialer.lost(reason, lasted);
  }

  /** A link that fails is lost and dialed again; a server of the older kind is asked again after a pause. */
  carrierFailed(reason: string): void {
    if (!this.#legacy) return;
    this.#dialer.failed(reason);
    this.#dialer.retry();
  }

  /** @returns whether it is the lease of its link */
  losesLease(name: string): boolean {
    if (name !== this.#lease.name) return false;
    this.#links.lose("another node of this realm has its link");
    this.#owner.wake();
    return true;
  }

  /** It wants to link, or lets link, in a way that this server does not. */
  older(): void {
    if (!this.isLinked && !this.#legacy && !this.#realm.encrypted) this.#age.isFound();
  }

  /** As of `Standing`. */
  doubt(reason: string): void {
    this.#standing.doubt(reason);
  }

  /** The realm was removed: it is not linked with again. */
  end(): void {
    this.#dialer.refuse();
    this.#links.lose("it was removed here");
  }

  close(): void {
    this.#closed = true;
    this.#dialer.cancelPause();
    this.#lease.close();
    this.#links.lose("this server stops");
  }

  get #mayBeLinked(): boolean {
    return !this.#closed && !this.isLinked && this.isKnown && this.banned === undefined;
  }

  /** Where an operator or a user has named a realm, the node that he asked dials it, whichever had the link. */
  async #dialedHere(): Promise<void> {
    if (this.#realm.host !== undefined && !this.isOurs) {
      await this.#lease.seize().catch(() => {});
      this.#dialer.ensure();
    }
    await this.#dialer.dialing;
  }

  #linked(link: Link, received: number): void {
    const { model } = this.#context.services;
    model.outbox.has(this.#realm, received);
    this.#heard();
    this.#age.fits();
    this.#standing.believe();
    this.#dialer.linked();
    if (!this.isPlain) model.realms.setEncrypted(this.#realm);
    this.#links.tell(link);
    this.#owner.wake();
  }

  #heard(): void {
    this.#links.heard();
    this.#dialer.heard();
  }
}
