import { keyAt } from "../../operations/names.ts";
import type { Journal } from "../journal.ts";
import { type Party, SERVER, type User, type UserStore } from "../ports.ts";

export class MemoryUsers implements UserStore {
  protected readonly journal: Journal;
  #byKey = new Map<string, User>();
  #foreign = new Map<string, Party>();
  #byId = new Map<number, Party>([[SERVER.id, SERVER]]);
  #last = 0;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  find(name: string): User | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  findAt(name: string, realm: string): Party | undefined {
    return this.#foreign.get(keyAt(name, realm));
  }

  byId(id: number): Party | undefined {
    return this.#byId.get(id);
  }

  add(fields: Omit<User, "id" | "key" | "realm">): User {
    const user: User = { id: this.#last + 1, key: fields.name.toLowerCase(), realm: undefined, ...fields };
    this.insert(user);
    this.journal.stage({ apply: () => this.onAdd(user), undo: () => this.#remove(user) });
    return user;
  }

  addAt(name: string, realm: string, fullName: string): Party {
    const party: Party = { id: this.#last + 1, name, key: keyAt(name, realm), fullName, realm };
    this.insertAt(party);
    this.journal.stage({ apply: () => this.onAddAt(party), undo: () => this.#remove(party) });
    return party;
  }

  setNames(party: Party, name: string, fullName: string): void {
    const before = { name: party.name, fullName: party.fullName };
    Object.assign(party, { name, fullName });
    this.journal.stage({ apply: () => this.onNames(party), undo: () => void Object.assign(party, before) });
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
    return this.#byKey.values();
  }

  protected insert(user: User): void {
    this.#byKey.set(user.key, user);
    this.#count(user);
  }

  protected insertAt(party: Party): void {
    this.#foreign.set(party.key, party);
    this.#count(party);
  }

  #count(party: Party): void {
    this.#byId.set(party.id, party);
    this.#last = Math.max(this.#last, party.id);
  }

  #remove({ id, key, realm }: Party): void {
    if (realm === undefined) this.#byKey.delete(key);
    else this.#foreign.delete(key);
    this.#byId.delete(id);
  }

  protected onAdd(_user: User): void {}
  protected onAddAt(_party: Party): void {}
  protected onNames(_party: Party): void {}
  protected onPassword(_user: User): void {}
}
