/** What processes have used so far, as the kernel counts it; Linux only. */
import { readdirSync, readFileSync } from "node:fs";

/** Seconds of processor time that a process has used; threads that have ended are not in it. */
export function cpuSeconds(pid: number): number {
  // /proc/PID/stat counts in hundredths of a second: too coarse for what takes microseconds.
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]));
  return sum(spent) / 1e9;
}

/** The same of a server and all processes that it has started and that run. */
export function allCpuSeconds(pid: number): number {
  return sum(family(pid).map(cpuSeconds));
}

/** How many files, connections among them, a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Resident memory in MB. */
export function residentMb(pid: number): number {
  return kibibytes(pid, "VmRSS") / 1024;
}

/** The same of a server and all processes that it has started and that run. */
export function allResidentMb(pid: number): number {
  return sum(family(pid).map(residentMb));
}

/** The same, with files, of which Node's own program is 40 MB of each process, counted once; in MB. */
export function allDistinctMb(pid: number): number {
  const all = family(pid);
  const files = all.map((one) => kibibytes(one, "RssFile"));
  return (sum(all.map((one) => kibibytes(one, "RssAnon"))) + Math.max(...files)) / 1024;
}

/** The most resident memory that a process had at any time, in MB. */
export function peakMb(pid: number): number {
  return kibibytes(pid, "VmHWM") / 1024;
}

function kibibytes(pid: number, what: "VmRSS" | "VmHWM" | "RssAnon" | "RssFile"): number {
  const match = new RegExp(`${what}:\\s+(\\d+)`).exec(read(`/proc/${pid}/status`));
  return Number(match?.[1] ?? 0);
}

/** Ends all processes that this one has started and that run. */
export function endChildren(): void {
  for (const child of childrenOf(process.pid)) process.kill(child, "SIGKILL");
}

function family(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

function childrenOf(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim();
  return children === "" ? [] : children.split(" ").map(Number);
}

/** "" of what has gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
