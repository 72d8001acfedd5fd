/** What befalls nodes, their store and the network. */
import type { Chance } from "../chance.ts";
import type { Network } from "../network.ts";
import type { Schedule } from "../schedule.ts";
import type { Node } from "./node.ts";
import type { Store } from "./store.ts";

/** How long, in ms, a fault may last: longer than a lease. */
const SHORTEST_MS = 50;
export const LONGEST_MS = 7000;

export interface Stage {
  readonly nodes: readonly Node[];
  readonly network: Network;
  readonly store: Store;
  readonly weather: { latency: number; piece: number };
  readonly schedule: Schedule;
  readonly chance: Chance;
}

/** @returns what has happened, to a node or to all */
export function befall({ nodes, network, store, weather, schedule, chance }: Stage): string {
  const node = chance.one(nodes);
  const { log, program, name } = node;
  const ms = Math.round(SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** chance.random());
  if (!log || program === undefined) return `${name} is down`;
  switch (chance.below(8)) {
    case 0:
      node.crash();
      schedule.after(ms, () => void node.start());
      return `${name} crashes, for ${ms} ms`;
    case 1:
    case 2:
      network.freeze(program);
      schedule.after(ms, () => network.thaw(program));
      return `${program} is frozen, for ${ms} ms`;
    case 3:
      network.cutAllOf(program);
      return `the connections of ${name} break`;
    case 4:
      network.cutOne();
      return "a connection breaks";
    case 5:
      log.isCutOff = true;
      schedule.after(ms, () => (log.isCutOff = false));
      return `${name} is cut off from the store, for ${ms} ms`;
    case 6:
      log.failing = chance.one([0.1, 0.3, 1]);
      schedule.after(ms, () => (log.failing = 0));
      return `of the turns of ${name} ${log.failing} go wrong, for ${ms} ms`;
    default:
      store.latency = chance.one([1, 5, 50, 400]);
      Object.assign(weather, { latency: chance.one([1, 5, 50, 400]), piece: chance.one([1e6, 1e6, 100, 7]) });
      return `latencies are ${store.latency} and ${weather.latency} ms`;
  }
}
