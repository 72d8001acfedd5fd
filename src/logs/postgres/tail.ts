/** Reads the tail of the log: the entries after a position, and the texts of the messages in them. */
import type { Change } from "../../state/changes.ts";
import type { Result, Statement } from "./batch.ts";
import { type EngineClient, rowOf } from "./client.ts";
import { decode, FORMAT, OLDEST_FORMAT } from "./entry.ts";
import type { Position } from "./position.ts";

/** How many entries one read takes at the most, and how many messages; but at least one entry, however many messages that has. */
const ENTRIES = 500;
const MESSAGES = 2000;

/** A FROM clause: the entries that are read next, after a place. @param parameter the place, such as `$1` */
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
  /** The place of the newest entry. */
  readonly top: number;
}

/** A part of the tail, and the position after it. */
export interface Tail extends Position {
  /** There may be very many: too many to be spread into arguments. */
  readonly changes: readonly Change[];
  /** Whether there are more entries after it. */
  readonly isCut: boolean;
}

/** @returns two statements, whose results are for `tailOf` */
export function tailStatements({ place, seq }: Position): readonly Statement[] {
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

/** @throws Error if an entry is missing, or has a format that this program does not read */
export function tailOf(position: Position, entries: Result | undefined, texts: Result | undefined): Tail {
  const rows = (entries?.rows ?? []) as unknown as readonly Entry[];
  const said = rowOf<{ readonly seqs: readonly number[] | null; readonly texts: readonly string[] | null }>(texts);
  const bySeq = new Map(said.seqs?.map((one, i) => [one, said.texts?.[i] ?? ""]));
  const changes: Change[] = [];
  let { place, nonce, seq } = position;
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
export async function entriesAfter(client: EngineClient, position: Position): Promise<Tail> {
  const [entries, texts] = await client.run(...tailStatements(position));
  return tailOf(position, entries, texts);
}
