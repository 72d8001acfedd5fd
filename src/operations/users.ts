/** Accounts and what is known of a user. */

import type { Session, User } from "../stores/ports.ts";
import { actor, type Caller, type Policy, person, type Services, stillActing } from "./context.ts";
import { Failure, type Finish, type Input, type Output, type Result, type UserInfo } from "./contract.ts";
import { openSession } from "./sessions.ts";

export async function register(
  services: Services,
  caller: Caller,
  { user: name, password, name: fullName, country, session, onlyLoggedOut }: Input<"register">,
): Promise<Finish<Output<"register">>> {
  const { stores, passwords, policy } = services;
  if (onlyLoggedOut && caller.acting) return () => new Failure("logged-in");
  if (password.length < policy.minPassword) return () => tooShort(policy);
  if (stores.users.find(name)) return () => new Failure("user-exists");
  if (passwords.busy) return () => new Failure("rate-limited");
  const hash = await passwords.hash(password);
  return () => {
    if (stores.users.find(name)) return new Failure("user-exists");
    const user = stores.users.add({
      name,
      fullName: fullName ?? name,
      country: country ?? "",
      password: hash,
      created: services.now(),
    });
    services.neighbours.announce();
    const who = person(services, user);
    if (session === "none") return { user: who };
    return { user: who, token: openSession(services, user, session === "login" ? caller : undefined) };
  };
}

export async function changePassword(
  { stores, passwords, presence, policy }: Services,
  caller: Caller,
  input: Input<"changePassword">,
): Promise<Finish<Output<"changePassword">>> {
  const user = actor(caller);
  const { password } = user;
  if (input.new.length < policy.minPassword) return () => tooShort(policy);
  if (passwords.busy) return () => new Failure("rate-limited");
  const right = await passwords.verify(password, input.old);
  const hash = right ? await passwords.hash(input.new) : "";
  return () => {
    if (!stillActing(caller)) return new Failure("no-session");
    // Changed meanwhile, it was not the password any more.
    if (!right || user.password !== password) return new Failure("bad-credentials");
    stores.users.setPassword(user, hash);
    let closed = 0;
    for (const session of [...stores.sessions.of(user)]) {
      if (session === caller.acting) continue;
      stores.sessions.close(session);
      presence.closeSession(session);
      closed++;
    }
    return { closed };
  };
}

function tooShort({ minPassword }: Policy): Failure {
  return new Failure("bad-request", `password: at least ${minPassword} characters`);
}

export function whoami(services: Services, caller: Caller): UserInfo {
  return userInfo(services, actor(caller));
}

/** For a connection that was lost: its token makes the next one what it was. */
export function resume(services: Services, caller: Caller): UserInfo {
  caller.logIn(caller.acting as Session);
  return whoami(services, caller);
}

export function info(services: Services, caller: Caller, input: Input<"info">): Result<UserInfo> {
  const user = input.user === undefined ? actor(caller) : services.stores.users.find(input.user);
  return user ? userInfo(services, user) : new Failure("user-not-found");
}

export function users(services: Services, caller: Caller): Output<"users"> {
  const { stores, neighbours } = services;
  const list = [...stores.users.all()].map((user) => userInfo(services, user));
  const elsewhere = [...stores.realms.all()].flatMap((realm) =>
    neighbours.usersOf(realm).map((name) => `${name}@${realm.name}`),
  );
  return { me: caller.acting?.user.name, users: list, elsewhere };
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
