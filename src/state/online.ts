/** Who is online on which node, where there are several: one process alone keeps nothing of it. See services/node-users.ts. */
import type { Stage } from "./changes.ts";
import type { User } from "./entities.ts";

const NOWHERE: readonly number[] = [];

export class Online {
  readonly #stage: Stage;
  /** By user, the numbers of the nodes: hardly ever more than one. */
  readonly #nodes = new Map<User, readonly number[]>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The numbers of the nodes where a user is online. */
  nodesOf(user: User): readonly number[] {
    return this.#nodes.get(user) ?? NOWHERE;
  }

  /** How many users are, on whatever node. */
  get count(): number {
    return this.#nodes.size;
  }

  /** All of them; no particular order. */
  all(): Iterable<User> {
    return this.#nodes.keys();
  }

  /** Those of one node. */
  on(node: number): readonly User[] {
    return [...this.#nodes].filter(([, nodes]) => nodes.includes(node)).map(([user]) => user);
  }

  come({ id }: User, node: number): void {
    this.#stage({ is: "user.came", user: id, node });
  }

  go({ id }: User, node: number): void {
    this.#stage({ is: "user.went", user: id, node });
  }

  /** Nobody is online there any more. */
  end(node: number): void {
    this.#stage({ is: "node.ended", node });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns whether he was not there yet */
  put(user: User, node: number): boolean {
    const nodes = this.nodesOf(user);
    if (nodes.includes(node)) return false;
    this.#nodes.set(user, [...nodes, node]);
    return true;
  }

  /** @returns whether he was there */
  take(user: User, node: number): boolean {
    const nodes = this.nodesOf(user);
    if (!nodes.includes(node)) return false;
    const others = nodes.filter((one) => one !== node);
    if (others.length > 0) this.#nodes.set(user, others);
    else this.#nodes.delete(user);
    return true;
  }

  /** @returns where he was */
  takeAll(user: User): readonly number[] {
    const nodes = this.nodesOf(user);
    this.#nodes.delete(user);
    return nodes;
  }
}
