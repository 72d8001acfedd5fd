/** A log as a node has it that shares it with others, though nobody else is there: a test says which of its turns are not kept. */
import type { Change } from "../../src/state/changes.ts";
import { Overtaken } from "../../src/state/entities.ts";
import type { ChangeLog, Order } from "../../src/state/log.ts";

export interface SharedLog {
  /** What the server is given: see `Surrounding.through`. */
  readonly through: (log: ChangeLog) => ChangeLog;
  /** The next turn that has a change of this kind is not kept: another node was faster, or the log refuses it. */
  fail(is: Change["is"], because: "overtaken" | "refused"): void;
  /** How many turns were not kept. */
  readonly failed: number;
}

export function sharedLog(): SharedLog {
  const failing: { readonly is: Change["is"]; readonly because: "overtaken" | "refused" }[] = [];
  let failed = 0;
  const order = (log: ChangeLog): Order => ({
    isFarBehind: false,
    presume: () => false,
    take: () => Promise.resolve([]),
    look: () => Promise.resolve([]),
    heard: () => [],
    settle: (changes) => void log.commit(changes),
    release() {},
    broken(error) {
      throw error;
    },
  });
  return {
    through: (log) => ({
      pages: log.pages,
      order: order(log),
      load: (into) => log.load(into),
      tidy: () => log.tidy(),
      close: () => log.close(),
      async commit(changes) {
        const at = failing.findIndex(({ is }) => changes.some((change) => change.is === is));
        const [found] = at < 0 ? [] : failing.splice(at, 1);
        if (!found) return;
        failed++;
        throw found.because === "overtaken"
          ? new Overtaken("another node was faster")
          : new Error("the log has failed");
      },
    }),
    fail(is, because) {
      failing.push({ is, because });
    },
    get failed() {
      return failed;
    },
  };
}
