/** The sessions of a connection: its own, the one whose events it watches, and that of the token that was used last. */

import { keepAlive, liveSession, type SessionUser, sessionOf } from "../operations/people/sessions.ts";
import type { Services } from "../operations/services/context.ts";
import type { Audience } from "../operations/services/presence.ts";
import { isUuid } from "../protocol/kinds.ts";
import { Words } from "../protocol/words.ts";
import type { Session, User } from "../state/entities.ts";

/**
 * A user who does not watch comes online after being logged in for so long. So a script that sends one message and ends causes no
 * event.
 */
const ONLINE_AFTER_MS = 10_000;

/** Among how many first words of a request a token may be. */
const TOKEN_WITHIN = 5;

export class Attendance {
  readonly #services: Services;
  readonly #audience: Audience & SessionUser;
  readonly #onKnown: () => void;
  #session: Session | undefined;
  /** The session whose user's events are sent to this connection. */
  #watch: Session | undefined;
  /** The token that was used last, and its session, if it has one. */
  #token = "";
  #tokenSession: Session | undefined;
  #known = false;
  /** When this user logged in on the connection, in ms since 1970; 0 once the user is online. */
  #since = 0;
  /** The users that this connection counts for in `Presence`. */
  #present: ReadonlySet<User> = new Set();
  #left = false;
  /** What these were before this turn, if the turn has changed them. */
  #before: { session: Session | undefined; watch: Session | undefined; since: number } | undefined;

  /** @param onKnown called when somebody has logged in or used a valid token; perhaps more than once */
  constructor(services: Services, audience: Audience & SessionUser, onKnown: () => void = () => {}) {
    this.#services = services;
    this.#audience = audience;
    this.#onKnown = onKnown;
  }

  /** The connection's own session. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Whether anybody has logged in or used a valid token on this connection. */
  get known(): boolean {
    return this.#known;
  }

  /**
   * Somebody has logged in, or used a valid token; or the other side is a server that has proven its identity, or the operator.
   */
  recognise(): void {
    this.#known = true;
    this.#onKnown();
  }

  /** @throws WithoutOrder as of `Presence.mayMove` */
  logIn(session: Session): void {
    // Logging in alone brings nobody online (`ONLINE_AFTER_MS`). But it may end the presence of the user who was logged in
    // before.
    if (this.#present.size > 0) this.#services.presence.mayMove();
    this.#remember();
    // Watching continues with a new session of the same user, and ends with a session of another.
    if (this.#watch && this.#watch === this.#session) {
      this.#watch = this.#watch.user === session.user ? session : undefined;
    }
    if (session.user !== this.#session?.user) this.#since = this.#services.world.now();
    this.#session = session;
    this.recognise();
    this.#attend();
  }

  /** A session has ended: the connection must not use it any more. */
  drop(session: Session): void {
    this.#remember();
    if (this.#session === session) this.#session = undefined;
    if (this.#watch === session) this.#watch = undefined;
    this.#attend();
  }

  /** @param session undefined ends watching. @throws WithoutOrder as of `Presence.mayMove` */
  watch(session: Session | undefined): void {
    this.#services.presence.mayMove();
    this.#remember();
    this.#watch = session;
    this.#attend();
  }

  /** The connection is gone. A login that is still under way then brings nobody online. */
  leave(): void {
    this.#left = true;
    this.#attend();
  }

  /** The turn is kept. */
  settle(): void {
    this.#before = undefined;
  }

  /** The turn was undone. */
  restore(): void {
    if (!this.#before) return;
    // A session may have been ended by another node meanwhile, which is not undone.
    this.#session = openOrNone(this.#before.session);
    this.#watch = openOrNone(this.#before.watch);
    this.#since = this.#before.since;
    this.#before = undefined;
    this.#attend();
  }

  /** The live session of a token. The latest is cached: most connections use one token only. */
  sessionOf(token: string): Session | undefined {
    if (this.#token === token && this.#tokenSession && !this.#tokenSession.closed) return this.#tokenSession;
    const session = sessionOf(this.#services, token, this.#audience);
    this.#token = token;
    this.#tokenSession = session;
    if (session) this.recognise();
    return session;
  }

  isToken(word: string): boolean {
    return isUuid(word) && this.sessionOf(word.toLowerCase()) !== undefined;
  }

  /**
   * Whether a user has a live session here: the connection's own, the watched one, or that of the last token. @param key the name
   * in lower case
   */
  isUsedBy(key: string): boolean {
    return [this.#session, this.#watch, this.#tokenSession].some(
      (session) => session !== undefined && !session.closed && session.user.key === key,
    );
  }

  /** Whether a request that starts with these characters has a valid token. It changes nothing, for a commit may be under way. */
  isShown(head: string): boolean {
    const words = new Words().of(head);
    for (let i = 1; i < TOKEN_WITHIN; i++) {
      const word = words.at(i).toLowerCase();
      if (!isUuid(word)) continue;
      const isLatest = word === this.#token && this.#tokenSession?.closed === false;
      if (isLatest || liveSession(this.#services, word)) return true;
    }
    return false;
  }

  /**
   * Called every second: keeps used sessions alive, and brings a user online who has been logged in for long enough. @param now
   * ms since 1970
   */
  check(now: number): void {
    if (this.#session && this.#since > 0 && this.#isOnline(this.#session.user, now)) {
      this.#services.presence.setOnline(this.#session.user, this.#audience, true);
      this.#since = 0;
    }
    for (const session of [this.#session, this.#tokenSession]) {
      if (session && !session.closed) keepAlive(this.#services, session, this.#audience);
    }
  }

  #remember(): void {
    this.#before ??= { session: this.#session, watch: this.#watch, since: this.#since };
  }

  /** Tells `Presence` for which users this connection counts now. */
  #attend(): void {
    const { presence } = this.#services;
    const sessions = this.#left ? [] : [this.#session, this.#watch];
    const now = new Set(sessions.flatMap((session) => session?.user ?? []));
    for (const user of this.#present) if (!now.has(user)) presence.depart(user, this.#audience);
    for (const user of now) {
      if (!this.#present.has(user)) presence.arrive(user, this.#audience);
      presence.setWatching(user, this.#audience, user === this.#watch?.user);
      presence.setOnline(user, this.#audience, this.#isOnline(user, this.#services.world.now()));
    }
    this.#present = now;
  }

  #isOnline(user: User, now: number): boolean {
    if (user === this.#watch?.user) return true;
    return user === this.#session?.user && (this.#since === 0 || now - this.#since >= ONLINE_AFTER_MS);
  }
}

function openOrNone(session: Session | undefined): Session | undefined {
  return session?.closed ? undefined : session;
}
