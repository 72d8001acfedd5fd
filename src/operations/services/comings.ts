/**
 * Who comes, goes, or says something else of himself: collected in a turn, and told once all of it is executed. Who is again
 * what he was before it is no news, and of a turn that could not be kept that is told which holds all the same: that a
 * connection is gone. Where many are told that waits a little, and what has come together then is told at once: each
 * connection's write costs more than the events in it.
 */
import type { Event } from "../../contract/event.ts";
import type { Group, Party, Settings, User } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import type { Herald, Turn } from "../../state/turn.ts";
import type { Timer, World } from "../../world/world.ts";
import { isCrowd, maySeePresence } from "../reach.ts";

/** How many connections are told in a second: some 5 µs each. */
const TOLD_A_SECOND = 50_000;

/** A pause, in ms, that is not worth making. */
const NO_PAUSE_MS = 2;

/** Events told in one turn: whoever else asks for something waits meanwhile. */
const MOST_AT_ONCE = 20_000;

/** Who is there and who watches. */
export interface House {
  /** By user, those who watch. */
  readonly watching: ReadonlyMap<Party, unknown>;
  isOnline(user: User): boolean;
  /** Goes through the members of a group who watch. */
  eachWatching(group: Group, visit: (member: Party) => void): void;
  /** @param lasts as of `Audience.tell` */
  tell(user: Party, event: () => Event, lasts: boolean): number;
}

/** What others see of somebody who is there; undefined if he is not, or does not show it. */
type Shown = Pick<Settings, "away" | "status"> | undefined;

/** The members who watch, of the groups that were looked at. */
type Rooms = Map<Group, readonly Party[]>;

export class Comings implements Herald {
  readonly #model: Model;
  readonly #house: House;
  readonly #turn: Pick<Turn, "schedule" | "enter" | "isShut">;
  readonly #world: World;
  /** Of whom something may have changed that is not told yet, and what he was before it. */
  readonly #before = new Map<User, Shown>();
  /** The same of those of whom it is told in this turn. */
  readonly #told = new Map<User, Shown>();
  /** Who began or ceased to see a user in it, and whether he did before. */
  readonly #viewers = new Map<User, Map<Party, boolean>>();
  /** Nothing is told before this, in ms as of `World.elapsed`. */
  #next = 0;
  #timer: Timer | undefined;

  constructor(model: Model, house: House, turn: Pick<Turn, "schedule" | "enter" | "isShut">, world: World) {
    this.#model = model;
    this.#house = house;
    this.#turn = turn;
    this.#world = world;
  }

  /**
   * To be called before a user comes or goes, or once that is so, or he says something else of himself. @param settings those
   * before that, as @param isOnline
   */
  expect(user: User, settings = this.#model.settings.of(user), isOnline = this.#house.isOnline(user)): void {
    if (!this.#before.has(user)) this.#before.set(user, shownBy(settings, isOnline));
    this.#schedule();
  }

  /** Whether a viewer sees a user is another thing than before. @param saw whether he did */
  appear(user: User, viewer: User, saw: boolean): void {
    const viewers = this.#viewers.get(user) ?? new Map<Party, boolean>();
    this.#viewers.set(user, viewers);
    if (!viewers.has(viewer)) viewers.set(viewer, saw);
    this.#schedule();
  }

  /** What others have kept is told as soon as all of it is known, and needs no turn. */
  #schedule(): void {
    if (!this.#turn.isShut) this.#turn.schedule();
  }

  conclude(): void {
    const rooms: Rooms = new Map();
    for (const user of this.#viewers.keys()) this.#tellOf(user, rooms, false);
    this.#tell(false);
  }

  kept(): void {
    this.#told.clear();
    this.#viewers.clear();
  }

  undone(): void {
    for (const [user, before] of this.#told) this.#before.set(user, before);
    // Who sees whom follows from changes, and is what it was.
    this.#viewers.clear();
    this.#tell(true);
    this.#told.clear();
  }

  /** @param lasts as of `Audience.tell` */
  #tell(lasts: boolean): void {
    const now = this.#world.elapsed();
    if (now >= this.#next) {
      const pause = (this.#tellSome(lasts) / TOLD_A_SECOND) * 1000;
      if (pause > NO_PAUSE_MS) this.#next = now + pause;
    }
    if (this.#before.size > 0) this.#goOnAfter(Math.max(0, this.#next - now));
  }

  /** @returns how many users were told something */
  #tellSome(lasts: boolean): number {
    const rooms: Rooms = new Map();
    const listeners = new Set<Party>();
    let events = 0;
    for (const user of this.#before.keys()) {
      if (events >= MOST_AT_ONCE) break;
      events += this.#tellOf(user, rooms, lasts, listeners);
    }
    return listeners.size;
  }

  /** Tells what is new of a user to each of those who see him, or did. @returns how many connections were told it */
  #tellOf(user: User, rooms: Rooms, lasts: boolean, listeners?: Set<Party>): number {
    const now = this.#shown(user);
    const before = this.#before.has(user) ? this.#before.get(user) : now;
    this.#before.delete(user);
    this.#told.set(user, before);
    const viewers = this.#viewers.get(user);
    const isNews = !isSame(before, now);
    if (!isNews && !viewers) return 0;
    const [event, gone] = [eventOf(user, now), eventOf(user, undefined)];
    let events = 0;
    for (const other of this.#near(user, rooms)) {
      const sees = maySeePresence(this.#model, other, user);
      const saw = viewers?.get(other) ?? sees;
      if (saw === sees ? !sees || !isNews : isSame(saw ? before : undefined, sees ? now : undefined)) continue;
      events += this.#house.tell(other, () => (sees ? event : gone), lasts);
      listeners?.add(other);
    }
    return events;
  }

  #goOnAfter(ms: number): void {
    this.#timer ??= this.#world.after(ms, () => {
      this.#timer = undefined;
      this.#turn.enter(() => this.#turn.schedule());
    });
    this.#timer.unref();
  }

  #shown(user: User): Shown {
    return shownBy(this.#model.settings.of(user), this.#house.isOnline(user));
  }

  /** Those who watch and are near. Goes through his conversations or the watchers, whichever are fewer, and once a turn through a group. */
  #near(user: User, rooms: Rooms): ReadonlySet<Party> {
    const { groups, messages } = this.#model;
    const { watching } = this.#house;
    const near = new Set<Party>();
    let steps = 0;
    for (const other of messages.othersOf(user)) {
      if (++steps > watching.size) break;
      if (watching.has(other)) near.add(other);
    }
    if (steps > watching.size) for (const other of watching.keys()) if (messages.peek(user, other)) near.add(other);
    for (const group of groups.of(user)) {
      if (!isCrowd(group)) for (const member of this.#watchingIn(group, rooms)) near.add(member);
    }
    near.delete(user);
    return near;
  }

  #watchingIn(group: Group, rooms: Rooms): readonly Party[] {
    const known = rooms.get(group);
    if (known) return known;
    const found: Party[] = [];
    this.#house.eachWatching(group, (member) => void found.push(member));
    rooms.set(group, found);
    return found;
  }
}

function shownBy({ presence, away, status }: Settings, isOnline: boolean): Shown {
  return presence && isOnline ? { away, status } : undefined;
}

function isSame(one: Shown, other: Shown): boolean {
  if (!one || !other) return one === other;
  return one.away === other.away && one.status === other.status;
}

function eventOf(user: User, shown: Shown): Event {
  return { kind: "presence", user: user.name, online: shown !== undefined, ...shown };
}
