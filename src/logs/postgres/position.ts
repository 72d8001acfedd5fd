/** Positions in the log: how far a node, or its replica, is, and whether it can go on from there. */
import { type EngineClient, rowOf } from "./client.ts";

/**
 * How far a node has read the log. `place`: of the last entry, 0 for none; `nonce`: of that entry, which tells it from one that
 * another server has at the same place; `seq`: the number of the last message up to there.
 */
export interface Position {
  readonly place: number;
  readonly nonce: string;
  readonly seq: number;
}

/** The place of the newest entry of the log; 0 for none. @throws EngineError */
export async function lastPlace(client: EngineClient): Promise<number> {
  const [result] = await client.run({ text: "SELECT coalesce(max(place), 0) AS place FROM log" });
  return rowOf<{ readonly place: number }>(result).place;
}

/**
 * Looks whether the log still has everything after a position, and is the same log. @returns why not, in one line; undefined if
 * all is well. @throws EngineError
 */
export async function breakAfter(client: EngineClient, { place, nonce }: Position): Promise<string | undefined> {
  const [result] = await client.run({
    text: `SELECT coalesce(min(place), 1) AS first, coalesce(max(place), 0) AS last,
      max(CASE place WHEN $1 THEN nonce END) AS nonce FROM log`,
    values: [place],
  });
  const found = rowOf<{ readonly first: number; readonly last: number; readonly nonce: string | null }>(result);
  if (place < found.first - 1) return "it was away for too long: what it has missed is in the log no more";
  const isSame = found.nonce === nonce || (place < found.first && place <= found.last);
  return isSame ? undefined : "the store has lost what this node has seen of it";
}
