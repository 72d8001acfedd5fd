/** How the prompt ends: with transfers running one has to ask twice, and what was typed last is still done. */
import chalk from "chalk";
import type { Transfers } from "../files/transfers.ts";
import { wording } from "../language/wording.ts";
import type { Console } from "../terminal/console.ts";

/** How long, in ms, the end waits for what is under way. */
const GRACE_MS = 2000;

const POLL_MS = 20;

export interface ShutdownOptions {
  readonly console: Console;
  readonly transfers: Pick<Transfers, "busy" | "pause">;
  /** Is a message on its way whose answer can still come? */
  isUnderWay(): boolean;
  /** Resolves when every line that was typed has been done. */
  done(): Promise<void>;
}

export class Shutdown {
  readonly #options: ShutdownOptions;
  /** What was pressed or typed once, and counts if it is repeated. */
  #asked: "interrupt" | "quit" | undefined;
  readonly #end = Promise.withResolvers<"left" | "lost">();
  /** `left`: the person has left; `lost`: the connection is lost for good. */
  readonly ended = this.#end.promise;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  /** Something was typed: the next Ctrl-C is the first again. */
  typed(): void {
    if (this.#asked === "interrupt") this.#asked = undefined;
  }

  accepted(line: string): void {
    if (!/^\s*\/?(quit|exit)\s*$/i.test(line)) this.#asked = undefined;
  }

  /** Ctrl-C: empties the line; on an empty one pauses transfers and ends exports; twice, ends. */
  interrupt(): void {
    const { console, transfers } = this.#options;
    if (console.draft !== "") console.draft = "";
    else if (transfers.busy) transfers.pause();
    else if (this.#asked === "interrupt") this.#end.resolve("left");
    else {
      this.#asked = "interrupt";
      console.print(chalk.dim(wording.chat.quitAgain));
      return;
    }
    this.#asked = undefined;
  }

  quit(): void {
    const { console, transfers, done, isUnderWay } = this.#options;
    if (transfers.busy && this.#asked !== "quit") {
      this.#asked = "quit";
      console.print(chalk.yellow(wording.chat.busy));
      return;
    }
    const settled = async (): Promise<void> => {
      await done();
      while (isUnderWay()) await delay(POLL_MS);
    };
    void withinGrace(settled()).then(() => this.#end.resolve("left"));
  }

  lost(): void {
    this.#end.resolve("lost");
  }

  /** Pauses transfers, and waits until they have said so. */
  async pauseAll(): Promise<void> {
    const { transfers } = this.#options;
    transfers.pause();
    const until = performance.now() + GRACE_MS;
    while (transfers.busy && performance.now() < until) await delay(POLL_MS);
  }
}

/** Waits for something, for GRACE_MS at the most. */
export async function withinGrace(last: Promise<unknown>): Promise<void> {
  await Promise.race([last, delay(GRACE_MS)]);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
