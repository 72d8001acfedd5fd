/** The folders of a server: where its key is, who may read them, and whether its database is there. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { freeBytes } from "../contents/free.ts";
import { keepPrivate } from "../contents/owners-only.ts";
import { Uploads } from "../contents/uploads.ts";
import { DATABASE, REPLICA } from "../logs/sqlite/index.ts";
import { knownContents } from "../operations/files/retention.ts";
import type { Log } from "../server/log.ts";
import type { Leases } from "../state/leases.ts";
import type { State } from "../state/state.ts";
import type { World } from "../world/world.ts";
import { UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";

/** The name of the index of messages, in the data folder. */
export const SEARCH = "search.db";

/** The name of the realm's key there. */
export const KEY = "realm.key";

/** The file name of the database in the data folder; of a node, that of its replica. */
export function databaseOf(options: Pick<ServerSettings, "store" | "store-file">): string {
  return options.store === undefined && options["store-file"] === undefined ? DATABASE : REPLICA;
}

/** The file of the realm's key: --realm-key, or one in the data folder. Undefined for --memory, and for nodes, whose store has the key. */
export function keyPath(options: ServerSettings): string | undefined {
  const isElsewhere = options.memory || databaseOf(options) === REPLICA;
  return options["realm-key"] ?? (isElsewhere ? undefined : join(options.data ?? "data", KEY));
}

/** The path of the operator's socket: --control, or one in the data folder; undefined for --memory without --control. */
export function controlPath({
  control,
  memory,
  data,
}: Pick<ServerSettings, "control" | "memory" | "data">): string | undefined {
  return control ?? (memory ? undefined : join(data ?? "data", "control.sock"));
}

/** @throws UsageError where there is a key and no database: a realm that has lost its messages must not go on by mistake, for its peers take them for received. */
export function refuseLostDatabase(options: ServerSettings): void {
  const key = keyPath(options);
  // A node gets its replica again from the store.
  if (options.memory || databaseOf(options) === REPLICA) return;
  if (options.new || key === undefined || !existsSync(key)) return;
  const folder = options.data ?? "data";
  const database = join(folder, databaseOf(options));
  if (existsSync(database) && statSync(database).size > 0) return;
  throw new UsageError(
    `data folder ${folder}: there is a key and no database. Is it the right folder, and is its disk there? --new starts anew`,
  );
}

/** @param leases of a node: it shares its folder with others. Without a database, files end with the process too. @throws Error in one line */
export function uploadsOf(
  options: ServerSettings,
  model: State,
  leases: Leases | undefined,
  world: World,
): Uploads | Promise<Uploads> {
  const folder = options.uploads ?? "uploads";
  if (options.memory) return Uploads.passing(folder, world);
  const id = Buffer.from(model.messages.salt).toString("hex");
  const known = knownContents({ model });
  return leases ? Uploads.shared(folder, id, known, leases, world) : Uploads.of(folder, id, known, world);
}

/** Bytes free for a database in a folder, less those that its write-ahead log will still add to it; undefined if not known. */
export function roomForRecords(folder: string, database: string): number | undefined {
  const free = freeBytes(folder);
  const log = statSync(join(folder, `${database}-wal`), { throwIfNoEntry: false });
  return free === undefined ? undefined : free - (log?.size ?? 0);
}

/** Bytes on disk of the database and of the index of messages, each with its write-ahead log; 0 for --memory. */
export function sizesOf(options: ServerSettings): Record<"databaseBytes" | "indexBytes", number> {
  const { memory, data = "data" } = options;
  const size = (name: string): number => {
    const files = memory ? [] : [name, `${name}-wal`].map((one) => join(data, one));
    return files.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  };
  return { databaseBytes: size(databaseOf(options)), indexBytes: size(SEARCH) };
}

/** Makes folders and files unreadable for other users of the machine, and logs where it had to, or cannot. @throws Error in one line for a shared folder such as `/tmp` */
export function keepFilesPrivate(options: ServerSettings, log: Log): void {
  if (options.memory) return;
  const data = options.data ?? "data";
  const files = ["lock", ...[databaseOf(options), SEARCH].flatMap((name) => [name, `${name}-wal`, `${name}-shm`])]
    .map((name) => join(data, name))
    .filter(existsSync);
  for (const path of [data, options.uploads ?? "uploads", ...files]) {
    const found = keepPrivate(path);
    if (found === "tightened") log("warn", "made-private", { path });
    if (found === "open") log("warn", "others-can-read", { path });
  }
}
