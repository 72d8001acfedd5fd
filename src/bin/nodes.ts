/** `chat-server nodes`: who shares a store, and how far each is. */
import { formatDayAndClock } from "../client/format.ts";
import { table } from "../client/table.ts";
import { inert } from "../client/terminal/inert.ts";
import type { Roster, RosterEntry } from "../logs/postgres/roster.ts";
import { rfc3339 } from "../protocol/time.ts";
import { nodesAbout, nodesOptions } from "./nodes-options.ts";
import type { Settings } from "./options.ts";
import { onStore, storeCommand } from "./store-command.ts";

/** @returns the exit code: as of chat-client */
export function nodes(args: readonly string[]): Promise<number> {
  const usage = "--store URL [--json]";
  return storeCommand({ name: "nodes", usage, about: nodesAbout, options: nodesOptions, work: show }, args);
}

/** @throws ExitError */
async function show({ json }: Settings<typeof nodesOptions>, url: string): Promise<void> {
  const { rosterOf } = await import("../logs/postgres/roster.ts");
  const roster = await onStore(() => rosterOf(url));
  process.stdout.write(`${json ? inJson(roster) : inTable(roster)}\n`);
}

function inJson({ place, nodes: all }: Roster): string {
  return inert(JSON.stringify({ place, nodes: all.map((one) => ({ ...one, since: rfc3339(one.since) })) }));
}

const HEADS = ["node", "name", "version", "since", "place", "behind", "lag", "seen", "", "leases"].map((title, i) => ({
  title,
  whole: i < 2,
}));

function inTable({ place, nodes: all }: Roster): string {
  if (all.length === 0) return `no node; the log is at ${place}`;
  return `${table(HEADS, all.map(row), process.stdout.columns)}\nthe log is at ${place}`;
}

function row({ node, name, version, since, place, behind, lag, seen, state, leases }: RosterEntry): readonly string[] {
  const at = formatDayAndClock(rfc3339(since));
  const ago = `${(seen / 1000).toFixed(1)} s ago`;
  const texts = [String(node), name, version, at, String(place), String(behind), `${lag} ms`, ago, state];
  return [...texts, leases.join(", ")].map((text) => inert(text).replace(/[\n\t]/g, " "));
}
