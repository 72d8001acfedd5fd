/** SIGINT and SIGTERM while a script runs: the first one ends what is under way, a second one the program. */
import type { Program } from "../program.ts";
import { type Exit, exits } from "./exits.ts";

export class Interrupts {
  /** Ends what is under way, so that the program exits with this code. @returns false if nothing is: it exits at once */
  stop: (code: Exit) => boolean = () => false;
  /** What is done before the program exits at once; a second signal does not wait for it. */
  leave: (() => Promise<void>) | undefined;

  constructor(program: Program) {
    for (const [signal, code] of [["SIGINT", exits.interrupted] as const, ["SIGTERM", exits.terminated] as const]) {
      program.onSignal(signal, () => {
        if (this.stop(code)) return;
        const { leave } = this;
        this.leave = undefined;
        if (leave) void leave().finally(() => program.exit(code));
        else program.exit(code);
      });
    }
  }
}
