/**
 * Somebody who speaks without a pause, many requests at a time. Where the connection breaks, he says
 * again what was not answered; so his requests must be such that a repeat does nothing twice.
 */

import { LinkError, type Reply } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import { ok } from "./people.ts";
import { until } from "./until.ts";

/** Requests under way. */
const WINDOW = 40;

export class Speaker {
  readonly #server: { connect(): Promise<Wire> };
  readonly #name: string;
  readonly #request: (text: string, i: number) => string;
  #said = 0;
  #acknowledged = 0;
  #stopped = false;

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

  /** Resolves when some more is acknowledged, at a moment that nobody has planned. */
  async more(): Promise<void> {
    const mark = this.#acknowledged + 1 + Math.floor(Math.random() * 200);
    await until(`${this.#name} has said ${mark} things`, () => this.#acknowledged >= mark);
  }

  async #on(client: Wire): Promise<void> {
    const open: Promise<Reply>[] = [];
    for (let next = this.#acknowledged; open.length > 0 || this.#hasMore(next); ) {
      while (open.length < WINDOW && this.#hasMore(next)) {
        const reply = client.request(this.#request(this.#text(next), next));
        // Those behind the first that fails are not looked at.
        reply.catch(() => {});
        open.push(reply);
        next++;
        this.#said = Math.max(this.#said, next);
      }
      await ok(open.shift() as Promise<Reply>);
      this.#acknowledged++;
    }
  }

  #hasMore(next: number): boolean {
    return !this.#stopped || next < this.#said;
  }

  #text(i: number): string {
    return `${this.#name} ${i}`;
  }
}
