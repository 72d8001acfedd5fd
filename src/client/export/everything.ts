/**
 * `export --all`: all that the server has of whoever asks, in a folder of its own. As it came, in `export.ndjson`; and for people:
 * each conversation in a file, the files in `files/`, everything else in `account.json`.
 */
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { orRefusal, RefusedRequest, type Reply } from "../../connection/errors.ts";
import type { Take } from "../../connection/wire-options.ts";
import { replies, type ToldFile, type ToldOrDeleted } from "../../protocol/replies.ts";
import { type Account, withConnection } from "../files/account.ts";
import { partPath, safeName } from "../files/download-folder.ts";
import { FileError, TransferPaused } from "../files/errors.ts";
import { getFile } from "../files/transfer.ts";
import { wording } from "../language/wording.ts";
import { exportName } from "./export.ts";
import { fileTarget, type Target } from "./target.ts";

/** Its owner's alone, as everything in it is. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

const NAME = "export.ndjson";

/** Bytes that are read at once. */
const PIECE = 256 * 1024;

export interface EverythingOptions {
  readonly account: Account;
  readonly signal: AbortSignal;
  /** The end of a conversation's name. */
  readonly kind: string;
  /** A message as a line or several, without a line end at its end; undefined for one that is left out. */
  form(message: ToldOrDeleted): string | undefined;
  /** A file that is not to be had: the others come all the same. */
  onMissing(name: string, why: RefusedRequest): void;
}

/** What was written: how many of each. */
export interface Written {
  readonly conversations: number;
  readonly messages: number;
  readonly files: number;
}

/**
 * @param folder is made; one that is there must be empty
 * @throws RefusedRequest, LinkError, FileError, Error of the file system; what the signal was aborted with
 */
export async function exportEverything(folder: string, options: EverythingOptions): Promise<Written> {
  const { signal } = options;
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    if ((await readdir(folder)).length > 0) {
      throw Object.assign(new Error(wording.export.notEmpty(folder)), { code: "EEXIST" });
    }
    const whole = await fetchedInto(folder, options);
    const { files, ...written } = await takenApart(whole, folder, options);
    return { ...written, files: await fetchAll(files, join(folder, "files"), options) };
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TransferPaused && error.cause !== undefined ? error.cause : error;
  }
}

/** @returns the path of what the server gave; the folder is gone if it did not */
async function fetchedInto(folder: string, { account, signal }: EverythingOptions): Promise<string> {
  const path = join(folder, NAME);
  const part = `${path}.part`;
  const file = await open(part, "wx", FILE_MODE);
  try {
    let announced = 0;
    let here = 0;
    const onContent = ({ length }: Reply): Take => {
      announced = Number(length);
      return async (bytes) => {
        await file.writeFile(bytes);
        here += bytes.length;
      };
    };
    await withConnection(account, signal, (call) => call("exportAll", {}, { onContent, patient: true }));
    if (here !== announced) throw new FileError("content", wording.files.wrong(NAME));
    await file.sync();
    await rename(part, path);
    return path;
  } catch (error) {
    await rm(part, { force: true });
    await rmdir(folder).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

/** Writes the conversations, and the account; of the files there are only records. */
async function takenApart(
  path: string,
  folder: string,
  { signal, kind, form }: EverythingOptions,
): Promise<Omit<Written, "files"> & { readonly files: readonly ToldFile[] }> {
  const account = new Map<string, object[]>();
  const files: ToldFile[] = [];
  let [conversations, messages] = [0, 0];
  let open: { readonly place: string; readonly target: Target } | undefined;
  try {
    for await (const line of linesOf(path)) {
      signal.throwIfAborted();
      const { type, v: _, ...fields } = lineOf(line);
      const [message] = type === "message" ? (replies.history.read({ data: [fields] })?.data ?? []) : [];
      if (message === undefined) {
        if (type === "file") files.push(...(replies.files.read({ data: [fields] })?.data ?? []));
        else account.set(type, [...(account.get(type) ?? []), fields]);
        continue;
      }
      const place = String(fields.with);
      if (open?.place !== place) {
        await open?.target.finish();
        open = { place, target: await fileTarget(destinationOf(folder, place, kind), signal) };
        conversations++;
      }
      const text = form(message);
      if (text !== undefined) await open.target.write(`${text}\n`);
      messages++;
    }
    await open?.target.finish();
  } catch (error) {
    await open?.target.abandon().catch(() => undefined);
    throw error;
  }
  await writeFile(join(folder, "account.json"), `${JSON.stringify(Object.fromEntries(account), undefined, 2)}\n`, {
    mode: FILE_MODE,
    flag: "wx",
  });
  return { conversations, messages, files };
}

interface Line {
  readonly type: string;
  readonly v?: number;
  readonly with?: string;
}

/** @throws FileError for what is none */
function lineOf(text: string): Line {
  try {
    const line = JSON.parse(text) as Partial<Line> | null;
    if (typeof line?.type === "string") return line as Line;
  } catch {
    // It is said below.
  }
  throw new FileError("content", wording.files.wrong(NAME));
}

/** A user and a group may have the same name. */
function destinationOf(folder: string, place: string, kind: string): { folder: string; name: string } {
  const conversations = join(folder, "conversations");
  const ofGroup = place.startsWith("#");
  return { folder: ofGroup ? join(conversations, "group") : conversations, name: safeName(exportName(place, kind)) };
}

/** @returns how many have come */
async function fetchAll(
  files: readonly ToldFile[],
  folder: string,
  { account, signal, onMissing }: EverythingOptions,
): Promise<number> {
  let count = 0;
  // What one has sent oneself, and was given by others, too, is the same file.
  const wanted = new Map(files.filter(({ gone }) => !gone).map((file) => [file.id, file]));
  for (const file of wanted.values()) {
    const to = { folder, name: safeName(file.name) };
    const got = await orRefusal(getFile(account, file, to, { signal, onProgress: () => undefined }));
    if (got instanceof RefusedRequest) {
      await rm(partPath(to, file.id), { force: true });
      onMissing(file.name, got);
    } else count++;
  }
  return count;
}

/** By LF alone: what else ends a line may stand in a text. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of createReadStream(path, { encoding: "utf8", highWaterMark: PIECE })) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() as string;
    yield* lines;
  }
}
