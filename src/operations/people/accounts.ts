/** The operator's operations on accounts. */
import type { Input, Output } from "../../contract/operations.ts";
import type { Account } from "../../contract/operator-shapes.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { User } from "../../state/entities.ts";
import { userBan } from "../services/bans.ts";
import type { Caller, Services } from "../services/context.ts";
import { plainAddress } from "../services/network.ts";
import { unfit } from "./new-password.ts";
import { endSessions } from "./sessions.ts";

export function adminUsers(
  { model, presence }: Services,
  _caller: Caller,
  { part = "" }: Input<"adminUsers">,
): Output<"adminUsers"> {
  const wanted = part.toLowerCase();
  const found = [...model.users.all()].filter(
    ({ key, fullName }) => key.includes(wanted) || fullName.toLowerCase().includes(wanted),
  );
  return { users: found.map((user) => summary(model, presence, user)) };
}

export function adminUser(
  services: Services,
  _caller: Caller,
  { user: name }: Input<"adminUser">,
): ResultOf<"adminUser"> {
  const { model, presence, policy, passwords } = services;
  const user = model.users.find(name);
  if (!user) return new Failure("user-not-found");
  const seen = presence.isOnline(user) ? undefined : presence.lastSeen(user);
  const ban = userBan(services, user.name);
  const nodes = presence.nodesOf(user);
  return {
    ...summary(model, presence, user),
    admin: policy.admins.has(user.key),
    ...(seen !== undefined && { seen }),
    ...(ban && { ban: { reason: ban.reason, ...(ban.until !== undefined && { until: ban.until }) } }),
    space: model.files.usedBy(user),
    groups: [...model.groups.of(user)].length,
    owned: model.groups.ownedBy(user),
    failures: passwords.failuresOf(user.name),
    logins: [...model.sessions.of(user)].map(({ id, created, used, at }) => ({ id, created, used, ...at })),
    connections: [...presence.connectionsOf(user)].map(({ remote: { address }, dialect }) => ({
      address: plainAddress(address),
      dialect,
    })),
    ...(nodes && { nodes }),
  };
}

function summary(model: Services["model"], presence: Services["presence"], user: User): Account {
  return {
    username: user.name,
    name: user.fullName,
    country: user.country,
    online: presence.isOnline(user),
    created: user.created,
    sessions: [...model.sessions.of(user)].length,
  };
}

/** Logs a user out everywhere. The user may log in again: only a ban prevents that. */
export function adminKick(
  services: Services,
  caller: Caller,
  { user: name }: Input<"adminKick">,
): ResultOf<"adminKick"> {
  const user = services.model.users.find(name);
  if (!user) return new Failure("user-not-found");
  services.model.users.expel(user);
  services.account("kicked", user.name, caller);
  return { user: user.name, closed: endSessions(services, user, undefined) };
}

/** Sets a new password for a user who has forgotten it, and closes all sessions of the account. */
export async function adminPassword(
  services: Services,
  caller: Caller,
  { user: name, password }: Input<"adminPassword">,
): Promise<FinishOf<"adminPassword">> {
  const { model, passwords, policy, account } = services;
  if (!model.users.find(name)) return () => new Failure("user-not-found");
  const wrong = unfit(policy, password);
  if (wrong) return () => wrong;
  const hash = await passwords.hash(password);
  return () => {
    const user = model.users.find(name);
    if (!user) return new Failure("user-not-found");
    model.users.setPassword(user, hash);
    account("password-changed", user.name, caller);
    return { user: user.name, closed: endSessions(services, user, undefined) };
  };
}
