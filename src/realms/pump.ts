/**
 * The way from the outbox to a realm: items in order, in batches, a bounded number under way. An
 * item leaves the outbox when its result is on disk here; a new carrier begins again at the first.
 */

import type { ItemResult } from "../contract/items.ts";
import { answered, conclude, expired } from "../operations/federation/results.ts";
import type { Services } from "../operations/services/context.ts";
import type { OutboxItem, Realm } from "../state/entities.ts";
import type { Turn } from "../state/turn.ts";
import type { Host } from "./host.ts";
import type { Carrier } from "./link.ts";

/** UTF-16 units of a batch: PROTOCOL.md, "Items". */
const BATCH_SIZE = 250 * 1024;

/** How long, in ms, a sender waits for what another realm says. */
export const PATIENCE_MS = 2000;

/** Items that expire at one look: others have their turns between. */
const EXPIRED_AT_ONCE = 100;

type Told = (result: ItemResult | undefined) => void;

interface Batch {
  readonly items: readonly OutboxItem[];
  results: readonly ItemResult[] | undefined;
}

export class Pump {
  readonly #services: Services;
  readonly #turn: Turn;
  readonly #realm: Realm;
  /** Something was staged. */
  readonly #onStaged: () => void;
  /** It is not known what became of what was under way: its carrier is used no more. */
  readonly #onFailed: (reason: string) => void;
  #carrier: Carrier | undefined;
  /** Everything up to this number is under way. */
  #sent = 0;
  #batches: Batch[] = [];
  /** Who waits for the result of an item, in the order of the items. */
  readonly #expecting = new Map<number, { then: Told; deadline: number }>();
  /** Of those, the items of this turn. */
  #fresh: number[] = [];

  constructor({ services, turn }: Host, realm: Realm, onStaged: () => void, onFailed: (reason: string) => void) {
    this.#services = services;
    this.#turn = turn;
    this.#realm = realm;
    this.#onStaged = onStaged;
    this.#onFailed = onFailed;
  }

  get carrier(): Carrier | undefined {
    return this.#carrier;
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return this.#batches.length === 0;
  }

  expect(n: number, then: Told): void {
    this.#expecting.set(n, { then, deadline: Date.now() + PATIENCE_MS });
    this.#fresh.push(n);
  }

  /** The turn is on disk. */
  settle(): void {
    this.#fresh = [];
  }

  /** The turn could not be written: its items are none. */
  restore(): void {
    for (const n of this.#fresh.splice(0)) {
      this.#expecting.get(n)?.then({ code: "storage" });
      this.#expecting.delete(n);
    }
    this.use(undefined);
  }

  /** Whoever has waited long enough is told that nothing is known. @param all whoever waits at all. */
  giveUp(now: number, all = false): void {
    for (const [n, { then, deadline }] of this.#expecting) {
      if (!all && deadline > now) break;
      this.#expecting.delete(n);
      then(undefined);
      this.#onStaged();
    }
  }

  /** What has waited since before a time, in ms since 1970, goes, and its senders are told. @returns how many items. */
  expire(before: number): number {
    const { outbox } = this.#services.model;
    const last = before * 1000;
    if (!this.idle || outbox.waiting(this.#realm).items === 0) return 0;
    const [first] = outbox.after(this.#realm, 0, 1, 1);
    if (!first || first.n >= last) return 0;
    const items = outbox.after(this.#realm, 0, EXPIRED_AT_ONCE, Number.POSITIVE_INFINITY).filter(({ n }) => n < last);
    outbox.remove(this.#realm, items);
    for (const item of items) expired(this.#services, this.#realm, item);
    this.#onStaged();
    return items.length;
  }

  /** From now on items go this way, beginning with the first. */
  use(carrier: Carrier | undefined): void {
    this.#carrier = carrier;
    this.#sent = 0;
    this.#batches = [];
    this.pump();
  }

  /** Sends what there is, as of the last commit. */
  pump(): void {
    const carrier = this.#carrier;
    while (carrier && this.#batches.length < carrier.window) {
      const items = this.#services.model.outbox.after(this.#realm, this.#sent, carrier.batch, BATCH_SIZE);
      const last = items.at(-1);
      if (!last) return;
      this.#sent = last.n;
      const batch: Batch = { items, results: undefined };
      this.#batches.push(batch);
      carrier.deliver(items).then(
        (results) =>
          this.#turn.enter(() => {
            batch.results = results;
            if (this.#batches.includes(batch)) this.#conclude();
          }),
        (error: Error) => {
          if (this.#carrier !== carrier || !this.#batches.includes(batch)) return;
          this.use(undefined);
          this.#onFailed(error.message);
        },
      );
    }
  }

  /** Results are taken in the order of the items. */
  #conclude(): void {
    const { model, fault } = this.#services;
    for (let batch = this.#batches[0]; batch?.results; batch = this.#batches[0]) {
      this.#batches.shift();
      model.outbox.remove(this.#realm, batch.items);
      batch.items.forEach((item, i) => {
        const result = batch.results?.[i] as ItemResult;
        const waiting = this.#expecting.get(item.n);
        this.#expecting.delete(item.n);
        answered(this.#services, this.#realm, item);
        const mark = model.mark();
        try {
          conclude(this.#services, this.#realm, item, result, waiting !== undefined);
          waiting?.then(result);
        } catch (error) {
          model.revert(mark);
          fault(error, "result");
          waiting?.then(undefined);
        }
      });
    }
    this.#onStaged();
  }
}
