/**
 * Makes the statements that write a turn, within a transaction: its entry in the log, its rows, and the notification of other
 * nodes.
 */
import type { Change } from "../../state/changes.ts";
import type { Statement } from "./batch.ts";
import { EngineError } from "./client.ts";
import { encode, FORMAT } from "./entry.ts";
import { told } from "./heard.ts";
import type { Position } from "./position.ts";
import { PgRows } from "./write.ts";

/**
 * The SQLSTATEs with which an entry is refused whose place is taken (unique violation), or that has none (NULL) because it is not
 * the next one, or because its node has ended.
 */
const TAKEN: ReadonlySet<string | undefined> = new Set(["23502", "23505"]);

/** A turn that is to be written. `place`, `nonce` and `seq`: of the log with it. */
export interface Kept extends Position {
  readonly changes: readonly Change[];
  /** How many of them are messages. */
  readonly messages: number;
  /** The number of the node whose turn it is. */
  readonly node: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export class TurnStatements {
  readonly #channel: string;
  readonly #rows = new PgRows();

  /** @param channel on which other nodes are notified */
  constructor(channel: string) {
    this.#channel = channel;
  }

  /** @returns statements to be run in this order. The entry is the first: if its place is taken, nothing else is executed. */
  of(kept: Kept): readonly Statement[] {
    const { place, nonce, changes, messages, node, time } = kept;
    const entry = encode(changes);
    return [
      {
        name: "entry",
        // An entry without a place (NULL) is refused by the table. A presumed turn has none if it does not know all that was
        // committed before it. A turn of a node that the others have taken for gone has none either: nothing would ever end what
        // it keeps under that number, such as its users being online.
        text: `INSERT INTO log (place, nonce, node, format, messages, time, changes)
          SELECT CASE WHEN coalesce(max(place), 0) = $1::bigint - 1 AND EXISTS (SELECT FROM nodes WHERE id = $3::bigint) THEN $1::bigint END, $2, $3::bigint, $4::int, $5::bigint, $6::bigint, $7
          FROM log`,
        values: [place, nonce, node, FORMAT, messages, time, entry],
      },
      ...this.#rows.write(changes),
      { name: "tell", text: "SELECT pg_notify($1, $2)", values: [this.#channel, told({ ...kept, entry })] },
    ];
  }
}

/** Whether a commit has failed because another node's turn has its place, or because the other nodes have taken its node for gone. */
export function isOutdated(error: unknown): boolean {
  return error instanceof EngineError && TAKEN.has(error.code);
}
