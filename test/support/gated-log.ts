/** A log that a test opens and shuts: while it is shut a commit waits, and what becomes of it is decided at the end. */
import type { ChangeLog } from "../../src/state/log.ts";

export interface GatedLog {
  /** What the server is given: see `Surrounding.through`. */
  readonly through: (log: ChangeLog) => ChangeLog;
  /** Commits wait from now on. */
  shut(): void;
  /** A commit waits. */
  readonly waits: boolean;
  /** The commit that waits is kept, or fails. */
  end(ending: "kept" | "failed"): void;
  /** And later ones do not wait. */
  open(ending?: "kept" | "failed"): void;
}

export function gatedLog(): GatedLog {
  let shut = false;
  let waiting: ((ending: "kept" | "failed") => void) | undefined;
  const end = (ending: "kept" | "failed"): void => {
    waiting?.(ending);
    waiting = undefined;
  };
  return {
    through: (log) => ({
      pages: log.pages,
      order: log.order,
      load: (into) => log.load(into),
      tidy: () => log.tidy(),
      close: () => log.close(),
      commit(changes) {
        if (!shut) return log.commit(changes);
        return new Promise<"kept" | "failed">((resolve) => {
          waiting = resolve;
        }).then((ending) => {
          if (ending === "failed") throw new Error("the log has failed");
          return log.commit(changes);
        });
      },
    }),
    shut() {
      shut = true;
    },
    get waits() {
      return waiting !== undefined;
    },
    end,
    open(ending = "kept") {
      shut = false;
      end(ending);
    },
  };
}
