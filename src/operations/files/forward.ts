/** Forwards a message, or its file, to somebody else. */

import type { Input } from "../../contract/operations.ts";
import type { NotTaken } from "../../contract/refusals.ts";
import { Failure, type Later, type Result } from "../../contract/result.ts";
import type { Sent } from "../../contract/shapes.ts";
import { answered, dispatch, receiverTarget } from "../messages/dispatch.ts";
import { messageFor } from "../messages/inbox.ts";
import { sent } from "../messages/view.ts";
import { asSeenBy } from "../reach.ts";
import { actor, type Caller, type Services } from "../services/context.ts";

type Refused = NotTaken | "message-not-found" | "file-not-found";

/** The new message is the caller's own: it does not name the first sender. */
export function forward(
  services: Services,
  caller: Caller,
  { id, to }: Input<"forward">,
): Result<Sent, Refused> | Later<Sent, Refused> {
  const me = actor(caller);
  const message = messageFor(services, me, id);
  if (!message) return new Failure("message-not-found");
  const { text, file } = asSeenBy(services.model, message, me);
  if (file?.gone) return new Failure("file-not-found");
  const target = receiverTarget(services, caller, to);
  if (target instanceof Failure) return target;
  const refused = services.intake.refusal(me, 1);
  if (refused) return refused;
  const done = dispatch(services, me, target, text, file);
  if (done instanceof Failure) return done;
  services.intake.count(me, 1);
  return answered(services, done, sent(services, done.posted));
}
