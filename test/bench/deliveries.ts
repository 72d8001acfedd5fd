/** Pairs and groups: what a delivered message costs, beside the others. */
import { type Figure, group, PINGER, pairs, range } from "./load.ts";
import { all, inRounds, typical, withServer } from "./rounds.ts";
import type { Bench } from "./servers.ts";
import { show, shown, shownTimes } from "./table.ts";

const PAIRS = 16;
const MEMBERS = 400;

export async function ofPairs(): Promise<void> {
  const users = [PINGER, ...range(PAIRS).flatMap((i) => [`r${i}`, `s${i}`])];
  const figures = await inRounds(all, (bench) => withServer(bench, { users }, (server) => pairs(bench, server, PAIRS)));
  showDeliveries(`${PAIRS} pairs, 64 messages of 60 bytes under way each`, figures);
}

export async function ofGroups(): Promise<void> {
  const members = ["s0", ...range(MEMBERS).map((i) => `r${i}`)];
  const people = { users: [PINGER, ...members], members };
  const figures = await inRounds(all, (bench) => withServer(bench, people, (server) => group(bench, server, MEMBERS)));
  showDeliveries(`one speaker, 64 messages of 60 bytes under way, ${MEMBERS} members`, figures);
}

export const DELIVERY = ["delivered/s", "CPU each, µs", "of all processes, µs", "ping p50, ms", "p99, ms", "RSS, MB"];

/** The cells of a row that stand under `DELIVERY`. */
export function deliveryCells(figures: readonly Figure[]): readonly string[] {
  return [
    shown(
      typical(figures, ({ delivered }) => delivered),
      0,
    ),
    shown(
      typical(figures, ({ cpu }) => cpu),
      2,
    ),
    shown(
      typical(figures, ({ allCpu }) => allCpu),
      2,
    ),
    ...shownTimes(figures.flatMap(({ pings }) => pings)),
    shown(
      typical(figures, ({ memory }) => memory),
      0,
    ),
  ];
}

function showDeliveries(title: string, figures: ReadonlyMap<Bench, readonly Figure[]>): void {
  const cost = (list: readonly Figure[]): number => typical(list, ({ cpu }) => cpu);
  const beside = [...figures].filter(([{ name }]) => name === "ngircd" || name === "redis");
  const rows = [...figures].map(([{ name }, list]) => [
    name,
    ...deliveryCells(list),
    ...beside.map(([, base]) => shown(cost(list) / cost(base), 2)),
  ]);
  show(title, ["server", ...DELIVERY, ...beside.map(([{ name }]) => `CPU, × ${name}`)], rows);
}
