/** Pages whose errors are looked at before whoever reads them meets them. */
import type { Pages } from "../state/log.ts";

/** The same pages. @param toThrow what is thrown in place of an error; it may be the same */
export function withErrors(pages: Pages, toThrow: (error: unknown) => unknown): Pages {
  const read = <T>(page: () => T): T => {
    try {
      return page();
    } catch (error) {
      throw toThrow(error);
    }
  };
  function* readLazily<T>(page: () => Iterable<T>): Iterable<T> {
    try {
      yield* page();
    } catch (error) {
      throw toThrow(error);
    }
  }
  return {
    // Asked for each message of a page, so this makes no function for each.
    message(seq) {
      try {
        return pages.message(seq);
      } catch (error) {
        throw toThrow(error);
      }
    },
    following: (seq) => readLazily(() => pages.following(seq)),
    byOrigin: (conversation, origin) => read(() => pages.byOrigin(conversation, origin)),
    conversation: (id) => read(() => pages.conversation(id)),
    conversationBetween: (a, b) => read(() => pages.conversationBetween(a, b)),
    conversationsOf: (party) => readLazily(() => pages.conversationsOf(party)),
    queued: (realm, n, count) => readLazily(() => pages.queued(realm, n, count)),
  };
}
