/** Where a server keeps its changes: memory, its own database, or a PostgreSQL that it shares with other nodes. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { MemoryLog } from "../logs/memory/index.ts";
import { hostsIn } from "../logs/postgres/hosts.ts";
import type { PostgresLog, PostgresLogOptions } from "../logs/postgres/index.ts";
import { SqliteLog } from "../logs/sqlite/index.ts";
import type { Log } from "../server/log.ts";
import type { ChangeLog } from "../state/log.ts";
import { UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";
import { version } from "./version.ts";

/** What a node is told of the others. */
export type NodeHooks = Pick<PostgresLogOptions, "onNews" | "onReach" | "onEnded" | "onBroken" | "onStep">;

/** @returns also as `node` what is shared, if it is. @throws UsageError, Error in one line when it cannot be used */
export async function openLog(
  options: ServerSettings,
  hooks: NodeHooks,
): Promise<{ readonly log: ChangeLog; readonly node?: PostgresLog }> {
  const url = storeUrl(options);
  if (url === undefined) {
    return { log: options.memory ? new MemoryLog(options["memory-messages"]) : new SqliteLog(options.data ?? "data") };
  }
  const { PostgresLog } = await import("../logs/postgres/index.ts");
  try {
    const name = `${hostname()}:${process.pid}`;
    const log = await PostgresLog.open({ url, folder: options.data ?? "data", name, version, ...hooks });
    return { log, node: log };
  } catch (error) {
    throw new Error(`--store: ${(error as Error).message}`, { cause: error });
  }
}

/** Says in the log at the start what of the nodes' surroundings keeps less than they promise. */
export async function tellOfStore(options: ServerSettings, log: Log): Promise<void> {
  const { doubtsOf } = await import("../logs/postgres/doubts.ts");
  for (const [event, facts] of await doubtsOf(storeUrl(options) as string)) log("warn", event, facts);
  if (options["proxy-from"].length > 0) return;
  const todo = "behind a balancer everybody comes from its address: let it say who by the PROXY protocol, --proxy-from";
  log("warn", "no-proxy-from", { todo });
}

/** @returns undefined where nothing is shared. @throws UsageError */
export function storeUrl(options: Pick<ServerSettings, "store" | "store-file" | "memory">): string | undefined {
  const { store, "store-file": file } = options;
  if (store !== undefined && file !== undefined) throw new UsageError("--store and --store-file exclude each other");
  if (store === undefined && file === undefined) return undefined;
  if (options.memory) throw new UsageError("--store and --memory exclude each other");
  const name = store === undefined ? "--store-file" : "--store";
  let text: string;
  let url: URL;
  try {
    text = (store ?? readFileSync(file as string, "utf8")).trim();
    // All but the host is the same for each of several.
    [url] = hostsIn(text).map((one) => new URL(one)) as [URL];
  } catch (error) {
    // Not what was in it: that may be a password.
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${name}: ${code === "ERR_INVALID_URL" ? "is no URL, postgres://HOST/DATABASE" : (error as Error).message}`,
    );
  }
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw new UsageError(`${name}: is no URL, postgres://HOST/DATABASE`);
  if (store !== undefined && (url.password !== "" || url.searchParams.has("password"))) {
    throw new UsageError(
      "--store: a password there is seen by everybody on this machine; PGPASSFILE names a file for it, or --store-file one with the whole URL",
    );
  }
  return text;
}
