/** What others have kept since: the end of the log, and the texts of the messages in it. */
import type { Change } from "../../state/changes.ts";
import { type EngineClient, type Result, rowOf, type Statement } from "./client.ts";
import { decode, FORMAT, OLDEST_FORMAT } from "./entry.ts";
import type { Reached } from "./replica.ts";

/** Entries of one read. */
const ENTRIES = 500;

export interface Tail extends Reached {
  readonly changes: readonly Change[];
  /** There may be more. */
  readonly isCut: boolean;
}

/** @returns two statements whose results `tailOf` takes */
export function tailStatements({ place, seq }: Reached): readonly Statement[] {
  return [
    {
      name: "log-after",
      text: `SELECT place, nonce, format, changes FROM log WHERE place > $1 ORDER BY place LIMIT ${ENTRIES}`,
      values: [place],
    },
    {
      name: "texts-after",
      // As one row: a row for each costs more than what is in it.
      text: `SELECT json_agg(seq) AS seqs, json_agg(text) AS texts FROM messages WHERE seq > $1
        AND seq <= $1 + (SELECT coalesce(sum(messages), 0) FROM
          (SELECT messages FROM log WHERE place > $2 ORDER BY place LIMIT ${ENTRIES}) entries)`,
      values: [seq, place],
    },
  ];
}

/** @throws Error of an entry that cannot be read: a newer program has written it */
export function tailOf(reached: Reached, entries: Result | undefined, texts: Result | undefined): Tail {
  const rows = (entries?.rows ?? []) as readonly { place: number; nonce: string; format: number; changes: string }[];
  const said = rowOf<{ readonly seqs: readonly number[] | null; readonly texts: readonly string[] | null }>(texts);
  const bySeq = new Map(said.seqs?.map((one, i) => [one, said.texts?.[i] ?? ""]));
  const changes: Change[] = [];
  let { place, nonce, seq } = reached;
  for (const entry of rows) {
    if (entry.place !== place + 1) throw new Error(`the log has no entry ${place + 1}`);
    if (entry.format > FORMAT || entry.format < OLDEST_FORMAT) {
      throw new Error(
        `entry ${entry.place} has format ${entry.format}, this program reads ${OLDEST_FORMAT} to ${FORMAT}`,
      );
    }
    ({ place, nonce } = entry);
    for (const change of decode(entry.changes, bySeq)) {
      if (change.is === "message.appended") seq = change.seq;
      changes.push(change);
    }
  }
  return { changes, place, nonce, seq, isCut: rows.length === ENTRIES };
}

/** @throws EngineError, and as `tailOf` */
export async function entriesAfter(client: EngineClient, reached: Reached): Promise<Tail> {
  const [entries, texts] = await client.run(...tailStatements(reached));
  return tailOf(reached, entries, texts);
}
