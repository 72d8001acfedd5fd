/** The folder of a new server: its tables take 8 ms, which is most of many a test; so they are made once in a process, and copied. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DATABASE, SqliteLog } from "../../src/logs/sqlite/index.ts";
import { aboutDatabase } from "../../src/logs/sqlite/snapshot.ts";

interface Made {
  readonly database: Buffer;
  readonly salt: Buffer;
}

let made: Made | undefined;

/** @param folder is made if it is missing. @returns the same. All have the same salt: for tests that are not about how it is made */
export function newStore(folder: string): string {
  made ??= make();
  write(folder, made.database);
  return folder;
}

/** The same for a server, which has a salt of its own: others may be there, too. */
export function newServersStore(folder: string): void {
  made ??= make();
  const { salt } = made;
  const database = Buffer.from(made.database);
  randomBytes(salt.length).copy(database, database.indexOf(salt));
  write(folder, database);
}

function write(folder: string, database: Buffer): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, DATABASE), database, { mode: 0o600 });
}

function make(): Made {
  const folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
  new SqliteLog(folder).close();
  const path = join(folder, DATABASE);
  const salt = Buffer.from(aboutDatabase(path).salt, "hex");
  const database = readFileSync(path);
  rmSync(folder, { recursive: true });
  return { database, salt };
}
