/** Tokens: UUID version 4, kept as their SHA-256, alive for 30 days from their last use. */
import { hash } from "node:crypto";
import type { Input, Output } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Session, User, Whence } from "../../state/entities.ts";
import { banned, userBan } from "../services/bans.ts";
import { actor, type Caller, isLocal, type Services } from "../services/context.ts";
import { plainAddress } from "../services/network.ts";

const LIFE_MS = 30 * 24 * 3600_000;
/** The last use is noted at most this often, in ms: a write an hour, not one for each request. */
const TOUCH_MS = 3600_000;

/** Live sessions of one user. */
const MOST_SESSIONS = 1000;

/** The live session of a token, without changing anything. */
export function liveSession({ model, now }: Services, token: string): Session | undefined {
  const session = model.sessions.find(hashed(token));
  return session && now() - session.used <= LIFE_MS ? session : undefined;
}

/** The connection that uses a session. */
export type SessionUser = Pick<Caller, "client" | "remote">;

function whence({ client, remote }: SessionUser): Whence {
  return { address: plainAddress(remote.address), client };
}

/** The live session of a token, which is used now: its life begins anew. One that has expired is closed. */
export function sessionOf(services: Services, token: string, user: SessionUser): Session | undefined {
  const session = services.model.sessions.find(hashed(token));
  if (!session) return undefined;
  if (services.now() - session.used > LIFE_MS) {
    services.model.sessions.close(session);
    return undefined;
  }
  noteUse(services, session, user);
  return session;
}

/** Closes sessions that have expired; at the start of the server. */
export function endOldSessions({ model, now }: Services): void {
  const oldest = now() - LIFE_MS;
  for (const user of model.users.all()) {
    for (const session of [...model.sessions.of(user)]) if (session.used < oldest) model.sessions.close(session);
  }
}

/**
 * Notes that a session is still in use: its life begins anew. The address and client are not compared, or two connections with
 * one session would write at every request.
 */
export function keepAlive({ model, now }: Services, session: Session, user: SessionUser): void {
  const time = now();
  if (time - session.used > TOUCH_MS) model.sessions.touch(session, time, whence(user));
}

/** Notes that a connection begins to use a session; at once if its address or client is new. */
function noteUse(services: Services, session: Session, user: SessionUser): void {
  const at = whence(user);
  if (session.at.address === at.address && session.at.client === at.client) keepAlive(services, session, user);
  else services.model.sessions.touch(session, services.now(), at);
}

/**
 * Opens a session. A user with MOST_SESSIONS loses the one unused for longest: to refuse would lock out users whose scripts log
 * in every time. @param logsIn whether the connection is logged in by it. @returns the token
 */
export function openSession(services: Services, user: User, caller: Caller, logsIn: boolean): string {
  const { model, now, world } = services;
  const own = [...model.sessions.of(user)];
  if (own.length >= MOST_SESSIONS) {
    model.sessions.close(own.reduce((oldest, session) => (session.used < oldest.used ? session : oldest)));
    services.account("session-ended", user.name, caller);
  }
  const token = world.uuid();
  const session = model.sessions.add(user, hashed(token), now(), whence(caller));
  if (logsIn) caller.logIn(session);
  return token;
}

/**
 * Opens a session and logs the connection in. `rate-limited`: see `Passwords.verify`. A banned user is refused before the
 * password is hashed.
 */
export async function login(
  services: Services,
  caller: Caller,
  { user: { name, realm }, password }: Input<"login">,
): Promise<FinishOf<"login">> {
  const { model, passwords } = services;
  const here = isLocal(services, realm);
  const tried = here ? name : `${name}@${realm}`;
  const user = here ? model.users.find(name) : undefined;
  const early = user && refusedLogin(services, caller, user);
  if (early) return () => early;
  const verified = user?.password;
  const right = await passwords.verify(caller, tried, verified, password);
  return () => {
    if (right instanceof Failure) return notLookedAt(services, caller, tried, right);
    const late = user && refusedLogin(services, caller, user);
    if (late) return late;
    // The password may have been changed meanwhile.
    if (!right || !user || model.users.find(name) !== user || user.password !== verified) {
      services.account("login-failed", tried, caller);
      return new Failure("bad-credentials");
    }
    services.account("logged-in", user.name, caller);
    return { user: user.name, token: openSession(services, user, caller, true) };
  };
}

/** The refusal for a banned user, if one is. */
function refusedLogin(services: Services, caller: Caller, { name }: User): Failure<"banned"> | undefined {
  const ban = userBan(services, name);
  if (!ban) return undefined;
  services.account("ban-refused", name, caller);
  return banned(ban);
}

/** Ends all sessions of a user but one. @returns how many */
export function endSessions({ model }: Services, user: User, but: Session | undefined): number {
  const others = [...model.sessions.of(user)].filter((session) => session !== but);
  for (const session of others) model.sessions.close(session);
  return others.length;
}

/** Logs that a password was not looked at because too many were tried; not if the caller has gone, which is why it was not. */
export function notLookedAt<F extends Failure>({ account }: Services, caller: Caller, name: string, refusal: F): F {
  if (!caller.gone) account("login-throttled", name, caller);
  return refusal;
}

export function logout({ model }: Services, caller: Caller): Output<"logout"> {
  model.sessions.close(caller.acting as Session);
  return {};
}

export function endSession(
  { model }: Services,
  caller: Caller,
  { session: id }: Input<"endSession">,
): ResultOf<"endSession"> {
  const session = model.sessions.byId(id);
  if (session?.user !== actor(caller)) return new Failure("session-not-found");
  model.sessions.close(session);
  return {};
}

export function client(services: Services, caller: Caller, input: Input<"client">): Output<"client"> {
  caller.introduce(input.client);
  if (caller.acting) noteUse(services, caller.acting, caller);
  return {};
}

export function sessions({ model }: Services, caller: Caller): Output<"sessions"> {
  const list = [...model.sessions.of(actor(caller))].map((session) => ({
    id: session.id,
    created: session.created,
    used: session.used,
    ...(session.at.address !== "" && { address: session.at.address }),
    ...(session.at.client !== "" && { client: session.at.client }),
    current: session === caller.acting,
  }));
  return { sessions: list };
}

function hashed(token: string): string {
  return hash("sha256", token, "base64");
}
