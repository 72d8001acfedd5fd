/** Bodies that are on their way, in either direction: how many of one user, and what they will come to. */
import type { Party } from "../../state/entities.ts";

export interface Transfer {
  readonly owner: Party;
  /** It travels inside a request: it takes room, and is none of those that are counted. */
  readonly inline?: boolean;
  /** Of an upload: the unfinished content's key, all its bytes, and those of them that have arrived. */
  readonly key?: string;
  readonly size?: number;
  readonly arrived?: () => number;
  /** Ends it for somebody else. */
  readonly stop?: (reason: string) => void;
}

export class Transfers {
  readonly #byOwner = new Map<Party, Set<Transfer>>();
  readonly #byKey = new Map<string, { transfer: Transfer; ended: () => void; end: Promise<void> }>();

  begin(transfer: Transfer): void {
    const { owner, key } = transfer;
    this.#byOwner.set(owner, (this.#byOwner.get(owner) ?? new Set()).add(transfer));
    if (key === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#byKey.set(key, { transfer, ended: resolve, end: promise });
  }

  end(transfer: Transfer): void {
    const own = this.#byOwner.get(transfer.owner);
    own?.delete(transfer);
    if (own?.size === 0) this.#byOwner.delete(transfer.owner);
    if (transfer.key === undefined) return;
    this.#byKey.get(transfer.key)?.ended();
    this.#byKey.delete(transfer.key);
  }

  /** Is an upload under way? */
  isReceiving(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Ends an upload that is under way, and waits until it has. */
  async stop(key: string, reason: string): Promise<void> {
    const one = this.#byKey.get(key);
    one?.transfer.stop?.(reason);
    await one?.end;
  }

  countOf(owner: Party): number {
    return [...(this.#byOwner.get(owner) ?? [])].filter(({ inline }) => !inline).length;
  }

  /** Bytes that uploads of an owner will have. */
  sizeOf(owner: Party): number {
    let bytes = 0;
    for (const { size = 0 } of this.#byOwner.get(owner) ?? []) bytes += size;
    return bytes;
  }

  /** Bytes of all uploads that have not arrived, of each at most so many: who only says that there will be many reserves nothing. */
  toArrive(most: number): number {
    let bytes = 0;
    for (const { transfer } of this.#byKey.values()) {
      bytes += Math.min(most, (transfer.size ?? 0) - (transfer.arrived?.() ?? 0));
    }
    return bytes;
  }
}
