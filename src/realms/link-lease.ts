/**
 * Whether the link with a realm is this node's: of several nodes only one sends, fetches and dials. One without it looks now and
 * then whether it is free; one that the realm has come to takes it from whoever has it.
 */
import type { Leases } from "../state/leases.ts";
import type { Timer, World } from "../world/world.ts";

/** How often, in ms, it is tried whether it is free. */
const LOOK_MS = 3000;

export class LinkLease {
  readonly name: string;
  readonly #leases: Leases;
  readonly #world: World;
  readonly #onOurs: () => void;
  #isAsking = false;
  #again: Timer | undefined;
  #isClosed = false;

  /** @param realm its key. @param onOurs called when it has become this node's */
  constructor(leases: Leases, world: World, realm: string, onOurs: () => void) {
    this.name = `realm:${realm}`;
    this.#leases = leases;
    this.#world = world;
    this.#onOurs = onOurs;
  }

  get isOurs(): boolean {
    return this.#leases.has(this.name);
  }

  /** From now on it is tried until it is this node's. */
  want(): void {
    if (this.#isClosed || this.#isAsking || this.#again || this.isOurs) return;
    this.#isAsking = true;
    this.#leases.take(this.name).then(
      (isOurs) => this.#asked(isOurs),
      () => this.#asked(false),
    );
  }

  /** It is this node's, whoever had it. @throws Error when the others cannot be told */
  async seize(): Promise<void> {
    if (this.isOurs) return;
    await this.#leases.seize(this.name);
    this.#isOurs();
  }

  close(): void {
    this.#isClosed = true;
    this.#world.cancel(this.#again);
    this.#giveBack();
  }

  #asked(isOurs: boolean): void {
    this.#isAsking = false;
    if (isOurs) {
      this.#isOurs();
      return;
    }
    if (this.#isClosed) return;
    this.#again = this.#world.after(LOOK_MS, () => {
      this.#again = undefined;
      this.want();
    });
    this.#again.unref();
  }

  #isOurs(): void {
    if (this.#isClosed) this.#giveBack();
    else this.#onOurs();
  }

  /** Where that is not heard, it ends by itself. */
  #giveBack(): void {
    this.#leases.release(this.name).catch(() => {});
  }
}
