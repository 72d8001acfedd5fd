/** Which users are connected, online and watching, and telling them events. */

import type { Event } from "../../contract/event.ts";
import type { Group, Party, Session, Settings, User } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";
import type { Turn } from "../../state/turn.ts";
import type { World } from "../../world/world.ts";
import { Comings, type House } from "./comings.ts";

/** A connection, as events reach it. */
export interface Audience {
  /** @param lasts it does not follow from a change: it is told whatever becomes of this turn */
  tell(event: Event, lasts?: boolean): void;
  /** A session has ended: the connection must not go on with it. */
  drop(session: Session): void;
  readonly dialect: string;
  /** `address`: "" for the control socket. */
  readonly remote: { readonly address: string };
}

/** Posts whose connections are known until they come back. */
const MOST_POSTED = 1000;

const NOBODY: readonly Audience[] = [];

export class Presence implements House {
  readonly #model: State;
  /** Connections logged in or watching, by user. */
  readonly #connections = new Map<User, Set<Audience>>();
  /** Those of them that make their user online for others. */
  readonly #online = new Map<User, Set<Audience>>();
  /** Those of them that watch: looked up for every message. */
  readonly #watching = new Map<Party, Audience[]>();
  /** The connection whose request is executed. */
  #asking: Audience | undefined;
  /** Those that have posted what has not come back from a group's home yet, by its id; the latest. */
  readonly #posted = new Map<string, Audience>();
  /** When those went who have gone, until that is kept. */
  readonly #gone = new Map<User, number>();
  readonly #now: () => number;
  readonly #comings: Comings;

  /** @param now milliseconds since 1970. @param turn at whose end it is told who has come and gone */
  constructor(model: State, now: () => number, turn: Pick<Turn, "schedule" | "enter" | "follow">, world: World) {
    this.#model = model;
    this.#now = now;
    this.#comings = new Comings(model, this, turn, world);
    turn.follow(this.#comings);
  }

  /** Whether the user is logged in on some connection, for however short a time. */
  isLoggedIn(user: User): boolean {
    return this.#connections.has(user);
  }

  /** Those that are logged in as a user, or watch. */
  connectionsOf(user: User): Iterable<Audience> {
    return this.#connections.get(user) ?? [];
  }

  /** How many users are online. */
  get onlineCount(): number {
    return this.#online.size;
  }

  isOnline(user: User): boolean {
    return this.#online.has(user);
  }

  /** When a user who is not online was so last, in ms since 1970; undefined for one who never was, or did not show it. */
  lastSeen(user: User): number | undefined {
    return this.#gone.get(user) ?? this.#model.lastSeen.of(user);
  }

  /**
   * Stages when users have gone, and that others are still there; called every minute, for many come and go. After a kill who
   * was there has been seen in its last minute.
   */
  keepSeen(): void {
    const { lastSeen, settings, users } = this.#model;
    for (const [user, time] of this.#gone) {
      // It was kept meanwhile, or his account was not.
      if ((lastSeen.of(user) ?? 0) >= time || users.byId(user.id) !== user) this.#gone.delete(user);
      else lastSeen.set(user, time);
    }
    const now = this.#now();
    for (const user of this.#online.keys()) {
      if (settings.of(user).presence && users.byId(user.id) === user) lastSeen.set(user, now);
    }
  }

  #watchersOf(user: Party): readonly Audience[] {
    return this.#watching.get(user) ?? NOBODY;
  }

  get watching(): ReadonlyMap<Party, unknown> {
    return this.#watching;
  }

  /** Whether any of a user's connections watches. */
  isWatched(user: Party): boolean {
    return this.#watching.has(user);
  }

  /** Whether any of them does but the one that is asking. */
  isWatchedElsewhere(user: Party): boolean {
    const watchers = this.#watchersOf(user);
    return watchers.length > 1 || (watchers.length === 1 && watchers[0] !== this.#asking);
  }

  /**
   * Tells a user's watching connections. @param event called only if there are any. @param lasts as of `Audience.tell`
   * @returns how many there are
   */
  tell(user: Party, event: () => Event, lasts = false): number {
    const audiences = this.#watchersOf(user);
    if (audiences.length === 0) return 0;
    const told = event();
    for (const audience of audiences) audience.tell(told, lasts);
    return audiences.length;
  }

  /** Does what a connection has asked for: what follows from it is no news there. */
  asked<T>(by: Audience, work: () => T): T {
    const before = this.begin(by);
    try {
      return work();
    } finally {
      this.end(before);
    }
  }

  /** What follows from now on is what this connection has asked for. @returns for `end` */
  begin(by: Audience): Audience | undefined {
    const before = this.#asking;
    this.#asking = by;
    return before;
  }

  end(before: Audience | undefined): void {
    this.#asking = before;
  }

  /** What is asked for now comes back later from a group's home, under this id. */
  willComeBack(id: string): void {
    if (this.#asking) this.#posted.set(id, this.#asking);
    if (this.#posted.size > MOST_POSTED) this.#posted.delete(this.#posted.keys().next().value as string);
  }

  /** Does what follows from a post that has come back: as of `asked`. */
  cameBack<T>(id: string, work: () => T): T {
    const by = this.#posted.get(id);
    this.#posted.delete(id);
    return by ? this.asked(by, work) : work();
  }

  /** Tells every connection that watches. */
  tellAll(event: Event): void {
    for (const audiences of this.#watching.values()) for (const audience of audiences) audience.tell(event);
  }

  /** Tells a user's watching connections, but the one that has asked for it. @param event as of `tell`; undefined: no news */
  tellElsewhere(user: Party, event: () => Event | undefined): void {
    let told: Event | undefined;
    for (const audience of this.#watchersOf(user)) {
      if (audience === this.#asking) continue;
      told ??= event();
      if (told) audience.tell(told);
    }
  }

  /**
   * Tells the members of a group but one, or those that `hears` says. @returns how many connections it has told
   */
  tellMembers(group: Group, except: Party | undefined, event: () => Event, hears?: (member: Party) => boolean): number {
    let told: Event | undefined;
    let count = 0;
    this.eachWatching(group, (user, audiences) => {
      if (user === except || hears?.(user) === false) return;
      told ??= event();
      for (const audience of audiences) audience.tell(told);
      count += audiences.length;
    });
    return count;
  }

  /** Goes through the members or the watchers, whichever are fewer. */
  eachWatching({ members }: Group, visit: (member: Party, audiences: readonly Audience[]) => void): void {
    if (this.#watching.size < members.size) {
      for (const [user, audiences] of this.#watching) if (members.has(user)) visit(user, audiences);
    } else {
      for (const user of members.keys()) {
        const audiences = this.#watching.get(user);
        if (audiences) visit(user, audiences);
      }
    }
  }

  arrive(user: User, audience: Audience): void {
    const connections = this.#connections.get(user);
    if (connections) connections.add(audience);
    else this.#connections.set(user, new Set([audience]));
  }

  depart(user: User, audience: Audience): void {
    this.setWatching(user, audience, false);
    this.setOnline(user, audience, false);
    const connections = this.#connections.get(user);
    if (connections?.delete(audience) && connections.size === 0) this.#connections.delete(user);
  }

  /** With a user's first such connection he comes online, with the last he goes; those who are near are told. */
  setOnline(user: User, audience: Audience, on: boolean): void {
    const online = this.#online.get(user);
    if (on && online) {
      online.add(audience);
    } else if (on) {
      this.#comings.expect(user);
      this.#online.set(user, new Set([audience]));
    } else if (online?.has(audience)) {
      if (online.size > 1) {
        online.delete(audience);
        return;
      }
      this.#comings.expect(user);
      this.#online.delete(user);
      if (this.#model.settings.of(user).presence) this.#gone.set(user, this.#now());
    }
  }

  setWatching(user: User, audience: Audience, on: boolean): void {
    const others = this.#watchersOf(user).filter((other) => other !== audience);
    if (on) others.push(audience);
    if (others.length > 0) this.#watching.set(user, others);
    else this.#watching.delete(user);
  }

  /** A session has ended: every connection of its user drops it. */
  closeSession(session: Session): void {
    for (const audience of [...(this.#connections.get(session.user) ?? [])]) audience.drop(session);
  }

  /** One whom a user has blocked, or has no longer, sees him go or come, if he is there. */
  appear(user: User, viewer: User): void {
    this.#comings.appear(user, viewer);
  }

  /** He shows from now on whether he is there, or does no longer; or he says something else of himself. @param before what he did */
  reveal(user: User, before: Settings): void {
    this.#comings.expect(user, before);
  }
}
