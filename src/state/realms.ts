/** Other realms, by name. */
import type { HeadsAsked, RealmValues, Stage } from "./changes.ts";
import type { Gap, Group, Realm } from "./entities.ts";

export class RealmsKnown {
  readonly #stage: Stage;
  readonly #byKey = new Map<string, Realm>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  find(name: string): Realm | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  all(): Iterable<Realm> {
    return this.#byKey.values();
  }

  add({ name, ...address }: Pick<Realm, "name" | "host" | "port" | "given">): Realm {
    const values = { ...address, pinned: undefined, received: 0, results: [] };
    this.#stage({ is: "realm.added", name, values });
    return this.#byKey.get(name.toLowerCase()) as Realm;
  }

  /** Takes back an addition of a moment ago: nothing may refer to it yet. */
  remove({ key }: Realm): void {
    this.#stage({ is: "realm.removed", realm: key });
  }

  setAddress(realm: Realm, host: string | undefined, port: number | undefined, given: Realm["given"]): void {
    this.#change(realm, { host, port, given });
  }

  pin(realm: Realm, pinned: string | undefined): void {
    this.#change(realm, { pinned });
  }

  setReceived(realm: Realm, received: number, results: Realm["results"]): void {
    this.#change(realm, { received, results: [...results] });
  }

  /** It is being asked what it has missed, or no longer, or has missed more since. */
  setHeadsAsked(realm: Realm, asked: HeadsAsked): void {
    if (this.#has(realm) && asked !== realm.headsAsked) this.#stage({ is: "heads.asked", realm: realm.key, asked });
  }

  /** What it has missed of a group was sent again, up to an item. */
  filled(realm: Realm, group: Group, n: number): void {
    if (this.#has(realm)) this.#stage({ is: "gap.filled", realm: realm.key, group: group.id, n });
  }

  /** It has refused a message of a group for good. */
  refused(realm: Realm, group: Group, seq: number): void {
    if (this.#has(realm)) this.#stage({ is: "gap.refused", realm: realm.key, group: group.id, seq });
  }

  /** Who still holds one that was taken back changes nothing. */
  #has(realm: Realm): boolean {
    return this.#byKey.get(realm.key) === realm;
  }

  #change(realm: Realm, values: Partial<RealmValues>): void {
    if (!this.#has(realm)) return;
    this.#stage({ is: "realm.changed", realm: realm.key, values: { ...valuesOf(realm), ...values } });
  }

  /** Only `apply.ts` calls it, and what follows. */
  put(realm: Realm): void {
    this.#byKey.set(realm.key, realm);
  }

  take(key: string): Realm | undefined {
    const realm = this.#byKey.get(key);
    this.#byKey.delete(key);
    return realm;
  }
}

/** What a realm has missed of a group, as far as it is known. */
export function gapOf({ gaps }: Realm, group: Group): Gap {
  return gaps.get(group) ?? { n: 0, refused: new Set() };
}

function valuesOf({ host, port, given, pinned, received, results }: Realm): RealmValues {
  return { host, port, given, pinned, received, results: [...results] };
}
