/** The leases of a node of the simulator: see logs/postgres/held-leases.ts. */
import { StoreLost } from "../../../src/state/entities.ts";
import type { Leases } from "../../../src/state/leases.ts";
import { LEASE_MS, type Session, type Store } from "./store.ts";

/** Before it runs out so long, in ms, its node does not count on it any more. */
const SPARE_MS = 1000;

/** The node that has them. */
interface Holder extends Session {
  readonly node: number;
  /** Resolves once the store has been reached. @throws Error when it cannot be */
  reach(): Promise<void>;
}

export class NodeLeases implements Leases {
  readonly lastMs = LEASE_MS;
  readonly #store: Store;
  readonly #holder: Holder;
  readonly #held = new Set<string>();
  readonly #lost: ((name: string) => void)[] = [];
  #renewed: number;

  constructor(store: Store, holder: Holder) {
    this.#store = store;
    this.#holder = holder;
    this.#renewed = store.now;
  }

  async take(name: string): Promise<boolean> {
    await this.#reach();
    const lease = this.#store.leases.get(name);
    if (lease && lease.node !== this.#holder.node && lease.until >= this.#store.now) return false;
    this.#put(name);
    return true;
  }

  async seize(name: string): Promise<void> {
    await this.#reach();
    this.#put(name);
    this.#store.seized(this.#holder);
  }

  has(name: string): boolean {
    return this.#held.has(name) && this.#store.now - this.#renewed < LEASE_MS - SPARE_MS;
  }

  async release(name: string): Promise<void> {
    if (!this.#held.delete(name)) return;
    await this.#reach();
    if (this.#store.leases.get(name)?.node === this.#holder.node) this.#store.leases.delete(name);
  }

  async others(start: string): Promise<readonly { readonly name: string; readonly node: string }[]> {
    await this.#reach();
    const { leases, now } = this.#store;
    const isOthers = (name: string, node: number, until: number): boolean =>
      name.startsWith(start) && node !== this.#holder.node && until >= now;
    return [...leases].flatMap(([name, { node, until }]) =>
      isOthers(name, node, until) ? { name, node: String(node) } : [],
    );
  }

  follow(lost: (name: string) => void): void {
    this.#lost.push(lost);
  }

  /** Those that are still this node's hold for as long again. */
  renew(): void {
    this.#renewed = this.#store.now;
    const still = [...this.#held].filter((name) => this.#store.leases.get(name)?.node === this.#holder.node);
    this.loseBut(still);
    for (const name of still) this.#put(name);
  }

  /** Those that were not renewed in time are lost. */
  expire(): void {
    this.loseBut([...this.#held].filter((name) => this.has(name)));
  }

  loseBut(still: readonly string[]): void {
    for (const name of this.#held) {
      if (still.includes(name)) continue;
      this.#held.delete(name);
      for (const lost of this.#lost) lost(name);
    }
  }

  #put(name: string): void {
    this.#store.leases.set(name, { node: this.#holder.node, until: this.#store.now + LEASE_MS });
    this.#held.add(name);
  }

  async #reach(): Promise<void> {
    await this.#holder.reach().catch((error: Error) => {
      throw new StoreLost(error.message, { cause: error });
    });
  }
}
