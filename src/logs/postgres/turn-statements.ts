/** What keeps a turn, within a transaction: its entry of the log, the rows of its changes, and what other nodes are told. */
import type { Change } from "../../state/changes.ts";
import type { Statement } from "./batch.ts";
import { EngineError } from "./client.ts";
import { encode, FORMAT } from "./entry.ts";
import { told } from "./heard.ts";
import type { Reached } from "./replica.ts";
import { PgRows } from "./write.ts";

/** The codes of an entry whose place is taken, is not the next, or of whose node others have said that it is gone. */
const TAKEN: ReadonlySet<string | undefined> = new Set(["23502", "23505"]);

/** A turn, and how far the log is with it. */
export interface Kept extends Reached {
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

  /** @param channel on which other nodes are told */
  constructor(channel: string) {
    this.#channel = channel;
  }

  /** The entry is the first: where its place is taken, nothing else is done. */
  of(kept: Kept): readonly Statement[] {
    const { place, nonce, changes, messages, node, time } = kept;
    const entry = encode(changes);
    return [
      {
        name: "entry",
        // Without a place it is refused. Who has not waited for the order may not know all that was kept before. And under the number
        // of a node that has ended nothing is kept: nobody would ever say again that its users are gone.
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

/** Whether a turn was not kept because another node's has its place, or because its node has ended for the others. */
export function isOutdated(error: unknown): boolean {
  return error instanceof EngineError && TAKEN.has(error.code);
}
