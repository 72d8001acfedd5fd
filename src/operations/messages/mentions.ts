/** Mentions: a message names a user as `@name`, a word of its own. */
import type { StoredMessage, User } from "../../state/entities.ts";
import { asSeenBy, blocks } from "../reach.ts";
import type { Services } from "../services/context.ts";

/** Whether a message mentions the user. Messages of the user, and of senders whom the user has blocked, do not. */
export function mentionsOf({ model, realm }: Services, user: User): (message: StoredMessage) => boolean {
  const name = user.name.replace(/[.-]/g, "\\$&");
  const own = realm.replace(/[.-]/g, "\\$&");
  // A name may contain a dot, and a sentence may end behind it.
  const named = new RegExp(`(?<![\\w@.-])@${name}(?:@${own})?(?![\\w@]|[.-]\\w)`, "i");
  return (message) => {
    const { sender } = message;
    return sender !== user && named.test(asSeenBy(model, message, user).text) && !blocks(model, user, sender);
  };
}
