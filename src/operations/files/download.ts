/** Downloads: contents inside a reply, or as raw bytes after it. PROTOCOL.md, "Files". */

import type { Input, Output } from "../../contract/operations.ts";
import type { FinishOf, NoContent } from "../../contract/refusals.ts";
import { Failure, type Finish, type Result } from "../../contract/result.ts";
import type { Content } from "../../contract/shapes.ts";
import type { StoredFile } from "../../state/entities.ts";
import { groupFor, groupNamed } from "../groups/find.ts";
import { filesIn } from "../groups/reach.ts";
import { may } from "../may.ts";
import { partyEver } from "../people/parties.ts";
import { sharesOf } from "../reach.ts";
import type { Reading } from "../services/contents.ts";
import { actor, type Caller, fileInfo, type Services } from "../services/context.ts";
import { fetched, maySee, newest } from "./sharing.ts";
import { begun } from "./space.ts";

/** Bytes that are read at once of a content inside a reply: 64 KiB of base64. */
const INLINE_CHUNK = 48 * 1024;

/** Sends a file as raw bytes after the reply, from an offset in bytes. */
export async function download(
  services: Services,
  caller: Caller,
  { id, offset = 0 }: Input<"download">,
): Promise<FinishOf<"download">> {
  const { contents, model, transfers } = services;
  const me = actor(caller);
  const known = model.files.byId(id);
  const here = await present(services, known && maySee(services, known, me) ? known : undefined);
  if (here instanceof Failure) return () => here;
  const { file, stored } = here;
  if (offset > file.size) return () => new Failure("bad-request", `offset: the file has ${file.size} bytes`);
  const transfer = begun(services, { owner: me });
  if (transfer instanceof Failure) return () => transfer;
  const reading = await unlessMissing(services, file, contents.reading(stored, offset, file.size)).catch(
    (error: unknown) => {
      transfers.end(transfer);
      throw error;
    },
  );
  if (typeof reading === "function") {
    transfers.end(transfer);
    return reading;
  }
  const content = contentOf(reading, (whole) => {
    transfers.end(transfer);
    if (whole) fetched(services, file, me);
  });
  return () => ({ file: fileInfo(file), offset, content });
}

/** Sends the newest file of a name inside the reply; if `from` is given, only one of that user or group. */
export async function downloadFile(
  services: Services,
  caller: Caller,
  { filename, from }: Input<"downloadFile">,
): Promise<FinishOf<"downloadFile">> {
  const me = actor(caller);
  const shares = sharesOf(services.model, me);
  if (from === undefined) return inline(services, caller, newest(shares, filename));
  const other = partyEver(services, from);
  const between = shares.filter(
    (one) => (one.from === other && one.to === me) || (one.from === me && one.to === other),
  );
  const file = newest(between, filename);
  if (file) return inline(services, caller, file);
  const group = groupNamed(services, me, from);
  if (!group || may(me, "read", group) !== true)
    return () => new Failure(other || group ? "file-not-found" : "user-not-found");
  return inline(services, caller, newest(filesIn(services, group, me), filename));
}

/** Sends the newest file of a name that a group was given, inside the reply. */
export async function downloadGroupFile(
  services: Services,
  caller: Caller,
  { group: name, filename }: Input<"downloadGroupFile">,
): Promise<FinishOf<"downloadGroupFile">> {
  const group = groupFor(services, caller, name, "read");
  if (group instanceof Failure) return () => group;
  return inline(services, caller, newest(filesIn(services, group, actor(caller)), filename));
}

/** Sends a content of at most `maxInline` bytes inside the reply; it is read while the reply is sent. */
async function inline(
  services: Services,
  caller: Caller,
  found: StoredFile | undefined,
): Promise<Finish<Output<"downloadFile">, NoContent | "too-large">> {
  const { contents, policy } = services;
  if (found && found.size > policy.maxInline) {
    return () => new Failure("too-large", `its bytes come with: download ${found.id}`);
  }
  const here = await present(services, found);
  if (here instanceof Failure) return () => here;
  const { file, stored } = here;
  const reading = await unlessMissing(services, file, contents.reading(stored, 0, file.size, INLINE_CHUNK));
  if (typeof reading === "function") return reading;
  const me = actor(caller);
  const content = contentOf(reading, (whole) => whole && fetched(services, file, me));
  return () => ({ file: fileInfo(file), content });
}

/** A reply's content from an open reading. @param closed called when all of it was sent, or with false if it could not be */
export function contentOf(reading: Reading, closed: (whole: boolean) => void): Content {
  const { size, held } = reading;
  return {
    size,
    held,
    [Symbol.asyncIterator]: () => reading[Symbol.asyncIterator](),
    close(whole) {
      reading.close();
      closed(whole);
    },
  };
}

/**
 * The open content; or, if it is missing in the folder, what ends the request then: `file-not-found`, which is logged. Its record
 * stays: the content may be put back. @throws StorageError otherwise
 */
async function unlessMissing(
  { fault }: Services,
  file: StoredFile,
  content: Promise<Reading>,
): Promise<Reading | (() => Failure<"file-not-found">)> {
  try {
    return await content;
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    if (cause?.code !== "ENOENT") throw error;
    return () => {
      // It may have gone with its record meanwhile, on another node, too.
      if (!file.gone) fault(error, "uploads");
      return new Failure("file-not-found", "its content cannot be read");
    };
  }
}

/**
 * The file and its content, if that is here; waits a moment for one that is still to come from another realm. By the time that
 * this is known, a request behind may have removed it.
 */
async function present(
  { neighbours }: Services,
  file: StoredFile | undefined,
): Promise<Result<{ readonly file: StoredFile; readonly stored: string }, NoContent>> {
  if (file && file.stored === undefined && !file.gone) await neighbours.arrival(file);
  if (!file || file.gone) return new Failure("file-not-found", file && "its content is no longer here");
  if (file.stored === undefined) {
    return new Failure("realm-unreachable", "the content of this file has not come yet");
  }
  return { file, stored: file.stored };
}
