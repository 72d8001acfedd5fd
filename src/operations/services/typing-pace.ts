/** How often it is passed on that somebody types: now and then in the same conversation, and not at all under load. */
import type { Group, Party } from "../../state/entities.ts";

/** The least time between two hints in the same conversation, in ms. */
const PAUSE_MS = 3000;

/** Connections that are told in a second, in all; and hints that are taken in a second from one other realm. */
const TOLD_A_SECOND = 2000;
const OF_REALM_A_SECOND = 50;

/** The most that is remembered of who typed where in the last PAUSE_MS. */
const MOST = 20_000;

export interface TypingPaceOptions {
  /** Milliseconds since some moment. */
  elapsed(): number;
  /** Output waits for those who read it. */
  isUnderLoad(): boolean;
}

export class TypingPace {
  readonly #options: TypingPaceOptions;
  /** By who and where: when, the latest last; and whether the group's home has told it back. */
  readonly #typed = new Map<string, { readonly time: number; isBack: boolean }>();
  readonly #told: Allowance;
  readonly #ofRealm = new Map<string, Allowance>();

  constructor(options: TypingPaceOptions) {
    this.#options = options;
    this.#told = new Allowance(TOLD_A_SECOND, options.elapsed());
  }

  /** Whether it may be passed on now that somebody types; if so, `note` is to be called. */
  mayTell(by: Party, to: Party | Group): boolean {
    this.#forgetOld(this.#options.elapsed());
    return !this.#typed.has(keyOf(by, to)) && this.#typed.size < MOST && !this.isSpent;
  }

  /** It is passed on, here or on another node, that somebody types: the home of a group may tell it back here. */
  note(by: Party, to: Party | Group): void {
    const now = this.#options.elapsed();
    this.#forgetOld(now);
    const key = keyOf(by, to);
    this.#typed.delete(key);
    if (this.#typed.size < MOST) this.#typed.set(key, { time: now, isBack: false });
  }

  /** Whether the home of a group tells back what a user here has done just now: it must not speak for that user otherwise. */
  mayComeBack(by: Party, group: Group): boolean {
    return this.#typed.get(keyOf(by, group))?.isBack === false;
  }

  /** The home has told it back: a second time is not believed. @param isBack false: that is undone */
  cameBack(by: Party, group: Group, isBack = true): void {
    const typed = this.#typed.get(keyOf(by, group));
    if (typed) typed.isBack = isBack;
  }

  /** What was noted is undone. */
  forget(by: Party, to: Party | Group): void {
    this.#typed.delete(keyOf(by, to));
  }

  /** Whether this node has too much else to say. */
  get isSpent(): boolean {
    return this.#options.isUnderLoad() || this.#told.isSpent(this.#options.elapsed());
  }

  #forgetOld(now: number): void {
    for (const [key, { time }] of this.#typed) {
      if (now - time < PAUSE_MS) break;
      this.#typed.delete(key);
    }
  }

  /** Whether one more hint of another realm is looked at. @param realm its key */
  takeFrom(realm: string): boolean {
    const now = this.#options.elapsed();
    const allowance = this.#ofRealm.get(realm) ?? new Allowance(OF_REALM_A_SECOND, now);
    this.#ofRealm.set(realm, allowance);
    if (allowance.isSpent(now)) return false;
    allowance.spend(1);
    return true;
  }

  /** Counts connections that were told. */
  told(connections: number): void {
    this.#told.spend(connections);
  }
}

function keyOf(by: Party, to: Party | Group): string {
  return `${by.id} ${"members" in to ? "#" : ""}${to.id}`;
}

/** So much in a second; what is spent beyond it is missing in the next ones. */
class Allowance {
  readonly #aSecond: number;
  #left: number;
  #since: number;

  constructor(aSecond: number, now: number) {
    this.#aSecond = aSecond;
    this.#left = aSecond;
    this.#since = now;
  }

  isSpent(now: number): boolean {
    this.#left = Math.min(this.#aSecond, this.#left + ((now - this.#since) * this.#aSecond) / 1000);
    this.#since = now;
    return this.#left < 1;
  }

  spend(count: number): void {
    this.#left -= count;
  }
}
