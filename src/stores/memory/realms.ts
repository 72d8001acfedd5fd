import type { Journal } from "../journal.ts";
import type { Realm, RealmStore } from "../ports.ts";

export class MemoryRealms implements RealmStore {
  protected readonly journal: Journal;
  #byKey = new Map<string, Realm>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  find(name: string): Realm | undefined {
    return this.#byKey.get(name.toLowerCase());
  }

  all(): Iterable<Realm> {
    return this.#byKey.values();
  }

  add(fields: Omit<Realm, "key">): Realm {
    const realm: Realm = { ...fields, key: fields.name.toLowerCase() };
    this.insert(realm);
    this.journal.stage({ apply: () => this.onAdd(realm), undo: () => void this.#byKey.delete(realm.key) });
    return realm;
  }

  protected insert(realm: Realm): void {
    this.#byKey.set(realm.key, realm);
  }

  protected onAdd(_realm: Realm): void {}
}
