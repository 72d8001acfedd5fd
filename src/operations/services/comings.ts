/**
 * Tells who comes, goes, or changes `away` or status. It is collected in a turn and told once all of the turn is executed; a user
 * who is then as before it is no news. Of a turn that could not be kept only what holds all the same is told: that a connection
 * is gone. Where many connections have to be told, telling pauses, and then tells at once what has come together: a write to a
 * connection costs more than the events in it.
 */
import type { Event } from "../../contract/event.ts";
import type { Group, Party, Settings, User } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import type { Herald } from "../../state/participants.ts";
import type { Turn } from "../../state/turn.ts";
import type { Timer, World } from "../../world/world.ts";
import { isCrowd, maySeePresence } from "../reach.ts";

/** How many connections are told in a second: some 5 µs each. */
const TOLD_A_SECOND = 50_000;

/** A pause, in ms, that is not worth making. */
const NO_PAUSE_MS = 2;

/** Events told in one turn: other requests wait meanwhile. */
const MOST_AT_ONCE = 20_000;

/** Who is online, who watches, and how to tell them; `Presence` implements it. */
export interface Watchers {
  /** Users with a connection that watches. */
  readonly watching: ReadonlyMap<Party, unknown>;
  isOnline(user: User): boolean;
  /** The members of a group who watch. */
  watchingIn(group: Group): readonly { readonly user: Party }[];
  /** @param lasts as of `Audience.tell` */
  tell(user: Party, event: () => Event, lasts: boolean): number;
}

/** What others see of a user who is there; undefined if the user is not, or does not show it. */
type Shown = Pick<Settings, "away" | "status"> | undefined;

export class Comings implements Herald {
  readonly #model: Model;
  readonly #watchers: Watchers;
  readonly #turn: Pick<Turn, "schedule" | "enter" | "admits">;
  readonly #world: World;
  /** Users of whom something may have changed that is not told yet, and what others saw before. */
  readonly #before = new Map<User, Shown>();
  /** The same for users who are told of in this turn. */
  readonly #told = new Map<User, Shown>();
  /** By user: who began or ceased to see that user in this turn, and whether they did before. */
  readonly #viewers = new Map<User, Map<Party, boolean>>();
  /** Nothing is told before this, in ms as of `World.elapsed`. */
  #next = 0;
  #timer: Timer | undefined;

  constructor(model: Model, watchers: Watchers, turn: Pick<Turn, "schedule" | "enter" | "admits">, world: World) {
    this.#model = model;
    this.#watchers = watchers;
    this.#turn = turn;
    this.#world = world;
  }

  /**
   * To be called before a user comes or goes. If that has happened already, or the settings are new, the caller passes the values
   * from before.
   * @param settings the user's before. @param isOnline whether the user was
   */
  expect(user: User, settings = this.#model.settings.of(user), isOnline = this.#watchers.isOnline(user)): void {
    if (!this.#before.has(user)) this.#before.set(user, shownBy(settings, isOnline));
    this.#schedule();
  }

  /** A viewer begins or ceases to see a user. @param saw whether the viewer did before */
  appear(user: User, viewer: User, saw: boolean): void {
    const viewers = this.#viewers.get(user) ?? new Map<Party, boolean>();
    this.#viewers.set(user, viewers);
    if (!viewers.has(viewer)) viewers.set(viewer, saw);
    this.#schedule();
  }

  /** While the turn is shut, changes of other nodes come in: the turn tells what they mean once all are known. */
  #schedule(): void {
    if (this.#turn.admits("reading")) this.#turn.schedule();
  }

  conclude(): void {
    for (const user of this.#viewers.keys()) this.#tellOf(user, false);
    this.#tell(false);
  }

  kept(): void {
    this.#told.clear();
    this.#viewers.clear();
  }

  undone(): void {
    for (const [user, before] of this.#told) this.#before.set(user, before);
    // Who sees whom follows from changes, which are undone, too.
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
    const listeners = new Set<Party>();
    let events = 0;
    for (const user of this.#before.keys()) {
      if (events >= MOST_AT_ONCE) break;
      events += this.#tellOf(user, lasts, listeners);
    }
    return listeners.size;
  }

  /** Tells what is new of a user to everybody who sees that user, or did. @returns how many connections were told */
  #tellOf(user: User, lasts: boolean, listeners?: Set<Party>): number {
    const now = this.#shown(user);
    const before = this.#before.has(user) ? this.#before.get(user) : now;
    this.#before.delete(user);
    this.#told.set(user, before);
    const viewers = this.#viewers.get(user);
    const isNews = !isSame(before, now);
    if (!isNews && !viewers) return 0;
    const [event, gone] = [eventOf(user, now), eventOf(user, undefined)];
    let events = 0;
    for (const other of this.#near(user)) {
      const sees = maySeePresence(this.#model, other, user);
      const saw = viewers?.get(other) ?? sees;
      if (saw === sees ? !sees || !isNews : isSame(saw ? before : undefined, sees ? now : undefined)) continue;
      events += this.#watchers.tell(other, () => (sees ? event : gone), lasts);
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
    return shownBy(this.#model.settings.of(user), this.#watchers.isOnline(user));
  }

  /**
   * Those who watch and are near: they share a conversation with the user, or a group that is no crowd. Goes through the user's
   * conversations or the watchers, whichever are fewer.
   */
  #near(user: User): ReadonlySet<Party> {
    const { groups, messages } = this.#model;
    const { watching } = this.#watchers;
    const near = new Set<Party>();
    let steps = 0;
    for (const other of messages.othersOf(user)) {
      if (++steps > watching.size) break;
      if (watching.has(other)) near.add(other);
    }
    if (steps > watching.size) for (const other of watching.keys()) if (messages.peek(user, other)) near.add(other);
    for (const group of groups.of(user)) {
      if (!isCrowd(group)) for (const { user: member } of this.#watchers.watchingIn(group)) near.add(member);
    }
    near.delete(user);
    return near;
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
