/** What a world of nodes is in: time, a network that may be slow, the store, a folder, and the trace of what happens. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chance } from "../chance.ts";
import { Network } from "../network.ts";
import { Schedule } from "../schedule.ts";
import { Store } from "./store.ts";

export function surroundings(seed: number) {
  const trace: string[] = [];
  const schedule = new Schedule();
  const weather = { latency: 1, piece: 1e6 };
  const winds = new Chance(seed, 2);
  const latency = (): number => winds.below(weather.latency + 1);
  return {
    trace,
    chance: new Chance(seed, 1),
    schedule,
    weather,
    network: new Network(schedule, { latency, piece: () => weather.piece }, new Chance(seed, 3)),
    store: new Store(new Chance(seed, 4), schedule),
    /** Whoever plays the world removes it. */
    folder: mkdtempSync(join(tmpdir(), "obrol-simulator-")),
    note: (line: string): void => void trace.push(`${schedule.now.toFixed(0).padStart(7)} ${line}`),
  };
}
