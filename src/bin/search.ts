/** What a server's search is made of. */
import { join } from "node:path";
import type { PostgresLog } from "../logs/postgres/index.ts";
import { Searching } from "../search/searching.ts";
import type { Log } from "../server/log.ts";
import type { State } from "../state/state.ts";
import type { World } from "../world/world.ts";
import { databaseOf, SEARCH } from "./folders.ts";
import type { ServerSettings } from "./server-options.ts";
import { reserveOf } from "./services.ts";

/** The index of messages: in the data folder, or in memory with --memory. @param node whose own copy is the database, if it is one */
export function searchingOf(
  options: ServerSettings,
  model: State,
  world: World,
  log: Log,
  node: PostgresLog | undefined,
): Searching {
  const { memory, data: folder = "data" } = options;
  const database = join(folder, databaseOf(options));
  return new Searching({
    world,
    model,
    paths: memory ? undefined : { folder, index: join(folder, SEARCH), database },
    // Twice what messages leave free: on a disk that fills up, indexing stops first.
    reserve: 2 * reserveOf(options),
    log: (event, reason) => log("warn", event, { reason }),
    onDamaged: (reason) => node?.foundDamaged(reason),
  });
}
