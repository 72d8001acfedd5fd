import { Journal } from "../journal.ts";
import type { Stores } from "../ports.ts";
import { MemoryFiles } from "./files.ts";
import { MemoryGroups } from "./groups.ts";
import { MemoryMessages } from "./messages.ts";
import { MemoryOutbox } from "./outbox.ts";
import { MemoryRealms } from "./realms.ts";
import { MemorySessions } from "./sessions.ts";
import { MemoryUsers } from "./users.ts";

/**
 * State that ends with the process.
 * @param keepMessages the newest so many messages are kept, older ones are forgotten.
 */
export function memoryStores(keepMessages: number): Stores {
  const journal = new Journal();
  const messages = new MemoryMessages(journal, keepMessages);
  return {
    users: new MemoryUsers(journal),
    sessions: new MemorySessions(journal),
    groups: new MemoryGroups(journal),
    messages,
    files: new MemoryFiles(journal),
    realms: new MemoryRealms(journal),
    outbox: new MemoryOutbox(journal),
    mark: () => journal.length,
    revert: (mark) => journal.revert(mark),
    commit() {
      const changed = journal.length > 0;
      journal.settle();
      messages.settle();
      return changed;
    },
    close: () => journal.settle(),
  };
}
