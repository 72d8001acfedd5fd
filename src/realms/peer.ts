/** One other realm: its link, when it is dialed and dialed again, and what is served over the link. */
import { type Backoff, pauseMs } from "../connection/backoff.ts";
import type { Typing, UserShown } from "../contract/hints.ts";
import type { ItemResult } from "../contract/items.ts";
import type { LinkState } from "../contract/shapes.ts";
import { hasEnded, missed } from "../operations/outbox.ts";
import { forbiddenBy, realmBan } from "../operations/services/bans.ts";
import type { Caller } from "../operations/services/context.ts";
import type { LinkStatus, Neighbour } from "../operations/services/neighbours.ts";
import type { ToldEvent } from "../protocol/replies.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Speaker } from "../state/turn.ts";
import type { Timer, World } from "../world/world.ts";
import { Age } from "./age.ts";
import { CallHandler } from "./call-handler.ts";
import type { RealmsContext } from "./context.ts";
import { type Dialed, dial, OlderServer, Refused } from "./dial.ts";
import { Directory, type NamesKept } from "./directory.ts";
import { Fetcher } from "./fetcher.ts";
import { LegacyCarrier } from "./legacy.ts";
import { AcceptedLink, type Carrier, DialedLink, type Link } from "./link.ts";
import { PresenceCalls } from "./presence-calls.ts";
import { PATIENCE_MS, Pump, type PumpOwner } from "./pump.ts";

/** Between two tries to dial; any part of the limit (full jitter). */
const BACKOFF: Backoff = { firstMs: 1000, longestMs: 300_000, least: 0, most: 1 };

/** After a turn that could not be kept it is tried again in this long, in ms: the disk may be full for a while. */
const STORAGE_PAUSE_MS = 1000;

/** One that was not who it should be is tried again after this, in ms: who was in between may have gone. */
const REFUSED_PAUSE_MS = 300_000;

/** A link that ends sooner than this, in ms, counts as a failed try. */
const LASTING_MS = 5000;

/** Calls that may arrive before the reply to `link prove` has been read. */
const MOST_EARLY = 20;

/** How long, in ms, a download waits for a content that is still to come. */
const ARRIVAL_MS = 10_000;

export class Peer implements Neighbour, PumpOwner, Speaker {
  readonly realm: Realm;
  readonly directory: Directory;
  readonly #context: RealmsContext;
  readonly #world: World;
  readonly #pump: Pump;
  readonly #presence: PresenceCalls;
  readonly #fetcher: Fetcher;
  readonly #legacy: LegacyCarrier | undefined;
  /** The links there are, by who has dialed: both servers may. */
  #dialed: DialedLink | undefined;
  #accepted: AcceptedLink | undefined;
  #dialing: Promise<void> | undefined;
  #retrying: Timer | undefined;
  /** Tries in a row that have failed. */
  #failures = 0;
  /** It was not the realm that is meant: it is dialed again after `meet`, or a long pause. */
  #refused = false;
  /** When it spoke last, in ms since 1970, over a link that has ended. */
  #contact: number | undefined;
  /** Why the last try failed or the last link ended. */
  #error: string | undefined;
  /** That some server could not prove to be it, and why; stays until its address or key is given anew. */
  #doubt: string | undefined;
  /** Its address or key was given anew in this turn. */
  #anew = false;
  /** Its links end soon, for the same reason each time: the log was told once. */
  #flapping = false;
  #lastReason: string | undefined;
  readonly #age: Age;
  /** `#banned` when it was looked at last. */
  #lastBan: string | undefined;
  /** Called when the turn has ended, with whether it was kept. */
  readonly #turnEnded: ((kept: boolean) => void)[] = [];
  #resting: Timer | undefined;
  /** It takes part in this turn. */
  #joined = false;
  #closed = false;

  /** @param kept the names that all directories hold together. @param legacy it is of the older kind and has no links. */
  constructor(realm: Realm, context: RealmsContext, kept: NamesKept, legacy: boolean) {
    this.#world = context.services.world;
    this.directory = new Directory(kept, this.#world);
    this.realm = realm;
    this.#context = context;
    this.#pump = new Pump(context, realm, this);
    this.#presence = new PresenceCalls(this.#world, () =>
      this.isOlder || this.#banned !== undefined ? undefined : this.#link,
    );
    this.#fetcher = new Fetcher(context, realm, () => this.wake());
    this.#age = new Age(this.#world, legacy || this.#isPlain, () =>
      context.log("warn", "realm-waits-older", { realm: realm.name, reason: this.#olderText }),
    );
    if (!legacy) return;
    this.#legacy = new LegacyCarrier(context.own, realm, () => {
      this.#failures = 0;
      this.#heard();
    });
  }

  get status(): LinkStatus {
    const contact = this.#link?.spoke ?? this.#contact;
    const ban = this.#banned;
    if (ban !== undefined) return { state: "refused", contact, error: ban };
    return {
      state: this.#state,
      contact,
      error: this.#link ? this.#doubt : this.#reason,
    };
  }

  /** Why there is no link. */
  get #reason(): string | undefined {
    return this.#age.isOlder && !this.#refused ? this.#olderText : (this.#error ?? this.#doubt);
  }

  get #olderText(): string {
    return `it is an older server, whose links are not encrypted: update it, or start this one with --plain-links ${this.realm.name}`;
  }

  get isOlder(): boolean {
    return this.#legacy !== undefined || (this.#isPlain && !this.#world.isPrivate);
  }

  get #isPlain(): boolean {
    return this.#context.plainLinks.has(this.realm.key);
  }

  /** The link that is used; if there are two, either would do. */
  get #link(): Link | undefined {
    return this.#dialed ?? this.#accepted;
  }

  /** That it is banned here, and why: nothing goes to it or comes from it, and what waits for it waits on. */
  get #banned(): string | undefined {
    const ban = realmBan(this.#context.services, this.realm.key);
    return ban && forbiddenBy(ban).detail;
  }

  /** What items go by now. */
  get #carrier(): Carrier | undefined {
    if (this.#banned !== undefined) return undefined;
    if (this.#legacy) return this.#retrying ? undefined : this.#legacy;
    return this.#link;
  }

  get #state(): LinkState {
    if (this.realm.ended) return "ended";
    if (this.#legacy) return "legacy";
    if (this.#link) return "linked";
    if (this.#refused) return "refused";
    if (this.#dialing) return "connecting";
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
    if (this.#pump.carrier === this.#carrier) this.#pump.pump();
    else this.#begin();
    if (this.#link) void this.#fetcher.run(this.#link);
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

  expect(n: number, then: (result: ItemResult | undefined) => void): void {
    // A first try to dial may succeed; after a failure none is waited for.
    const hopeful = this.#carrier !== undefined || (this.#dialing !== undefined && this.#failures === 0);
    const hopeless = this.#closed || this.#link?.isSlower(PATIENCE_MS) || !hopeful;
    if (hopeless) then(undefined);
    else this.#pump.expect(n, then);
  }

  /** Tells senders that have waited too long; called every 100 ms. */
  check(now: number): void {
    this.#pump.giveUp(now);
  }

  /** Removes items that have waited too long; called every second. */
  look(now: number): void {
    const link = this.#link;
    if (this.#flapping && link && this.#hasLasted(link)) {
      this.#flapping = false;
      this.#context.log("info", "realm-linked", { realm: this.realm.name, by: byWhom(link) });
    }
    const banned = this.#banned;
    if (banned !== this.#lastBan) this.wake();
    this.#lastBan = banned;
    this.#age.look();
    if (!this.#age.hasHadItsTime) return;
    const items = this.#pump.expire(now - this.#context.outboxLife);
    if (items > 0) this.#context.log("warn", "outbox-expired", { realm: this.realm.name, items });
  }

  async meet(): Promise<LinkStatus | undefined> {
    if (this.#closed) return this.status;
    this.#refused = false;
    this.#doubt = undefined;
    this.#age.isMetAnew();
    this.#failures = 0;
    this.#cancelRetry();
    this.#anew = true;
    // Nothing is sent before the turn that added the realm, or its address, is on disk.
    const kept = await new Promise<boolean>((resolve) => {
      this.#turnEnded.push(resolve);
      this.wake();
    });
    if (!kept) return undefined;
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#world.after(PATIENCE_MS, resolve);
    });
    await Promise.race([this.#dialing, late]);
    this.#world.cancel(timer);
    return this.status;
  }

  /** The realm has connected and proven itself. @param received the highest number of our items that it has. */
  accept(caller: Caller, key: string, received: number): AcceptedLink {
    const link = new AcceptedLink(this.#world, caller, key, (_, reason) => this.#lost(link, reason));
    const before = this.#accepted;
    this.#failures = 0;
    this.#accepted = link;
    before?.lose("it has connected anew");
    this.#linked(link, received);
    return link;
  }

  /** It wants to link, or lets link, in a way that this server does not. */
  older(): void {
    if (!this.#link && !this.#legacy && !this.realm.encrypted) this.#age.isFound();
  }

  /** Some other server claims to be this realm. */
  doubt(reason: string): void {
    if (this.#doubt !== reason) this.#context.few("warn", "realm-refused", { realm: this.realm.name, reason });
    this.#doubt = reason;
  }

  /** Resolves when a content is here, or with false when it is not within 10 s or there is no link. */
  arrival(file: StoredFile): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#link) this.#fetcher.await(file, ARRIVAL_MS, resolve);
      else resolve(false);
    });
  }

  refresh(): void {
    if (this.#link) this.directory.refresh(this.#link);
  }

  tellTyping(typing: Typing): void {
    this.#presence.tellTyping(typing);
  }

  shown(user: string, viewer: string): Promise<UserShown | undefined> {
    return this.#presence.shown(user, viewer);
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
    this.#cancelRetry();
    this.#world.cancel(this.#resting);
    this.#pump.giveUp(Number.POSITIVE_INFINITY);
    this.#fetcher.close();
    this.#dialed?.lose("this server stops");
    this.#accepted?.lose("this server stops");
  }

  /** The realm was removed, and that is kept: nothing goes there any more, and what waits is refused, some at a time. */
  #end(): void {
    const reason = "it was removed here";
    this.#refused = true;
    this.#cancelRetry();
    this.#dialed?.lose(reason);
    this.#accepted?.lose(reason);
    const { code, detail = "" } = hasEnded(this.realm);
    if (this.#isKnown) this.#context.turn.enter(() => this.#pump.refuse({ code, detail }));
    else this.close();
  }

  /** Dials, unless there is a link, a try under way, a pause, or no sense in it. */
  #ensure(): void {
    if (this.#closed || this.#legacy || this.#link || this.#dialing || this.#retrying || this.#refused) return;
    if (this.realm.host === undefined || !this.#isKnown || this.#banned !== undefined) return;
    this.#dialing = this.#dial().finally(() => {
      this.#dialing = undefined;
      if (!this.#link) this.#retry();
    });
  }

  async #dial(): Promise<void> {
    const early: ToldEvent[] = [];
    let link: DialedLink | undefined;
    let handler: CallHandler | undefined;
    try {
      const dialed = await dial(this.#context.own, this.realm, this.#isPlain, {
        onEvent(event) {
          if (handler) handler.handle(event);
          else if (early.length < MOST_EARLY) early.push(event);
        },
        onLost: (reason) => link?.lose(reason.message),
      });
      await this.#context.turn.entered();
      if (this.#closed || this.#banned !== undefined) {
        dialed.wire.close();
        return;
      }
      link = this.#proven(dialed);
      handler = new CallHandler(this.#context, this.realm, link);
      for (const event of early) handler.handle(event);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof Refused) {
        this.#failures++;
        this.#refused = true;
        this.#error = message;
        this.doubt(message);
      } else if (error instanceof OlderServer) {
        this.#failures++;
        this.older();
      } else {
        this.#failed(message);
      }
    }
  }

  #proven({ wire, key, received }: Dialed): DialedLink {
    const { realms } = this.#context.services.model;
    if (this.realm.pinned === undefined) realms.pin(this.realm, key);
    const link: DialedLink = new DialedLink(this.#world, wire, key, this.#place, (_, reason) =>
      this.#lost(link, reason),
    );
    this.#dialed = link;
    this.#linked(link, received);
    return link;
  }

  #linked(link: Link, received: number): void {
    const { services, log } = this.#context;
    services.model.outbox.raise(this.realm.key, received);
    this.#heard();
    this.#age.fits();
    this.#doubt = undefined;
    this.#refused = false;
    this.#cancelRetry();
    if (!this.#isPlain) services.model.realms.setEncrypted(this.realm);
    if (!this.#flapping) log("info", "realm-linked", { realm: this.realm.name, by: byWhom(link) });
    this.wake();
  }

  /** Begins with a carrier other than before; the turn that changed it is on disk. */
  #begin(): void {
    this.#pump.use(this.#carrier);
    if (!this.#link) return;
    // While there was no link the realm may have missed messages of groups.
    missed(this.#context.services, this.realm);
    this.directory.refresh(this.#link);
  }

  /** Ends links of a realm that is banned, whose key is not the one known now, or whose address is no longer the realm's. */
  #renounce(): void {
    const { pinned } = this.realm;
    const banned = this.#banned;
    for (const link of [this.#dialed, this.#accepted]) {
      const moved = this.#anew && link instanceof DialedLink && link.place !== this.#place;
      if (link && banned !== undefined) link.lose(banned);
      else if (link && (link.key !== pinned || moved)) link.lose("its key or address was given anew");
    }
    if (this.#anew) this.#cancelRetry();
    this.#anew = false;
  }

  get #place(): string {
    return `${this.realm.host}:${this.realm.port}`;
  }

  get #isKnown(): boolean {
    return this.#context.services.model.realms.find(this.realm.key) === this.realm;
  }

  #lost(link: Link, reason: string): void {
    if (this.#dialed === link) this.#dialed = undefined;
    else if (this.#accepted === link) this.#accepted = undefined;
    else return;
    this.#contact = link.spoke;
    this.#pump.use(undefined);
    this.wake();
    if (this.#link || this.#closed) return;
    this.#error = reason;
    const lasted = this.#hasLasted(link);
    this.#failures = lasted ? 0 : this.#failures + 1;
    // A link that ends soon and for the same reason again is logged once, until one lasts.
    this.#flapping = !lasted && reason === this.#lastReason;
    if (!this.#flapping) this.#context.log("info", "realm-lost", { realm: this.realm.name, reason });
    this.#lastReason = reason;
    this.#retry();
  }

  #hasLasted(link: Link): boolean {
    return this.#world.now() - link.opened > LASTING_MS;
  }

  #heard(): void {
    this.#contact = this.#context.services.now();
    this.#error = undefined;
  }

  #cancelRetry(): void {
    this.#world.cancel(this.#retrying);
    this.#retrying = undefined;
  }

  #retry(): void {
    if (this.#closed || this.#retrying || this.realm.host === undefined) return;
    const pause = this.#refused ? REFUSED_PAUSE_MS : pauseMs(BACKOFF, Math.max(0, this.#failures - 1), this.#world);
    this.#retrying = this.#world.after(pause, () => {
      this.#retrying = undefined;
      this.#refused = false;
      if (this.#legacy) this.wake();
      else this.#ensure();
    });
    this.#retrying.unref();
  }

  /** A link that fails is lost and dialed again; a server of the older kind is asked again after a pause. */
  carrierFailed(reason: string): void {
    if (!this.#legacy) return;
    this.#failed(reason);
    this.#retry();
  }

  #failed(reason: string): void {
    this.#failures++;
    if (this.#error !== reason) this.#context.log("info", "realm-unreachable", { realm: this.realm.name, reason });
    this.#error = reason;
  }
}

function byWhom(link: Link): string {
  return link instanceof DialedLink ? "us" : "them";
}
