/** Which users are connected, online and watching, and telling them events. */

import type { Event } from "../../contract/event.ts";
import { type Group, type Party, type Session, type Settings, type User, WithoutOrder } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";
import type { Turn } from "../../state/turn.ts";
import type { World } from "../../world/world.ts";
import { Comings, type House } from "./comings.ts";
import { NodeUsers, type OwnNode } from "./node-users.ts";
import { Seen } from "./seen.ts";

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
  readonly #seen: Seen;
  readonly #comings: Comings;
  readonly #turn: Pick<Turn, "isReading">;
  /** This node, where there are several, and what the others are told of it. */
  readonly #own: OwnNode | undefined;
  readonly #nodeUsers: NodeUsers | undefined;

  /**
   * @param now milliseconds since 1970. @param turn at whose end it is told who has come and gone
   * @param own this node; undefined: there is no other
   */
  constructor(
    model: State,
    now: () => number,
    turn: Pick<Turn, "schedule" | "enter" | "follow" | "isShut" | "isReading">,
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
    const house = { here: this.#online, goneAt: (user: User) => this.#seen.goneAt(user) };
    this.#nodeUsers = new NodeUsers(model, own, house, turn, world);
    turn.follow(this.#nodeUsers);
  }

  /** This node's number; undefined where there can be no other. */
  get node(): number | undefined {
    return this.#own?.node;
  }

  /** Whether the user is logged in on some connection, for however short a time; on another node, if he is online there. */
  isLoggedIn(user: User): boolean {
    return this.#connections.has(user) || this.#isElsewhere(user);
  }

  /** Those of this node that are logged in as a user, or watch. */
  connectionsOf(user: User): Iterable<Audience> {
    return this.#connections.get(user) ?? [];
  }

  /** The numbers of the nodes where a user is online; undefined where there is one. */
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

  /** Whether he is online on another node, @param but that one left out. */
  #isElsewhere(user: User, but?: number): boolean {
    const own = this.#own?.node;
    return own !== undefined && this.#model.online.nodesOf(user).some((node) => node !== own && node !== but);
  }

  /** When a user who is not online was so last, in ms since 1970; undefined for one who never was, or did not show it. */
  lastSeen(user: User): number | undefined {
    return this.#seen.of(user);
  }

  /** Users have come online on a node, or have gone from it: those who are near are told, if that is another node. */
  moved(users: readonly User[], node: number, has: "come" | "gone"): void {
    for (const user of users) {
      // What is so here, this node knows itself: others may have taken it for dead.
      if (node === this.#own?.node) this.#nodeUsers?.changed(user);
      else {
        const was = has === "gone" || this.#online.has(user) || this.#isElsewhere(user, node);
        this.#comings.expect(user, this.#model.settings.of(user), was);
      }
    }
  }

  /** A user was deleted. @param settings those that he had, and the @param nodes where he was online */
  deleted(user: User, settings: Settings | undefined, nodes: readonly number[]): void {
    if (nodes.some((node) => node !== this.#own?.node)) this.#comings.expect(user, settings, true);
  }

  /** Stages that nobody is online on a node any more. @param time when it was heard of last, ms since 1970 */
  endNode(node: number, time: number): void {
    this.#nodeUsers?.end(node, time);
  }

  /**
   * Stages when users have gone, and that others are still there; called every minute, for many come and go. After a kill who
   * was there has been seen in its last minute. Where there are several nodes, another says of one that was killed who was there.
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

  /** Does what follows from a post, or what became of one, that may have come back: as of `asked`. @param id its own, of another realm */
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

  /**
   * To be called before a request brings somebody, or takes him away: with its answer every node knows who is there.
   * @throws WithoutOrder in a turn that only reads
   */
  mayMove(): void {
    if (this.#turn.isReading) throw new WithoutOrder("who is there");
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

  /** One whom a user has blocked, or has no longer, sees him go or come, if he is there. @param saw whether he saw him before */
  appear(user: User, viewer: User, saw: boolean): void {
    this.#comings.appear(user, viewer, saw);
  }

  /** He shows from now on whether he is there, or does no longer; or he says something else of himself. @param before what he did */
  reveal(user: User, before: Settings): void {
    this.#comings.expect(user, before);
  }
}
