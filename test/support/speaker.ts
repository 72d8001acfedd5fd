/**
 * Somebody who speaks without a pause, many requests at a time. Where the connection breaks, he says
 * again what was not answered; so his requests must be such that a repeat does nothing twice.
 */

import { setTimeout as pause } from "node:timers/promises";
import { LinkError, type Reply } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import { ok } from "./people.ts";
import { until } from "./until.ts";

/** Requests under way. */
const WINDOW = 40;

/** How much more he says than is waited for: several times what is under way, so that he is at it when something happens then. */
const AHEAD = 200;

/** Others are killed and started meanwhile. */
const PATIENCE_MS = 240_000;

/** Nothing may be acknowledged for so long; then it is looked whether that is for too long. */
const LOOK_AGAIN_MS = 1000;

export class Speaker {
  readonly #server: { connect(): Promise<Wire> };
  readonly #name: string;
  readonly #request: (text: string, i: number) => string;
  #said = 0;
  #acknowledged = 0;
  #stopped = false;
  /** Resolves with the next that is acknowledged. */
  #next = Promise.withResolvers<void>();
  /** So much he says, until more is wanted. */
  #wanted = AHEAD;

  constructor(server: { connect(): Promise<Wire> }, name: string, request: (text: string, i: number) => string) {
    this.#server = server;
    this.#name = name;
    this.#request = request;
  }

  /** What he has said and what was acknowledged, in order. */
  get texts(): readonly string[] {
    return Array.from({ length: this.#acknowledged }, (_, i) => this.#text(i));
  }

  /** Until `stop`; resolves when all that he has said is acknowledged. */
  async speak(): Promise<void> {
    while (this.#hasMore(this.#acknowledged)) {
      const client = await until("the server lets him in", () => this.#server.connect().catch(() => undefined));
      try {
        await this.#on(client);
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
      } finally {
        client.close();
      }
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when some more is acknowledged, at a moment that nobody has planned: what is done then is done while he speaks. */
  async more(): Promise<void> {
    const mark = this.#acknowledged + 1 + Math.floor(Math.random() * 200);
    this.#wanted = mark + AHEAD;
    const next = (): Promise<void> =>
      Promise.race([this.#next.promise, pause(LOOK_AGAIN_MS, undefined, { ref: false })]);
    await until(`${this.#name} has said ${mark} things`, () => this.#acknowledged >= mark, next);
  }

  async #on(client: Wire): Promise<void> {
    const open: Promise<Reply>[] = [];
    for (let next = this.#acknowledged; open.length > 0 || this.#hasMore(next); ) {
      while (open.length < WINDOW && this.#hasMore(next) && (next < this.#said || next < this.#wanted)) {
        const reply = client.request(this.#request(this.#text(next), next));
        // Those behind the first that fails are not looked at.
        reply.catch(() => {});
        open.push(reply);
        next++;
        this.#said = Math.max(this.#said, next);
      }
      const first = open.shift();
      if (first) {
        // A server that cannot keep anything closes the connection behind it.
        if ((await first)["code"] === "storage") return;
        await ok(first);
        this.#acknowledged++;
        this.#next.resolve();
        this.#next = Promise.withResolvers();
      } else {
        await until("more is wanted of him", () => this.#stopped || next < this.#wanted, undefined, PATIENCE_MS);
      }
    }
  }

  #hasMore(next: number): boolean {
    return !this.#stopped || next < this.#said;
  }

  #text(i: number): string {
    return `${this.#name} ${i}`;
  }
}
