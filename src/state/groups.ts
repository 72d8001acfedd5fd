/** Groups of this realm, and those of other realms that have members here. */
import { keyAt } from "../contract/names.ts";
import type { Stage } from "./changes.ts";
import type { Group, Membership, Party } from "./entities.ts";

export class Groups {
  readonly #stage: Stage;
  readonly #byKey = new Map<string, Group>();
  readonly #foreign = new Map<string, Group>();
  readonly #byId = new Map<number, Group>();
  readonly #byUser = new Map<Party, Set<Group>>();
  /** Groups of this realm, by their owner. */
  readonly #owned = new Map<Party, number>();
  #last = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A group of this realm, in any case. */
  find(name: string): Group | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  /** A group of another realm. @param realm its key */
  findAt(name: string, realm: string): Group | undefined {
    return this.#foreign.get(keyAt(name, realm));
  }

  byId(id: number): Group | undefined {
    return this.#byId.get(id);
  }

  of(user: Party): Iterable<Group> {
    return this.#byUser.get(user) ?? [];
  }

  /** The groups of this realm, oldest first. */
  all(): Iterable<Group> {
    return this.#byKey.values();
  }

  /** Those of another realm that are known here. @param realm its key */
  at(realm: string): readonly Group[] {
    return [...this.#foreign.values()].filter((group) => group.realm === realm);
  }

  /** How many groups this realm has. */
  get count(): number {
    return this.#byKey.size;
  }

  /** How many groups of this realm somebody owns, whether he is in them or not. */
  ownedBy(user: Party): number {
    return this.#owned.get(user) ?? 0;
  }

  /** Adds a group of this realm, with its owner as first member. The name must be free. */
  add(name: string, owner: Party, now: number): Group {
    const group = this.#make(name, undefined, owner, 0, now);
    this.join(group, owner, 0, true);
    return group;
  }

  /** Adds a group of another realm, without members. @param realm its key */
  addAt(name: string, realm: string, owner: Party, heard: number, now: number): Group {
    return this.#make(name, realm, owner, heard, now);
  }

  /** @param since messages up to this number were there before. @param quiet no event */
  join(group: Group, user: Party, since: number, quiet = false): void {
    this.#stage({ is: "member.joined", group: group.id, user: user.id, since, quiet });
  }

  /** @param quiet as of `join` */
  leave(group: Group, user: Party, quiet = false): void {
    if (group.members.has(user)) this.#stage({ is: "member.left", group: group.id, user: user.id, quiet });
  }

  setPosting({ id }: Group, posting: Group["posting"]): void {
    this.#stage({ is: "posting.changed", group: id, posting });
  }

  /** A message of a group elsewhere has come, with the number `seq` there. @param own it was posted by a user here */
  setHeard({ id }: Group, seq: number, own?: { readonly id: string; readonly time: number }): void {
    this.#stage({ is: "group.heard", group: id, seq, own });
  }

  #make(name: string, realm: string | undefined, owner: Party, heard: number, time: number): Group {
    const id = this.#last + 1;
    this.#stage({ is: "group.made", id, name, realm, owner: owner.id, heard, time });
    return this.#byId.get(id) as Group;
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(group: Group): void {
    this.#siblings(group).set(group.key, group);
    if (group.realm === undefined) this.#owned.set(group.owner, this.ownedBy(group.owner) + 1);
    this.#byId.set(group.id, group);
    this.#last = Math.max(this.#last, group.id);
  }

  /** Undoes the last `put`. */
  take(id: number): void {
    const group = this.#byId.get(id);
    if (!group) return;
    this.#siblings(group).delete(group.key);
    this.#byId.delete(id);
    if (group.realm === undefined) this.#owned.set(group.owner, this.ownedBy(group.owner) - 1);
    this.#last = id - 1;
  }

  putMember(group: Group, user: Party, membership: Membership): void {
    group.members.set(user, membership);
    if (user.realm !== undefined) group.realms.set(user.realm, (group.realms.get(user.realm) ?? 0) + 1);
    const own = this.#byUser.get(user);
    if (own) own.add(group);
    else this.#byUser.set(user, new Set([group]));
  }

  takeMember(group: Group, user: Party): void {
    group.members.delete(user);
    this.#byUser.get(user)?.delete(group);
    if (user.realm === undefined) return;
    const others = (group.realms.get(user.realm) ?? 0) - 1;
    if (others > 0) group.realms.set(user.realm, others);
    else group.realms.delete(user.realm);
  }

  /** The groups of another realm, and its members of groups, are of one with another key from now on. */
  move(from: string, to: string): void {
    for (const group of this.at(from)) {
      this.#foreign.delete(group.key);
      Object.assign(group, { realm: to, key: keyAt(group.name, to) });
      this.#foreign.set(group.key, group);
    }
    for (const { realms } of this.#byId.values()) {
      const members = realms.get(from);
      if (members === undefined) continue;
      realms.delete(from);
      realms.set(to, members);
    }
  }

  /** The groups of this realm, or those of all others. */
  #siblings({ realm }: Group): Map<string, Group> {
    return realm === undefined ? this.#byKey : this.#foreign;
  }
}
