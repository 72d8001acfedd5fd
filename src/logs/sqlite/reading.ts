/** What the pages of a database throw when SQLite cannot read it: that the disk has failed is no fault of the program. */
import { StorageError } from "../../state/entities.ts";
import type { Pages } from "../../state/log.ts";

/** The same pages. Their errors of SQLite, such as a damaged or unreadable file, are StorageErrors; others stay as they are. */
export function withStorageErrors(pages: Pages): Pages {
  return {
    message: (seq) => read(() => pages.message(seq)),
    following: (seq) => readLazily(() => pages.following(seq)),
    byOrigin: (conversation, origin) => read(() => pages.byOrigin(conversation, origin)),
    conversation: (id) => read(() => pages.conversation(id)),
    conversationBetween: (a, b) => read(() => pages.conversationBetween(a, b)),
    conversationsOf: (party) => readLazily(() => pages.conversationsOf(party)),
    queued: (realm, n, count) => read(() => pages.queued(realm, n, count)),
  };
}

function read<T>(page: () => T): T {
  try {
    return page();
  } catch (error) {
    throw asStorageError(error);
  }
}

function* readLazily<T>(page: () => Iterable<T>): Iterable<T> {
  try {
    yield* page();
  } catch (error) {
    throw asStorageError(error);
  }
}

/** Errors of SQLite are known by its code. */
function asStorageError(error: unknown): unknown {
  const isOfSqlite = error instanceof Error && "errcode" in error;
  return isOfSqlite ? new StorageError(`the database: ${error.message}`, { cause: error }) : error;
}
