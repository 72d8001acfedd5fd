import type { Journal } from "../journal.ts";
import type { Session, SessionStore, User } from "../ports.ts";

export class MemorySessions implements SessionStore {
  protected readonly journal: Journal;
  #byHash = new Map<string, Session>();
  #byUser = new Map<User, Set<Session>>();
  #last = 0;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  find(hash: string): Session | undefined {
    return this.#byHash.get(hash);
  }

  of(user: User): Iterable<Session> {
    return this.#byUser.get(user) ?? [];
  }

  add(user: User, hash: string, now: number): Session {
    const session: Session = { id: this.#last + 1, hash, user, created: now, used: now, closed: false };
    this.insert(session);
    this.journal.stage({ apply: () => this.onAdd(session), undo: () => this.#remove(session) });
    return session;
  }

  touch(session: Session, now: number): void {
    const before = session.used;
    session.used = now;
    this.journal.stage({
      apply: () => this.onTouch(session),
      undo: () => {
        session.used = before;
      },
    });
  }

  close(session: Session): void {
    this.#remove(session);
    this.journal.stage({
      apply: () => this.onClose(session),
      undo: () => {
        session.closed = false;
        this.insert(session);
      },
    });
  }

  protected insert(session: Session): void {
    this.#byHash.set(session.hash, session);
    const own = this.#byUser.get(session.user);
    if (own) own.add(session);
    else this.#byUser.set(session.user, new Set([session]));
    this.#last = Math.max(this.#last, session.id);
  }

  #remove(session: Session): void {
    session.closed = true;
    this.#byHash.delete(session.hash);
    this.#byUser.get(session.user)?.delete(session);
  }

  protected onAdd(_session: Session): void {}
  protected onTouch(_session: Session): void {}
  protected onClose(_session: Session): void {}
}
