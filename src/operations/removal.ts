/** How what somebody has said goes, and then his account: as an operator wants it, or he himself. */
import { Failure } from "../contract/result.ts";
import type { Group, StoredMessage, User } from "../state/entities.ts";
import { leave } from "./groups/membership.ts";
import { alterAs } from "./messages/alter.ts";
import { author, enqueue, itsName, refusedFor } from "./outbox.ts";
import { endSessions } from "./people/sessions.ts";
import type { Services } from "./services/context.ts";

/** @returns why not. Undefined: it is gone, or will be: where the home of a group has to be asked, that is told later */
export function takeAway(services: Services, user: User, message: StoredMessage): Failure | undefined {
  const done = alterAs(services, user, message, { what: "deleted", text: "" });
  return done instanceof Failure ? done : undefined;
}

/** He is put out, wherever he is logged in. */
function putOut(services: Services, user: User): void {
  services.model.users.expel(user);
  endSessions(services, user, undefined);
}

/** From here on he says nothing more, and cannot change his mind: no password fits an empty one. */
export function shutOut(services: Services, user: User): void {
  if (user.password === "") return;
  putOut(services, user);
  services.model.users.setPassword(user, "");
}

/** Groups that he owns pass on as if he had left them. @param erased full name and country go, too */
export function removeUser(services: Services, user: User, erased: boolean): void {
  const { users, groups } = services.model;
  putOut(services, user);
  for (const group of [...groups.of(user)]) {
    leave(services, group, user);
    tellHome(services, group, user, "leave");
  }
  for (const group of [...groups.invitedTo(user)]) uninvite(services, group, user);
  users.delete(user, erased);
}

/** A group that has asked him to join asks no more. */
export function uninvite(services: Services, group: Group, user: User): void {
  services.model.groups.uninvite(group, user);
  tellHome(services, group, user, "decline");
}

/** Where there is no room for it the home of a group learns it when it has something for him. */
function tellHome(services: Services, group: Group, user: User, kind: "leave" | "decline"): void {
  const home = group.realm === undefined ? undefined : services.model.realms.find(group.realm);
  if (!home || refusedFor(services, home)) return;
  enqueue(services, home, { kind, ...itsName(group), from: author(user) });
}
