/** Which users are connected, online and watching, and telling them events. */

import type { Event } from "../../contract/event.ts";
import { type Group, type Party, type Session, type Settings, type User, WithoutOrder } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";
import type { Turn } from "../../state/turn.ts";
import type { World } from "../../world/world.ts";
import { Comings, type Watchers } from "./comings.ts";
import { NodeUsers, type OwnNode } from "./node-users.ts";
import { Seen } from "./seen.ts";

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

/** The most posts to groups elsewhere whose connections are remembered. */
const MOST_POSTED = 1000;

const NOBODY: readonly Audience[] = [];

export class Presence implements Watchers {
  readonly #model: State;
  /** Connections logged in or watching, by user. */
  readonly #connections = new Map<User, Set<Audience>>();
  /** Those of them that make their user online for others. */
  readonly #online = new Map<User, Set<Audience>>();
  /** Those of them that watch: looked up for every message. */
  readonly #watching = new Map<Party, Audience[]>();
  /** The connection whose request is executed. */
  #asking: Audience | undefined;
  /**
   * By the id of a post or alteration that has not come back from its group's home yet: the connection that sent it. The latest
   * ones.
   */
  readonly #posted = new Map<string, Audience>();
  readonly #seen: Seen;
  readonly #comings: Comings;
  readonly #turn: Pick<Turn, "isTentative">;
  /** This node, where there are several, and what the others are told of it. */
  readonly #own: OwnNode | undefined;
  readonly #nodeUsers: NodeUsers | undefined;

  /**
   * @param now milliseconds since 1970. @param turn at its end it is told who has come and gone
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

  /** Whether a user is online on another node, @param but leaving that one out. */
  #isElsewhere(user: User, but?: number): boolean {
    const own = this.#own?.node;
    return own !== undefined && this.#model.online.nodesOf(user).some((node) => node !== own && node !== but);
  }

  /** When a user who is not online was so last, in ms since 1970; undefined for one who never was, or did not show it. */
  lastSeen(user: User): number | undefined {
    return this.#seen.of(user);
  }

  /** Users have come online on a node, or have gone from it: tells those who are near, if it is another node. */
  moved(users: readonly User[], node: number, has: "come" | "gone"): void {
    for (const user of users) {
      // Of its own users this node knows better: the others may have taken it for dead.
      if (node === this.#own?.node) this.#nodeUsers?.changed(user);
      else {
        const was = has === "gone" || this.#online.has(user) || this.#isElsewhere(user, node);
        this.#comings.expect(user, this.#model.settings.of(user), was);
      }
    }
  }

  /** A user was deleted. @param settings the user's until then, and the @param nodes where the user was online */
  deleted(user: User, settings: Settings | undefined, nodes: readonly number[]): void {
    if (nodes.some((node) => node !== this.#own?.node)) this.#comings.expect(user, settings, true);
  }

  /** Stages that nobody is online on a node any more. @param time when it was heard of last, ms since 1970 */
  endNode(node: number, time: number): void {
    this.#nodeUsers?.end(node, time);
  }

  /**
   * Stages when users have gone, and that the others are still there. Called every minute, for many come and go: after a kill the
   * time is at most a minute too early. Where there are several nodes, the others say who was on one that was killed.
   */
  keepSeen(): void {
    this.#seen.keepGone();
    if (!this.#own) this.#seen.keepThose(this.#online.keys());
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

  /** Whether a connection of the user watches that is not the one asking. */
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

  /** Does what a connection has asked for, which is not told what follows from it: that is no news there. */
  asked<T>(by: Audience, work: () => T): T {
    const before = this.begin(by);
    try {
      return work();
    } finally {
      this.end(before);
    }
  }

  /** From now on this connection is the one that asks. @returns the one before, for `end` */
  begin(by: Audience): Audience | undefined {
    const before = this.#asking;
    this.#asking = by;
    return before;
  }

  end(before: Audience | undefined): void {
    this.#asking = before;
  }

  /** What is sent now comes back later from its group's home, under this id. */
  willComeBack(id: string): void {
    if (this.#asking) this.#posted.set(id, this.#asking);
    if (this.#posted.size > MOST_POSTED) this.#posted.delete(this.#posted.keys().next().value as string);
  }

  /**
   * Does what follows from a post or an alteration: if it has come back, as `asked` by the connection that sent it. @param id the
   * one that another realm gave it
   */
  cameBack(id: string | undefined, work: () => void): void {
    const by = id === undefined ? undefined : this.#posted.get(id);
    if (!by) {
      work();
      return;
    }
    this.#posted.delete(id as string);
    this.asked(by, work);
  }

  /** Tells every connection that watches. */
  tellAll(event: Event): void {
    for (const audiences of this.#watching.values()) for (const audience of audiences) audience.tell(event);
  }

  /** Tells a user's watching connections, but not the one that asks. @param event as of `tell`; undefined: there is no news */
  tellElsewhere(user: Party, event: () => Event | undefined): void {
    let told: Event | undefined;
    for (const audience of this.#watchersOf(user)) {
      if (audience === this.#asking) continue;
      told ??= event();
      if (told) audience.tell(told);
    }
  }

  /**
   * Tells the watching members of a group: not `except`, and only those whom `hears` names, if it is given. @returns how many
   * connections it has told
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

  /** Visits the members who watch. Goes through the members or the watchers, whichever are fewer. */
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

  /**
   * To be called before a request makes a user come or go: once it is answered, every node must know who is there.
   * @throws WithoutOrder in a turn that may have to be done again
   */
  mayMove(): void {
    if (this.#turn.isTentative) throw new WithoutOrder("who is there");
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

  /** The user comes online with the first such connection and goes with the last; those who are near are told. */
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
    const others = this.#watchersOf(user).filter((other) => other !== audience);
    if (on) others.push(audience);
    if (others.length > 0) this.#watching.set(user, others);
    else this.#watching.delete(user);
  }

  /** A session has ended: every connection of its user drops it. */
  closeSession(session: Session): void {
    for (const audience of [...(this.#connections.get(session.user) ?? [])]) audience.drop(session);
  }

  /**
   * A viewer begins or ceases to see a user: one of them has blocked the other, or has lifted it. @param saw whether the viewer
   * saw the user before
   */
  appear(user: User, viewer: User, saw: boolean): void {
    this.#comings.appear(user, viewer, saw);
  }

  /**
   * A user shows presence from now on, or does no longer, or has changed `away` or status. @param before the settings until now
   */
  reveal(user: User, before: Settings): void {
    this.#comings.expect(user, before);
  }
}
