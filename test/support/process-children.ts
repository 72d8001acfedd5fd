/** The processes that a process has started itself, wherever /proc or ps tells of them. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** One letter, as proc_pid_stat(5) and ps have it. */
  readonly state: string;
}

export function childrenOf(pid: number): readonly number[] {
  return processes().flatMap((one) => (one.parent === pid ? [one.pid] : []));
}

/** Stopped by a signal: it does nothing more until it is told to go on. */
export function isStopped(pid: number): boolean {
  return stateOf(pid) === "T";
}

/** One that nobody has waited for yet counts as gone: it holds nothing. */
export function isGone(pid: number): boolean {
  return ["Z", "X", undefined].includes(stateOf(pid));
}

function stateOf(pid: number): string | undefined {
  if (process.platform === "linux") return read(pid)?.state;
  return processes().find((one) => one.pid === pid)?.state;
}

function processes(): readonly Process[] {
  if (process.platform === "linux") {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : []));
  }
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,state="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parent, state = ""] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state: state.slice(0, 1) };
  });
}

/** @returns undefined: there is none */
function read(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Its name, in brackets, may hold anything.
    const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(parent), state };
  } catch {
    return undefined;
  }
}
