/** Deletes what a user has said, and then the account: for an operator, or at the user's own wish. */
import { Failure } from "../contract/result.ts";
import type { Group, StoredMessage, User } from "../state/entities.ts";
import { leave } from "./groups/membership.ts";
import { alterAs } from "./messages/alter.ts";
import { author, enqueue, itsName, refusedFor } from "./outbox.ts";
import { endSessions } from "./people/sessions.ts";
import type { Services } from "./services/context.ts";

/** Deletes a message as its sender. @returns why not; undefined if it is gone, or will be once the home of its group has been asked */
export function takeAway(services: Services, user: User, message: StoredMessage): Failure | undefined {
  const done = alterAs(services, user, message, { what: "deleted", text: "" });
  return done instanceof Failure ? done : undefined;
}

/** Logs a user out everywhere. */
function putOut(services: Services, user: User): void {
  services.model.users.expel(user);
  endSessions(services, user, undefined);
}

/** Logs a user out for good, before everything is deleted: no password fits an empty one, so the user neither says more nor cancels. */
export function shutOut(services: Services, user: User): void {
  if (user.password === "") return;
  putOut(services, user);
  services.model.users.setPassword(user, "");
}

/** Deletes an account. Groups that it owns pass on as if the owner had left. @param erased full name and country go, too */
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

/** Takes a user from those invited to a group, and tells the group's home. */
export function uninvite(services: Services, group: Group, user: User): void {
  services.model.groups.uninvite(group, user);
  tellHome(services, group, user, "decline");
}

/** Tells the home of a group. If the outbox has no room, the home learns it when it next has something for the user. */
function tellHome(services: Services, group: Group, user: User, kind: "leave" | "decline"): void {
  const home = group.realm === undefined ? undefined : services.model.realms.find(group.realm);
  if (!home || refusedFor(services, home)) return;
  enqueue(services, home, { kind, ...itsName(group), from: author(user) });
}
