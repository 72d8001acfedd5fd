/**
 * What nodes of the simulator share, as PostgreSQL has it: the log and its order, leases, who is there. What each of them has of it
 * is for node-log.ts.
 */
import type { Change } from "../../../src/state/changes.ts";
import type { Chance } from "../chance.ts";
import type { Schedule } from "../schedule.ts";

/** In ms: the order is taken from who does nothing with it; so long a lease holds, and a node that says nothing counts as there. */
const IDLE_MS = 1000;
export const LEASE_MS = 5000;

/** How often, in ms, it is looked whether somebody does nothing with the order. */
const LOOK_MS = 200;

/** A node's connection. */
export interface Session {
  /** When it did something last, in ms. */
  touched: number;
  /** Others have kept something: the log reaches up to this place. */
  told(place: number): void;
  /** Some lease was seized. */
  seized(): void;
}

export class Store {
  readonly chance: Chance;
  readonly salt: Buffer;
  readonly facts = new Map<string, string>();
  readonly leases = new Map<string, { readonly node: number; readonly until: number }>();
  readonly sessions = new Set<Session>();
  /** The longest, in ms, that a message to it or from it takes. */
  latency = 1;
  readonly #schedule: Schedule;
  readonly #entries: (readonly Change[])[] = [];
  /** When each node has said last that it is there. */
  readonly #seen = new Map<number, number>();
  #holder: Session | undefined;
  #line: { readonly session: Session; readonly then: () => void }[] = [];
  #nodes = 0;

  constructor(chance: Chance, schedule: Schedule) {
    this.chance = chance;
    this.salt = chance.bytes(16);
    this.#schedule = schedule;
  }

  /** Of the newest entry. */
  get place(): number {
    return this.#entries.length;
  }

  get now(): number {
    return this.#schedule.now;
  }

  /** Numbers of nodes that have said nothing for too long. */
  get gone(): readonly number[] {
    return [...this.#seen].filter(([, at]) => at < this.now - LEASE_MS).map(([node]) => node);
  }

  /** @returns the number of a node that comes */
  register(): number {
    const node = ++this.#nodes;
    this.isThere(node);
    return node;
  }

  /** Whether the others take a node for gone. */
  isGone(node: number): boolean {
    const at = this.#seen.get(node);
    return at === undefined || at < this.now - LEASE_MS;
  }

  isThere(node: number): void {
    this.#seen.set(node, this.now);
  }

  /** Copies of all turns that were kept, the oldest first. */
  get turns(): readonly (readonly Change[])[] {
    return structuredClone(this.#entries);
  }

  /** Copies of the changes after a place, up to another. */
  after(place: number, upTo = this.place): Change[] {
    return structuredClone(this.#entries.slice(place, upTo).flat()) as Change[];
  }

  has(session: Session): boolean {
    return this.#holder === session;
  }

  /** Calls `then` once the order is this session's: nobody else keeps anything until it is released. */
  take(session: Session, then: () => void): void {
    if (this.#holder) this.#line.push({ session, then });
    else this.#give(session, then);
  }

  /** Gives the order back; if the session only waits for it, it waits no longer. */
  release(session: Session): void {
    this.#line = this.#line.filter((one) => one.session !== session);
    if (this.#holder !== session) return;
    this.#holder = undefined;
    const next = this.#line.shift();
    if (next) this.#give(next.session, next.then);
  }

  /** Keeps a turn, and tells the others, each after a while. @param by undefined: it was there from the beginning */
  keep(by: Session | undefined, changes: readonly Change[]): void {
    this.#entries.push(structuredClone(changes) as Change[]);
    for (const change of changes) if (change.is === "node.ended") this.#seen.delete(change.node);
    const { place } = this;
    this.#tell(by, (session) => session.told(place));
  }

  /** Tells the others that a lease was seized. */
  seized(by: Session): void {
    this.#tell(by, (session) => session.seized());
  }

  #tell(by: Session | undefined, tell: (session: Session) => void): void {
    for (const session of this.sessions) {
      if (session !== by) this.#schedule.after(this.chance.below(this.latency + 1), () => tell(session));
    }
  }

  #give(session: Session, then: () => void): void {
    this.#holder = session;
    session.touched = this.now;
    const look = (): void => {
      if (this.#holder !== session) return;
      if (this.now - session.touched >= IDLE_MS) this.release(session);
      else this.#schedule.after(LOOK_MS, look);
    };
    this.#schedule.after(LOOK_MS, look);
    then();
  }
}
