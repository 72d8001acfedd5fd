/**
 * Conversations of which users want to be told less. The server keeps this and tells everything all the same; each client of the
 * user goes by it.
 */

import { parseAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { NoGroup, NoUser, ResultOf } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Group, Party } from "../../state/entities.ts";
import { groupFor, groupNamed } from "../groups/find.ts";
import { knownUser } from "../people/parties.ts";
import { actor, type Caller, type Services } from "../services/context.ts";
import { placeName } from "./view.ts";

/** Conversations that one user may have muted. */
const MOST_MUTED = 1000;

export function mute(services: Services, caller: Caller, { with: name, muted }: Input<"mute">): ResultOf<"mute"> {
  const { mutes } = services.model;
  const me = actor(caller);
  const place = placeNamed(services, caller, name);
  if (place instanceof Failure) return place;
  const before = mutes.of(me, place)?.mode;
  if (before === undefined && [...mutes.all(me)].length >= MOST_MUTED) {
    return new Failure("too-many", `one user may mute ${MOST_MUTED} conversations`);
  }
  if (before !== muted) mutes.set(me, place, { mode: muted, time: services.now() });
  return { with: placeName(services, place), muted };
}

export function unmute(services: Services, caller: Caller, { with: name }: Input<"unmute">): ResultOf<"unmute"> {
  const { mutes } = services.model;
  const me = actor(caller);
  const place = placeNamed(services, caller, name);
  if (place instanceof Failure) return place;
  if (mutes.of(me, place)) mutes.set(me, place, undefined);
  return { with: placeName(services, place) };
}

/** All of the caller's muted conversations, sorted by name. */
export function mutes(services: Services, caller: Caller): Output<"mutes"> {
  const all = [...services.model.mutes.all(actor(caller))];
  const muted = all.map(([place, { mode, time }]) => ({ with: placeName(services, place), muted: mode, time }));
  return { muted: muted.sort((a, b) => (a.with < b.with ? -1 : 1)) };
}

/** A user, or a group that the caller is in; a user's name goes before a group's. */
function placeNamed(services: Services, caller: Caller, name: string): Result<Party | Group, NoUser | NoGroup> {
  const isGroup = name.startsWith("#");
  const address = parseAddress(isGroup ? name.slice(1) : name);
  const user = isGroup ? undefined : knownUser(services, address);
  if (user && !(user instanceof Failure)) return user;
  return user && !groupNamed(services, actor(caller), address) ? user : groupFor(services, caller, address, "read");
}
