/** Servers that are measured in turn. */

import { join } from "node:path";
import { installed } from "./others.ts";
import { type Bench, obrol, type Running } from "./servers.ts";
import { median } from "./table.ts";

const ROUNDS = 3;

export const onDisk = obrol("obrol, on disk", (folder) => ["--data", join(folder, "data")]);
export const inMemory = obrol("obrol, --memory", () => ["--memory"]);

/** obrol and those of the others that are installed. */
export const all: readonly Bench[] = [onDisk, inMemory, ...installed];

/**
 * Each in turn, on a server of its own each time: a noisy minute is everybody's.
 * @returns what was measured of each, one of each round
 */
export async function inRounds<T>(
  benches: readonly Bench[],
  run: (bench: Bench) => Promise<T>,
  rounds = ROUNDS,
): Promise<ReadonlyMap<Bench, readonly T[]>> {
  const figures = new Map<Bench, T[]>(benches.map((bench) => [bench, []]));
  for (let round = 0; round < rounds; round++) {
    for (const bench of benches) figures.get(bench)?.push(await run(bench));
  }
  return figures;
}

/** Starts a server for what is measured, and ends it. */
export async function withServer<T>(
  bench: Bench,
  { users, members }: { readonly users: readonly string[]; readonly members?: readonly string[] },
  run: (server: Running) => Promise<T>,
): Promise<T> {
  const server = await bench.start(users, members);
  try {
    return await run(server);
  } finally {
    await server.stop();
  }
}

/** The median of what each round gave. */
export function typical<T>(figures: readonly T[], what: (figure: T) => number): number {
  return median(figures.map(what));
}
