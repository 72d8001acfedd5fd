/** Uploads and downloads under way: how many each user has, and how many bytes the uploads will have. */
import type { Party } from "../../state/entities.ts";

/** An upload or a download. */
export interface Transfer {
  readonly owner: Party;
  /** The content is inside a request: it takes space, but does not count towards the limit of transfers. */
  readonly inline?: boolean;
  /** Of an upload: the key of its part, its size in bytes, and how many bytes have arrived. */
  readonly key?: string;
  readonly size?: number;
  readonly arrived?: () => number;
  /** Ends an upload that another connection goes on with. */
  readonly stop?: (reason: string) => void;
}

export class Transfers {
  /** Users whose export is being made or sent: each takes room on the disk. */
  readonly exporting = new Set<Party>();
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
    const one = transfer.key === undefined ? undefined : this.#byKey.get(transfer.key);
    // The end of one whose turn was lost is done again: meanwhile another may go on with it.
    if (transfer.key === undefined || one?.transfer !== transfer) return;
    one.ended();
    this.#byKey.delete(transfer.key);
  }

  /** Whether an upload is under way. @param key of its part */
  isReceiving(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Stops an upload that is under way, because another connection goes on with it. Resolves when it has ended. */
  async stop(key: string): Promise<void> {
    const one = this.#byKey.get(key);
    one?.transfer.stop?.("it goes on on another connection");
    await one?.end;
  }

  countOf(owner: Party): number {
    return [...(this.#byOwner.get(owner) ?? [])].filter(({ inline }) => !inline).length;
  }

  /** Bytes that all uploads of an owner will have. */
  sizeOf(owner: Party): number {
    let bytes = 0;
    for (const { size = 0 } of this.#byOwner.get(owner) ?? []) bytes += size;
    return bytes;
  }

  /** Bytes of all uploads that are still to arrive; at most `most` of each, so that announcing a large one blocks nobody. */
  toArrive(most: number): number {
    let bytes = 0;
    for (const { transfer } of this.#byKey.values()) {
      bytes += Math.min(most, (transfer.size ?? 0) - (transfer.arrived?.() ?? 0));
    }
    return bytes;
  }
}
