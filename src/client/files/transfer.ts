/**
 * Files over connections of their own: up and down, hashed and compared, going on where an earlier try
 * was cut off. It prints nothing.
 */
import { createHash, type Hash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { v4 as uuidv4 } from "uuid";
import { RefusedRequest, type Reply } from "../../connection/errors.ts";
import type { Take } from "../../connection/wire-options.ts";
import type { ReplyTo } from "../../protocol/replies.ts";
import { wording } from "../language/wording.ts";
import { refusalInWords } from "../refusal-words.ts";
import { type Account, accountName, withConnection } from "./account.ts";
import { type Destination, partPath, settle } from "./download-folder.ts";
import { FileError, TransferPaused } from "./errors.ts";
import type { PausedUploads } from "./paused-uploads.ts";

/** How far a transfer is. */
export interface Progress {
  readonly direction: "upload" | "download";
  readonly name: string;
  /** Nothing is sent or fetched yet: what is here is read for its SHA-256. */
  readonly hashing: boolean;
  readonly done: number;
  readonly size: number;
}

export interface TransferOptions {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/** A file that somebody was given: PROTOCOL.md, "Who has it". */
export interface RemoteFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** Refusals that the same upload would meet again. */
const FINAL = new Set([
  "bad-request",
  "checksum",
  "too-large",
  "user-not-found",
  "group-not-found",
  "not-member",
  "realm-not-found",
]);

/** Bytes that are read or written at once. */
const PIECE = 512 * 1024;

/**
 * Sends a local file. @param to a user, or a group with `#` before its name.
 * @returns the reply of `upload`. @throws TransferPaused, RefusedRequest, Error of the file system or because the file has changed meanwhile.
 */
export async function sendFile(
  account: Account,
  to: string,
  path: string,
  paused: PausedUploads,
  options: TransferOptions,
): Promise<Reply & ReplyTo<"upload">> {
  const found = await stat(path);
  if (!found.isFile()) throw new FileError("no-file", wording.files.notFile(path));
  const name = basename(path);
  const { size } = found;
  const progress = { direction: "upload", name, size } as const;
  const what = { account: accountName(account), to, path: resolve(path), size, modified: found.mtimeMs };
  const known = paused.find(what);
  const sha256 =
    known?.sha256 ??
    (await hashed(path, size, (done) => options.onProgress({ ...progress, hashing: true, done }), options.signal));
  // Somebody else may have begun the same meanwhile.
  const id = (known ?? paused.find(what))?.id ?? uuidv4();
  paused.keep({ ...what, sha256, id });
  return withConnection(account, options.signal, async (call) => {
    const { state, received } = (await call("uploadStatus", { "client-id": id })).data;
    const offset = state === "done" ? 0 : Math.min(received, size);
    const told = (done: number): void => options.onProgress({ ...progress, hashing: false, done });
    told(state === "done" ? size : offset);
    const input = { receiver: to, filename: name, size, sha256, "client-id": id, ...(offset > 0 && { offset }) };
    // Of an upload that is done already no bytes are sent again.
    const body = counted(path, state === "done" ? size : offset, size, told);
    try {
      const reply = await call("upload", input, { body, patient: true });
      paused.forget(what);
      return reply;
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      if (FINAL.has(error.code)) paused.forget(what);
      // `incomplete`: the server has stopped it, or another connection goes on with it.
      throw error.code === "incomplete" ? new TransferPaused(refusalInWords(error.reply)) : error;
    }
  });
}

/**
 * Fetches a file. @param to a destination, or what takes its bytes.
 * @returns its path, if it has one. @throws TransferPaused, RefusedRequest, Error of the file system or because the content is not what it should be.
 */
export async function getFile(
  account: Account,
  file: RemoteFile,
  to: Destination | Take,
  options: TransferOptions,
): Promise<string | undefined> {
  if (typeof to === "function") {
    await fetched(account, file, 0, createHash("sha256"), to, options);
    return undefined;
  }
  const path = partPath(to, file.id);
  await mkdir(to.folder, { recursive: true });
  const part = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const { size: here } = await part.stat();
    const offset = here <= file.size ? here : 0;
    if (offset < here) await part.truncate(0);
    const hash = createHash("sha256");
    const { name, size } = file;
    const onHashed = (done: number): void =>
      options.onProgress({ direction: "download", name, size, hashing: true, done });
    await hashed(path, offset, onHashed, options.signal, hash);
    let at = offset;
    // At its place, and not appended: another one that fetches the same file here writes the same bytes there.
    const take: Take = async (bytes) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await part.write(bytes, done, bytes.length - done, at);
        done += bytesWritten;
        at += bytesWritten;
      }
    };
    try {
      await fetched(account, file, offset, hash, take, options);
      await part.sync();
      if ((await part.stat()).size !== size) throw new FileError("content", wording.files.written(name));
    } catch (error) {
      if (error instanceof FileError) await rm(path, { force: true });
      throw error;
    }
  } finally {
    await part.close();
  }
  return settle(path, to);
}

/** @throws FileError when what came is not what was promised. */
async function fetched(
  account: Account,
  { id, name, size, sha256 }: RemoteFile,
  offset: number,
  hash: Hash,
  take: Take,
  { signal, onProgress }: TransferOptions,
): Promise<void> {
  let done = offset;
  const told = (): void => onProgress({ direction: "download", name, size, hashing: false, done });
  told();
  const onContent = ({ length }: Reply): Take => {
    if (length !== size - offset) throw new FileError("content", wording.files.wrong(name));
    return async (bytes) => {
      hash.update(bytes);
      await take(bytes);
      done += bytes.length;
      told();
    };
  };
  await withConnection(account, signal, (call) =>
    call("download", { id, ...(offset > 0 && { offset }) }, { onContent, patient: true }),
  );
  if (done !== size || hash.digest("hex") !== sha256) {
    throw new FileError("content", wording.files.wrong(name));
  }
}

/** SHA-256 of a file's first bytes. @throws TransferPaused */
async function hashed(
  path: string,
  size: number,
  onProgress: (done: number) => void,
  signal: AbortSignal,
  hash = createHash("sha256"),
): Promise<string> {
  if (size > 0) {
    let done = 0;
    for await (const bytes of createReadStream(path, { end: size - 1, highWaterMark: PIECE })) {
      if (signal.aborted) throw new TransferPaused("paused");
      hash.update(bytes as Buffer);
      done += (bytes as Buffer).length;
      onProgress(done);
    }
  }
  return hash.copy().digest("hex");
}

/** @throws Error when the file has become shorter. */
async function* counted(
  path: string,
  offset: number,
  size: number,
  onProgress: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = offset;
  if (offset < size) {
    for await (const bytes of createReadStream(path, { start: offset, end: size - 1, highWaterMark: PIECE })) {
      yield bytes as Buffer;
      done += (bytes as Buffer).length;
      onProgress(done);
    }
  }
  if (done < size) throw new FileError("content", wording.files.changed(path));
}
