import type { Journal } from "../journal.ts";
import type { User, UserStore } from "../ports.ts";

export class MemoryUsers implements UserStore {
  protected readonly journal: Journal;
  #byKey = new Map<string, User>();
  #byId = new Map<number, User>();
  #last = 0;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  find(name: string): User | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  byId(id: number): User | undefined {
    return this.#byId.get(id);
  }

  add(fields: Omit<User, "id" | "key">): User {
    const user: User = { id: this.#last + 1, key: fields.name.toLowerCase(), ...fields };
    this.insert(user);
    this.journal.stage({
      apply: () => this.onAdd(user),
      undo: () => {
        this.#byKey.delete(user.key);
        this.#byId.delete(user.id);
      },
    });
    return user;
  }

  setPassword(user: User, password: string): void {
    const before = user.password;
    user.password = password;
    this.journal.stage({
      apply: () => this.onPassword(user),
      undo: () => {
        user.password = before;
      },
    });
  }

  all(): Iterable<User> {
    return this.#byId.values();
  }

  protected insert(user: User): void {
    this.#byKey.set(user.key, user);
    this.#byId.set(user.id, user);
    this.#last = Math.max(this.#last, user.id);
  }

  protected onAdd(_user: User): void {}
  protected onPassword(_user: User): void {}
}
