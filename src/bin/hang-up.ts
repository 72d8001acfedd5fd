/**
 * SIGHUP: an owner means by it that the options are to be reread, and the system that the terminal is gone. A server in a
 * terminal that is gone has nobody who could see or end it, and ends; but not where it was started to outlive its terminal.
 */
import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";

/** By launch.sh, for Node puts back to the usual what was ignored (nohup) before a program can look. */
const OUTLIVES = "OBROL_NOHUP";

interface HangUp {
  /** Resolves when the terminal is gone. */
  readonly gone: Promise<string>;
  /** Calls back for each that is not that; one that came before is made up for. */
  reload(then: () => unknown): void;
}

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

/** tty(4): that of the process, if it has one, which a terminal that was hung up is no more. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r+"));
    return true;
  } catch {
    return false;
  }
}
