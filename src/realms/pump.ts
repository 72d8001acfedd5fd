/**
 * Sends the items of an outbox to its realm: in order, in batches, a bounded number under way. An item leaves the outbox in
 * the turn that takes its result; a new carrier begins again at the first item.
 */

import type { ItemResult } from "../contract/items.ts";
import { answered, conclude, dropped, expired } from "../operations/federation/results.ts";
import type { Awaiting } from "../operations/services/neighbours.ts";
import type { Awaited, OutboxItem, Realm } from "../state/entities.ts";
import type { RealmsContext } from "./context.ts";
import type { Carrier } from "./link.ts";

/** UTF-16 units of a batch: PROTOCOL.md, "Items". */
const BATCH_SIZE = 250 * 1024;

/** How long, in ms, a sender waits for the result of an item. */
export const PATIENCE_MS = 2000;

/** Items that expire, or are refused, at once: others have their turns between. */
const DROPPED_AT_ONCE = 100;

type OnResult = (result: ItemResult | undefined) => void;

/** Senders who wait for the result of an item, and until when, by `World.elapsed`. */
interface Expecting {
  readonly thens: OnResult[];
  readonly deadline: number;
}

/** Items under way, and their results once the other realm has answered. */
interface Batch {
  readonly items: readonly OutboxItem[];
  results: readonly ItemResult[] | undefined;
}

/** Whom a pump works for. */
export interface PumpOwner {
  /** Something was staged. */
  wake(): void;
  /** It is not known what became of the items under way; the carrier is used no more. */
  carrierFailed(reason: string): void;
}

export class Pump {
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #owner: PumpOwner;
  #carrier: Carrier | undefined;
  /** Items up to this number are under way. */
  #sent = 0;
  #batches: Batch[] = [];
  /** By the item's number; in the order of their deadlines. */
  readonly #expecting = new Map<number, Expecting>();
  /** The numbers of those whose item was staged in this turn. */
  #fresh: number[] = [];
  /** The numbers of items whose senders were told in this turn that the result is not known. */
  #givenUp: number[] = [];
  /** The same, of turns that were undone: the state still has it that they wait. */
  readonly #toGiveUp = new Set<number>();

  constructor(context: RealmsContext, realm: Realm, owner: PumpOwner) {
    this.#context = context;
    this.#realm = realm;
    this.#owner = owner;
  }

  get carrier(): Carrier | undefined {
    return this.#carrier;
  }

  /** Calls `then` with the result of item `n`, whichever node has it, or with undefined after PATIENCE_MS. */
  expect(n: number, request: Awaiting, then: OnResult): void {
    const { services, ownNode } = this.#context;
    services.model.outbox.await(this.#realm, n, { node: ownNode?.node ?? 0, ...request });
    this.expectToo(n, then);
    this.#fresh.push(n);
  }

  /** The same for an item of which the state has it already. */
  expectToo(n: number, then: OnResult): void {
    const expecting = this.#expecting.get(n);
    const deadline = this.#context.services.world.elapsed() + PATIENCE_MS;
    if (expecting) expecting.thens.push(then);
    else this.#expecting.set(n, { thens: [then], deadline });
  }

  /** Tells a node that has just started which requests of this one wait, for it may be given the link. Within a turn. */
  tellAgain(): void {
    const { services, ownNode } = this.#context;
    const { outbox } = services.model;
    for (const n of this.#expecting.keys()) {
      const awaited = outbox.awaited(this.#realm, n);
      if (awaited === undefined || awaited.node !== ownNode?.node) continue;
      outbox.await(this.#realm, n, awaited);
      this.#owner.wake();
    }
  }

  /** The turn is on disk. */
  settle(): void {
    this.#fresh = [];
    this.#givenUp = [];
  }

  /** The turn could not be written: its items do not exist. What senders were told holds. */
  restore(): void {
    for (const n of this.#fresh.splice(0)) this.answered(n, { code: "storage" });
    for (const n of this.#givenUp.splice(0)) this.#toGiveUp.add(n);
    this.use(undefined);
  }

  /** Nobody waits for the result of an item any more. @param result undefined: it is not known */
  answered(n: number, result: ItemResult | undefined): void {
    const expecting = this.#expecting.get(n);
    this.#expecting.delete(n);
    for (const then of expecting?.thens ?? []) then(result);
  }

  /** Whether `giveUp` has anything to do. */
  isLate(now: number): boolean {
    const [first] = this.#expecting.values();
    return this.#toGiveUp.size > 0 || (first !== undefined && first.deadline <= now);
  }

  /** Tells the senders whose deadline has passed that the result is not known. @param now by `World.elapsed`, Infinity for all */
  giveUp(now: number): void {
    const { outbox } = this.#context.services.model;
    for (const [n, { deadline }] of this.#expecting) {
      if (deadline > now) break;
      this.#toGiveUp.add(n);
    }
    for (const n of this.#toGiveUp) {
      outbox.answer(this.#realm, n, undefined);
      // The state may have known already that nobody waits: then no event calls it.
      this.answered(n, undefined);
      this.#givenUp.push(n);
      this.#owner.wake();
    }
    this.#toGiveUp.clear();
  }

  /** Removes items queued before a time, in ms since 1970, and tells their senders. @returns how many items. */
  expire(before: number): number {
    const { services } = this.#context;
    const { outbox } = services.model;
    const last = before * 1000;
    if (this.#batches.length > 0 || outbox.waiting(this.#realm).items === 0) return 0;
    const [first] = outbox.after(this.#realm, 0, 1, 1);
    if (!first || first.n >= last) return 0;
    const items = outbox.after(this.#realm, 0, DROPPED_AT_ONCE, Number.POSITIVE_INFINITY).filter(({ n }) => n < last);
    const removed = outbox.remove(this.#realm, items);
    for (const item of removed) {
      expired(services, this.#realm, item);
      this.#tell(item, undefined);
    }
    this.#owner.wake();
    return removed.length;
  }

  /** Refuses what waits, some of it; the owner is woken while there is more. Within a turn. */
  refuse(why: ItemResult): void {
    const { services } = this.#context;
    const items = services.model.outbox.after(this.#realm, 0, DROPPED_AT_ONCE, Number.POSITIVE_INFINITY);
    if (items.length === 0) return;
    for (const item of services.model.outbox.remove(this.#realm, items)) {
      const awaited = this.#awaited(item);
      dropped(services, this.#realm, item, why, awaited);
      this.#tell(item, awaited && why);
    }
    this.#owner.wake();
  }

  /** From now on items go by this carrier, beginning with the first. */
  use(carrier: Carrier | undefined): void {
    this.#carrier = carrier;
    this.#sent = 0;
    this.#batches = [];
    this.pump();
  }

  /** Sends the items that are committed, as many as may be under way. */
  pump(): void {
    const { services, turn } = this.#context;
    const carrier = this.#carrier;
    // One that is used again may have some under way from before: what becomes of these is not asked any more.
    while (carrier && Math.max(this.#batches.length, carrier.underWay) < carrier.window) {
      const items = services.model.outbox.after(this.#realm, this.#sent, carrier.batch, BATCH_SIZE);
      const last = items.at(-1);
      if (!last) return;
      const after = this.#sent;
      this.#sent = last.n;
      const batch: Batch = { items, results: undefined };
      this.#batches.push(batch);
      carrier.deliver(items, after).then(
        (results) =>
          turn.enter(() => {
            batch.results = results;
            if (this.#batches.includes(batch)) this.#conclude();
            else this.pump();
          }),
        (error: Error) => {
          if (this.#carrier !== carrier) return;
          if (!this.#batches.includes(batch)) {
            turn.enter(() => this.pump());
            return;
          }
          this.use(undefined);
          this.#owner.carrierFailed(error.message);
        },
      );
    }
  }

  /** Who waits for the result of an item, on any node that is there, and was not told that it is not known. */
  #awaited({ n }: OutboxItem): Awaited | undefined {
    if (this.#toGiveUp.has(n)) return undefined;
    const awaited = this.#context.services.model.outbox.awaited(this.#realm, n);
    return awaited && this.#context.ownNode?.gone.includes(awaited.node) ? undefined : awaited;
  }

  #tell({ n }: OutboxItem, result: ItemResult | undefined): void {
    this.#context.services.model.outbox.answer(this.#realm, n, result);
  }

  /** Results are taken in the order of the items: once, also where another node has had them, too. */
  #conclude(): void {
    const { services } = this.#context;
    const { model, fault } = services;
    for (let batch = this.#batches[0]; batch?.results; batch = this.#batches[0]) {
      this.#batches.shift();
      const removed = new Set(model.outbox.remove(this.#realm, batch.items));
      batch.items.forEach((item, i) => {
        if (!removed.has(item)) return;
        const result = batch.results?.[i] as ItemResult;
        const awaited = this.#awaited(item);
        answered(services, this.#realm, item);
        const mark = model.mark();
        try {
          conclude(services, this.#realm, item, result, awaited);
          this.#tell(item, awaited && result);
        } catch (error) {
          model.revert(mark);
          fault(error, "result");
          this.#tell(item, undefined);
        }
      });
    }
    this.#owner.wake();
  }
}
