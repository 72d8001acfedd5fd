/** All that somebody has said, the newest first, a part at a time: it is looked for among everybody's, for no index has it. */
import type { Place, StoredMessage, User } from "../state/entities.ts";
import type { Services } from "./services/context.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The next row that is his, of a message or of what he has made of one. What has come back meanwhile from a group elsewhere is
 * looked at, too.
 * @param place is moved on. @param budget messages that are still looked at in this turn
 * @returns "later": no more may be looked at. Undefined: none is left
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
    // A damaged piece, of which nobody can read anything.
    fault(error, "erasing");
    return undefined;
  }
}
