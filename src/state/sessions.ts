/** The sessions: which user is logged in, by which token. */
import type { Stage } from "./changes.ts";
import type { Session, User, Whence } from "./entities.ts";
import { orderSet } from "./in-place.ts";

export class Sessions {
  readonly #stage: Stage;
  readonly #byId = new Map<number, Session>();
  readonly #byHash = new Map<string, Session>();
  readonly #byUser = new Map<User, Set<Session>>();
  #last = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** @param hash SHA-256 of its token, base64 */
  find(hash: string): Session | undefined {
    return this.#byHash.get(hash);
  }

  byId(id: number): Session | undefined {
    return this.#byId.get(id);
  }

  /** How many there are. */
  get count(): number {
    return this.#byId.size;
  }

  /** A user's sessions, the oldest first. */
  of(user: User): Iterable<Session> {
    return this.#byUser.get(user) ?? [];
  }

  /** Opens a session. @param hash SHA-256 of its token, base64. @param now ms since 1970 */
  add(user: User, hash: string, now: number, at: Whence): Session {
    const id = this.#last + 1;
    this.#stage({ is: "session.opened", id, user: user.id, hash, time: now, ...at });
    return this.#byId.get(id) as Session;
  }

  /** Notes a use of a session. @param now ms since 1970 */
  touch({ id }: Session, now: number, at: Whence): void {
    this.#stage({ is: "session.used", id, time: now, ...at });
  }

  close({ id, closed }: Session): void {
    if (!closed) this.#stage({ is: "session.ended", id });
  }

  /** Numbers up to `last` were given, and are not given again: a user who remembers one must not end another session by it. */
  raise(last: number): void {
    this.#last = Math.max(this.#last, last);
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(session: Session): void {
    session.closed = false;
    this.#byId.set(session.id, session);
    this.#byHash.set(session.hash, session);
    const own = this.#byUser.get(session.user);
    if (own) own.add(session);
    else this.#byUser.set(session.user, new Set([session]));
    this.raise(session.id);
  }

  /** Undoes `take`. */
  putBack(session: Session): void {
    this.put(session);
    orderSet(this.#byUser.get(session.user) as Set<Session>, ({ id }) => id);
  }

  /** Undoes the last `put` of a new one. */
  unmake(session: Session): void {
    this.take(session);
    this.#last = session.id - 1;
  }

  take(session: Session): void {
    session.closed = true;
    this.#byId.delete(session.id);
    this.#byHash.delete(session.hash);
    this.#byUser.get(session.user)?.delete(session);
  }
}
