/** The pace of a connection's requests: applies the rate limits of rates.ts, by a pause before the next request or a refusal. */
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
  /** The pause before the next request, because more was asked than the budget has. */
  #pause: Timer | undefined;
  #hurries = false;

  /** @param onOver called in a turn when a pause is over */
  constructor(host: Host, client: Client, onOver: () => void) {
    this.#host = host;
    this.#client = client;
    this.#onOver = onOver;
  }

  /** Whether the next request must wait. */
  get pauses(): boolean {
    return this.#pause !== undefined;
  }

  /** Counts a request. @param operation undefined for what is no valid request. @returns why it is refused, if it is */
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

  /** Ends the pause, and makes no other: the server stops. */
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
