/**
 * Who is online on this node, as all nodes know it: once all of a turn is executed, what is so here is compared with what the
 * state says of this node, and the difference staged. Connections come and go at any moment, also as a turn is undone: a turn
 * that could not be kept leaves nothing wrong for longer than until the next.
 */

import type { User } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import type { Herald, Turn } from "../../state/turn.ts";
import type { Timer, World } from "../../world/world.ts";

/** After a turn that could not be kept the next is asked for so much later, in ms: the same may be wrong still. */
const RETRY_MS = 1000;

/** This node among the others. */
export interface OwnNode {
  /** Its number: another one after the others have taken it for dead. */
  readonly node: number;
}

/** Who is here. */
interface House {
  /** Those who are online on this node. */
  readonly here: ReadonlyMap<User, unknown>;
  /** When one who is not was here last, in ms since 1970; undefined if he does not show it. */
  goneAt(user: User): number | undefined;
}

export class NodeUsers implements Herald {
  readonly #model: Model;
  readonly #own: OwnNode;
  readonly #house: House;
  readonly #turn: Pick<Turn, "schedule" | "enter" | "isShut">;
  readonly #world: World;
  /** Of whom the state may say something else than is so. */
  readonly #changed = new Set<User>();
  /** The number under which the state knows who is here; and after this turn, if it says anything of that. */
  #said: number;
  #saying: number | undefined;
  #retry: Timer | undefined;

  constructor(
    model: Model,
    own: OwnNode,
    house: House,
    turn: Pick<Turn, "schedule" | "enter" | "isShut">,
    world: World,
  ) {
    this.#model = model;
    this.#own = own;
    this.#said = own.node;
    this.#house = house;
    this.#turn = turn;
    this.#world = world;
  }

  /** A user has come or gone, or the state says something else of him than before. */
  changed(user: User): void {
    this.#changed.add(user);
    // What others have kept is told in no turn of this node.
    this.#turn.enter(() => this.#turn.schedule());
  }

  /** Stages that nobody is online on a node any more. @param time when it was heard of last, ms since 1970 */
  end(node: number, time: number): void {
    const { lastSeen, online, settings } = this.#model;
    for (const user of online.on(node)) {
      if (online.nodesOf(user).length === 1 && settings.of(user).presence) lastSeen.set(user, time);
    }
    online.end(node);
  }

  conclude(): void {
    // Others are told of, and nothing may be staged.
    if (this.#turn.isShut) return;
    const { online } = this.#model;
    const { node } = this.#own;
    this.#saying = node;
    if (node !== this.#said) {
      if (online.on(this.#said).length > 0) online.end(this.#said);
      for (const user of this.#house.here.keys()) this.#changed.add(user);
    }
    for (const user of this.#changed) this.#compare(user, node);
  }

  kept(): void {
    if (this.#saying === undefined) return;
    this.#said = this.#saying;
    this.#saying = undefined;
    this.#changed.clear();
  }

  undone(): void {
    this.#saying = undefined;
    if (this.#changed.size === 0) return;
    this.#retry ??= this.#world.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#turn.enter(() => this.#turn.schedule());
    });
    this.#retry.unref();
  }

  #compare(user: User, node: number): void {
    const { lastSeen, online, users } = this.#model;
    const isHere = this.#house.here.has(user);
    const nodes = online.nodesOf(user);
    if (isHere === nodes.includes(node)) return;
    // Of an account that was not kept, or is deleted, nothing is said.
    if (users.find(user.name) !== user) return;
    if (isHere) {
      online.come(user, node);
      return;
    }
    online.go(user, node);
    const gone = this.#house.goneAt(user);
    if (nodes.length === 1 && gone !== undefined) lastSeen.set(user, gone);
  }
}
