/**
 * Whether the link with a realm is this node's: of several nodes only one sends, fetches and dials. One without it looks now and
 * then whether it is free; one that the realm has come to takes it from whoever has it.
 */
import type { Realm } from "../state/entities.ts";
import type { Timer } from "../world/world.ts";
import type { RealmsContext } from "./context.ts";

/** How often, in ms, it is tried whether it is free. */
const LOOK_MS = 3000;

export class LinkLease {
  readonly name: string;
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #onOurs: () => void;
  #isAsking = false;
  #again: Timer | undefined;
  #isClosed = false;

  /** @param onOurs called when it has become this node's */
  constructor(context: RealmsContext, realm: Realm, onOurs: () => void) {
    this.name = `realm:${realm.key}`;
    this.#context = context;
    this.#realm = realm;
    this.#onOurs = onOurs;
  }

  get isOurs(): boolean {
    return this.#context.leases.has(this.name);
  }

  /** Whether another node, which is there, has a link with it. */
  get isLinkedElsewhere(): boolean {
    const { ownNode } = this.#context;
    const { linkedOn } = this.#realm;
    return (
      ownNode !== undefined && linkedOn !== undefined && linkedOn !== ownNode.node && !ownNode.gone.includes(linkedOn)
    );
  }

  /** Tells the other nodes whether there is a link here, if they do not know it. */
  tell(isHere: () => boolean): void {
    const { ownNode, services, turn } = this.#context;
    if (!ownNode || !this.#isNews(ownNode.node, isHere())) return;
    turn.enter(() => {
      const is = isHere();
      if (this.#isNews(ownNode.node, is)) services.model.realms.setLinked(this.#realm, is ? ownNode.node : undefined);
    });
  }

  /** Of one that is not here, only who has the lease knows that it is nowhere. */
  #isNews(node: number, isHere: boolean): boolean {
    const { linkedOn } = this.#realm;
    if (isHere) return linkedOn !== node;
    return linkedOn !== undefined && (linkedOn === node || this.isOurs);
  }

  /** Whether this node leaves it to another for a while, even if it has it. */
  get isLeft(): boolean {
    return this.#again !== undefined;
  }

  /**
   * Another node was asked to link: for a while this one neither asks for the lease nor dials. A realm keeps only the newest of
   * the links that are dialed to it, so two nodes that dial at once end each other's.
   */
  leave(): void {
    if (this.#context.ownNode && !this.#isClosed && !this.#again) this.#wait();
  }

  /** This node was asked to link. */
  endLeaving(): void {
    this.#context.own.world.cancel(this.#again);
    this.#again = undefined;
  }

  /** From now on it is tried until it is this node's. */
  want(): void {
    if (this.#isClosed || this.#isAsking || this.#again || this.isOurs) return;
    this.#isAsking = true;
    this.#context.leases.take(this.name).then(
      (isOurs) => this.#asked(isOurs),
      () => this.#asked(false),
    );
  }

  /** It is this node's, whoever had it. @throws Error when the others cannot be told */
  async seize(): Promise<void> {
    this.endLeaving();
    if (this.isOurs) return;
    await this.#context.leases.seize(this.name);
    this.#isOurs();
  }

  close(): void {
    this.#isClosed = true;
    this.endLeaving();
    this.#giveBack();
  }

  #asked(isOurs: boolean): void {
    this.#isAsking = false;
    if (isOurs) {
      this.#isOurs();
      return;
    }
    if (!this.#isClosed && !this.#again) this.#wait();
  }

  #wait(): void {
    this.#again = this.#context.own.world.after(LOOK_MS, () => {
      this.#again = undefined;
      if (this.isOurs) this.#onOurs();
      else this.want();
    });
    this.#again.unref();
  }

  #isOurs(): void {
    if (this.#isClosed) this.#giveBack();
    else this.#onOurs();
  }

  /** If the others cannot be told, the lease runs out by itself. */
  #giveBack(): void {
    this.#context.leases.release(this.name).catch(() => {});
  }
}
