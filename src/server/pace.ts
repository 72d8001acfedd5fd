/** How fast a connection's requests may follow each other: who asks more than his budget is slowed down, who asks far more refused. */
import type { Operation } from "../contract/operations.ts";
import { Failure } from "../contract/result.ts";
import { plainAddress } from "../operations/services/network.ts";
import type { Timer } from "../world/world.ts";
import type { Client } from "./client.ts";
import type { Host } from "./host.ts";
import { REFUSED_PAUSE_MS } from "./rates.ts";

export class Pace {
  readonly #host: Host;
  readonly #client: Client;
  readonly #onOver: () => void;
  /** More was asked than the budget has: the next request waits for it. */
  #pause: Timer | undefined;
  #hurries = false;

  /** @param onOver called in a turn when a pause is over */
  constructor(host: Host, client: Client, onOver: () => void) {
    this.#host = host;
    this.#client = client;
    this.#onOver = onOver;
  }

  /** The next request must wait. */
  get pauses(): boolean {
    return this.#pause !== undefined;
  }

  /** Counts a request. @param operation undefined for what is none. @returns why it is refused */
  spend(operation: Operation | undefined): Failure | undefined {
    const { rates, few } = this.#host;
    const { realm, operator, acting, remote } = this.#client;
    if (realm || operator) return undefined;
    const user = acting?.user.name;
    const verdict = rates.take(operation, user, remote.address);
    this.#wait(verdict.is === "refused" ? REFUSED_PAUSE_MS : verdict.pauseMs);
    if (verdict.is === "refused") {
      const { budget, retry } = verdict;
      few("info", "limit", { user, address: plainAddress(remote.address), budget });
      return new Failure("rate-limited", `too many ${budget}`, retry);
    }
    return undefined;
  }

  /** Ends the pause, if there is one. */
  stop(): void {
    this.#host.services.world.cancel(this.#pause);
    this.#pause = undefined;
  }

  /** The same, and nobody is slowed down any more. */
  hurry(): void {
    this.#hurries = true;
    this.stop();
  }

  #wait(ms: number): void {
    if (ms <= 0 || this.#hurries) return;
    this.#pause = this.#host.services.world.after(ms, () => {
      this.#pause = undefined;
      this.#host.turn.enter(this.#onOver);
    });
  }
}
