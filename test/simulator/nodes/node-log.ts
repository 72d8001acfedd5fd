/**
 * What a node of the simulator has of the store: its own copy, and its way to the order. As logs/postgres does it, but that it is the
 * store's answers that fail, and not connections.
 */
import type { NodeHooks } from "../../../src/bin/store.ts";
import { SqliteLog } from "../../../src/logs/sqlite/index.ts";
import type { Change } from "../../../src/state/changes.ts";
import { Overtaken, TurnLost } from "../../../src/state/entities.ts";
import type { ChangeLog, Order, Pages } from "../../../src/state/log.ts";
import type { Model } from "../../../src/state/model.ts";
import { Disk } from "../disk.ts";
import type { Machine } from "../machine.ts";
import { NodeLeases } from "./node-leases.ts";
import type { Session, Store } from "./store.ts";

/** How long, in ms, somebody waits for the store; and how often it is tried to reach it. */
const PATIENCE_MS = 3000;
const RETRY_MS = 200;

const BEAT_MS = 1000;

/** Where a copy ends, which is never looked at here. */
const MARK = "0 -";

/** How often a turn begins without the order, if nothing speaks against it. */
const PRESUMING = 0.7;

/** What becomes of a turn that is sent: it is kept, refused, does not arrive, or the answer is lost. */
type Ending = "kept" | "refused" | "unsent" | "unheard";

export class NodeLog implements ChangeLog, Order, Session {
  readonly leases: NodeLeases;
  readonly isFarBehind = false;
  touched = 0;
  /** The store cannot be reached. */
  isCutOff = false;
  /** Chance that a turn ends otherwise than it should. */
  failing = 0;
  readonly #store: Store;
  readonly #machine: Machine;
  readonly #hooks: NodeHooks;
  readonly #disk: Disk;
  readonly #copy: ChangeLog;
  #node: number;
  #place: number;
  /** Up to where it was told what others have kept. */
  #told = 0;
  #turn: "ordered" | "presumed" | undefined;
  #isLost = false;

  /** @param folder for a copy in SQLite, as nodes have it; undefined: the copy is in memory */
  constructor(store: Store, machine: Machine, hooks: NodeHooks, folder?: string) {
    this.#store = store;
    this.#machine = machine;
    this.#hooks = hooks;
    this.#node = store.register();
    this.#disk = new Disk(store.salt);
    this.#disk.copy(store.after(0));
    this.#place = store.place;
    this.#copy =
      folder === undefined
        ? this.#disk.log(
            () => ({ is: "kept", ms: 0 }),
            () => Promise.resolve(),
          )
        : copyIn(folder, store);
    this.leases = new NodeLeases(store, this);
    store.sessions.add(this);
    machine.every(BEAT_MS, () => this.#beat());
  }

  get node(): number {
    return this.#node;
  }

  get gone(): readonly number[] {
    return this.#store.gone;
  }

  get order(): Order {
    return this;
  }

  get pages(): Pages {
    return this.#copy.pages;
  }

  /** What its copy was given that cannot be right. */
  get wrong(): readonly string[] {
    return this.#disk.wrong;
  }

  now(): number {
    return this.#machine.now() - this.#machine.drift;
  }

  agree(fact: string, text: string): Promise<string> {
    const { facts } = this.#store;
    if (!facts.has(fact)) facts.set(fact, text);
    return Promise.resolve(facts.get(fact) as string);
  }

  load(into: Model): void {
    this.#copy.load(into);
  }

  tidy(): void {}

  /** It is there no more. */
  close(): void {
    this.#store.sessions.delete(this);
    this.#store.release(this);
    void this.#copy.close();
  }

  broken(error: Error): void {
    this.#disk.wrong.push(`it cannot go on: ${error.stack}`);
  }

  told(place: number): void {
    this.#machine.after(0, () => {
      if (this.isCutOff) return;
      this.#told = Math.max(this.#told, place);
      this.#hooks.onNews();
    });
  }

  seized(): void {
    this.#machine.after(0, () => this.#beat());
  }

  presume(): boolean {
    if (this.isCutOff || this.#isLost || !this.#store.chance.isIn(PRESUMING)) return false;
    this.#turn = "presumed";
    return true;
  }

  async take(): Promise<readonly Change[]> {
    this.#told = 0;
    await this.reach();
    await this.#taken(PATIENCE_MS);
    if (!this.#store.has(this)) throw new Error("the order was taken away");
    this.#turn = "ordered";
    return this.#readOn();
  }

  async look(): Promise<readonly Change[]> {
    this.#told = 0;
    await this.reach();
    return this.#readOn();
  }

  heard(): readonly Change[] | undefined {
    const place = this.#told;
    if (place <= this.#place) return undefined;
    const changes = this.#store.after(this.#place, place);
    this.#place = place;
    return changes;
  }

  settle(changes: readonly Change[]): void {
    void this.#copy.commit(changes);
  }

  release(isTold: boolean): void | Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn === "ordered" && isTold) return this.#surrender();
    if (turn === "ordered") this.#store.release(this);
    return turn === "presumed" && isTold ? this.#confirm() : undefined;
  }

  async commit(given: readonly Change[]): Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn === undefined) throw new Error("a change without the order");
    const changes = [...given];
    const ending = this.#ending();
    if (ending === "refused") {
      await this.#pass();
      this.#store.release(this);
      throw new Error("the store refuses it");
    }
    if (ending !== "unsent") await this.#pass();
    const isKept = ending !== "unsent" && (await this.#kept(changes, turn));
    if (isKept && ending === "kept" && !this.isCutOff) await this.#pass();
    else await this.#found(changes, isKept);
    this.#place++;
  }

  /** Resolves once the store has been asked, and has answered. @throws Error when it cannot be reached */
  async reach(): Promise<void> {
    if (this.#isLost) throw new Error("the store cannot be reached");
    await this.#pass();
    for (let ms = 0; this.isCutOff; ms += RETRY_MS) {
      if (ms >= PATIENCE_MS) {
        this.#lose();
        throw new Error("the store does not answer");
      }
      await this.#wait(RETRY_MS);
    }
    this.touched = this.#store.now;
  }

  async #surrender(): Promise<void> {
    await this.#pass();
    const had = this.#store.has(this) && !this.isCutOff;
    this.#store.release(this);
    if (!had) throw new TurnLost("the order was taken away before the turn was over");
  }

  async #confirm(): Promise<void> {
    await this.reach();
    if (this.#store.place !== this.#place) throw new Overtaken("another node was faster");
  }

  #ending(): Ending {
    const { chance } = this.#store;
    if (this.isCutOff) return "unsent";
    return chance.isIn(this.failing) ? chance.one(["refused", "unsent", "unheard"] as const) : "kept";
  }

  /** The turn has arrived. @returns whether it is kept. @throws Overtaken */
  async #kept(changes: readonly Change[], turn: "ordered" | "presumed"): Promise<boolean> {
    if (turn === "presumed") {
      await new Promise<void>((resolve) => this.#store.take(this, resolve));
      if (this.#store.place !== this.#place) {
        this.#store.release(this);
        await this.#pass();
        throw new Overtaken("another node was faster");
      }
    } else if (!this.#store.has(this)) return false;
    this.#store.keep(this, changes);
    this.#store.release(this);
    return true;
  }

  /** Looks for a turn of which nothing was heard; one that was not kept is sent again, unless somebody came between. @throws TurnLost */
  async #found(changes: readonly Change[], isKept: boolean): Promise<void> {
    this.#store.release(this);
    await this.#returned();
    if (isKept) return;
    await this.#taken();
    const isFree = this.#store.place === this.#place && this.#store.has(this);
    if (isFree) this.#store.keep(this, changes);
    this.#store.release(this);
    await this.#pass();
    if (!isFree) throw new TurnLost("the order was taken away before the turn was kept");
  }

  /** @param patience in ms. @throws Error then */
  #taken(patience = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve, reject) => {
      let is: "waited for" | "had" | "given up" = "waited for";
      if (patience < Number.POSITIVE_INFINITY) {
        this.#machine.after(patience, () => {
          if (is === "had") return;
          is = "given up";
          this.#store.release(this);
          reject(new Error("the store does not answer"));
        });
      }
      this.#store.take(this, () => {
        // The answer comes to a program that runs.
        void this.#pass().then(() => {
          if (is === "given up") return;
          is = "had";
          resolve();
        });
      });
    });
  }

  #readOn(): readonly Change[] {
    const changes = this.#store.after(this.#place);
    this.#place = this.#store.place;
    return changes;
  }

  #lose(): void {
    this.#isLost = true;
    this.#hooks.onReach(false, "the store does not answer");
    void this.#returned();
  }

  /** Until the store can be reached. */
  async #returned(): Promise<void> {
    do await this.#wait(RETRY_MS);
    while (this.isCutOff);
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#hooks.onReach(true);
    this.#hooks.onNews();
  }

  #beat(): void {
    if (!this.isCutOff) {
      if (this.#store.isGone(this.#node)) {
        this.#node = this.#store.register();
        this.leases.loseBut([]);
        this.#hooks.onEnded();
      }
      this.#store.isThere(this.#node);
      this.leases.renew();
      if (this.#store.place > this.#place) this.#hooks.onNews();
    }
    this.leases.expire();
  }

  #pass(): Promise<void> {
    return this.#wait(this.#store.chance.below(this.#store.latency + 1));
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#machine.after(ms, resolve));
  }
}

/** A copy of the store, as a node that comes makes it. @param folder where none is yet */
export function copyIn(folder: string, store: Store): ChangeLog {
  const log = new SqliteLog(folder, true);
  log.commit(store.after(0), MARK);
  let isClosed = false;
  /** Threads of a program that has died still answer it, and then it reads. */
  const reading = Object.entries(log.pages).map(([name, read]) => [
    name,
    (...of: []) => (isClosed ? undefined : read(...of)),
  ]);
  return {
    pages: Object.fromEntries(reading) as Pages,
    load(into) {
      log.load(into);
      into.messages.salt = store.salt;
    },
    commit: (changes) => log.commit(changes, MARK),
    tidy: () => log.tidy(),
    close() {
      if (isClosed) return;
      isClosed = true;
      log.close();
    },
  };
}
