/**
 * Presence: which users are connected, online and watching. It also tells events to the connections that watch. A user is online
 * for others with a connection that watches, or has been logged in for a while: server/attendance.ts.
 */

import type { Event } from "../../contract/event.ts";
import { type Group, type Party, type Session, type Settings, type User, WithoutOrder } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";
import type { Turn } from "../../state/turn.ts";
import type { World } from "../../world/world.ts";
import { Asking } from "./asking.ts";
import { Comings, type Watchers } from "./comings.ts";
import { NodeUsers, type OwnNode } from "./node-users.ts";
import { Seen } from "./seen.ts";
import { type Watcher, Watching } from "./watching.ts";

/** A connection, as events reach it. */
export interface Audience {
  /** @param lasts no change has caused the event: it is told even if this turn cannot be kept */
  tell(event: Event, lasts?: boolean): void;
  /** A session has ended: the connection must not go on with it. */
  drop(session: Session): void;
  readonly dialect: string;
  /** `address`: "" over the control socket. */
  readonly remote: { readonly address: string };
}

export class Presence implements Watchers {
  /** Which connection is asking, and so is not told of what it does. */
  readonly asking = new Asking();
  readonly #model: State;
  /** Connections logged in or watching, by user. */
  readonly #connections = new Map<User, Set<Audience>>();
  /** Those of them that make their user online for others. */
  readonly #online = new Map<User, Set<Audience>>();
  /** Those of them that watch. */
  readonly #watching: Watching;
  readonly #seen: Seen;
  readonly #comings: Comings;
  readonly #turn: Pick<Turn, "isTentative">;
  /** This node, and the users who are online on it, for the other nodes. Undefined on a server without others. */
  readonly #own: OwnNode | undefined;
  readonly #nodeUsers: NodeUsers | undefined;

  /**
   * @param now milliseconds since 1970. @param turn who has come and gone is told at its end
   * @param own this node; undefined on a server without others
   */
  constructor(
    model: State,
    now: () => number,
    turn: Pick<Turn, "schedule" | "enter" | "follow" | "admits" | "isTentative">,
    world: World,
    own?: OwnNode,
  ) {
    this.#model = model;
    this.#watching = new Watching(model.groups);
    this.#turn = turn;
    this.#seen = new Seen(model, now);
    this.#comings = new Comings(model, this, turn, world);
    turn.follow(this.#comings);
    this.#own = own;
    if (!own) return;
    const local = { here: this.#online, goneAt: (user: User) => this.#seen.goneAt(user) };
    this.#nodeUsers = new NodeUsers(model, own, local, turn, world);
    turn.follow(this.#nodeUsers);
  }

  /** This node's number; undefined on a server without others. */
  get node(): number | undefined {
    return this.#own?.node;
  }

  /** Whether the user is logged in on a connection of this node, for however short a time, or is online on another node. */
  isLoggedIn(user: User): boolean {
    return this.#connections.has(user) || this.#isElsewhere(user);
  }

  /** The connections of this node that are logged in as a user, or watch. */
  connectionsOf(user: User): Iterable<Audience> {
    return this.#connections.get(user) ?? [];
  }

  /** The numbers of the nodes where a user is online; undefined on a server without others. */
  nodesOf(user: User): readonly number[] | undefined {
    return this.#own && this.#model.online.nodesOf(user);
  }

  /** How many users are online; where there are several nodes, as of the end of the last turn. */
  get onlineCount(): number {
    return this.#own ? this.#model.online.count : this.#online.size;
  }

  isOnline(user: User): boolean {
    return this.#online.has(user) || this.#isElsewhere(user);
  }

  /** Whether a user is online on another node. @param but a node that does not count */
  #isElsewhere(user: User, but?: number): boolean {
    const own = this.#own?.node;
    return own !== undefined && this.#model.online.nodesOf(user).some((node) => node !== own && node !== but);
  }

  /** When a user who is not online was so last, in ms since 1970; undefined for a user who never was, or did not show it. */
  lastSeen(user: User): number | undefined {
    return this.#seen.of(user);
  }

  /**
   * Users have come online on a node, or have gone from it. Tells others of it, unless it is this node, which does that by
   * itself.
   */
  moved(users: readonly User[], node: number, has: "come" | "gone"): void {
    for (const user of users) {
      // This node knows better of its own users: the others may have taken it for dead.
      if (node === this.#own?.node) this.#nodeUsers?.changed(user);
      else {
        const was = has === "gone" || this.#online.has(user) || this.#isElsewhere(user, node);
        this.#comings.expect(user, this.#model.settings.of(user), was);
      }
    }
  }

  /** A user was deleted. @param settings the user's until then. @param nodes the numbers of those where the user was online */
  deleted(user: User, settings: Settings | undefined, nodes: readonly number[]): void {
    if (nodes.some((node) => node !== this.#own?.node)) this.#comings.expect(user, settings, true);
  }

  /** Stages that nobody is online on a node any more. @param time when it was last heard of, in ms since 1970 */
  endNode(node: number, time: number): void {
    this.#nodeUsers?.end(node, time);
  }

  /**
   * Stages when users have gone, and that those who are online are still there. Called every minute, because many come and go; so
   * after a crash a time is at most a minute too early. Where there are several nodes, the others stage it for the users of one
   * that has crashed.
   */
  keepSeen(): void {
    this.#seen.keepGone();
    if (!this.#own) this.#seen.keepThose(this.#online.keys());
  }

  /** The users with a connection that watches. */
  get watching(): ReadonlyMap<Party, unknown> {
    return this.#watching.users;
  }

  /** A user's connections that watch. */
  watchersOf(user: Party): readonly Audience[] {
    return this.#watching.of(user);
  }

  /** Whether a connection of the user watches that is not the one that is asking. */
  isWatchedElsewhere(user: Party): boolean {
    const watchers = this.#watching.of(user);
    return watchers.length > 1 || (watchers.length === 1 && !this.asking.is(watchers[0]));
  }

  /**
   * Tells a user's watching connections. @param event called only if there are any. @param lasts as of `Audience.tell`
   * @returns how many there are
   */
  tell(user: Party, event: () => Event, lasts = false): number {
    const audiences = this.#watching.of(user);
    if (audiences.length === 0) return 0;
    const told = event();
    for (const audience of audiences) audience.tell(told, lasts);
    return audiences.length;
  }

  /** Tells every connection that watches. */
  tellAll(event: Event): void {
    for (const audiences of this.#watching.users.values()) for (const audience of audiences) audience.tell(event);
  }

  /**
   * Tells a user's watching connections, but not the one that is asking. @param event as of `tell`; undefined: there is no news
   */
  tellElsewhere(user: Party, event: () => Event | undefined): void {
    let told: Event | undefined;
    for (const audience of this.#watching.of(user)) {
      if (this.asking.is(audience)) continue;
      told ??= event();
      if (told) audience.tell(told);
    }
  }

  /**
   * Tells the watching members of a group. @param except not this one. @param hears only those for whom it holds, if it is given
   * @returns how many connections it has told
   */
  tellMembers(group: Group, except: Party | undefined, event: () => Event, hears?: (member: Party) => boolean): number {
    let told: Event | undefined;
    let count = 0;
    for (const { user, on } of this.#watching.inGroup(group)) {
      if (user === except || hears?.(user) === false) continue;
      told ??= event();
      for (const audience of on) audience.tell(told);
      count += on.length;
    }
    return count;
  }

  /** The members of a group who watch. */
  watchingIn(group: Group): readonly Watcher[] {
    return this.#watching.inGroup(group);
  }

  /**
   * To be called before a request makes a user come online or go: when it is answered every node must know that, so the turn must
   * have the order. @throws WithoutOrder in a turn that does not
   */
  mayMove(): void {
    if (this.#turn.isTentative) throw new WithoutOrder("who is there");
  }

  /** A connection is logged in as a user, or watches. */
  arrive(user: User, audience: Audience): void {
    const connections = this.#connections.get(user);
    if (connections) connections.add(audience);
    else this.#connections.set(user, new Set([audience]));
  }

  /** A connection is neither any more. */
  depart(user: User, audience: Audience): void {
    this.setWatching(user, audience, false);
    this.setOnline(user, audience, false);
    const connections = this.#connections.get(user);
    if (connections?.delete(audience) && connections.size === 0) this.#connections.delete(user);
  }

  /**
   * Counts a connection as one that makes its user online. The user comes with the first and goes with the last; others are told.
   */
  setOnline(user: User, audience: Audience, on: boolean): void {
    const online = this.#online.get(user);
    if (on && online) {
      online.add(audience);
    } else if (on) {
      this.#comings.expect(user);
      this.#online.set(user, new Set([audience]));
      this.#nodeUsers?.changed(user);
    } else if (online?.has(audience)) {
      if (online.size > 1) {
        online.delete(audience);
        return;
      }
      this.#comings.expect(user);
      this.#online.delete(user);
      this.#seen.goes(user);
      this.#nodeUsers?.changed(user);
    }
  }

  setWatching(user: User, audience: Audience, on: boolean): void {
    this.#watching.set(user, audience, on);
  }

  /** A session has ended: all connections of its user on this node drop it. */
  closeSession(session: Session): void {
    for (const audience of [...(this.#connections.get(session.user) ?? [])]) audience.drop(session);
  }

  /**
   * A viewer begins or ceases to see whether a user is online: one of them has blocked the other, or has ended that. @param saw
   * whether the viewer saw it before
   */
  appear(user: User, viewer: User, saw: boolean): void {
    this.#comings.appear(user, viewer, saw);
  }

  /** A user has changed whether presence is shown, `away`, or the status. @param before the settings until now */
  reveal(user: User, before: Settings): void {
    this.#comings.expect(user, before);
  }
}
