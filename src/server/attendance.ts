/** Who is on a connection: its own session, whose events it watches, the token it showed last. */

import { keepAlive, liveSession, sessionOf } from "../operations/people/sessions.ts";
import type { Services } from "../operations/services/context.ts";
import type { Audience } from "../operations/services/presence.ts";
import { isUuid } from "../protocol/kinds.ts";
import { Words } from "../protocol/words.ts";
import type { Session, User } from "../state/entities.ts";

/**
 * Who does not watch is online once he has been logged in for so long: a script that says one thing and goes is no
 * news to anybody.
 */
const ONLINE_AFTER_MS = 10_000;

/** Words at a request's start among which a token may stand. */
const TOKEN_WITHIN = 5;

export class Attendance {
  readonly #services: Services;
  readonly #audience: Audience;
  #session: Session | undefined;
  /** Whose events are told here. */
  #watch: Session | undefined;
  #token = "";
  #tokenSession: Session | undefined;
  #known = false;
  /** When the connection's session became its own, in ms since 1970. */
  #since = 0;
  #present: ReadonlySet<User> = new Set();
  #left = false;
  /** As it was before this turn, if it has changed. */
  #before: { session: Session | undefined; watch: Session | undefined; since: number } | undefined;

  constructor(services: Services, audience: Audience) {
    this.#services = services;
    this.#audience = audience;
  }

  /** The connection's own. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Somebody has logged in or shown a valid token, once. */
  get known(): boolean {
    return this.#known;
  }

  /** It is another server, which has proven itself. */
  recognise(): void {
    this.#known = true;
  }

  logIn(session: Session): void {
    this.#remember();
    // What the session before watched goes on for its user's next one, and for nobody else's.
    if (this.#watch && this.#watch === this.#session) {
      this.#watch = this.#watch.user === session.user ? session : undefined;
    }
    if (session.user !== this.#session?.user) this.#since = this.#services.world.now();
    this.#session = session;
    this.#known = true;
    this.#attend();
  }

  drop(session: Session): void {
    this.#remember();
    if (this.#session === session) this.#session = undefined;
    if (this.#watch === session) this.#watch = undefined;
    this.#attend();
  }

  watch(session: Session | undefined): void {
    this.#remember();
    this.#watch = session;
    this.#attend();
  }

  /** The connection is gone; a login that is still under way has nobody to log in. */
  leave(): void {
    this.#left = true;
    this.#attend();
  }

  /** The turn is on disk. */
  settle(): void {
    this.#before = undefined;
  }

  /** The turn has not happened. */
  restore(): void {
    if (!this.#before) return;
    this.#session = this.#before.session;
    this.#watch = this.#before.watch;
    this.#since = this.#before.since;
    this.#before = undefined;
    this.#attend();
  }

  /** The live session of a token; the last is remembered, for most connections show one. */
  sessionOf(token: string): Session | undefined {
    if (this.#token === token && this.#tokenSession && !this.#tokenSession.closed) return this.#tokenSession;
    const session = sessionOf(this.#services, token);
    this.#token = token;
    this.#tokenSession = session;
    if (session) this.#known = true;
    return session;
  }

  isToken(word: string): boolean {
    return isUuid(word) && this.sessionOf(word.toLowerCase()) !== undefined;
  }

  /** Does a request that starts so show a valid token? It may only be looked up: a turn may be being kept. */
  isShown(head: string): boolean {
    const words = new Words().of(head);
    for (let i = 1; i < TOKEN_WITHIN; i++) {
      const word = words.at(i).toLowerCase();
      if (!isUuid(word)) continue;
      const isLast = word === this.#token && this.#tokenSession?.closed === false;
      if (isLast || liveSession(this.#services, word)) return true;
    }
    return false;
  }

  /** Every second: sessions in use stay alive, and who has stayed is there for others too. */
  check(now: number): void {
    if (this.#session && this.#since > 0 && this.#isOnline(this.#session.user, now)) {
      this.#services.presence.setOnline(this.#session.user, this.#audience, true, true);
      this.#since = 0;
    }
    for (const session of [this.#session, this.#tokenSession]) {
      if (session && !session.closed) keepAlive(this.#services, session);
    }
  }

  #remember(): void {
    this.#before ??= { session: this.#session, watch: this.#watch, since: this.#since };
  }

  #attend(): void {
    const { presence } = this.#services;
    const sessions = this.#left ? [] : [this.#session, this.#watch];
    const now = new Set(sessions.flatMap((session) => session?.user ?? []));
    for (const user of this.#present) if (!now.has(user)) presence.depart(user, this.#audience, this.#left);
    for (const user of now) {
      if (!this.#present.has(user)) presence.arrive(user, this.#audience);
      presence.setWatching(user, this.#audience, user === this.#watch?.user);
      presence.setOnline(user, this.#audience, this.#isOnline(user, this.#services.world.now()), false);
    }
    this.#present = now;
  }

  #isOnline(user: User, now: number): boolean {
    if (user === this.#watch?.user) return true;
    return user === this.#session?.user && (this.#since === 0 || now - this.#since >= ONLINE_AFTER_MS);
  }
}
