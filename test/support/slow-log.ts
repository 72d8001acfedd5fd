/** A log that is asked over a network, as it were: it takes some time for every commit, another one each time. */
import { setTimeout as pause } from "node:timers/promises";
import type { ChangeLog } from "../../src/state/log.ts";

/** @param ms the longest that a commit takes */
export function slowLog(log: ChangeLog, ms: number): ChangeLog {
  return {
    pages: log.pages,
    order: log.order,
    load: (into) => log.load(into),
    tidy: () => log.tidy(),
    close: () => log.close(),
    async commit(changes) {
      await pause(Math.random() * ms);
      await log.commit(changes);
    },
  };
}
