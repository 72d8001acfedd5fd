/**
 * SIGHUP means two things: an operator asks for the options to be reread, or the system says that the terminal is gone. A
 * server whose terminal is gone ends, for nobody sees it any more; not where it was started to outlive its terminal (nohup).
 */
import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";

/** Set by launch.sh: Node no longer ignores the signal (nohup) by the time that a program can look. */
const OUTLIVES = "OBROL_NOHUP";

interface HangUp {
  /** Resolves when the terminal is gone. */
  readonly gone: Promise<string>;
  /** Calls back for each other SIGHUP, and at once if one came earlier. */
  reload(then: () => unknown): void;
}

/** Takes over SIGHUP, which no longer ends the process by itself, and tells its two meanings apart. */
export function onHangUp(): HangUp {
  const { promise: gone, resolve } = Promise.withResolvers<string>();
  const inTerminal = process.env[OUTLIVES] !== "1" && [0, 1, 2].some((fd) => isatty(fd)) && hasTerminal();
  let early = false;
  let reload = (): void => {
    early = true;
  };
  process.on("SIGHUP", () => {
    if (inTerminal && !hasTerminal()) resolve("the terminal is gone");
    else reload();
  });
  return {
    gone,
    reload(then) {
      reload = () => void then();
      if (early) reload();
    },
  };
}

/** Whether the process has a terminal of its own (tty(4)); one that was hung up cannot be opened. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r+"));
    return true;
  } catch {
    return false;
  }
}
