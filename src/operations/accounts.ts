/** Accounts that the operator deletes or gives another name. Whoever had a name keeps it: nobody else is taken for him. */
import { userKey } from "../contract/ban-target.ts";
import type { Input } from "../contract/operations.ts";
import type { FinishOf, ResultOf } from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import { SERVER, type StoredMessage, type User } from "../state/entities.ts";
import { tellAbout, tellMembers } from "./groups/membership.ts";
import { deliver } from "./messages/deliver.ts";
import { isSaid } from "./messages/walk.ts";
import { removeUser, takeAway, uninvite } from "./removal.ts";
import { type Caller, groupName, type Services } from "./services/context.ts";

/** Messages that one request takes away: all of them are one turn. */
const MOST_MESSAGES = 10_000;

/** Messages that are looked at before others have their turn. */
const LOOKS_A_TURN = 1000;

/**
 * He is nobody's to find any more; what he has said stays under his name, or goes as far as he could take it away himself, the
 * newest first. With `more` the same request goes on.
 */
export async function adminDelete(
  services: Services,
  caller: Caller,
  { user: name, messages = false }: Input<"adminDelete">,
): Promise<FinishOf<"adminDelete">> {
  const { users } = services.model;
  const found = users.findEver(name);
  if (!found || (!users.isHere(found) && !messages)) return () => new Failure("user-not-found");
  if (services.policy.admins.has(found.key)) return () => isAdmin(found);
  const said = messages ? await saidBy(services, found) : [];
  return () => {
    // Whoever had a name keeps it: meanwhile he was at most deleted.
    const going = said.slice(0, MOST_MESSAGES).flatMap(({ seq }) => services.model.messages.get(seq) ?? []);
    const deleted = going.filter((message) => isSaid(message) && !takeAway(services, found, message)).length;
    if (users.isHere(found)) {
      removeUser(services, found, false);
      services.account("deleted", found.name, caller);
    }
    return { user: found.name, deleted, ...(said.length > MOST_MESSAGES && { more: true }) };
  };
}

/** He is told, and his sessions stay. Those of other realms know him by the new name from his next message on. */
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
  services.neighbours.announce();
  services.account("renamed", to, caller);
  deliver(services, SERVER, user, `an administrator has given you another name: ${was} is ${to} now`);
  return { user: was, name: to };
}

function isAdmin({ name }: User): Failure<"forbidden"> {
  return new Failure("forbidden", `${name} is an administrator`);
}

/** What a user has said and not deleted, the newest first: one more than a request takes away, if there are so many. */
async function saidBy({ model: { messages }, walks }: Services, user: User): Promise<readonly StoredMessage[]> {
  const said: StoredMessage[] = [];
  for (let seq = messages.last; seq > 0 && said.length <= MOST_MESSAGES; seq--) {
    const message = messages.get(seq);
    if (message?.sender === user && isSaid(message)) said.push(message);
    if (seq % LOOKS_A_TURN === 0) await walks.pause();
  }
  return said;
}
