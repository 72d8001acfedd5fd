/** The folder of a new server: its tables take 7 ms, which is most of many a test; so they are made once in a process, and copied. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DATABASE, SqliteLog } from "../../src/logs/sqlite/index.ts";

let made: Buffer | undefined;

/** @param folder is made if it is missing. @returns the same. All have the same salt: for tests that are not about how it is made */
export function newStore(folder: string): string {
  made ??= make();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, DATABASE), made, { mode: 0o600 });
  return folder;
}

function make(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
  new SqliteLog(folder).close();
  const database = readFileSync(join(folder, DATABASE));
  rmSync(folder, { recursive: true });
  return database;
}
