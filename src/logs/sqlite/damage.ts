/** What an error of a database says: that what is in it is damaged, or that something around it is not as it must be. */
import { Damaged, StorageError } from "../../state/entities.ts";

/**
 * Primary result codes that say nothing of what is in the database: SQLITE_PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR,
 * FULL, CANTOPEN, PROTOCOL.
 */
const AROUND: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 9, 10, 13, 14, 15]);

/** SQLITE_IOERR_READ, IOERR_SHORT_READ, IOERR_DATA, IOERR_CORRUPTFS: the disk does not give what was written. */
const UNREADABLE: ReadonlySet<number> = new Set([266, 522, 8202, 8458]);

/** Whether it is of the disk, or of who else uses the file: the same database may be used later. */
export function isOfSurroundings(error: unknown): boolean {
  const errcode = errcodeOf(error);
  return errcode !== undefined && AROUND.has(errcode & 0xff) && !UNREADABLE.has(errcode);
}

/** Whether a database, or a piece of messages in it, is damaged, as found by a statement. */
export function isDamage(error: unknown): boolean {
  if (errcodeOf(error) !== undefined) return !isOfSurroundings(error);
  // Of a piece that is not what its checksum says.
  if (error instanceof StorageError) return true;
  // No number of ours is so large.
  return (error as { readonly code?: string }).code === "ERR_OUT_OF_RANGE";
}

/** An error of SQLite as a StorageError: that the disk has failed is no fault of the program. Any other stays as it is. */
export function asStorageError(error: unknown): unknown {
  if (!(error instanceof Error) || errcodeOf(error) === undefined) return error;
  const Kind = isOfSurroundings(error) ? StorageError : Damaged;
  return new Kind(`the database: ${error.message}`, { cause: error });
}

/** SQLite's extended result code, also where another error tells of it. */
function errcodeOf(error: unknown): number | undefined {
  const { errcode, cause } = error as { readonly errcode?: number; readonly cause?: unknown };
  return errcode ?? (cause === undefined ? undefined : errcodeOf(cause));
}
