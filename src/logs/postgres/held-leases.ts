/** The leases of a node, as rows in PostgreSQL. Each heartbeat of the node renews them. */
import { StoreLost } from "../../state/entities.ts";
import type { Leases } from "../../state/leases.ts";
import type { Result, Statement } from "./batch.ts";
import { EngineError } from "./client.ts";

/** How long, in ms, a lease lasts after it was renewed. A node without a heartbeat for so long is taken for gone. */
export const LEASE_MS = 5000;

/** Before it runs out so long, in ms, its node does not count on it any more. */
const SPARE_MS = 1000;

/** The channel of notifications that a lease was seized. */
export const SEIZED = "obrol_seized";

/** The node that holds them. */
interface Holder {
  /** Its number, which changes if the others have taken it for gone. */
  node(): number;
  /** Sends statements in one round trip. @throws EngineError, after some seconds at the latest */
  ask(statements: readonly Statement[]): Promise<readonly Result[]>;
}

export class HeldLeases implements Leases {
  readonly lastMs = LEASE_MS;
  readonly #holder: Holder;
  readonly #held = new Set<string>();
  /**
   * When the last successful renewal was asked for, in ms of `performance.now`. PostgreSQL counts from a moment later, so this node
   * never counts on a lease for too long.
   */
  #renewed = performance.now();
  readonly #lost: ((name: string) => void)[] = [];

  constructor(holder: Holder) {
    this.#holder = holder;
  }

  /**
   * Names PostgreSQL in the message of an error, because those who ask for leases are concerned with other things, such as a
   * folder.
   */
  async #ask(statements: readonly Statement[]): Promise<readonly Result[]> {
    try {
      return await this.#holder.ask(statements);
    } catch (error) {
      const { message, code } = error as EngineError;
      const reason = `PostgreSQL: ${message}`;
      if (code === undefined) throw new StoreLost(reason, { cause: error });
      throw new EngineError(reason, code, { cause: error });
    }
  }

  /** The names of the leases that this node holds. */
  get names(): readonly string[] {
    return [...this.#held];
  }

  async take(name: string): Promise<boolean> {
    const [taken] = await this.#ask([
      {
        name: "lease",
        // The WHERE NOT EXISTS is there so that nothing is written by the many nodes that ask for a lease which another one
        // holds.
        text: `INSERT INTO leases (name, node, until)
          SELECT $1, $2::bigint, clock_timestamp() + make_interval(secs => $3) WHERE NOT EXISTS
            (SELECT 1 FROM leases WHERE name = $1 AND node <> $2 AND until >= clock_timestamp())
          ON CONFLICT (name) DO UPDATE SET node = excluded.node, until = excluded.until
          WHERE leases.node = excluded.node OR leases.until < clock_timestamp()`,
        values: [name, this.#holder.node(), LEASE_MS / 1000],
      },
    ]);
    if (taken?.rowCount !== 1) return false;
    this.#held.add(name);
    return true;
  }

  async seize(name: string): Promise<void> {
    await this.#ask([
      {
        name: "seize",
        text: `INSERT INTO leases (name, node, until) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
          ON CONFLICT (name) DO UPDATE SET node = excluded.node, until = excluded.until`,
        values: [name, this.#holder.node(), LEASE_MS / 1000],
      },
      { text: `NOTIFY ${SEIZED}` },
    ]);
    this.#held.add(name);
  }

  has(name: string): boolean {
    return this.#held.has(name) && performance.now() - this.#renewed < LEASE_MS - SPARE_MS;
  }

  async release(name: string): Promise<void> {
    if (!this.#held.delete(name)) return;
    await this.#ask([
      {
        name: "unlease",
        text: "DELETE FROM leases WHERE name = $1 AND node = $2",
        values: [name, this.#holder.node()],
      },
    ]);
  }

  async others(start: string): Promise<readonly { readonly name: string; readonly node: string }[]> {
    const [found] = await this.#ask([
      {
        name: "leases-of-others",
        text: `SELECT leases.name, nodes.name AS node FROM leases JOIN nodes ON nodes.id = leases.node
          WHERE starts_with(leases.name, $1) AND leases.node <> $2 AND until >= clock_timestamp()`,
        values: [start, this.#holder.node()],
      },
    ]);
    return found?.rows as unknown as readonly { readonly name: string; readonly node: string }[];
  }

  follow(lost: (name: string) => void): void {
    this.#lost.push(lost);
  }

  /** @returns a statement that renews leases, whose result is for `renewed` */
  renewing(names: readonly string[]): Statement {
    return {
      name: "renew",
      text: `UPDATE leases SET until = clock_timestamp() + make_interval(secs => $2)
        WHERE node = $1 AND name = ANY($3) RETURNING name`,
      values: [this.#holder.node(), LEASE_MS / 1000, names],
    };
  }

  /** Those that were not renewed are lost. @param names for which it was asked. @param asked when, in ms of `performance.now` */
  renewed(names: readonly string[], result: Result | undefined, asked: number): void {
    this.#renewed = asked;
    const still = new Set(result?.rows.map(({ name }) => name));
    this.lose(names.filter((name) => !still.has(name)));
  }

  /** Notes that this node has lost leases, and tells it, but not of leases that it has released meanwhile. */
  lose(names: readonly string[]): void {
    for (const name of names) {
      if (!this.#held.delete(name)) continue;
      for (const lost of this.#lost) lost(name);
    }
  }

  /** Loses the leases that were not renewed in time. */
  expire(): void {
    this.lose(this.names.filter((name) => !this.has(name)));
  }
}
