/** Which users are online on which nodes. A server without other nodes keeps nothing here. See services/node-users.ts. */
import type { Stage } from "./changes.ts";
import type { User } from "./entities.ts";

const NOWHERE: readonly number[] = [];

export class Online {
  readonly #stage: Stage;
  /** The numbers of the nodes, by user. Hardly any user is on more than one. */
  readonly #nodes = new Map<User, readonly number[]>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The numbers of the nodes where a user is online. */
  nodesOf(user: User): readonly number[] {
    return this.#nodes.get(user) ?? NOWHERE;
  }

  /** How many users are online, on any node. */
  get count(): number {
    return this.#nodes.size;
  }

  /** All users who are online; no particular order. */
  all(): Iterable<User> {
    return this.#nodes.keys();
  }

  /** The users who are online on a node. */
  on(node: number): readonly User[] {
    return [...this.#nodes].filter(([, nodes]) => nodes.includes(node)).map(([user]) => user);
  }

  come({ id }: User, node: number): void {
    this.#stage({ is: "user.came", user: id, node });
  }

  go({ id }: User, node: number): void {
    this.#stage({ is: "user.went", user: id, node });
  }

  /** A node has ended: nobody is online on it any more. */
  end(node: number): void {
    this.#stage({ is: "node.ended", node });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns whether the user was not there yet */
  put(user: User, node: number): boolean {
    const nodes = this.nodesOf(user);
    if (nodes.includes(node)) return false;
    this.#nodes.set(user, [...nodes, node]);
    return true;
  }

  /** @returns whether the user was there */
  take(user: User, node: number): boolean {
    const nodes = this.nodesOf(user);
    if (!nodes.includes(node)) return false;
    const others = nodes.filter((one) => one !== node);
    if (others.length > 0) this.#nodes.set(user, others);
    else this.#nodes.delete(user);
    return true;
  }

  /** @returns the nodes where the user was */
  takeAll(user: User): readonly number[] {
    const nodes = this.nodesOf(user);
    this.#nodes.delete(user);
    return nodes;
  }
}
