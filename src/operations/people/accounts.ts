/** Accounts, as the operator looks after them. */
import type { Input, Output } from "../../contract/operations.ts";
import type { FinishOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Caller, Services } from "../services/context.ts";
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
  const users = found.map((user) => ({
    username: user.name,
    name: user.fullName,
    country: user.country,
    online: presence.isOnline(user),
    created: user.created,
    sessions: [...model.sessions.of(user)].length,
  }));
  return { users };
}

/** For somebody who has forgotten his: whoever was logged in with the old one is no longer. */
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
