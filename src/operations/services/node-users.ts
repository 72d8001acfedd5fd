/**
 * Who is online on this node, as all nodes know it: once all of a turn is executed, who is connected here is compared with what
 * the state says of this node, and the difference is staged. Connections come and go at any moment, also while a turn is undone:
 * what a turn that could not be kept leaves wrong, the next one mends.
 */

import type { User } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import type { Herald } from "../../state/participants.ts";
import type { Turn } from "../../state/turn.ts";
import type { Timer, World } from "../../world/world.ts";

/** How long after a turn that could not be kept the next one is asked for, in ms: the cause may last. */
const RETRY_MS = 1000;

/** This node among the others. */
export interface OwnNode {
  /** Its number. It is a new one after the others have taken this node for dead. */
  readonly node: number;
}

/** The users of this node; `Presence` has them. */
interface LocalUsers {
  /** Those who are online on this node. */
  readonly here: ReadonlyMap<User, unknown>;
  /** When a user who is not here any more was last, in ms since 1970; undefined if the user does not show it. */
  goneAt(user: User): number | undefined;
}

export class NodeUsers implements Herald {
  readonly #model: Model;
  readonly #own: OwnNode;
  readonly #local: LocalUsers;
  readonly #turn: Pick<Turn, "schedule" | "enter" | "admits">;
  readonly #world: World;
  /** Users about whom the state may be wrong. */
  readonly #changed = new Set<User>();
  /** The node's number under which the state has who is here; and the one it will have after this turn, if that stages any. */
  #said: number;
  #saying: number | undefined;
  #retry: Timer | undefined;

  constructor(
    model: Model,
    own: OwnNode,
    local: LocalUsers,
    turn: Pick<Turn, "schedule" | "enter" | "admits">,
    world: World,
  ) {
    this.#model = model;
    this.#own = own;
    this.#said = own.node;
    this.#local = local;
    this.#turn = turn;
    this.#world = world;
  }

  /** A user has come or gone here, or what the state says of the user has changed. */
  changed(user: User): void {
    this.#changed.add(user);
    // `enter`, because changes of other nodes come in while no turn of this node is open.
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
    // Changes of other nodes are being told, and nothing may be staged; or only what can be done again.
    if (!this.#turn.admits("order")) return;
    const { online } = this.#model;
    const { node } = this.#own;
    this.#saying = node;
    if (node !== this.#said) {
      if (online.on(this.#said).length > 0) online.end(this.#said);
      for (const user of this.#local.here.keys()) this.#changed.add(user);
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
    const isHere = this.#local.here.has(user);
    const nodes = online.nodesOf(user);
    if (isHere === nodes.includes(node)) return;
    // The account was not kept, or is deleted.
    if (users.find(user.name) !== user) return;
    if (isHere) {
      online.come(user, node);
      return;
    }
    online.go(user, node);
    const gone = this.#local.goneAt(user);
    if (nodes.length === 1 && gone !== undefined) lastSeen.set(user, gone);
  }
}
