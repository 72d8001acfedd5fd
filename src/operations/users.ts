/** Accounts and what is known of a user. */

import type { User } from "../stores/ports.ts";
import { actor, type Caller, isLocal, person, type Services } from "./context.ts";
import { Failure, type Input, type Output, type Result, type UserInfo } from "./contract.ts";
import { openSession } from "./sessions.ts";

export async function register(
  services: Services,
  caller: Caller,
  { user: name, password, name: fullName, country, session, onlyLoggedOut }: Input<"register">,
): Promise<Result<Output<"register">>> {
  const { stores, passwords, policy } = services;
  if (onlyLoggedOut && caller.acting) return new Failure("logged-in");
  if (password.length < policy.minPassword) {
    return new Failure("bad-request", `password: at least ${policy.minPassword} characters`);
  }
  if (stores.users.find(name)) return new Failure("user-exists");
  if (passwords.busy) return new Failure("rate-limited");
  const hash = await passwords.hash(password);
  if (stores.users.find(name)) return new Failure("user-exists");
  const user = stores.users.add({
    name,
    fullName: fullName ?? name,
    country: country ?? "",
    password: hash,
    created: services.now(),
  });
  if (session === "none") return { user: person(services, user) };
  return { user: person(services, user), token: openSession(services, user, session === "login" ? caller : undefined) };
}

export async function changePassword(
  { stores, passwords, presence, policy }: Services,
  caller: Caller,
  input: Input<"changePassword">,
): Promise<Result<Output<"changePassword">>> {
  const user = actor(caller);
  if (input.new.length < policy.minPassword) {
    return new Failure("bad-request", `password: at least ${policy.minPassword} characters`);
  }
  if (passwords.busy) return new Failure("rate-limited");
  if (!(await passwords.verify(user.password, input.old))) return new Failure("bad-credentials");
  stores.users.setPassword(user, await passwords.hash(input.new));
  let closed = 0;
  for (const session of [...stores.sessions.of(user)]) {
    if (session === caller.acting) continue;
    stores.sessions.close(session);
    presence.closeSession(session);
    closed++;
  }
  return { closed };
}

export function whoami(services: Services, caller: Caller): UserInfo {
  return userInfo(services, actor(caller));
}

export function info(services: Services, caller: Caller, input: Input<"info">): Result<UserInfo> {
  const user = input.user === undefined ? actor(caller) : services.stores.users.find(input.user);
  return user ? userInfo(services, user) : new Failure("user-not-found");
}

export function users(services: Services, caller: Caller): Output<"users"> {
  const list = [...services.stores.users.all()].map((user) => userInfo(services, user));
  return { me: caller.acting?.user.name, users: list };
}

/** A user of this realm by address. */
export function findUser(services: Services, name: string, realm: string | undefined): Result<User> {
  if (!isLocal(services, realm)) return new Failure("realm-not-found");
  return services.stores.users.find(name) ?? new Failure("user-not-found");
}

function userInfo({ realm, presence }: Services, user: User): UserInfo {
  return {
    username: user.name,
    name: user.fullName,
    country: user.country,
    online: presence.isOnline(user),
    realm,
  };
}
