/** Where a server keeps its changes: memory, its own database, or a PostgreSQL that it shares with other nodes. */
import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { MemoryLog } from "../logs/memory/index.ts";
import { hostsIn } from "../logs/postgres/hosts.ts";
import type { PostgresLog, PostgresLogOptions } from "../logs/postgres/index.ts";
import { SqliteLog } from "../logs/sqlite/index.ts";
import type { Log } from "../server/log.ts";
import { DamagedCopy } from "../state/entities.ts";
import type { ChangeLog } from "../state/log.ts";
import { State } from "../state/state.ts";
import { UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";
import { version } from "./version.ts";

/** What a node is told of the others. */
export type NodeHooks = Pick<
  PostgresLogOptions,
  "onNews" | "onReach" | "onEnded" | "onBroken" | "onRebuilt" | "onStep" | "signal"
>;

/** A log that is open. `node`: what is shared, if it is. */
export interface OpenLog {
  readonly log: ChangeLog;
  readonly node?: PostgresLog;
}

/** @throws UsageError, Error in one line when it cannot be used */
export async function openLog(options: ServerSettings, hooks: NodeHooks): Promise<OpenLog> {
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
    throw storeError((error as Error).message, error);
  }
}

/**
 * Opens a log, and loads what it has kept. A node's own copy that turns out to be damaged is made anew, once. @param through as of
 * `Surrounding`. @throws as `open`. @throws Error of the log, which is closed then
 */
export async function loaded(
  open: () => Promise<OpenLog>,
  through: (log: ChangeLog) => ChangeLog = (log) => log,
): Promise<{ readonly model: State; readonly node: PostgresLog | undefined }> {
  for (;;) {
    const { log, node } = await open();
    try {
      return { model: new State(through(log)), node };
    } catch (error) {
      await log.close();
      // The next one has no copy to continue, so it does not come to this again.
      if (!(error instanceof DamagedCopy)) throw error;
    }
  }
}

/** Why a node cannot start, in one line. */
export function storeError(reason: string, cause?: unknown): Error {
  return new Error(`--store: ${reason}`, { cause });
}

/** Says in the log at the start what of the nodes' surroundings keeps less than they promise. */
export async function tellOfStore(options: ServerSettings, log: Log): Promise<void> {
  const { doubtsOf } = await import("../logs/postgres/doubts.ts");
  for (const [event, facts] of await doubtsOf(storeUrl(options) as string)) log("warn", event, facts);
  const { "store-file": file } = options;
  if (file !== undefined && isOpen(file)) log("warn", "store-file-open", { file, todo: `chmod o-rwx ${file}` });
  if (options["proxy-from"].length > 0) return;
  const todo = "behind a balancer everybody comes from its address: let it say who by the PROXY protocol, --proxy-from";
  log("warn", "no-proxy-from", { todo });
}

/** Whether everybody on this machine can read, or write, a file that may have a password in it. */
function isOpen(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o006) !== 0;
}

/** @returns undefined where nothing is shared. @throws UsageError */
export function storeUrl(options: Pick<ServerSettings, "store" | "store-file" | "memory">): string | undefined {
  const { store, "store-file": file } = options;
  if (store !== undefined && file !== undefined) throw new UsageError("--store and --store-file exclude each other");
  if (store === undefined && file === undefined) return undefined;
  if (options.memory) throw new UsageError("--store and --memory exclude each other");
  const name = store === undefined ? "--store-file" : "--store";
  const text = (store ?? readStore(file as string)).trim();
  const url = parsedUrl(name, text);
  if (store !== undefined && (url.password !== "" || url.searchParams.has("password"))) {
    throw new UsageError(
      "--store: a password there is seen by everybody on this machine; PGPASSFILE names a file for it, or --store-file one with the whole URL",
    );
  }
  return text;
}

/** @throws UsageError */
function readStore(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--store-file: ${(error as Error).message}`);
  }
}

/** @returns the URL, of several hosts that for the first. @throws UsageError without what was in it, for that may be a password */
function parsedUrl(name: string, text: string): URL {
  const noUrl = `${name}: is no URL, postgres://HOST/DATABASE`;
  // They would be left out, and what stands behind them taken for the end of a name.
  if (/\s/.test(text)) throw new UsageError(`${noUrl}: there is white space in it (one line; a blank is %20)`);
  const hosts = hostsIn(text);
  if (!hosts.every((one) => URL.canParse(one))) throw new UsageError(noUrl);
  // All but the host is the same for each.
  const url = new URL(hosts[0] as string);
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw new UsageError(noUrl);
  try {
    for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part);
  } catch {
    throw new UsageError(`${noUrl}: a % in a name or a password is %25`);
  }
  return url;
}
