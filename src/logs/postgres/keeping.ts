/**
 * Commits turns in PostgreSQL, or releases the order. If the answer to a COMMIT is lost, the turn's entry is looked for in the
 * log by its nonce. If it is not there, and no other node has committed since, the turn is sent again. Until the outcome is
 * known, nothing of the turn may be told.
 */
import { TurnLost } from "../../state/entities.ts";
import type { Statement } from "./batch.ts";
import { type EngineClient, EngineError } from "./client.ts";
import { before, PATIENCE_MS, type ReconnectingClient } from "./reconnecting-client.ts";

/**
 * Acquires the order, an advisory lock that ends with the transaction. Its key is arbitrary, but must never change: nodes of
 * another version must take the same lock.
 */
export const ORDER: Statement = { name: "order", text: "SELECT pg_advisory_xact_lock(478560414572)" };
export const BEGIN: Statement = { name: "begin", text: "BEGIN" };
const ROLLBACK: Statement = { name: "rollback", text: "ROLLBACK" };
const COMMIT: Statement = { name: "commit", text: "COMMIT" };

/** A turn to be committed. */
export interface Ending {
  /** What writes it: `TurnStatements`. */
  readonly statements: readonly Statement[];
  /** Of its entry. */
  readonly nonce: string;
  /** The place of the entry before it. */
  readonly after: number;
  /** Whether it is a presumed turn: its transaction has not begun, and it has not acquired the order. */
  readonly isPresumed: boolean;
}

export class Keeping {
  readonly #connection: ReconnectingClient;

  constructor(connection: ReconnectingClient) {
    this.#connection = connection;
  }

  /**
   * Commits a turn. Resolves once it is known that it is committed, however long that takes.
   * @throws EngineError if PostgreSQL refuses it. @throws TurnLost if it is not committed, and another node has committed since
   */
  async keep(ending: Ending): Promise<void> {
    const { client } = this.#connection;
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
      this.#connection.drop();
    }
    let isKnown = await this.#makeSure(ending, end);
    while (!isKnown) {
      await this.#connection.returned;
      isKnown = await this.#makeSure(ending);
    }
  }

  /**
   * Rolls the transaction back, which releases the order. The answer need not be waited for: the next statements are executed
   * after it, and if it is never executed the order is released with the session.
   */
  rollBack(client = this.#connection.client): void {
    client?.run(ROLLBACK).catch(() => this.#connection.drop(client));
  }

  /**
   * Releases the order. @param isTold as of `Order.release`: if this node was frozen it may have lost the order, so that what it
   * has read is outdated. @throws TurnLost then
   */
  async release(isTold: boolean): Promise<void> {
    const { client } = this.#connection;
    if (!isTold) {
      this.rollBack();
      return;
    }
    try {
      if (!client) throw new EngineError("the connection has ended", undefined);
      await before(performance.now() + PATIENCE_MS, client.run(ROLLBACK));
    } catch (error) {
      this.#connection.drop(client);
      throw new TurnLost("the order was taken away before the turn was over", { cause: error });
    }
  }

  /**
   * Looks whether a turn whose COMMIT was sent is committed, and commits it again if it is not. If that cannot be found out,
   * PostgreSQL counts as lost, so that the clients that wait for an answer are disconnected. @param end as of
   * `ReconnectingClient.run`
   * @returns true if it is committed; false if that could not be found out. @throws EngineError if it is not, and PostgreSQL
   * refuses it now. @throws TurnLost if it is not, and another node has committed since
   */
  async #makeSure({ statements, nonce, after }: Ending, end?: number): Promise<boolean> {
    // This node can no longer find out the outcome, and must not undo the turn, which may be committed. So the promise never
    // settles: the node ends, and its next start reads what is there.
    if (this.#connection.isOver) await new Promise<never>(() => {});
    let isLooked = false;
    let isLost = false;
    try {
      await this.#connection.run(async (again) => {
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
      // The turn was not there, and PostgreSQL has refused to commit it. Had it refused only to be asked, nothing would be known.
      if (isLooked && error instanceof EngineError && error.code !== undefined) throw error;
      this.#connection.lose((error as Error).message);
      return false;
    }
    if (isLost) throw new TurnLost("the order was taken away before the turn was kept");
    return true;
  }
}

/**
 * Sends the rest of a transaction and COMMIT. @throws EngineError, also if the COMMIT of a failed transaction has rolled it back
 */
async function commitWith(client: EngineClient, statements: readonly Statement[]): Promise<void> {
  const results = await client.runAll([...statements, COMMIT]);
  if (results.at(-1)?.command !== "COMMIT") throw new EngineError("the turn was rolled back", "40000");
}
