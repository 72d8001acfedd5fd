import type { Journal } from "../journal.ts";
import type { Group, GroupStore, Membership, User } from "../ports.ts";

export class MemoryGroups implements GroupStore {
  protected readonly journal: Journal;
  #byKey = new Map<string, Group>();
  #byId = new Map<number, Group>();
  #byUser = new Map<User, Set<Group>>();
  #last = 0;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  find(name: string): Group | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  byId(id: number): Group | undefined {
    return this.#byId.get(id);
  }

  of(user: User): Iterable<Group> {
    return this.#byUser.get(user) ?? [];
  }

  all(): Iterable<Group> {
    return this.#byId.values();
  }

  add(name: string, owner: User, now: number): Group {
    const group: Group = {
      id: this.#last + 1,
      name,
      key: name.toLowerCase(),
      owner,
      posting: "open",
      created: now,
      members: new Map(),
    };
    this.insert(group);
    this.journal.stage({
      apply: () => this.onAdd(group),
      undo: () => {
        this.#byKey.delete(group.key);
        this.#byId.delete(group.id);
      },
    });
    this.join(group, owner, 0);
    return group;
  }

  join(group: Group, user: User, since: number): void {
    const membership: Membership = { since };
    this.insertMember(group, user, membership);
    this.journal.stage({
      apply: () => this.onJoin(group, user, membership),
      undo: () => this.#removeMember(group, user),
    });
  }

  leave(group: Group, user: User): void {
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

  protected insert(group: Group): void {
    this.#byKey.set(group.key, group);
    this.#byId.set(group.id, group);
    this.#last = Math.max(this.#last, group.id);
  }

  protected insertMember(group: Group, user: User, membership: Membership): void {
    group.members.set(user, membership);
    const own = this.#byUser.get(user);
    if (own) own.add(group);
    else this.#byUser.set(user, new Set([group]));
  }

  #removeMember(group: Group, user: User): void {
    group.members.delete(user);
    this.#byUser.get(user)?.delete(group);
  }

  protected onAdd(_group: Group): void {}
  protected onJoin(_group: Group, _user: User, _membership: Membership): void {}
  protected onLeave(_group: Group, _user: User): void {}
  protected onPosting(_group: Group): void {}
}
