/** Blocking: users of whom a user wants to hear nothing. What follows from it is in reach.ts. */

import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Party, User } from "../../state/entities.ts";
import { actor, type Caller, person, type Services } from "../services/context.ts";
import { knownUser } from "./parties.ts";

/** Users whom one user may have blocked, now or before. */
const MOST_BLOCKED = 1000;

/** Blocks a user. Messages from before the block stay visible. */
export function block(services: Services, caller: Caller, { user: address }: Input<"block">): ResultOf<"block"> {
  const { model, now } = services;
  const me = actor(caller);
  const user = knownUser(services, address);
  if (user instanceof Failure) return user;
  if (user === me) return new Failure("bad-request", "user: that is you");
  if (!model.hidings.knows(me, user) && model.hidings.blockedBy(me) >= MOST_BLOCKED) {
    return new Failure("too-many", `one user may block ${MOST_BLOCKED} others`);
  }
  if (model.hidings.open(me, user)?.why !== "blocked") {
    model.hidings.hide(me, user, "blocked", headWith(services, me, user), now());
  }
  return { user: formatAddress(person(services, user)) };
}

/** Lifts a block. Messages that came during it stay hidden. */
export function unblock(services: Services, caller: Caller, { user: address }: Input<"unblock">): ResultOf<"unblock"> {
  const { hidings } = services.model;
  const me = actor(caller);
  const user = knownUser(services, address);
  if (user instanceof Failure) return user;
  if (hidings.open(me, user)?.why === "blocked") hidings.end(me, user, headWith(services, me, user));
  return { user: formatAddress(person(services, user)) };
}

export function blocks(services: Services, caller: Caller): Output<"blocks"> {
  const hidden = [...services.model.hidings.of(actor(caller))].filter(([, { why }]) => why === "blocked");
  hidden.sort(([one, a], [other, b]) => a.time - b.time || one.id - other.id);
  return { blocked: hidden.map(([user, { time }]) => ({ user: formatAddress(person(services, user)), time })) };
}

/** The number of the newest row of two users' conversation; 0 for none. */
export function headWith({ model }: Services, me: User, user: Party): number {
  return model.messages.peek(me, user)?.head ?? 0;
}
