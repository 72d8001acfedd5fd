/** Dials a realm until there is a link, and again after a pause, which grows with each try that fails. */
import { type Backoff, pauseMs } from "../connection/backoff.ts";
import type { ToldEvent } from "../protocol/replies.ts";
import type { Realm } from "../state/entities.ts";
import type { Timer, World } from "../world/world.ts";
import { CallHandler } from "./call-handler.ts";
import type { RealmsContext } from "./context.ts";
import { type Dialed, dial, OlderServer, Refused } from "./dial.ts";
import type { DialedLink } from "./link.ts";

/** Between two tries to dial; any part of the limit (full jitter). */
const BACKOFF: Backoff = { firstMs: 1000, longestMs: 300_000, least: 0, most: 1 };

/** One that was not who it should be is tried again after this, in ms: who was in between may have gone. */
const REFUSED_PAUSE_MS = 300_000;

/** Calls that may arrive before the link can be used. A server of ours has never that many unanswered. */
const MOST_EARLY = 100;

export interface DialerOwner {
  /** Whether it is dialed without encryption, as older servers are. */
  readonly isPlain: boolean;
  /** There is no link yet, and one is wanted. */
  readonly mayDial: boolean;
  readonly isLinked: boolean;
  /** Whether anything may come of a try that is under way. */
  readonly mayLink: boolean;
  readonly closed: boolean;
  /** Within a turn: it has been reached, and has proven itself. */
  proven(dialed: Dialed): DialedLink;
  /** Some other server claims to be it. */
  doubt(reason: string): void;
  /** It is an older server. */
  older(): void;
  /** A pause is over. */
  rested(): void;
}

export class Dialer {
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #owner: DialerOwner;
  readonly #world: World;
  #dialing: Promise<void> | undefined;
  #pause: Timer | undefined;
  /** Tries in a row that have failed. */
  #failures = 0;
  #refused = false;
  #error: string | undefined;

  constructor(context: RealmsContext, realm: Realm, owner: DialerOwner) {
    this.#context = context;
    this.#realm = realm;
    this.#owner = owner;
    this.#world = context.services.world;
  }

  /** The try that is under way. */
  get dialing(): Promise<void> | undefined {
    return this.#dialing;
  }

  /** A first try is under way, and may succeed; after a failure none is waited for. */
  get isHopeful(): boolean {
    return this.#dialing !== undefined && this.#failures === 0;
  }

  get pauses(): boolean {
    return this.#pause !== undefined;
  }

  /** It was not the realm that is meant: it is dialed again `anew`, or after a long pause. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Why the last try failed or the last link ended. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Dials, unless there is a link, a try under way, a pause, or no sense in it. */
  ensure(): void {
    if (this.#dialing || this.#pause || this.#refused || !this.#owner.mayDial) return;
    this.#dialing = this.#dial().finally(() => {
      this.#dialing = undefined;
      if (!this.#owner.isLinked) this.retry();
    });
  }

  /** Dials again after a pause. */
  retry(): void {
    if (this.#owner.closed || this.#pause || this.#realm.host === undefined) return;
    const pause = this.#refused ? REFUSED_PAUSE_MS : pauseMs(BACKOFF, Math.max(0, this.#failures - 1), this.#world);
    this.#pause = this.#world.after(pause, () => {
      this.#pause = undefined;
      this.#refused = false;
      this.#owner.rested();
    });
    this.#pause.unref();
  }

  /** It waits no longer for the next try. */
  cancelPause(): void {
    this.#world.cancel(this.#pause);
    this.#pause = undefined;
  }

  /** It may be another server now: what was before says nothing. */
  anew(): void {
    this.#refused = false;
    this.#failures = 0;
    this.cancelPause();
  }

  /** It is not dialed any more. */
  refuse(): void {
    this.#refused = true;
    this.cancelPause();
  }

  /** It has spoken. */
  heard(): void {
    this.#error = undefined;
  }

  /** It can be spoken to: what has failed before is over. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** There is a link. */
  linked(): void {
    this.#refused = false;
    this.cancelPause();
  }

  /** There is none any more. @param lasted if not, it counts as a failed try */
  lost(reason: string, lasted: boolean): void {
    this.#error = reason;
    this.#failures = lasted ? 0 : this.#failures + 1;
    this.retry();
  }

  /** It could not be reached. */
  failed(reason: string): void {
    this.#failures++;
    if (this.#error !== reason) this.#context.log("info", "realm-unreachable", { realm: this.#realm.name, reason });
    this.#error = reason;
  }

  async #dial(): Promise<void> {
    const owner = this.#owner;
    const early: ToldEvent[] = [];
    const lost: Error[] = [];
    let link: DialedLink | undefined;
    let handler: CallHandler | undefined;
    try {
      const dialed = await dial(this.#context.own, this.#realm, owner.isPlain, {
        onEvent(event) {
          if (handler) handler.handle(event);
          else if (early.length <= MOST_EARLY) early.push(event);
        },
        onLost(reason) {
          lost.push(reason);
          link?.lose(reason.message);
        },
      });
      await this.#context.turn.entered();
      // Were some left out, those behind them would make them count as received.
      const isOverrun = early.length > MOST_EARLY;
      if (owner.closed || !owner.mayLink || isOverrun) dialed.wire.close();
      if (isOverrun) throw new Error("it calls faster than it takes the answers");
      if (owner.closed || !owner.mayLink) return;
      const [reason] = lost;
      if (reason) throw reason;
      link = owner.proven(dialed);
      handler = new CallHandler(this.#context, this.#realm, link);
      for (const event of early) handler.handle(event);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof Refused) {
        this.#failures++;
        this.#refused = true;
        this.#error = message;
        owner.doubt(message);
      } else if (error instanceof OlderServer) {
        this.#failures++;
        owner.older();
      } else {
        this.failed(message);
      }
    }
  }
}
