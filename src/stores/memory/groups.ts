import { keyAt } from "../../operations/names.ts";
import type { Journal } from "../journal.ts";
import type { Group, GroupStore, Membership, Party } from "../ports.ts";

export class MemoryGroups implements GroupStore {
  protected readonly journal: Journal;
  #byKey = new Map<string, Group>();
  /** By home and key. */
  #foreign = new Map<string, Map<string, Group>>();
  #byId = new Map<number, Group>();
  #byUser = new Map<Party, Set<Group>>();
  #last = 0;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  find(name: string): Group | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  findAt(name: string, realm: string): Group | undefined {
    return this.#foreign.get(realm)?.get(keyAt(name, realm));
  }

  byId(id: number): Group | undefined {
    return this.#byId.get(id);
  }

  of(user: Party): Iterable<Group> {
    return this.#byUser.get(user) ?? [];
  }

  all(): Iterable<Group> {
    return this.#byKey.values();
  }

  add(name: string, owner: Party, now: number): Group {
    const group = this.#make(name, undefined, owner, 0, now);
    this.join(group, owner, 0);
    return group;
  }

  addAt(name: string, realm: string, owner: Party, heard: number, now: number): Group {
    return this.#make(name, realm, owner, heard, now);
  }

  join(group: Group, user: Party, since: number): void {
    const membership: Membership = { since };
    this.insertMember(group, user, membership);
    this.journal.stage({
      apply: () => this.onJoin(group, user, membership),
      undo: () => this.#removeMember(group, user),
    });
  }

  leave(group: Group, user: Party): void {
    const membership = group.members.get(user);
    if (!membership) return;
    this.#removeMember(group, user);
    this.journal.stage({
      apply: () => this.onLeave(group, user),
      undo: () => this.insertMember(group, user, membership),
    });
  }

  setPosting(group: Group, posting: Group["posting"]): void {
    const before = group.posting;
    group.posting = posting;
    this.journal.stage({
      apply: () => this.onPosting(group),
      undo: () => {
        group.posting = before;
      },
    });
  }

  setHeard(group: Group, seq: number, undone?: () => void): void {
    const before = group.heard;
    group.heard = seq;
    this.journal.stage({
      apply: () => this.onHeard(group),
      undo: () => {
        group.heard = before;
        undone?.();
      },
    });
  }

  protected insert(group: Group): void {
    this.#home(group).set(group.key, group);
    this.#byId.set(group.id, group);
    this.#last = Math.max(this.#last, group.id);
  }

  protected insertMember(group: Group, user: Party, membership: Membership): void {
    group.members.set(user, membership);
    if (user.realm !== undefined) group.realms.set(user.realm, (group.realms.get(user.realm) ?? 0) + 1);
    const own = this.#byUser.get(user);
    if (own) own.add(group);
    else this.#byUser.set(user, new Set([group]));
  }

  #make(name: string, realm: string | undefined, owner: Party, heard: number, now: number): Group {
    const group: Group = {
      id: this.#last + 1,
      name,
      key: realm === undefined ? name.toLowerCase() : keyAt(name, realm),
      realm,
      owner,
      posting: "open",
      created: now,
      members: new Map(),
      realms: new Map(),
      heard,
    };
    this.insert(group);
    this.journal.stage({
      apply: () => this.onAdd(group),
      undo: () => {
        this.#home(group).delete(group.key);
        this.#byId.delete(group.id);
      },
    });
    return group;
  }

  /** The groups that have the same home. */
  #home({ realm }: Group): Map<string, Group> {
    if (realm === undefined) return this.#byKey;
    let groups = this.#foreign.get(realm);
    if (!groups) {
      groups = new Map();
      this.#foreign.set(realm, groups);
    }
    return groups;
  }

  #removeMember(group: Group, user: Party): void {
    group.members.delete(user);
    this.#byUser.get(user)?.delete(group);
    if (user.realm === undefined) return;
    const others = (group.realms.get(user.realm) ?? 0) - 1;
    if (others > 0) group.realms.set(user.realm, others);
    else group.realms.delete(user.realm);
  }

  protected onAdd(_group: Group): void {}
  protected onJoin(_group: Group, _user: Party, _membership: Membership): void {}
  protected onLeave(_group: Group, _user: Party): void {}
  protected onPosting(_group: Group): void {}
  protected onHeard(_group: Group): void {}
}
