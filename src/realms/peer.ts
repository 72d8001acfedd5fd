/** One other realm, as operations see it, and what is served over its links: items, files, names, hints. */
import type { Typing, UserShown } from "../contract/hints.ts";
import type { ItemResult } from "../contract/items.ts";
import type { LinkState } from "../contract/shapes.ts";
import { hasEnded, missed } from "../operations/outbox.ts";
import { forbiddenBy, realmBan } from "../operations/services/bans.ts";
import type { Caller } from "../operations/services/context.ts";
import type { Awaiting, LinkStatus, Neighbour } from "../operations/services/neighbours.ts";
import type { ChangeOf } from "../state/changes.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Speaker } from "../state/turn.ts";
import type { Timer, World } from "../world/world.ts";
import { Age } from "./age.ts";
import type { RealmsContext } from "./context.ts";
import type { Dialed } from "./dial.ts";
import { Dialer, type DialerOwner } from "./dialer.ts";
import { Directory } from "./directory.ts";
import { Fetcher } from "./fetcher.ts";
import { LegacyCarrier } from "./legacy.ts";
import type { AcceptedLink, Carrier, DialedLink, Link } from "./link.ts";
import { LinkLease } from "./link-lease.ts";
import { Links, type LinksOwner } from "./links.ts";
import { PresenceCalls } from "./presence-calls.ts";
import { PATIENCE_MS, Pump, type PumpOwner } from "./pump.ts";
import { ShownElsewhere } from "./shown-elsewhere.ts";

/** After a turn that could not be kept it is tried again in this long, in ms: the disk may be full for a while. */
const STORAGE_PAUSE_MS = 1000;

/** How long, in ms, a download waits for a content that is still to come. */
const ARRIVAL_MS = 10_000;

export class Peer implements Neighbour, PumpOwner, DialerOwner, LinksOwner, Speaker {
  readonly realm: Realm;
  readonly #directory: Directory;
  readonly #context: RealmsContext;
  readonly #world: World;
  readonly #pump: Pump;
  readonly #presence: PresenceCalls;
  readonly #elsewhere: ShownElsewhere;
  readonly #fetcher: Fetcher;
  readonly #legacy: LegacyCarrier | undefined;
  readonly #lease: LinkLease;
  readonly #links: Links;
  readonly #dialer: Dialer;
  /** That some server could not prove to be it, and why; stays until its address or key is given anew. */
  #doubt: string | undefined;
  /** Its address or key was given anew in this turn. */
  #anew = false;
  readonly #age: Age;
  /** `banned` when it was looked at last. */
  #lastBan: string | undefined;
  /** Called when the turn has ended, with whether it was kept. */
  readonly #turnEnded: ((kept: boolean) => void)[] = [];
  #resting: Timer | undefined;
  /** It takes part in this turn. */
  #joined = false;
  #closed = false;

  /** @param legacy it is of the older kind and has no links. */
  constructor(realm: Realm, context: RealmsContext, legacy: boolean) {
    this.#world = context.services.world;
    this.#directory = new Directory(context, realm, () => this.#turnKept());
    this.realm = realm;
    this.#context = context;
    this.#lease = new LinkLease(context, realm, () => context.turn.enter(() => this.wake()));
    this.#links = new Links(context, realm, this);
    this.#dialer = new Dialer(context, realm, this);
    this.#pump = new Pump(context, realm, this);
    this.#presence = new PresenceCalls(this.#world, () =>
      this.isOlder || this.banned !== undefined ? undefined : this.#link,
    );
    this.#elsewhere = new ShownElsewhere(context, realm);
    this.#fetcher = new Fetcher(context, realm, () => this.wake());
    this.#age = new Age(this.#world, legacy || this.isPlain, () =>
      context.log("warn", "realm-waits-older", { realm: realm.name, reason: this.#olderText }),
    );
    if (!legacy) return;
    this.#legacy = new LegacyCarrier(context.own, realm, () => {
      this.#dialer.succeeded();
      this.#heard();
    });
  }

  get status(): LinkStatus {
    const { contact } = this.#links;
    const ban = this.banned;
    if (ban !== undefined) return { state: "refused", contact, error: ban };
    return {
      state: this.#state,
      contact,
      error: this.isLinked || this.#lease.isLinkedElsewhere ? this.#doubt : this.#reason,
    };
  }

  /** Why there is no link. */
  get #reason(): string | undefined {
    return this.#age.isOlder && !this.#dialer.refused ? this.#olderText : (this.#dialer.error ?? this.#doubt);
  }

  get #olderText(): string {
    return `it is an older server, whose links are not encrypted: update it, or start this one with --plain-links ${this.realm.name}`;
  }

  get isOlder(): boolean {
    return this.#legacy !== undefined || (this.isPlain && !this.#world.isPrivate);
  }

  get isPlain(): boolean {
    return this.#context.plainLinks.has(this.realm.key);
  }

  get isLinked(): boolean {
    return this.#links.used !== undefined;
  }

  /** The link, if this node is the one to use it. */
  get #link(): Link | undefined {
    return this.#lease.isOurs ? this.#links.used : undefined;
  }

  get mayDial(): boolean {
    return !this.#legacy && this.realm.host !== undefined && this.#mayBeLinked && this.#lease.isOurs;
  }

  get mayLink(): boolean {
    return this.banned === undefined && this.#lease.isOurs;
  }

  get #mayBeLinked(): boolean {
    return !this.#closed && !this.isLinked && this.#isKnown && this.banned === undefined;
  }

  /** That it is banned here, and why: nothing goes to it or comes from it, and what waits for it waits on. */
  get banned(): string | undefined {
    const ban = realmBan(this.#context.services, this.realm.key);
    return ban && forbiddenBy(ban).detail;
  }

  /** What items go by now. */
  get #carrier(): Carrier | undefined {
    if (this.banned !== undefined || !this.#lease.isOurs) return undefined;
    if (this.#legacy) return this.#dialer.pauses ? undefined : this.#legacy;
    return this.#link;
  }

  get #state(): LinkState {
    if (this.realm.ended) return "ended";
    if (this.#legacy) return "legacy";
    if (this.isLinked || this.#lease.isLinkedElsewhere) return "linked";
    if (this.#dialer.refused) return "refused";
    if (this.#dialer.dialing) return "connecting";
    if (this.#age.isOlder) return "waiting";
    return this.realm.host === undefined ? "unknown" : "waiting";
  }

  /** Takes part in this turn; at its end what can be sent, fetched or dialed is. */
  wake(): void {
    if (this.#joined || this.#closed) return;
    this.#joined = true;
    this.#context.turn.join(this);
  }

  speak(): void {
    this.#joined = false;
    this.#pump.settle();
    for (const then of this.#turnEnded.splice(0)) then(true);
    if (this.#closed) return;
    if (!this.#isKnown || this.realm.ended) {
      this.#end();
      return;
    }
    this.#renounce();
    this.#lease.tell(() => this.#link !== undefined);
    if (this.#pump.carrier === this.#carrier) this.#pump.pump();
    else this.#begin();
    if (this.#link) {
      void this.#fetcher.run(this.#link);
      void this.#directory.tellAgain();
    }
    this.#ensure();
  }

  restore(): void {
    this.#joined = false;
    this.#pump.restore();
    // The turn that added the realm was undone: there is no such realm.
    if (!this.#isKnown) this.close();
    for (const then of this.#turnEnded.splice(0)) then(false);
    if (this.#resting || this.#closed) return;
    this.#resting = this.#world.after(STORAGE_PAUSE_MS, () => {
      this.#resting = undefined;
      this.wake();
    });
    this.#resting.unref();
  }

  retract(): void {
    if (!this.#joined) return;
    // What has gone back is a reason to look again.
    this.#joined = false;
    this.wake();
  }

  expect(n: number, request: Awaiting, then: (result: ItemResult | undefined) => void): void {
    const hopeful = this.#carrier !== undefined || this.#dialer.isHopeful || this.#lease.isLinkedElsewhere;
    const hopeless = this.#closed || this.#links.used?.isSlower(PATIENCE_MS) || !hopeful;
    if (hopeless) then(undefined);
    else this.#pump.expect(n, request, then);
  }

  /** The result of an item is there, or is waited for no more. */
  answered(n: number, result: ItemResult | undefined): void {
    this.#pump.answered(n, result);
  }

  /** The content of one of its files has come, or never will. */
  arrived(file: StoredFile, isHere: boolean): void {
    this.#fetcher.arrived(file, isHere);
  }

  /** Its address was given anew. */
  moved(): void {
    this.#anew = true;
    this.wake();
  }

  /** @returns whether it is the lease of its link */
  losesLease(name: string): boolean {
    if (name !== this.#lease.name) return false;
    this.#links.lose("another node of this realm has its link");
    this.wake();
    return true;
  }

  /** Whether `check`, or with @param looking `look`, has anything to do. */
  isDue(now: number, looking: boolean): boolean {
    return this.#pump.isLate(now) || this.#closed || (looking && this.#lease.isOurs);
  }

  /** Tells senders that have waited too long; called every 100 ms. */
  check(now: number): void {
    this.#pump.giveUp(now);
  }

  /** Removes items that have waited too long; called every second. */
  look(now: number): void {
    this.#links.look();
    const banned = this.banned;
    if (banned !== this.#lastBan) this.wake();
    this.#lastBan = banned;
    this.#age.look();
    if (!this.#age.hasHadItsTime) return;
    const items = this.#pump.expire(now - this.#context.outboxLife);
    if (items > 0) this.#context.log("warn", "outbox-expired", { realm: this.realm.name, items });
  }

  async meet(): Promise<LinkStatus | undefined> {
    if (this.#closed) return this.status;
    this.#doubt = undefined;
    this.#age.isMetAnew();
    this.#dialer.anew();
    this.#anew = true;
    // Nothing is sent before the turn that added the realm, or its address, is on disk.
    if (!(await this.#turnKept())) return undefined;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#world.after(PATIENCE_MS, resolve);
    });
    await Promise.race([this.#met(), late]);
    this.#world.cancel(timer);
    return this.status;
  }

  /** Resolves when this turn has ended, with whether it was kept. */
  #turnKept(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#turnEnded.push(resolve);
      this.wake();
    });
  }

  /** It has been dialed, by this node: who wants to know is told what has come of it. */
  async #met(): Promise<void> {
    if (this.realm.host !== undefined && !this.#lease.isOurs) {
      await this.#lease.seize().catch(() => {});
      this.#dialer.ensure();
    }
    await this.#dialer.dialing;
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
    const { realms } = this.#context.services.model;
    if (this.realm.pinned === undefined) realms.pin(this.realm, key);
    const link = this.#links.dialed(wire, key);
    this.#linked(link, received);
    return link;
  }

  /** A server of the older kind is asked again. */
  rested(): void {
    if (this.#legacy) this.wake();
    else this.#ensure();
  }

  linkEnded(): void {
    this.#pump.use(undefined);
    this.wake();
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

  /** It wants to link, or lets link, in a way that this server does not. */
  older(): void {
    if (!this.isLinked && !this.#legacy && !this.realm.encrypted) this.#age.isFound();
  }

  /** Some other server claims to be this realm. */
  doubt(reason: string): void {
    if (this.#doubt !== reason) this.#context.few("warn", "realm-refused", { realm: this.realm.name, reason });
    this.#doubt = reason;
  }

  /** Resolves when a content is here, or with false when it is not within 10 s or there is no link. */
  arrival(file: StoredFile): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#link || this.#lease.isLinkedElsewhere) this.#fetcher.await(file, ARRIVAL_MS, resolve);
      else resolve(false);
    });
  }

  refresh(): void {
    if (this.#link) this.#directory.refresh(this.#link);
  }

  /** A node wants to be told all its names: whoever has the link, or has it next, tells them. */
  wantNames(): void {
    this.#directory.isWanted = true;
    this.wake();
  }

  tellTyping(typing: Typing): void {
    this.#presence.tellTyping(typing);
  }

  shown(user: string, viewer: string): Promise<UserShown | undefined> {
    return this.#lease.isLinkedElsewhere ? this.#elsewhere.ask(user, viewer) : this.#presence.shown(user, viewer);
  }

  /** Another node wants to know what a user there shows: that with the link answers. */
  askedShown(asked: ChangeOf<"shown.asked">): void {
    if (this.#link)
      void this.#presence.shown(asked.user, asked.viewer).then((shown) => this.#elsewhere.tell(asked, shown));
  }

  /** It is answered. */
  toldShown(told: ChangeOf<"shown.told">): void {
    this.#elsewhere.told(told);
  }

  /** Tells the realm that there are new names here. */
  announce(): void {
    this.#link?.call("news", "{}").catch(() => {});
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#dialer.cancelPause();
    this.#world.cancel(this.#resting);
    this.#pump.giveUp(Number.POSITIVE_INFINITY);
    this.#fetcher.close();
    this.#lease.close();
    this.#links.lose("this server stops");
  }

  /** The realm was removed, and that is kept: nothing goes there any more, and what waits is refused, some at a time. */
  #end(): void {
    this.#dialer.refuse();
    this.#links.lose("it was removed here");
    const { code, detail = "" } = hasEnded(this.realm);
    const { services, turn } = this.#context;
    if (!this.#isKnown) this.close();
    else if (services.model.outbox.waiting(this.realm).items > 0) turn.enter(() => this.#pump.refuse({ code, detail }));
  }

  /** Dials it, if that is this node's to do. What waits for one that is never dialed expires, too. */
  #ensure(): void {
    const { outbox } = this.#context.services.model;
    const isWanted = this.realm.host !== undefined || outbox.waiting(this.realm).items > 0;
    if (isWanted && this.#mayBeLinked) this.#lease.want();
    this.#dialer.ensure();
  }

  #linked(link: Link, received: number): void {
    const { model } = this.#context.services;
    model.outbox.has(this.realm, received);
    this.#heard();
    this.#age.fits();
    this.#doubt = undefined;
    this.#dialer.linked();
    if (!this.isPlain) model.realms.setEncrypted(this.realm);
    this.#links.tell(link);
    this.wake();
  }

  /** Begins with a carrier other than before; the turn that changed it is on disk. */
  #begin(): void {
    const { services, turn } = this.#context;
    this.#pump.use(this.#carrier);
    if (!this.#link) return;
    // While there was no link the realm may have missed messages of groups.
    turn.enter(() => missed(services, this.realm));
    this.#directory.refresh(this.#link);
  }

  /** Ends links that are not to be used any more. */
  #renounce(): void {
    this.#links.renounce(this.banned, this.#anew);
    if (this.#anew) this.#dialer.cancelPause();
    this.#anew = false;
  }

  get #isKnown(): boolean {
    return this.#context.services.model.realms.find(this.realm.key) === this.realm;
  }

  #heard(): void {
    this.#links.heard();
    this.#dialer.heard();
  }
}
