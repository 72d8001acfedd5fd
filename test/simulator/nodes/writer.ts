/** Somebody who writes letters to another realm, each again and again until it is acknowledged. */
import type { Chance } from "../chance.ts";
import { type Fields, Line } from "../line.ts";
import type { Machine } from "../machine.ts";

/** In ms: how long an answer may take, and until it is tried again. */
const PATIENCE_MS = 5000;
const AGAIN_MS = 200;

export interface Letter {
  /** `name@realm`, or `#group@realm`. */
  readonly to: string;
  readonly text: string;
}

export class Writer {
  readonly name: string;
  /** In the order in which they were acknowledged, which is that of their sending. */
  readonly letters: Letter[] = [];
  /** Refusals that cannot be right. */
  readonly refused: string[] = [];
  isSilent = false;
  readonly #machine: Machine;
  readonly #port: number;
  #token = "";
  #line: Line | undefined;

  constructor(name: string, machine: Machine, port: number) {
    this.name = name;
    this.#machine = machine;
    this.#port = port;
  }

  async register(): Promise<void> {
    const { data: _, ...reply } = (await this.#open().ask(`register ${this.name} rahasia ${this.name} id`)) ?? {};
    this.#token = String(reply["tokenid"]);
  }

  async ask(request: string): Promise<Fields | undefined> {
    const line = this.#open();
    const late = this.#machine.after(PATIENCE_MS, () => line.close());
    const [word, ...rest] = request.split(" ");
    const reply = await line.ask([word, this.#token, ...rest].join(" "));
    this.#machine.cancel(late);
    return reply;
  }

  /** Until he falls silent. @param pause the longest, in ms, between two letters */
  async write(others: readonly string[], chance: Chance, pause: number): Promise<void> {
    while (!this.isSilent) {
      const letter = { to: chance.one(others), text: `${this.name}-${this.letters.length}` };
      await this.#send(letter);
      this.letters.push(letter);
      await this.#wait(chance.below(pause));
    }
  }

  stop(): void {
    this.isSilent = true;
    this.#machine.die();
  }

  async #send({ to, text }: Letter): Promise<void> {
    for (;;) {
      const reply = await this.ask(`post c-${text} ${to} ${text}`);
      if (reply?.["status"] === "OK") return;
      if (reply && reply["code"] !== "storage") this.refused.push(`${text} to ${to}: ${JSON.stringify(reply)}`);
      await this.#wait(AGAIN_MS);
    }
  }

  #open(): Line {
    if (!this.#line || this.#line.isLost) this.#line = new Line({ world: this.#machine, port: this.#port });
    return this.#line;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#machine.after(ms, resolve));
  }
}
