/** Requests: strangers who wait until a user accepts them. */

import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import { headWith } from "../people/blocks.ts";
import { knownUser } from "../people/parties.ts";
import { actor, type Caller, person, type Services } from "../services/context.ts";
import { messageView } from "./view.ts";
import { isSaid, PAGE_TEXT } from "./walk.ts";

/** Requests in one reply. */
const PAGE_REQUESTS = 1000;

/** The newest requests, oldest first, each with the stranger's first message. */
export function requests(services: Services, caller: Caller): Output<"requests"> {
  const { hidings, messages } = services.model;
  const waiting = [...hidings.of(actor(caller))].filter(([, { why }]) => why === "waiting");
  waiting.sort(([one, a], [other, b]) => b.time - a.time || other.id - one.id);
  let text = 0;
  const list = waiting.slice(0, PAGE_REQUESTS).map(([sender, { after, time }]) => {
    const user = formatAddress(person(services, sender));
    const first = text > PAGE_TEXT ? undefined : messages.get(after + 1);
    text += first?.text.length ?? 0;
    // The first message as it is now: it may be gone.
    const isThere = first?.sender === sender && isSaid(first);
    return { user, time, ...(isThere && { first: messageView(services, first, sender) }) };
  });
  return { requests: list.reverse() };
}

/** Accepts a stranger. One who was declined before is heard from now on. */
export function acceptUser(
  services: Services,
  caller: Caller,
  { user: address }: Input<"acceptUser">,
): ResultOf<"acceptUser"> {
  const { hidings } = services.model;
  const me = actor(caller);
  const user = knownUser(services, address);
  if (user instanceof Failure) return user;
  const why = hidings.open(me, user)?.why;
  if (why === "waiting") hidings.forget(me, user);
  else if (why === "declined") hidings.end(me, user, headWith(services, me, user));
  else return new Failure("request-not-found");
  return { user: formatAddress(person(services, user)) };
}

export function declineUser(
  services: Services,
  caller: Caller,
  { user: address }: Input<"declineUser">,
): ResultOf<"declineUser"> {
  const { model, now } = services;
  const me = actor(caller);
  const user = knownUser(services, address);
  if (user instanceof Failure) return user;
  if (model.hidings.open(me, user)?.why !== "waiting") return new Failure("request-not-found");
  model.hidings.hide(me, user, "declined", 0, now());
  return { user: formatAddress(person(services, user)) };
}
