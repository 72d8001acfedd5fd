/** What others have kept since: the end of the log, and the texts of the messages in it. */
import type { Change } from "../../state/changes.ts";
import type { Result, Statement } from "./batch.ts";
import { type EngineClient, rowOf } from "./client.ts";
import { decode, FORMAT, OLDEST_FORMAT } from "./entry.ts";
import type { Reached } from "./replica.ts";

/** Entries of one read, and messages in them: one entry is read however many it has. */
const ENTRIES = 500;
const MESSAGES = 2000;

/** Those that are read next, after the place that is the parameter of this number. */
function next(parameter: string): string {
  return `(SELECT place, nonce, format, changes, messages, sum(messages) OVER (ORDER BY place) AS together
    FROM (SELECT * FROM log WHERE place > ${parameter} ORDER BY place LIMIT ${ENTRIES}) following) entries
    WHERE together <= ${MESSAGES} OR place = ${parameter} + 1`;
}

interface Entry {
  readonly place: number;
  readonly nonce: string;
  readonly format: number;
  readonly changes: string;
  /** Of the newest. */
  readonly top: number;
}

export interface Tail extends Reached {
  /** As many as there are: not to be given as arguments. */
  readonly changes: readonly Change[];
  /** There may be more. */
  readonly isCut: boolean;
}

/** @returns two statements whose results `tailOf` takes */
export function tailStatements({ place, seq }: Reached): readonly Statement[] {
  return [
    {
      name: "log-after",
      text: `SELECT place, nonce, format, changes, (SELECT max(place) FROM log) AS top
        FROM ${next("$1::bigint")} ORDER BY place`,
      values: [place],
    },
    {
      name: "texts-after",
      // As one row: a row for each costs more than what is in it.
      text: `SELECT json_agg(seq) AS seqs, json_agg(text) AS texts FROM messages WHERE seq > $1
        AND seq <= $1::bigint + (SELECT coalesce(sum(messages), 0)::bigint FROM ${next("$2::bigint")})`,
      values: [seq, place],
    },
  ];
}

/** @throws Error of an entry that cannot be read: a newer program has written it */
export function tailOf(reached: Reached, entries: Result | undefined, texts: Result | undefined): Tail {
  const rows = (entries?.rows ?? []) as unknown as readonly Entry[];
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
  return { changes, place, nonce, seq, isCut: place < (rows.at(-1)?.top ?? 0) };
}

/** @throws EngineError, and as `tailOf` */
export async function entriesAfter(client: EngineClient, reached: Reached): Promise<Tail> {
  const [entries, texts] = await client.run(...tailStatements(reached));
  return tailOf(reached, entries, texts);
}
