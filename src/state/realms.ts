/** The other realms that are known. */
import type { ChangeOf, HeadsAsked, NamesTold, RealmValues, Stage } from "./changes.ts";
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

  get size(): number {
    return this.#byKey.size;
  }

  /** All of them, by name. */
  all(): readonly Realm[] {
    return [...this.#byKey.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  add({ name, ...address }: Pick<Realm, "name" | "host" | "port" | "given">): Realm {
    const named = address.given === "operator";
    const values = { ...address, named, encrypted: false, ended: false, pinned: undefined, received: 0, results: [] };
    this.#stage({ is: "realm.added", name, values });
    return this.#byKey.get(name.toLowerCase()) as Realm;
  }

  /** Removes a realm that was just added: nothing refers to it yet. */
  remove({ key }: Realm): void {
    this.#stage({ is: "realm.removed", realm: key });
  }

  /** Ends a realm: frees its name, and renames what there is of it to `as`. See `realm.ended`. */
  end({ key }: Realm, as: string): void {
    this.#stage({ is: "realm.ended", realm: key, as });
  }

  setAddress(realm: Realm, host: string | undefined, port: number | undefined, given: Realm["given"]): void {
    this.#change(realm, { host, port, given, ...(given === "operator" && { named: true }) });
  }

  /** Takes a new address or key back. @param before the realm's values until then */
  restore(realm: Realm, { host, port, given, named, pinned }: Realm): void {
    this.#change(realm, { host, port, given, named, pinned });
  }

  /** Notes that a realm has linked over an encrypted channel. */
  setEncrypted(realm: Realm): void {
    if (!realm.encrypted) this.#change(realm, { encrypted: true });
  }

  pin(realm: Realm, pinned: string | undefined): void {
    this.#change(realm, { pinned });
  }

  setReceived(realm: Realm, received: number, results: Realm["results"]): void {
    this.#change(realm, { received, results: [...results] });
  }

  /**
   * Notes whether a realm is being asked what it has missed: see `HeadsAsked`. Staged also if nothing changes, for nodes that
   * have started since.
   */
  setHeadsAsked(realm: Realm, asked: HeadsAsked): void {
    if (this.#has(realm)) this.#stage({ is: "heads.asked", realm: realm.key, asked });
  }

  /** Notes the node that has a realm's link; undefined: there is none. */
  setLinked(realm: Realm, node: number | undefined): void {
    if (this.#has(realm) && node !== realm.linkedOn) this.#stage({ is: "realm.linked", realm: realm.key, node });
  }

  /** Tells again who has a realm's link, for a node that has just started. */
  tellLinked(realm: Realm): void {
    if (this.#has(realm)) this.#stage({ is: "realm.linked", realm: realm.key, node: realm.linkedOn });
  }

  /** Adds names that a realm has told, or tells them again for a node that has just started. */
  tellNames(realm: Realm, told: NamesTold): void {
    if (this.#has(realm)) this.#stage({ is: "names.told", realm: realm.key, ...told });
  }

  /** Asks the other nodes for all names and who has the links, because this node has just started. */
  askNames(node: number): void {
    this.#stage({ is: "names.asked", node });
  }

  /** Asks the node with the link to a realm what a user there shows. */
  askShown(asked: Omit<ChangeOf<"shown.asked">, "is">): void {
    this.#stage({ is: "shown.asked", ...asked });
  }

  /** Answers `askShown` of another node. */
  tellShown(told: Omit<ChangeOf<"shown.told">, "is">): void {
    this.#stage({ is: "shown.told", ...told });
  }

  /** How many names of all realms are known. */
  get namesCount(): number {
    let count = 0;
    for (const { names } of this.#byKey.values()) count += names.count;
    return count;
  }

  /** Notes that a message that a realm had missed in a group was sent again, as item `n`. */
  filled(realm: Realm, group: Group, n: number): void {
    if (this.#has(realm)) this.#stage({ is: "gap.filled", realm: realm.key, group: group.id, n });
  }

  /** Notes that a realm has refused a message of a group for good. */
  refused(realm: Realm, group: Group, seq: number): void {
    if (this.#has(realm)) this.#stage({ is: "gap.refused", realm: realm.key, group: group.id, seq });
  }

  /** Whether the realm is still known: a caller may hold a realm whose addition was undone. */
  #has(realm: Realm): boolean {
    return this.#byKey.get(realm.key) === realm;
  }

  #change(realm: Realm, values: Partial<RealmValues>): void {
    if (!this.#has(realm)) return;
    this.#stage({ is: "realm.changed", realm: realm.key, values: { ...valuesOf(realm), ...values } });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(realm: Realm): void {
    this.#byKey.set(realm.key, realm);
  }

  take(key: string): Realm | undefined {
    const realm = this.#byKey.get(key);
    this.#byKey.delete(key);
    return realm;
  }
}

/** The gap of a realm in a group; an empty one if it has missed nothing. */
export function gapOf({ gaps }: Realm, group: Group): Gap {
  return gaps.get(group) ?? { n: 0, refused: new Set() };
}

function valuesOf({ ended, host, port, named, encrypted, given, pinned, received, results }: Realm): RealmValues {
  return { ended, host, port, named, encrypted, given, pinned, received, results: [...results] };
}
