/**
 * The rows that a user has written, newest first, some in each turn. No index has them: they are looked for among everybody's.
 */
import { Damaged, type Progress, type StoredMessage, type User } from "../state/entities.ts";
import type { Services } from "./services/context.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The user's next row: a message, or an alteration of one. Rows that come from the home of a group meanwhile are looked at, too.
 * @param progress moves on. @param budget how many more rows may be looked at in this turn
 * @returns "later": the budget is spent. Undefined: no row is left
 */
export function nextOf(
  services: Services,
  user: User,
  progress: Writable<Progress>,
  budget: { looks: number },
): StoredMessage | "later" | undefined {
  const { messages } = services.model;
  for (;;) {
    if (progress.next === progress.floor) {
      if (messages.last === progress.head) return undefined;
      Object.assign(progress, { head: messages.last, next: messages.last, floor: progress.head });
    }
    if (budget.looks-- <= 0) return "later";
    const message = read(services, progress.next--);
    if (message?.sender === user) return message;
  }
}

function read({ model, fault }: Services, seq: number): StoredMessage | undefined {
  try {
    return model.messages.get(seq);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    // Nobody can read anything of it.
    fault(error, "erasing");
    return undefined;
  }
}
