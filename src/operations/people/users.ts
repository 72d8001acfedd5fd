/** A user's own account, and what is told of users. */

import type { UserShown } from "../../contract/hints.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Address, Listed, UserInfo } from "../../contract/shapes.ts";
import type { Party, Realm, Session, User } from "../../state/entities.ts";
import { maySeePresence, seesPresence } from "../reach.ts";
import { actor, type Caller, isLocal, type Services } from "../services/context.ts";
import { LongList } from "../services/long-list.ts";
import { unfit } from "./new-password.ts";
import { ownPassword } from "./own-password.ts";
import { endSessions } from "./sessions.ts";

/** Changes the caller's password and closes the other sessions. A wrong old password counts as in `login`. */
export async function changePassword(
  services: Services,
  caller: Caller,
  input: Input<"changePassword">,
): Promise<FinishOf<"changePassword">> {
  const { model, passwords, policy } = services;
  const user = actor(caller);
  const unfitting = unfit(policy, input.new);
  if (unfitting) return () => unfitting;
  const old = await ownPassword(services, caller, input.old);
  const hash = old.isRight ? await passwords.hashFor(caller, input.new) : "";
  return () => {
    const wrong = old.wrong();
    if (wrong) return wrong;
    if (hash instanceof Failure) return hash;
    model.users.setPassword(user, hash);
    services.account("password-changed", user.name, caller);
    return { closed: endSessions(services, user, caller.acting) };
  };
}

/** What the caller is told of itself: online on any connection that is logged in, which others are not told. */
export function whoami(services: Services, caller: Caller): UserInfo {
  const me = actor(caller);
  const online = services.presence.isLoggedIn(me);
  const { seen, ...mine } = userInfo(services, me, me);
  const { erasing } = me;
  return { ...mine, online, ...(!online && { seen }), ...(erasing !== undefined && { erasing }) };
}

/** Logs the connection in by the request's token: for a client whose connection was lost. */
export function resume(services: Services, caller: Caller): UserInfo {
  caller.logIn(caller.acting as Session);
  return whoami(services, caller);
}

/** What is known of a user, here or of a linked realm. */
export function info(
  services: Services,
  caller: Caller,
  input: Input<"info">,
): ResultOf<"info"> | Promise<FinishOf<"info">> {
  const { user: address = { name: actor(caller).name } } = input;
  const { neighbours, model } = services;
  if (isLocal(services, address.realm)) {
    const user = model.users.find(address.name);
    if (user === actor(caller)) return whoami(services, caller);
    return user ? userInfo(services, user, actor(caller)) : new Failure("user-not-found");
  }
  const realm = model.realms.find(address.realm as string);
  if (!realm) return new Failure("realm-not-found");
  const known = model.users.findAt(address.name, realm.key);
  const key = address.name.toLowerCase();
  const told = realm.names.users.find((name) => name.toLowerCase() === key);
  if (!known && told === undefined) return new Failure("user-not-found");
  const { name, fullName } = known ?? { name: told as string, fullName: told as string };
  const what = { username: name, name: fullName, realm: realm.name };
  // What the user shows, only that realm knows.
  if (known && !maySeePresence(model, actor(caller), known)) return what;
  return neighbours
    .of(realm)
    .shown(name, actor(caller).name)
    .then((shown) => () => ({ ...what, ...shown }));
}

/** What a user here shows to a user of another realm, who may not be known here. Undefined: there is no such user. */
export function shownTo(services: Services, name: string, viewer: string, realm: Realm): UserShown | undefined {
  const { users } = services.model;
  const user = users.find(name);
  return user && shownBy(services, user, users.findAt(viewer, realm.key));
}

/**
 * What a user shows to a viewer. @param viewer undefined for one of another realm who is not known here, and so is in no
 * conversation with the user
 */
function shownBy({ model, presence }: Services, user: User, viewer: Party | undefined): UserShown {
  const { away, status, presence: shows } = model.settings.of(user);
  if (viewer ? !seesPresence(model, viewer, user) : !shows) return { online: false };
  const online = presence.isOnline(user);
  return { online, away, status, seen: online ? undefined : presence.lastSeen(user) };
}

/** Users of one reply. */
const PAGE_USERS = 1000;

export function users(
  services: Services,
  caller: Caller,
  { user: behind, limit = PAGE_USERS, whole }: Input<"users">,
): ResultOf<"users"> {
  const { users: known } = services.model;
  const me = actor(caller);
  const told = (user: User): Omit<UserInfo, "seen" | "erasing"> => listed(services, user, me);
  if (whole) {
    const all = new LongList(known.count, () => known.all()).map(told);
    return { me: me.name, users: all, elsewhere: elsewhere(services), more: false };
  }
  const isHere = behind === undefined || isLocal(services, behind.realm);
  const last = isHere && behind ? known.find(behind.name) : undefined;
  if (behind && isHere && !last) return new Failure("user-not-found");
  const here = isHere ? known.page(last, limit) : [];
  const isLastHere = !isHere || here.length === 0 || here.at(-1) === known.newest;
  const others = pageElsewhere(services, isHere ? undefined : behind, isLastHere ? limit - here.length : 0);
  if (!others) return new Failure("user-not-found");
  const { names, more } = others;
  const after = names.at(-1) ?? here.at(-1)?.name;
  const isMore = !isLastHere || more;
  return {
    me: me.name,
    users: here.map(told),
    elsewhere: names,
    more: isMore,
    ...(isMore && after !== undefined && { after }),
  };
}

/**
 * At most `count` of the names that linked realms have told, after `behind`; undefined if that is not among them. If a realm has
 * told a name twice, after the last time: whoever reads on comes to the end.
 */
function pageElsewhere(
  { model }: Services,
  behind: Address | undefined,
  count: number,
): { readonly names: readonly string[]; readonly more: boolean } | undefined {
  const realms = model.realms.all();
  const first = behind ? realms.findIndex(({ key }) => key === behind.realm?.toLowerCase()) : 0;
  const last = behind?.name.toLowerCase();
  let from = behind ? namesAt(realms[first]).findLastIndex((name) => name.toLowerCase() === last) + 1 : 0;
  if (behind && from === 0) return undefined;
  const names: string[] = [];
  let left = 0;
  for (const realm of realms.slice(first)) {
    const told = namesAt(realm);
    const page = told.slice(from, from + count - names.length);
    for (const name of page) names.push(`${name}@${realm.name}`);
    left += told.length - from - page.length;
    from = 0;
  }
  return { names, more: left > 0 };

  function namesAt(realm: Realm | undefined): readonly string[] {
    return realm ? realm.names.users : [];
  }
}

/** Spec 002 knows no failure of `list_users`: without a session the list is empty, if strangers can reach the server. */
export function userNames(services: Services, caller: Caller): Output<"userNames"> {
  if (!caller.acting && !services.onlyLoopback()) return { names: [] };
  const { users: known } = services.model;
  const names = new LongList(known.count, () => known.all()).map(({ name }) => name);
  return { names: caller.acting ? both(names, elsewhere(services)) : names };
}

export function loggedIn({ model, presence }: Services, caller: Caller): Output<"loggedIn"> {
  const me = actor(caller);
  const isSeen = (user: User): boolean => presence.isLoggedIn(user) && seesPresence(model, me, user);
  return { names: [...model.users.all()].filter(isSeen).map(({ name }) => name) };
}

/** The names that linked realms have told, as `name@realm`. */
function elsewhere({ model }: Services): Listed<string> {
  const told = model.realms.all().map((realm) => ({ realm, names: realm.names.users }));
  const length = told.reduce((sum, { names }) => sum + names.length, 0);
  return new LongList(length, function* () {
    for (const { realm, names } of told) for (const name of names) yield `${name}@${realm.name}`;
  });
}

function both<T>(first: Listed<T>, second: Listed<T>): Listed<T> {
  return new LongList(first.length + second.length, function* () {
    yield* first;
    yield* second;
  });
}

function userInfo(services: Services, user: User, viewer: User): UserInfo {
  const { name, fullName, country } = user;
  const { online, away, status, seen } = shownBy(services, user, viewer);
  return { username: name, name: fullName, country, online, realm: services.realm, away, status, seen };
}

function listed(services: Services, user: User, viewer: User): Omit<UserInfo, "seen" | "erasing"> {
  const { seen: _, ...info } = userInfo(services, user, viewer);
  return info;
}
