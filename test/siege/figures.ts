/** How figures of a siege are shown. */
import type { Report } from "./besiegers.ts";

/** Milliseconds that one thing took, each time. */
export type Times = readonly number[];

/** A line of each thing. */
export function shownTimes(times: Readonly<Record<string, Times>>): string {
  const names = Object.keys(times);
  const width = Math.max(...names.map(({ length }) => length));
  return names.map((name) => `    ${name.padEnd(width)} ${quantiles(times[name] ?? [])}`).join("\n");
}

function quantiles(times: Times): string {
  const sorted = times.toSorted((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((part) => sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(1));
  return `p50 ${p50} p99 ${p99} most ${sorted.at(-1)?.toFixed(1)} ms (${times.length})`;
}

/** What has become of a crowd, in a line. */
export function shownReport({ open, closed, failed, answers, lived }: Report): string {
  const ended = lived ? ` after ${lived.map((seconds) => seconds.toFixed(1)).join("–")} s` : "";
  const connections = `connections: ${open} open, ${closed} closed by the server${ended}, ${failed} never came`;
  return `    answered ${JSON.stringify(answers)}; ${connections}`;
}
