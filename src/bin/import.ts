/** `chat-server import`: from a server's own database into a PostgreSQL that nodes share. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ExitError, exits } from "../client/script/exits.ts";
import { MARKER } from "../contents/claim.ts";
import { type Lock, lockFolder } from "../contents/lock.ts";
import { DATABASE } from "../logs/sqlite/index.ts";
import { migrations } from "../logs/sqlite/schema.ts";
import { aboutDatabase } from "../logs/sqlite/snapshot.ts";
import { Identity } from "../realms/identity.ts";
import { KEY } from "./folders.ts";
import { importAbout, importOptions } from "./import-options.ts";
import type { Settings } from "./options.ts";
import { copiedInWords, onStore, storeCommand } from "./store-command.ts";

/** @returns the exit code: as of chat-client */
export function importData(args: readonly string[]): Promise<number> {
  const usage = "[--data DIR] [--uploads DIR] --store URL";
  return storeCommand({ name: "import", usage, about: importAbout, options: importOptions, work: bring }, args);
}

/** @throws ExitError */
async function bring(options: Settings<typeof importOptions>, url: string): Promise<void> {
  const { data: folder = "data", uploads, json } = options;
  const path = join(folder, DATABASE);
  if (!existsSync(path)) throw new ExitError(exits.noInput, `${path}: no such file; --data DIR says where it is`);
  const lock = locked(folder);
  let db: DatabaseSync | undefined;
  try {
    db = opened(path);
    if (uploads !== undefined) refuseMissing(path, uploads);
    const key = keyOf(options);
    const { bringIn } = await import("../logs/postgres/transfer.ts");
    const source = db;
    const copied = await onStore(() => bringIn(url, source, key));
    const words = `${copiedInWords(copied)}${key === undefined ? "; no key of the realm: the first node makes one" : ""}`;
    process.stdout.write(`${json ? JSON.stringify({ ...copied, key: key !== undefined }) : `imported: ${words}`}\n`);
  } finally {
    db?.close();
    lock.close();
  }
}

/** @throws ExitError while a server uses it */
function locked(folder: string): Lock {
  try {
    return lockFolder(folder);
  } catch (error) {
    throw new ExitError(exits.noInput, `data folder ${folder}: ${(error as Error).message}`);
  }
}

/** @throws ExitError for a database of another version: a server of this version upgrades it when it starts on it */
function opened(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  let version: number;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    ({ user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number });
  } catch (error) {
    db?.close();
    throw new ExitError(exits.io, `${path}: ${(error as Error).message}`);
  }
  if (version === migrations.length) return db;
  db.close();
  const is = version > migrations.length ? "a newer version of this program" : "an older version";
  const todo = version > migrations.length ? "" : ": start a server of this one on it once, and stop it";
  throw new ExitError(exits.data, `${path}: was written by ${is}${todo}`);
}

/** @throws ExitError unless all files that the database names are there, as large as it says */
function refuseMissing(path: string, uploads: string): void {
  const { contents, salt } = aboutDatabase(path);
  const marker = join(uploads, MARKER);
  if (existsSync(marker) && readFileSync(marker, "utf8").split("\n")[0] !== salt) {
    throw new ExitError(exits.data, `uploads folder ${uploads}: holds the files of another database`);
  }
  const missing = contents.filter(
    ({ stored, size }) => statSync(join(uploads, stored), { throwIfNoEntry: false })?.size !== size,
  );
  const [first] = missing;
  if (!first) return;
  const found = `${missing.length} of ${contents.length} files are missing or cut short, such as ${first.stored}`;
  throw new ExitError(exits.data, `uploads folder ${uploads}: ${found}`);
}

/** @returns the realm's key in PEM; undefined where there is none. @throws ExitError for what is none */
function keyOf(options: Settings<typeof importOptions>): string | undefined {
  const { data = "data", "realm-key": path = join(data, KEY) } = options;
  if (!existsSync(path)) {
    if (options["realm-key"] === undefined) return undefined;
    throw new ExitError(exits.noInput, `--realm-key ${path}: no such file`);
  }
  try {
    Identity.at(path);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ExitError(exits.data, (error as Error).message);
  }
}
