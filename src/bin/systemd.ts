/**
 * What systemd wants of a service: to be told how it is (sd_notify(3)), and that it takes over sockets that listen already
 * (sd_listen_fds(3)). Node has no datagrams over unix sockets, so that systemd's own program says it: the unit must have
 * NotifyAccess=all.
 */
import { spawn } from "node:child_process";
import type { Log } from "../server/log.ts";

/** SD_LISTEN_FDS_START */
const FIRST_SOCKET = 3;

/** Sockets that were handed over to this process; none if they were meant for another. */
export function socketsGiven({ LISTEN_PID: pid, LISTEN_FDS: count }: NodeJS.ProcessEnv): readonly number[] {
  const isOurs = Number(pid) === process.pid && /^[1-9]\d{0,3}$/.test(count ?? "");
  return isOurs ? Array.from({ length: Number(count) }, (_, i) => FIRST_SOCKET + i) : [];
}

export class Systemd {
  readonly #log: Log;
  readonly #isThere: boolean;
  /** Ends when what was said before has been heard: it is understood in this order only. */
  #saying: Promise<void> = Promise.resolve();
  #watchdog: NodeJS.Timeout | undefined;
  #hasFailed = false;

  constructor(log: Log) {
    this.#log = log;
    this.#isThere = Boolean(process.env["NOTIFY_SOCKET"]);
  }

  ready(status: string): void {
    this.#say("READY=1", `STATUS=${status}`);
  }

  /** `ready` is to follow. */
  reloading(): void {
    // Of CLOCK_MONOTONIC, as hrtime is; without it Type=notify-reload does not take it for the reload that it has asked for.
    this.#say("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(): void {
    clearInterval(this.#watchdog);
    this.#say("STOPPING=1", "STATUS=stopping");
  }

  /**
   * From now on it is told twice in each period that all is well, as long as it is.
   * @param isWell whether it is, or was so many ms ago at the most; it may take as long to say
   */
  watch(isWell: (ms: number) => Promise<boolean>): void {
    const { WATCHDOG_USEC: period, WATCHDOG_PID: pid } = process.env;
    const ms = Number(period) / 1000;
    if (!(ms > 0) || (pid !== undefined && Number(pid) !== process.pid)) return;
    const look = async (): Promise<void> => {
      // From one time that it is said to the next there are three quarters of a period at the most.
      if (await isWell(ms / 4)) this.#say("WATCHDOG=1");
    };
    this.#watchdog = setInterval(() => void look(), ms / 2).unref();
  }

  #say(...what: readonly string[]): void {
    if (this.#isThere) this.#saying = this.#saying.then(() => this.#tell(what));
  }

  /** Never rejects: that nobody hears is said once in the log. */
  #tell(what: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const failed = (reason: string): void => {
        if (!this.#hasFailed) this.#log("warn", "notify-failed", { reason });
        this.#hasFailed = true;
        resolve();
      };
      const child = spawn("systemd-notify", [...what], { stdio: "ignore" });
      child.once("error", (error) => failed(error.message));
      // The server ends after it: what it says last would not be said where an earlier one takes its time.
      child.once("exit", (code) => (code === 0 ? resolve() : failed(`systemd-notify ended with ${code}`)));
    });
  }
}
