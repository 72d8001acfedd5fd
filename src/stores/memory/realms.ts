import type { Journal } from "../journal.ts";
import type { Realm, RealmStore } from "../ports.ts";

export class MemoryRealms implements RealmStore {
  protected readonly journal: Journal;
  #byKey = new Map<string, Realm>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  find(name: string): Realm | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  all(): Iterable<Realm> {
    return this.#byKey.values();
  }

  add(fields: Pick<Realm, "name" | "host" | "port" | "given">): Realm {
    const key = fields.name.toLowerCase();
    const realm: Realm = { ...fields, key, pinned: undefined, received: 0, results: new Map() };
    this.insert(realm);
    this.journal.stage({ apply: () => this.onAdd(realm), undo: () => void this.#byKey.delete(realm.key) });
    return realm;
  }

  remove(realm: Realm): void {
    this.#byKey.delete(realm.key);
    this.journal.stage({ apply: () => this.onRemove(realm), undo: () => this.insert(realm) });
  }

  setAddress(realm: Realm, host: string | undefined, port: number | undefined, given: Realm["given"]): void {
    this.#set(realm, { host, port, given });
  }

  pin(realm: Realm, publicKey: string | undefined): void {
    this.#set(realm, { pinned: publicKey });
  }

  setReceived(realm: Realm, received: number, results: Realm["results"]): void {
    this.#set(realm, { received, results });
  }

  protected insert(realm: Realm): void {
    this.#byKey.set(realm.key, realm);
  }

  #set(realm: Realm, values: Partial<Realm>): void {
    const before = { ...realm };
    Object.assign(realm, values);
    this.journal.stage({ apply: () => this.onChange(realm), undo: () => void Object.assign(realm, before) });
  }

  protected onAdd(_realm: Realm): void {}
  protected onRemove(_realm: Realm): void {}
  protected onChange(_realm: Realm): void {}
}
