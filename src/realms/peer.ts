/** One other realm: whether it is linked, how it is tried, and what is done once it is. */
import type { ServerEvent } from "../client/client.ts";
import type { ItemResult } from "../contract/items.ts";
import type { LinkState } from "../contract/shapes.ts";
import { missed } from "../operations/outbox.ts";
import type { Caller, LinkStatus } from "../operations/services/context.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Speaker } from "../state/turn.ts";
import { type Dialed, dial, Refused } from "./dial.ts";
import { Directory, type NamesKept } from "./directory.ts";
import { Fetcher } from "./fetcher.ts";
import type { Host } from "./host.ts";
import { LegacyCarrier } from "./legacy.ts";
import { AcceptedLink, type Carrier, DialedLink, type Link } from "./link.ts";
import { PATIENCE_MS, Pump } from "./pump.ts";
import { Service } from "./serve.ts";

/** The first and the longest pause between two tries, in ms; each is a random part of its limit (full jitter). */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 300_000;

/** A result that could not be kept is asked for again after this, in ms: the disk may be full for a while. */
const STORAGE_PAUSE_MS = 1000;

/** A link that has ended sooner than this, in ms, counts as a try that failed. */
const LASTING_MS = 5000;

/** Calls that may come before the handshake has been looked at. */
const MOST_EARLY = 20;

/** How long, in ms, a download waits for a content that is on its way. */
const ARRIVAL_MS = 10_000;

export class Peer implements Speaker {
  readonly realm: Realm;
  readonly directory: Directory;
  readonly #host: Host;
  readonly #pump: Pump;
  readonly #fetcher: Fetcher;
  readonly #legacy: LegacyCarrier | undefined;
  #dialed: DialedLink | undefined;
  #accepted: AcceptedLink | undefined;
  #dialing: Promise<void> | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #failures = 0;
  #refused = false;
  #contact: number | undefined;
  #error: string | undefined;
  /** Somebody was not who he said; stays until its address or key is given anew. */
  #doubt: string | undefined;
  /** Its address or key was given anew. */
  #anew = false;
  #flapping = false;
  #saidLost: string | undefined;
  /** Told when the turn has ended, and whether it is on disk. */
  readonly #spoken: ((kept: boolean) => void)[] = [];
  #resting: NodeJS.Timeout | undefined;
  #woken = false;
  #closed = false;

  /** @param legacy a server of the older kind: it has no links. */
  constructor(realm: Realm, host: Host, kept: NamesKept, legacy: boolean) {
    const wake = (): void => this.wake();
    this.directory = new Directory(kept);
    this.realm = realm;
    this.#host = host;
    this.#pump = new Pump(host, realm, wake, (reason) => this.#carrierFailed(reason));
    this.#fetcher = new Fetcher(host, realm, wake);
    if (!legacy) return;
    this.#legacy = new LegacyCarrier(host.own.realm, host.own.advertise(undefined), realm, () => {
      this.#failures = 0;
      this.#heard();
    });
  }

  get status(): LinkStatus {
    return {
      state: this.#state,
      contact: this.#link?.spoke ?? this.#contact,
      error: this.#link ? this.#doubt : (this.#error ?? this.#doubt),
    };
  }

  /** The link that is used; the other, if there are two, would do as well. */
  get #link(): Link | undefined {
    return this.#dialed ?? this.#accepted;
  }

  /** What items go by now. */
  get #carrier(): Carrier | undefined {
    if (this.#legacy) return this.#retrying ? undefined : this.#legacy;
    return this.#link;
  }

  get #state(): LinkState {
    if (this.#legacy) return "legacy";
    if (this.#link) return "linked";
    if (this.#refused) return "refused";
    if (this.#dialing) return "connecting";
    return this.realm.host === undefined ? "unknown" : "waiting";
  }

  /** Something was staged for it, or may be done for it now. */
  wake(): void {
    if (this.#woken || this.#closed) return;
    this.#woken = true;
    this.#host.turn.join(this);
  }

  speak(): void {
    this.#woken = false;
    this.#pump.settle();
    for (const then of this.#spoken.splice(0)) then(true);
    if (this.#closed) return;
    this.#renounce();
    if (this.#pump.carrier === this.#carrier) this.#pump.pump();
    else this.#begin();
    if (this.#link) void this.#fetcher.run(this.#link);
    this.#ensure();
  }

  restore(): void {
    this.#woken = false;
    this.#pump.restore();
    // The turn that made it known has not come to be: there is no such realm.
    if (!this.#isKnown) this.close();
    for (const then of this.#spoken.splice(0)) then(false);
    if (this.#resting || this.#closed) return;
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      this.wake();
    }, STORAGE_PAUSE_MS);
    this.#resting.unref();
  }

  retract(): void {}

  expect(n: number, then: (result: ItemResult | undefined) => void): void {
    // A first try may succeed; one that has failed before is not waited for.
    const hopeful = this.#carrier !== undefined || (this.#dialing !== undefined && this.#failures === 0);
    const hopeless = this.#closed || this.#link?.isSlower(PATIENCE_MS) || !hopeful;
    if (hopeless) then(undefined);
    else this.#pump.expect(n, then);
  }

  /** Called often. */
  check(now: number): void {
    this.#pump.giveUp(now);
  }

  /** Called every second. */
  look(now: number): void {
    const link = this.#link;
    if (this.#flapping && link && this.#hasLasted(link)) {
      this.#flapping = false;
      this.#host.log("info", "realm-linked", { realm: this.realm.name, by: byWhom(link) });
    }
    const items = this.#pump.expire(now - this.#host.outboxLife);
    if (items > 0) this.#host.log("warn", "outbox-expired", { realm: this.realm.name, items });
  }

  /** Its address or key is new: tried at once. Resolves with what came of it, or after some time; with nothing if it could not be kept. */
  async meet(): Promise<LinkStatus | undefined> {
    if (this.#closed) return this.status;
    this.#refused = false;
    this.#doubt = undefined;
    this.#failures = 0;
    this.#cancelRetry();
    this.#anew = true;
    // Nothing leaves the process before the realm is on disk.
    const kept = await new Promise<boolean>((resolve) => {
      this.#spoken.push(resolve);
      this.wake();
    });
    if (!kept) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([this.#dialing, late]);
    clearTimeout(timer);
    return this.status;
  }

  /** It has connected and proven itself: there is no reason to wait with the next try. @param received the highest number of our items that it has. */
  accept(caller: Caller, key: string, received: number): AcceptedLink {
    const link = new AcceptedLink(caller, key, (_, reason) => this.#lost(link, reason));
    const before = this.#accepted;
    this.#failures = 0;
    this.#accepted = link;
    before?.lose("it has connected anew");
    this.#linked(link, received);
    return link;
  }

  /** Somebody else has tried to be it. */
  doubt(reason: string): void {
    if (this.#doubt !== reason) this.#host.log("warn", "realm-refused", { realm: this.realm.name, reason });
    this.#doubt = reason;
  }

  arrival(file: StoredFile): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#link) this.#fetcher.await(file, ARRIVAL_MS, resolve);
      else resolve(false);
    });
  }

  refresh(): void {
    if (this.#link) this.directory.refresh(this.#link);
  }

  /** There are new names here. */
  announce(): void {
    this.#link?.call("news", "{}").catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    clearTimeout(this.#resting);
    this.#pump.giveUp(0, true);
    this.#fetcher.close();
    this.#dialed?.lose("this server stops");
    this.#accepted?.lose("this server stops");
  }

  /** Dials, if that is what is to be done now. */
  #ensure(): void {
    if (this.#closed || this.#legacy || this.#link || this.#dialing || this.#retrying || this.#refused) return;
    if (this.realm.host === undefined || !this.#isKnown) return;
    this.#dialing = this.#dial().finally(() => {
      this.#dialing = undefined;
      if (!this.#link) this.#retry();
    });
  }

  async #dial(): Promise<void> {
    const early: ServerEvent[] = [];
    let link: DialedLink | undefined;
    let service: Service | undefined;
    try {
      const dialed = await dial(this.#host.own, this.realm, {
        onEvent(event) {
          if (service) service.serve(event);
          else if (early.length < MOST_EARLY) early.push(event);
        },
        onLost: (reason) => link?.lose(reason.message),
      });
      await this.#host.turn.entered();
      if (this.#closed) {
        dialed.client.close();
        return;
      }
      link = this.#proven(dialed);
      service = new Service(this.#host, this.realm, link);
      for (const event of early) service.serve(event);
    } catch (error) {
      const { message } = error as Error;
      this.#failures++;
      if (error instanceof Refused) {
        this.#refused = true;
        this.#error = message;
        this.doubt(message);
      } else {
        if (this.#error !== message) {
          this.#host.log("info", "realm-unreachable", { realm: this.realm.name, reason: message });
        }
        this.#error = message;
      }
    }
  }

  #proven({ client, key, received }: Dialed): DialedLink {
    const { realms } = this.#host.services.model;
    if (this.realm.pinned === undefined) realms.pin(this.realm, key);
    const link: DialedLink = new DialedLink(client, key, this.#place, (_, reason) => this.#lost(link, reason));
    this.#dialed = link;
    this.#linked(link, received);
    return link;
  }

  #linked(link: Link, received: number): void {
    const { services, log } = this.#host;
    services.model.outbox.raise(this.realm.key, received);
    this.#heard();
    if (this.#refused) this.#doubt = undefined;
    this.#refused = false;
    this.#cancelRetry();
    if (!this.#flapping) log("info", "realm-linked", { realm: this.realm.name, by: byWhom(link) });
    this.wake();
  }

  /** Another carrier than before, and what made it so is on disk. */
  #begin(): void {
    this.#pump.use(this.#carrier);
    if (!this.#link) return;
    // While it was away it may have missed messages of groups.
    missed(this.#host.services, this.realm);
    this.directory.refresh(this.#link);
  }

  /** Ends links with another key than the one that is known now, or to an address that is no longer the realm's. */
  #renounce(): void {
    const { pinned } = this.realm;
    for (const link of [this.#dialed, this.#accepted]) {
      const moved = this.#anew && link instanceof DialedLink && link.place !== this.#place;
      if (link && (link.key !== pinned || moved)) link.lose("its key or address was given anew");
    }
    if (this.#anew) this.#cancelRetry();
    this.#anew = false;
  }

  get #place(): string {
    return `${this.realm.host}:${this.realm.port}`;
  }

  get #isKnown(): boolean {
    return this.#host.services.model.realms.find(this.realm.key) === this.realm;
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
    // A link that comes and goes for the same reason is told of once, until it stays.
    this.#flapping = !lasted && reason === this.#saidLost;
    if (!this.#flapping) this.#host.log("info", "realm-lost", { realm: this.realm.name, reason });
    this.#saidLost = reason;
    this.#retry();
  }

  #hasLasted(link: Link): boolean {
    return Date.now() - link.opened > LASTING_MS;
  }

  #heard(): void {
    this.#contact = this.#host.services.now();
    this.#error = undefined;
  }

  #cancelRetry(): void {
    clearTimeout(this.#retrying);
    this.#retrying = undefined;
  }

  #retry(): void {
    if (this.#closed || this.#refused || this.#retrying || this.realm.host === undefined) return;
    const limit = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, this.#failures - 1));
    this.#retrying = setTimeout(() => {
      this.#retrying = undefined;
      if (this.#legacy) this.wake();
      else this.#ensure();
    }, Math.random() * limit);
    this.#retrying.unref();
  }

  /** Links that fail are lost; a server of the older kind is tried again. */
  #carrierFailed(reason: string): void {
    if (!this.#legacy) return;
    this.#failures++;
    if (this.#error !== reason) this.#host.log("info", "realm-unreachable", { realm: this.realm.name, reason });
    this.#error = reason;
    this.#retry();
  }
}

function byWhom(link: Link): string {
  return link instanceof DialedLink ? "us" : "them";
}
