/** `chat-server verify DIR`: whether a backup, or a copy of a data folder, is whole, and a server starts on it. */
import { constants, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Kept, keptAt, wrongFiles } from "../backup/kept.ts";
import { type BackedUp, UPLOADS } from "../backup/manifest.ts";
import { sumOfFile } from "../backup/sum.ts";
import { formatBytes } from "../client/format.ts";
import { inert } from "../client/terminal/inert.ts";
import { MARKER } from "../contents/claim.ts";
import { faultsIn } from "../logs/sqlite/faults.ts";
import { DATABASE, SqliteLog } from "../logs/sqlite/index.ts";
import { aboutDatabase } from "../logs/sqlite/snapshot.ts";
import { Identity } from "../realms/identity.ts";
import { State } from "../state/state.ts";
import { KEY } from "./folders.ts";
import { UsageError } from "./options.ts";
import { settings } from "./settings.ts";
import { verifyAbout, verifyOptions } from "./verify-options.ts";
import { version } from "./version.ts";

/** Exit codes. */
const WHOLE = 0;
const NOT_WHOLE = 1;
const USAGE = 2;

/** @param print takes a line of what is found. @returns the exit code */
export async function verify(args: readonly string[], print = toStdout): Promise<number> {
  try {
    const usage = `$0 DIR [--uploads DIR]\n\n${verifyAbout}`;
    const call = { name: "chat-server verify", usage, version, args, env: process.env, words: "among" } as const;
    const given = await settings(verifyOptions, call);
    if (!given) return WHOLE;
    const [folder, ...more] = given.words;
    if (folder === undefined || more.length > 0) throw new UsageError("use: chat-server verify DIR [--uploads DIR]");
    return await look(folder, given.settings.uploads, print);
  } catch (error) {
    process.stderr.write(`chat-server: ${(error as Error).message.split("\n")[0]}\n`);
    return error instanceof UsageError ? USAGE : NOT_WHOLE;
  }
}

function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @throws UsageError */
async function look(folder: string, uploads: string | undefined, print: (line: string) => void): Promise<number> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${folder}: no such folder`);
  const found = keptAt(folder, DATABASE);
  if (!found) throw new UsageError(`${folder}: neither a backup nor a data folder`);
  if (isInUse(found.data)) throw new UsageError(`${folder}: a server uses it; chat-server admin backup DIR copies it`);
  const kept = uploads === undefined ? found : { ...found, uploads };
  let faults = 0;
  const name = (fault: string): void => {
    faults++;
    print(inert(fault));
  };
  if (kept.fault !== undefined) name(kept.fault);
  const right = new Map<string, BackedUp>();
  if (kept.files) for await (const fault of wrongFiles(folder, kept.files, right)) name(fault);
  const counted = await lookIntoCopy(folder, kept, right, name);
  if (faults > 0 || !counted) return NOT_WHOLE;
  const { last, contents, bytes } = counted;
  print(`whole: messages up to number ${last}, ${contents} files (${formatBytes(bytes)})`);
  return WHOLE;
}

/** What a server starts on is its own from then on: this is done with a copy. */
async function lookIntoCopy(
  folder: string,
  kept: Kept,
  right: ReadonlyMap<string, BackedUp>,
  name: (fault: string) => void,
): Promise<{ last: number; contents: number; bytes: number } | undefined> {
  const at = (file: string): string => relative(folder, join(kept.data, file));
  const copy = mkdtempSync(join(tmpdir(), "obrol-verify-"));
  try {
    if (!existsSync(join(kept.data, DATABASE))) {
      name(`${at(DATABASE)}: missing`);
      return undefined;
    }
    for (const file of [DATABASE, `${DATABASE}-wal`, KEY]) {
      if (existsSync(join(kept.data, file)))
        copyFileSync(join(kept.data, file), join(copy, file), constants.COPYFILE_FICLONE);
    }
    if (existsSync(join(copy, KEY))) tryOut(() => Identity.at(join(copy, KEY)), name, at(KEY));
    for (const fault of faultsIn(join(copy, DATABASE))) name(`${at(DATABASE)}: ${fault}`);
    return await started(copy, kept, right, name, at);
  } catch (error) {
    name(`${at(DATABASE)}: a server does not start on it: ${(error as Error).message}`);
    return undefined;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** All that a server does with it before it listens. @throws Error of what keeps it from starting */
async function started(
  copy: string,
  { uploads }: Kept,
  right: ReadonlyMap<string, BackedUp>,
  name: (fault: string) => void,
  at: (file: string) => string,
): Promise<{ last: number; contents: number; bytes: number }> {
  const log = new SqliteLog(copy);
  try {
    const model = new State(log);
    tryOut(() => void model.messages.get(model.messages.last), name, at(DATABASE));
  } finally {
    log.close();
  }
  const { last, salt, contents } = aboutDatabase(join(copy, DATABASE));
  const marker = uploads === undefined ? undefined : join(uploads, MARKER);
  if (marker !== undefined && existsSync(marker) && readFileSync(marker, "utf8").split("\n")[0] !== salt) {
    name(`${UPLOADS}/${MARKER}: is another database's`);
  }
  let bytes = 0;
  for (const { stored, size, sha256 } of contents) {
    bytes += size;
    const path = join(uploads ?? "", stored);
    const title = `${UPLOADS}/${stored}`;
    if (uploads === undefined || !existsSync(path)) {
      name(`${title}: missing, the database names it`);
      continue;
    }
    const found = right.get(title) ?? (await sumOfFile(path));
    if (found.size !== size || found.sha256 !== sha256) name(`${title}: is not what the database says it is (SHA-256)`);
  }
  return { last, contents: contents.length, bytes };
}

function tryOut(work: () => void, name: (fault: string) => void, file: string): void {
  try {
    work();
  } catch (error) {
    name(`${file}: ${(error as Error).message}`);
  }
}

/** Whether a server has its lock: contents/lock.ts. Of a copy nothing is locked, and nothing is made. */
function isInUse(data: string): boolean {
  const path = join(data, "lock");
  if (!existsSync(path)) return false;
  const lock = new DatabaseSync(path, { readOnly: true });
  try {
    lock.prepare("SELECT count(*) FROM sqlite_master").get();
    return false;
  } catch (error) {
    return (error as Error).message === "database is locked";
  } finally {
    lock.close();
  }
}
