/**
 * Who comes, goes, or says something else of himself: collected in a turn, and told once all of it is executed. Who is again
 * what he was before it is no news, and of a turn that could not be kept that is told which holds all the same: that a
 * connection is gone.
 */
import type { Event } from "../../contract/event.ts";
import type { Group, Party, Settings, User } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import type { Herald } from "../../state/turn.ts";
import { isCrowd, isNear, maySeePresence } from "../reach.ts";

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
  readonly #schedule: () => void;
  /** Of whom something may have changed in this turn, and what he was before it. */
  readonly #before = new Map<User, Shown>();
  /** Who began or ceased to see a user in it. */
  readonly #viewers = new Map<User, Set<User>>();

  /** @param schedule called when there is something to tell at the end of the turn */
  constructor(model: Model, house: House, schedule: () => void) {
    this.#model = model;
    this.#house = house;
    this.#schedule = schedule;
  }

  /** To be called before a user comes or goes, or once he says something else of himself. @param settings those before that */
  expect(user: User, settings = this.#model.settings.of(user)): void {
    if (!this.#before.has(user)) this.#before.set(user, this.#shown(user, settings));
    this.#schedule();
  }

  /** Whether a viewer sees a user is another thing than before. */
  appear(user: User, viewer: User): void {
    const viewers = this.#viewers.get(user);
    if (viewers) viewers.add(viewer);
    else this.#viewers.set(user, new Set([viewer]));
    this.#schedule();
  }

  conclude(): void {
    this.#tell(false);
  }

  kept(): void {
    this.#before.clear();
    this.#viewers.clear();
  }

  undone(): void {
    // Who sees whom follows from changes, and is what it was.
    this.#viewers.clear();
    this.#tell(true);
    this.#before.clear();
  }

  /** @param lasts as of `Audience.tell` */
  #tell(lasts: boolean): void {
    const rooms: Rooms = new Map();
    for (const [user, before] of this.#before) {
      const now = this.#shown(user);
      if (isSame(before, now)) continue;
      const event = eventOf(user, now);
      for (const other of this.#near(user, rooms))
        if (maySeePresence(this.#model, other, user)) this.#house.tell(other, () => event, lasts);
    }
    for (const [user, viewers] of this.#viewers) for (const viewer of viewers) this.#show(user, viewer, lasts);
  }

  #show(user: User, viewer: User, lasts: boolean): void {
    const now = this.#shown(user);
    const before = this.#before.has(user) ? this.#before.get(user) : now;
    const sees = maySeePresence(this.#model, viewer, user);
    // Who sees him has been told with the others what is new of him.
    const isNews = sees ? now !== undefined && isSame(before, now) : (before ?? now) !== undefined;
    if (isNews && isNear(this.#model, user, viewer))
      this.#house.tell(viewer, () => eventOf(user, sees ? now : undefined), lasts);
  }

  #shown(user: User, { presence, away, status } = this.#model.settings.of(user)): Shown {
    return presence && this.#house.isOnline(user) ? { away, status } : undefined;
  }

  /** Those who watch and are near. Goes through his conversations or the watchers, whichever are fewer, and once a turn through a group. */
  #near(user: User, rooms: Rooms): ReadonlySet<Party> {
    const { groups, messages } = this.#model;
    const { watching } = this.#house;
    const near = new Set<Party>();
    const others = messages.privateOf(user);
    const [fewer, more] = watching.size < others.size ? [watching, others] : [others, watching];
    for (const other of fewer.keys()) if (more.has(other)) near.add(other);
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

function isSame(one: Shown, other: Shown): boolean {
  if (!one || !other) return one === other;
  return one.away === other.away && one.status === other.status;
}

function eventOf(user: User, shown: Shown): Event {
  return { kind: "presence", user: user.name, online: shown !== undefined, ...shown };
}
