/** The groups of this realm, and those groups of other realms that have members here. */
import { keyAt } from "../contract/names.ts";
import type { Role } from "../contract/shapes.ts";
import type { ChangeOf, Stage } from "./changes.ts";
import type { Group, GroupInvitation, GroupValues, Membership, Party } from "./entities.ts";
import { HeldNames } from "./held-names.ts";
import { orderMap, orderSet } from "./in-place.ts";
import { Sanctions } from "./sanctions.ts";

/** Who kicked a member, and why. */
type Kick = Pick<ChangeOf<"member.left">, "by" | "why">;

/** The values of a new group. */
export const NEW_GROUP: GroupValues = {
  topic: "",
  access: "open",
  history: "all",
  posting: "open",
  listed: true,
  keepDays: 0,
  slowSeconds: 0,
  emptied: undefined,
  homeId: undefined,
};

export class Groups {
  readonly sanctions: Sanctions;
  readonly heldNames = new HeldNames();
  readonly #stage: Stage;
  /** The groups of this realm, and those of others, by key. */
  readonly #byKey = new Map<string, Group>();
  readonly #foreign = new Map<string, Group>();
  readonly #byId = new Map<number, Group>();
  readonly #byUser = new Map<Party, Set<Group>>();
  readonly #invitedTo = new Map<Party, Set<Group>>();
  /** How many groups of this realm each party owns. */
  readonly #owned = new Map<Party, number>();
  #last = 0;
  #lastOrder = 0;
  #moves = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.sanctions = new Sanctions(stage);
  }

  /** A group of this realm. @param name in upper or lower case */
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

  /** The groups that a party is in, in the order in which they were joined. */
  of(user: Party): Iterable<Group> {
    return this.#byUser.get(user) ?? [];
  }

  /** The groups that a party is invited to. */
  invitedTo(user: Party): ReadonlySet<Group> {
    return this.#invitedTo.get(user) ?? NO_GROUPS;
  }

  /** The groups of this realm, oldest first. */
  *all(): Iterable<Group> {
    for (const group of this.#byId.values()) if (group.realm === undefined && !group.gone) yield group;
  }

  /** The groups of another realm that are known here. @param realm its key */
  at(realm: string): readonly Group[] {
    return [...this.#foreign.values()].filter((group) => group.realm === realm);
  }

  /** How often a membership has begun or ended, in any group: if it has not changed, neither have the members. */
  get moves(): number {
    return this.#moves;
  }

  /** How many groups this realm has. */
  get count(): number {
    return this.#byKey.size;
  }

  /** How many groups of this realm a party owns, whether it is a member or not. */
  ownedBy(user: Party): number {
    return this.#owned.get(user) ?? 0;
  }

  /** Adds a group of this realm, with its owner as the first member. The name must be free. @param now ms since 1970 */
  add(name: string, owner: Party, now: number): Group {
    const group = this.#make(name, undefined, owner, 0, now);
    this.join(group, owner, 0, true);
    return group;
  }

  /**
   * Adds a group of another realm, without members. @param realm its key. @param heard as of `Group`. @param now ms since 1970
   */
  addAt(name: string, realm: string, owner: Party, heard: number, now: number): Group {
    return this.#make(name, realm, owner, heard, now);
  }

  /** @param since as of `Membership`. @param quiet no event follows. @param by who put the user in, if that was somebody else */
  join(group: Group, user: Party, since: number, quiet = false, by?: Party): void {
    if (group.emptied !== undefined) this.set(group, { emptied: undefined });
    const order = this.#lastOrder + 1;
    this.#stage({ is: "member.joined", group: group.id, user: user.id, since, order, quiet, by: by?.id });
    this.uninvite(group, user);
  }

  /** Ends a membership, if there is one. @param quiet as of `join`. @param kick who kicked the user and why, if anybody did */
  leave(group: Group, user: Party, quiet = false, { by, why }: Kick = { by: undefined, why: undefined }): void {
    if (group.members.has(user)) this.#stage({ is: "member.left", group: group.id, user: user.id, quiet, by, why });
  }

  /** Sets some values. Stages nothing if none of them differs from what it was. */
  set(group: Group, values: Partial<GroupValues>, by?: Party): void {
    const changed = Object.entries(values).filter(([key, value]) => group[key as keyof GroupValues] !== value);
    if (changed.length === 0) return;
    this.#stage({ is: "group.changed", group: group.id, values: Object.fromEntries(changed), by: by?.id });
  }

  /** @param heldUntil until then, in ms since 1970, only the owner can give the old name to a group */
  rename({ id }: Group, name: string, heldUntil?: number, by?: Party): void {
    this.#stage({ is: "group.renamed", group: id, name, heldUntil, by: by?.id });
  }

  /** @param heldUntil as of `rename` */
  delete(group: Group, heldUntil?: number, by?: Party): void {
    if (!group.gone) this.#stage({ is: "group.deleted", group: group.id, heldUntil, by: by?.id });
  }

  /** Gives a role to a member. Who was the owner until then becomes a moderator or a plain member, as that membership says. */
  setRole({ id }: Group, user: Party, role: Role, by?: Party): void {
    this.#stage({ is: "role.changed", group: id, user: user.id, role, by: by?.id });
  }

  invite({ id }: Group, user: Party, by: Party, time: number): void {
    this.#stage({ is: "member.invited", group: id, user: user.id, by: by.id, time });
  }

  uninvite(group: Group, user: Party): void {
    if (group.invited.has(user)) this.#stage({ is: "member.uninvited", group: group.id, user: user.id });
  }

  /**
   * Notes that a message has come from a group's home. @param seq its number there. @param own its post, if a user here had sent
   * it there
   */
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
    this.#own(group, 1);
    this.#byId.set(group.id, group);
    this.#last = Math.max(this.#last, group.id);
  }

  /** Undoes the last `put`. */
  take(id: number): void {
    const group = this.#byId.get(id);
    if (!group) return;
    this.#siblings(group).delete(group.key);
    this.#byId.delete(id);
    this.#own(group, -1);
    this.#last = id - 1;
  }

  /** Sets the owner only: see `setRole`. */
  putOwner(group: Group, owner: Party): void {
    this.#own(group, -1);
    group.owner = owner;
    this.#own(group, 1);
  }

  putName(group: Group, name: string): void {
    const siblings = this.#siblings(group);
    siblings.delete(group.key);
    group.name = name;
    group.key = group.realm === undefined ? name.toLowerCase() : keyAt(name, group.realm);
    siblings.set(group.key, group);
  }

  /** Deletes a group: nobody finds it any more. The object keeps its members, for `putBack`. */
  putAway(group: Group): void {
    group.gone = true;
    this.#siblings(group).delete(group.key);
    for (const user of group.members.keys()) this.#byUser.get(user)?.delete(group);
    for (const user of group.invited.keys()) this.#invitedTo.get(user)?.delete(group);
    this.sanctions.putAway(group);
    this.#own(group, -1);
  }

  /** Undoes `putAway`. */
  putBack(group: Group): void {
    group.gone = false;
    this.#own(group, 1);
    this.#siblings(group).set(group.key, group);
    for (const user of group.members.keys()) this.#enterAgain(user, group);
    for (const user of group.invited.keys()) enter(this.#invitedTo, user, group);
    this.sanctions.putBack(group);
  }

  putMember(group: Group, user: Party, membership: Membership): void {
    group.members.set(user, membership);
    this.#moves++;
    this.#lastOrder = Math.max(this.#lastOrder, membership.order);
    if (user.realm !== undefined) group.realms.set(user.realm, (group.realms.get(user.realm) ?? 0) + 1);
    enter(this.#byUser, user, group);
  }

  takeMember(group: Group, user: Party): void {
    group.members.delete(user);
    this.#moves++;
    this.#byUser.get(user)?.delete(group);
    if (user.realm === undefined) return;
    const others = (group.realms.get(user.realm) ?? 0) - 1;
    if (others > 0) group.realms.set(user.realm, others);
    else group.realms.delete(user.realm);
  }

  /** Undoes `takeMember`. */
  putMemberBack(group: Group, user: Party, membership: Membership): void {
    this.putMember(group, user, membership);
    orderMap(group.members, (_, { order }) => order);
    this.#enterAgain(user, group);
  }

  /** Undoes the last `putMember` of a new one. */
  unmakeMember(group: Group, user: Party): void {
    this.takeMember(group, user);
    this.#lastOrder--;
  }

  putInvited(group: Group, user: Party, invitation: GroupInvitation): void {
    group.invited.set(user, invitation);
    enter(this.#invitedTo, user, group);
  }

  takeInvited(group: Group, user: Party): GroupInvitation {
    const invitation = group.invited.get(user) as GroupInvitation;
    group.invited.delete(user);
    this.#invitedTo.get(user)?.delete(group);
    return invitation;
  }

  /** Gives another realm's groups, and its members of groups here, the realm's new key. */
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

  #enterAgain(user: Party, group: Group): void {
    enter(this.#byUser, user, group);
    orderSet(this.#byUser.get(user) as Set<Group>, ({ members }) => members.get(user)?.order ?? 0);
  }

  /** Counts a group for its owner. */
  #own({ realm, owner }: Group, more: 1 | -1): void {
    if (realm === undefined) this.#owned.set(owner, this.ownedBy(owner) + more);
  }

  /** The groups among which a group's key is unique: those of this realm, or those of all others. */
  #siblings({ realm }: Group): Map<string, Group> {
    return realm === undefined ? this.#byKey : this.#foreign;
  }
}

const NO_GROUPS: ReadonlySet<Group> = new Set();

function enter(groups: Map<Party, Set<Group>>, user: Party, group: Group): void {
  groups.set(user, (groups.get(user) ?? new Set()).add(group));
}
