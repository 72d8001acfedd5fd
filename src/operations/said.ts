/**
 * The rows that a user has written, newest first, some in each turn. No index has them: they are looked for among everybody's.
 */
import type { Place, StoredMessage, User } from "../state/entities.ts";
import type { Services } from "./services/context.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The user's next row: a message, or an alteration of one. Rows that come from the home of a group meanwhile are looked at, too.
 * @param place moves on. @param budget how many more rows may be looked at in this turn
 * @returns "later": the budget is spent. Undefined: no row is left
 */
export function nextOf(
  services: Services,
  user: User,
  place: Writable<Place>,
  budget: { looks: number },
): StoredMessage | "later" | undefined {
  const { messages } = services.model;
  for (;;) {
    if (place.next === place.floor) {
      if (messages.last === place.head) return undefined;
      Object.assign(place, { head: messages.last, next: messages.last, floor: place.head });
    }
    if (budget.looks-- <= 0) return "later";
    const message = read(services, place.next--);
    if (message?.sender === user) return message;
  }
}

function read({ model, fault }: Services, seq: number): StoredMessage | undefined {
  try {
    return model.messages.get(seq);
  } catch (error) {
    // A damaged piece: nobody can read anything of it.
    fault(error, "erasing");
    return undefined;
  }
}
