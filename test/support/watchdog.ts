/** Ends a process and removes its folder when the process that has started it is gone, whichever way it went. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

/**
 * It reads process ids, of which the last counts, until whoever writes them is gone. A stopped process goes on first, for it
 * does not hear that it should end.
 */
const SCRIPT = `
while read -r line; do pid=$line; done
test "$pid" = dismissed && exit
if test -n "$pid"; then
  kill -CONT "$pid"
  kill -QUIT "$pid"
  tries=0
  while kill -0 "$pid" && test "$tries" -lt 30; do sleep 1; tries=$((tries + 1)); done
fi
rm -rf "$1"
`;

export class Watchdog {
  readonly #shell: ChildProcessByStdio<Writable, null, null>;

  /** @param folder what is removed when it has to act */
  constructor(folder: string) {
    // In a session of its own: Ctrl-C ends those that a terminal runs, and not whoever cleans up behind them.
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT, "sh", folder], {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#shell.unref();
    this.#shell.stdin.on("error", () => {});
  }

  /** From now on it is this process, which ends by SIGQUIT; undefined: none. */
  guard(pid: number | undefined): void {
    this.#shell.stdin.write(`${pid ?? ""}\n`);
  }

  /** Ends it; it does nothing. */
  async dismiss(): Promise<void> {
    // Who waits for that may have nothing else to do.
    this.#shell.ref();
    const exited = once(this.#shell, "exit");
    this.#shell.stdin.end("dismissed\n");
    await exited;
  }
}
