/**
 * The operator deletes and renames accounts. A name stays with the account that had it: nobody else can be mistaken for its user.
 */
import { userKey } from "../contract/ban-target.ts";
import type { Input, Output } from "../contract/operations.ts";
import type { Refusal, ResultOf } from "../contract/refusals.ts";
import { Failure, type Later } from "../contract/result.ts";
import { SERVER, type User } from "../state/entities.ts";
import { tellAbout, tellMembers } from "./groups/membership.ts";
import { deliver } from "./messages/deliver.ts";
import { removeUser, shutOut, uninvite } from "./removal.ts";
import { type Caller, groupName, type Services } from "./services/context.ts";

/**
 * Deletes an account: nobody finds its user any more. Messages stay under the old name; with `messages` they are deleted as well,
 * newest first, as far as the user could have done it. The user is then logged out at once; the account goes, and the request is
 * answered, after the last message.
 */
export function adminDelete(
  services: Services,
  caller: Caller,
  { user: name, messages: withMessages = false }: Input<"adminDelete">,
): ResultOf<"adminDelete"> | Later<Output<"adminDelete">, Refusal<"adminDelete">> {
  const { users, errands, messages } = services.model;
  const user = users.findEver(name);
  if (!user || (!users.isHere(user) && !withMessages)) return new Failure("user-not-found");
  if (services.policy.admins.has(user.key)) return isAdmin(user);
  if (!withMessages) {
    removeUser(services, user, false);
    services.account("deleted", user.name, caller);
    return { user: user.name, deleted: 0 };
  }
  // A repeated request waits for the same errand.
  const underWay = errands.ofUser(user);
  if (!underWay && users.isHere(user)) {
    shutOut(services, user);
    services.account("deleted", user.name, caller);
  }
  const errand = underWay ?? errands.delete(user, messages.last);
  return services.errands.result(errand, (deleted) => ({ user: user.name, deleted }));
}

/**
 * Renames an account. The user is told and stays logged in; other realms learn the name with the user's next message. `forbidden`
 * while the user is in a group of another realm: its home knows members by name.
 */
export function adminRename(
  services: Services,
  caller: Caller,
  { user: name, "new-name": to }: Input<"adminRename">,
): ResultOf<"adminRename"> {
  const { users, bans, groups } = services.model;
  const user = users.find(name);
  if (!user) return new Failure("user-not-found");
  const { policy } = services;
  if (policy.admins.has(user.key)) return isAdmin(user);
  if (policy.admins.has(to.toLowerCase()) && !caller.operator)
    return new Failure("forbidden", `${to} is an administrator's name`);
  const taken = users.findEver(to);
  if (taken && taken !== user) return new Failure("user-exists");
  const was = user.name;
  if (to === was) return { user: was, name: was };
  const all = [...groups.of(user)];
  const elsewhere = all.find(({ realm }) => realm !== undefined);
  if (elsewhere) {
    return new Failure("forbidden", `${groupName(services, elsewhere)} knows him by his name: he must leave it first`);
  }
  const shared = all.filter(({ realms }) => realms.size > 0);
  for (const group of shared) tellMembers(services, group, { remove: user });
  for (const group of [...groups.invitedTo(user)]) {
    if (group.realm !== undefined) uninvite(services, group, user);
  }
  const ban = bans.find(userKey(was));
  users.rename(user, to);
  if (ban) {
    bans.lift(ban);
    bans.add({ ...ban, target: userKey(to) });
  }
  for (const group of shared) {
    tellMembers(services, group, { add: user });
    tellAbout(services, group);
  }
  services.account("renamed", to, caller);
  deliver(services, SERVER, user, `an administrator has given you another name: ${was} is ${to} now`);
  return { user: was, name: to };
}

function isAdmin({ name }: User): Failure<"forbidden"> {
  return new Failure("forbidden", `${name} is an administrator`);
}
