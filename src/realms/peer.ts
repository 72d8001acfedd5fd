/**
 * One other realm, as operations see it, and what goes over its link: items, files, names, hints. How it comes to a link is
 * for linking.ts.
 */
import type { Typing, UserShown } from "../contract/hints.ts";
import type { ItemResult } from "../contract/items.ts";
import { hasEnded, missed } from "../operations/outbox.ts";
import type { Caller } from "../operations/services/context.ts";
import type { Awaiting, LinkStatus, Neighbour } from "../operations/services/neighbours.ts";
import type { ChangeOf } from "../state/changes.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Speaker } from "../state/participants.ts";
import type { Timer, World } from "../world/world.ts";
import type { RealmsContext } from "./context.ts";
import { Directory } from "./directory.ts";
import { Fetcher } from "./fetcher.ts";
import type { AcceptedLink } from "./link.ts";
import { Linking, type LinkingOwner } from "./linking.ts";
import { PresenceCalls } from "./presence-calls.ts";
import { PATIENCE_MS, Pump, type PumpOwner } from "./pump.ts";
import { ShownElsewhere } from "./shown-elsewhere.ts";

/** After a turn that could not be kept it is tried again in this long, in ms: the disk may be full for a while. */
const STORAGE_PAUSE_MS = 1000;

/** How long, in ms, a download waits for a content that is still to come. */
const ARRIVAL_MS = 10_000;

export class Peer implements Neighbour, PumpOwner, LinkingOwner, Speaker {
  readonly realm: Realm;
  readonly #context: RealmsContext;
  readonly #world: World;
  readonly #linking: Linking;
  readonly #pump: Pump;
  readonly #directory: Directory;
  readonly #fetcher: Fetcher;
  readonly #presence: PresenceCalls;
  readonly #elsewhere: ShownElsewhere;
  /** Called when the turn has ended, with whether it was kept. */
  readonly #turnEnded: ((kept: boolean) => void)[] = [];
  #resting: Timer | undefined;
  /** It takes part in this turn. */
  #joined = false;
  #closed = false;

  /** @param legacy it is of the older kind and has no links. */
  constructor(realm: Realm, context: RealmsContext, legacy: boolean) {
    this.realm = realm;
    this.#context = context;
    this.#world = context.services.world;
    this.#linking = new Linking(realm, context, legacy, this);
    this.#pump = new Pump(context, realm, this);
    this.#directory = new Directory(context, realm, () => this.#turnKept());
    this.#fetcher = new Fetcher(context, realm, () => this.wake());
    this.#presence = new PresenceCalls(this.#world, () =>
      this.isOlder || this.#linking.banned !== undefined ? undefined : this.#linking.link,
    );
    this.#elsewhere = new ShownElsewhere(context, realm);
  }

  get status(): LinkStatus {
    return this.#linking.status;
  }

  get isOlder(): boolean {
    return this.#linking.isOlder;
  }

  get closed(): boolean {
    return this.#closed;
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
    if (!this.#linking.isKnown || this.realm.ended) {
      this.#end();
      return;
    }
    this.#linking.settle();
    if (this.#pump.carrier === this.#linking.carrier) this.#pump.pump();
    else this.#begin();
    const { link } = this.#linking;
    if (link) {
      void this.#fetcher.run(link);
      void this.#directory.tellAgain();
    }
    this.#linking.ensure();
  }

  restore(): void {
    this.#joined = false;
    this.#pump.restore();
    // The turn that added the realm was undone: there is no such realm.
    if (!this.#linking.isKnown) this.close();
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
    if (this.#closed || !this.#linking.isHopeful(PATIENCE_MS)) then(undefined);
    else this.#pump.expect(n, request, then);
  }

  expectToo(n: number, then: (result: ItemResult | undefined) => void): void {
    if (this.#closed) then(undefined);
    else this.#pump.expectToo(n, then);
  }

  /** The result of an item is there, or is waited for no more. */
  answered(n: number, result: ItemResult | undefined): void {
    this.#pump.answered(n, result);
  }

  /** The content of one of its files has come, or never will. */
  arrived(file: StoredFile, isHere: boolean): void {
    this.#fetcher.arrived(file, isHere);
  }

  /** It was made known, by some node. */
  added(): void {
    this.#linking.added();
    this.wake();
  }

  /** Its address was given anew. */
  moved(): void {
    this.#linking.moved();
    this.wake();
  }

  /** @returns whether it is the lease of its link */
  losesLease(name: string): boolean {
    return this.#linking.losesLease(name);
  }

  /** Whether `check`, or with @param looking `look`, has anything to do. */
  isDue(now: number, looking: boolean): boolean {
    return this.#pump.isLate(now) || this.#closed || (looking && this.#linking.isOurs);
  }

  /** Tells senders that have waited too long; called every 100 ms. */
  check(now: number): void {
    this.#pump.giveUp(now);
  }

  /** Removes items that have waited too long; called every second. */
  look(now: number): void {
    this.#linking.look();
    if (!this.#linking.mayExpire) return;
    const items = this.#pump.expire(now - this.#context.outboxLife);
    if (items > 0) this.#context.log("warn", "outbox-expired", { realm: this.realm.name, items });
  }

  async meet(): Promise<LinkStatus | undefined> {
    if (this.#closed) return this.status;
    this.#linking.anew();
    // Nothing is sent before the turn that added the realm, or its address, is on disk.
    if (!(await this.#turnKept())) return undefined;
    await this.#linking.dialed(PATIENCE_MS);
    return this.status;
  }

  /** The realm has connected and proven itself. @param received the highest number of our items that it has. */
  accept(caller: Caller, key: string, received: number): AcceptedLink {
    return this.#linking.accept(caller, key, received);
  }

  linkEnded(): void {
    // Another than the one in use changes nothing.
    if (this.#pump.carrier !== this.#linking.carrier) this.#pump.use(undefined);
    this.wake();
  }

  carrierFailed(reason: string): void {
    this.#linking.carrierFailed(reason);
  }

  /** It wants to link in a way that this server does not. */
  older(): void {
    this.#linking.older();
  }

  /** Resolves when a content is here, or with false when it is not within 10 s or there is no link. */
  arrival(file: StoredFile): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#linking.link || this.#linking.isLinkedElsewhere) this.#fetcher.await(file, ARRIVAL_MS, resolve);
      else resolve(false);
    });
  }

  refresh(): void {
    const { link } = this.#linking;
    if (link) this.#directory.refresh(link);
  }

  /**
   * A node that has just started wants to be told all its names, by whoever has the link, or has it next; and who waits for what
   * it was sent, by the nodes where they are.
   */
  wantNames(): void {
    this.#directory.isWanted = true;
    this.#context.turn.enter(() => this.#pump.tellAgain());
    this.wake();
  }

  tellTyping(typing: Typing): void {
    this.#presence.tellTyping(typing);
  }

  shown(user: string, viewer: string): Promise<UserShown | undefined> {
    return this.#linking.isLinkedElsewhere ? this.#elsewhere.ask(user, viewer) : this.#presence.shown(user, viewer);
  }

  /** Another node wants to know what a user there shows: that with the link answers. */
  askedShown(asked: ChangeOf<"shown.asked">): void {
    if (this.#linking.link)
      void this.#presence.shown(asked.user, asked.viewer).then((shown) => this.#elsewhere.tell(asked, shown));
  }

  /** It is answered. */
  toldShown(told: ChangeOf<"shown.told">): void {
    this.#elsewhere.told(told);
  }

  /** Tells the realm that there are new names here. */
  announce(): void {
    this.#linking.link?.call("news", "{}").catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#world.cancel(this.#resting);
    this.#pump.giveUp(Number.POSITIVE_INFINITY);
    this.#fetcher.close();
    this.#linking.close();
  }

  /** Resolves when this turn has ended, with whether it was kept. */
  #turnKept(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#turnEnded.push(resolve);
      this.wake();
    });
  }

  /** Begins with a carrier other than before; the turn that changed it is on disk. */
  #begin(): void {
    const { services, turn } = this.#context;
    this.#pump.use(this.#linking.carrier);
    const { link } = this.#linking;
    if (!link) return;
    // While there was no link the realm may have missed messages of groups.
    turn.enter(() => missed(services, this.realm));
    this.#directory.refresh(link);
  }

  /** The realm was removed, and that is kept: nothing goes there any more, and what waits is refused, some at a time. */
  #end(): void {
    this.#linking.end();
    const { code, detail = "" } = hasEnded(this.realm);
    const { services, turn } = this.#context;
    if (!this.#linking.isKnown) this.close();
    else if (services.model.outbox.waiting(this.realm).items > 0) turn.enter(() => this.#pump.refuse({ code, detail }));
  }
}
