/** The users of this realm, and those users of other realms that are known here. */
import { hash } from "node:crypto";
import { keyAt } from "../contract/names.ts";
import type { Stage } from "./changes.ts";
import { type Party, SERVER, type User } from "./entities.ts";

export class Users {
  readonly #stage: Stage;
  readonly #byKey = new Map<string, User>();
  /** The users of this realm, the oldest first. */
  readonly #order: User[] = [];
  /** Former names, in lower case: the user who had the name before being renamed or deleted. */
  readonly #former = new Map<string, User>();
  /** The same, by user. */
  readonly #formerOf = new Map<User, Set<string>>();
  #formerMark = 0;
  readonly #erasing = new Set<User>();
  readonly #foreign = new Map<string, Party>();
  /** How many users of each other realm are known, by key of the realm. */
  readonly #elsewhere = new Map<string, number>();
  readonly #byId = new Map<number, Party>([[SERVER.id, SERVER]]);
  #last = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A user of this realm. @param name in upper or lower case */
  find(name: string): User | undefined {
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase());
  }

  /** The user of this realm who has a name or, if nobody has it, who has had it. */
  findEver(name: string): User | undefined {
    return this.find(name) ?? this.#former.get(name.toLowerCase());
  }

  /** The former names of a user, in lower case. */
  formerOf(user: User): ReadonlySet<string> {
    return this.#formerOf.get(user) ?? new Set();
  }

  /** A hash of all former names. While it is the same, no user has lost a name: names were only added. */
  get formerMark(): number {
    return this.#formerMark;
  }

  /** Whether a user has or has had a name. Then nobody else gets it. */
  isTaken(name: string): boolean {
    return this.findEver(name) !== undefined;
  }

  /** Whether the account of a user still exists. Of a deleted one only the object remains, for the name. */
  isHere({ key, id }: User): boolean {
    return this.#byKey.get(key)?.id === id;
  }

  /** A user of another realm. @param realm its key */
  findAt(name: string, realm: string): Party | undefined {
    return this.#foreign.get(keyAt(name, realm));
  }

  byId(id: number): Party | undefined {
    return this.#byId.get(id);
  }

  /** The users of this realm, oldest first. */
  all(): Iterable<User> {
    return this.#order;
  }

  /** At most `count` users of this realm, the oldest first, after a user. */
  page(after: User | undefined, count: number): readonly User[] {
    const from = after ? this.#placeOf(after) + 1 : 0;
    return this.#order.slice(from, from + count);
  }

  /** At most `count` users of this realm with a number greater than `id`. */
  following(id: number, count: number): readonly User[] {
    const from = this.#placeOf({ id: id + 1 });
    return this.#order.slice(from, from + count);
  }

  /** The user with the newest account. */
  get newest(): User | undefined {
    return this.#order.at(-1);
  }

  /** How many users of another realm are known here. @param realm its key */
  countAt(realm: string): number {
    return this.#elsewhere.get(realm) ?? 0;
  }

  /** How many users of all other realms are known here. */
  get countElsewhere(): number {
    return this.#foreign.size;
  }

  /** How many users this realm has. */
  get count(): number {
    return this.#byKey.size;
  }

  /** Adds a user of this realm. The name must be free. */
  add({ created, ...fields }: Omit<User, "id" | "key" | "realm" | "erasing">): User {
    const id = this.#last + 1;
    this.#stage({ is: "user.added", id, ...fields, time: created });
    return this.#byId.get(id) as User;
  }

  /** @param name nobody else must have it or have had it */
  rename({ id, name: was }: User, name: string): void {
    this.#stage({ is: "user.renamed", user: id, name, was });
  }

  /** @param at when the user will be erased, in ms since 1970; undefined cancels it */
  setErasing({ id }: User, at: number | undefined): void {
    this.#stage({ is: "user.erasing", user: id, at });
  }

  /** The users who have asked to be erased; no particular order. */
  erasing(): Iterable<User> {
    return this.#erasing;
  }

  /** @param erased whether the full name and the country are removed, too */
  delete({ id }: User, erased: boolean): void {
    this.#stage({ is: "user.deleted", user: id, erased });
  }

  /** Closes the connections that use an account. */
  expel({ id }: User): void {
    this.#stage({ is: "user.expelled", user: id });
  }

  /** Adds a user of another realm, who must not be known yet. @param realm its key */
  addAt(name: string, realm: string, fullName: string): Party {
    const id = this.#last + 1;
    this.#stage({ is: "party.added", id, name, realm, fullName });
    return this.#byId.get(id) as Party;
  }

  /** Notes that another realm has told another full name of its user, or the name in another case. */
  setNames({ id }: Party, name: string, fullName: string): void {
    this.#stage({ is: "party.renamed", id, name, fullName });
  }

  setPassword({ id }: User, password: string): void {
    this.#stage({ is: "password.changed", user: id, password });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(party: Party): void {
    if (party.realm === undefined) this.#putHere(party as User);
    else this.#putElsewhere(party.key, party, party.realm);
    this.#byId.set(party.id, party);
    this.#last = Math.max(this.#last, party.id);
  }

  /** Gives a user another name. */
  putName(user: User, name: string): void {
    this.#byKey.delete(user.key);
    Object.assign(user, { name, key: name.toLowerCase() });
    this.#byKey.set(user.key, user);
  }

  /** Sets whose former name a name is. @param user undefined: nobody's */
  putFormer(name: string, user: User | undefined): void {
    const key = name.toLowerCase();
    const before = this.#former.get(key);
    if (before) {
      const names = this.#formerOf.get(before);
      if (names?.delete(key) && names.size === 0) this.#formerOf.delete(before);
      this.#former.delete(key);
      this.#formerMark ^= markOf(key);
    }
    if (!user) return;
    this.#former.set(key, user);
    this.#formerOf.set(user, (this.#formerOf.get(user) ?? new Set()).add(key));
    this.#formerMark ^= markOf(key);
  }

  putErasing(user: User, on: boolean): void {
    if (on) this.#erasing.add(user);
    else this.#erasing.delete(user);
  }

  /** Deletes a user of this realm: the name becomes a former one. */
  putAway(user: User): void {
    this.#takeHere(user);
    this.putFormer(user.name, user);
  }

  /** Undoes `putAway`. */
  putBack(user: User): void {
    this.putFormer(user.name, undefined);
    this.#putHere(user);
  }

  /** Undoes the last `put`. */
  take(id: number): void {
    const party = this.#byId.get(id);
    if (!party) return;
    if (party.realm === undefined) this.#takeHere(party as User);
    else this.#takeElsewhere(party.key, party.realm);
    this.#byId.delete(id);
    this.#last = id - 1;
  }

  /** Gives the users of another realm the realm's new key. */
  move(from: string, to: string): void {
    const moved = [...this.#foreign.values()].filter(({ realm }) => realm === from);
    for (const party of moved) {
      this.#takeElsewhere(party.key, from);
      Object.assign(party, { realm: to, key: keyAt(party.name, to) });
      this.#putElsewhere(party.key, party, to);
    }
  }

  /** The index in `#order` where a user is, or would be inserted. Numbers rise with time, so this is a binary search. */
  #placeOf({ id }: Pick<User, "id">): number {
    let low = 0;
    for (let high = this.#order.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as User).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #putHere(user: User): void {
    this.#byKey.set(user.key, user);
    this.#order.splice(this.#placeOf(user), 0, user);
  }

  #takeHere(user: User): void {
    this.#byKey.delete(user.key);
    this.#order.splice(this.#placeOf(user), 1);
  }

  #putElsewhere(key: string, party: Party, realm: string): void {
    this.#foreign.set(key, party);
    this.#elsewhere.set(realm, this.countAt(realm) + 1);
  }

  #takeElsewhere(key: string, realm: string): void {
    this.#foreign.delete(key);
    const left = this.countAt(realm) - 1;
    if (left > 0) this.#elsewhere.set(realm, left);
    else this.#elsewhere.delete(realm);
  }
}

/** 32 bits of a name's hash. */
function markOf(key: string): number {
  return hash("sha256", key, "buffer").readInt32BE(0);
}
