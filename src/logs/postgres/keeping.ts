/**
 * The end of a turn, by which PostgreSQL keeps it. Where the answer is lost it is looked for, and if the turn is not there it is sent
 * again, if nobody came between; until that is known nobody may be told anything.
 */
import { TurnLost } from "../../state/entities.ts";
import type { Statement } from "./batch.ts";
import { type EngineClient, EngineError } from "./client.ts";
import { before, type Line, PATIENCE_MS } from "./line.ts";

/** Whoever holds it has the order: the key of an advisory lock, "obrol" in ASCII. */
export const ORDER: Statement = { name: "order", text: "SELECT pg_advisory_xact_lock(478560414572)" };
export const BEGIN: Statement = { name: "begin", text: "BEGIN" };
const ROLLBACK: Statement = { name: "rollback", text: "ROLLBACK" };
const COMMIT: Statement = { name: "commit", text: "COMMIT" };

/** A turn to be kept. */
export interface Ending {
  /** What keeps it, without the transaction. */
  readonly statements: readonly Statement[];
  readonly nonce: string;
  /** Of the entry before it. */
  readonly after: number;
  /** The order was not waited for: the transaction is yet to begin. */
  readonly isPresumed: boolean;
}

export class Keeping {
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  /** @throws EngineError when PostgreSQL refuses it. @throws TurnLost when somebody came between */
  async keep(ending: Ending): Promise<void> {
    const { client } = this.#line;
    const end = performance.now() + PATIENCE_MS;
    const statements = ending.isPresumed ? [BEGIN, ORDER, ...ending.statements] : ending.statements;
    try {
      if (!client) throw new EngineError("the connection has ended", undefined);
      await before(end, commitWith(client, statements));
      return;
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== undefined) {
        // PostgreSQL has refused it.
        this.rollBack(client);
        throw error;
      }
      this.#line.drop();
    }
    let isKnown = await this.#isKept(ending, end);
    while (!isKnown) {
      await this.#line.returned;
      isKnown = await this.#isKept(ending);
    }
  }

  /** Whether it is heard or not: the order is given back with the transaction, or with the session. What comes next stands behind it. */
  rollBack(client = this.#line.client): void {
    client?.run(ROLLBACK).catch(() => this.#line.drop(client));
  }

  /** Gives the order back. @param isTold as of `Order.release`: who was frozen may have lost the order, and what was read is old. @throws TurnLost */
  async release(isTold: boolean): Promise<void> {
    const { client } = this.#line;
    if (!isTold) {
      this.rollBack();
      return;
    }
    try {
      if (!client) throw new EngineError("the connection has ended", undefined);
      await before(performance.now() + PATIENCE_MS, client.run(ROLLBACK));
    } catch (error) {
      this.#line.drop(client);
      throw new TurnLost("the order was taken away before the turn was over", { cause: error });
    }
  }

  /**
   * Looks for a turn whose end was sent, and sends it again if it has not happened. As long as that cannot be found out whoever waits
   * for an answer loses the connection. @param end as of `Line.run`
   * @returns false: not found out yet. @throws EngineError when it has not happened, and will not. @throws TurnLost
   */
  async #isKept({ statements, nonce, after }: Ending, end?: number): Promise<boolean> {
    // What became of it this node does not find out any more, and must not undo it: it ends, and reads at its next start what is so.
    if (this.#line.isOver) await new Promise<never>(() => {});
    let isLooked = false;
    let isLost = false;
    try {
      await this.#line.run(async (again) => {
        isLooked = false;
        const [, , found, top] = await again.run(
          BEGIN,
          ORDER,
          { text: "SELECT 1 FROM log WHERE nonce = $1", values: [nonce] },
          { text: "SELECT coalesce(max(place), 0) AS place FROM log" },
        );
        isLooked = true;
        if (found?.rowCount === 1) {
          await again.run(ROLLBACK);
          return;
        }
        if (Number(top?.rows[0]?.["place"]) !== after) {
          await again.run(ROLLBACK);
          isLost = true;
          return;
        }
        await commitWith(again, statements);
      }, end);
    } catch (error) {
      // PostgreSQL has refused it, and not only to be asked.
      if (isLooked && error instanceof EngineError && error.code !== undefined) throw error;
      this.#line.lose((error as Error).message);
      return false;
    }
    if (isLost) throw new TurnLost("the order was taken away before the turn was kept");
    return true;
  }
}

/** @throws EngineError, also where the transaction had failed before its end */
async function commitWith(client: EngineClient, statements: readonly Statement[]): Promise<void> {
  const results = await client.runAll([...statements, COMMIT]);
  if (results.at(-1)?.command !== "COMMIT") throw new EngineError("the turn was rolled back", "40000");
}
