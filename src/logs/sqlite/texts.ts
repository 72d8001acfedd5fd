/** Texts of messages as the database has them, for whoever follows behind in another process. */
import { DatabaseSync } from "node:sqlite";

/** A message's text, and where it stands: by numbers of parties and groups. */
export interface TextRow {
  readonly seq: number;
  readonly time: number;
  readonly sender: number;
  readonly text: string;
  readonly a: number | null;
  readonly b: number | null;
  readonly group: number | null;
}

/** How long, in ms, a read waits for a server that starts. */
const BUSY_MS = 5000;

/** What was said, as it is now: neither what became of messages nor those that were deleted. */
const SAID = `m.seq, m.time, m.sender, coalesce(e.text, m.text) AS text, c.a, c.b, c.group_id AS "group"
  FROM messages m JOIN conversations c ON c.id = m.conversation
  LEFT JOIN extras x ON m.more IS NOT NULL AND x.seq = m.seq LEFT JOIN messages e ON e.seq = x.edited
  WHERE x.what IS NULL AND x.deleted IS NULL`;

export class Texts {
  readonly #db: DatabaseSync;
  readonly #after;
  readonly #at;
  readonly #altered;
  readonly #time;

  /** @throws Error of SQLite */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    this.#after = this.#db.prepare(`SELECT ${SAID} AND m.seq > ? AND m.seq <= ? ORDER BY m.seq`);
    this.#at = this.#db.prepare(`SELECT ${SAID} AND m.seq = ?`);
    this.#altered = this.#db.prepare(
      "SELECT DISTINCT target FROM extras WHERE seq > ? AND seq <= ? AND what IN ('edited', 'deleted')",
    );
    this.#time = this.#db.prepare("SELECT time FROM messages WHERE seq = ?");
  }

  /** Messages after a number, up to another, in their order; not those that were withdrawn. */
  after(seq: number, upTo: number): Iterable<TextRow> {
    return this.#after.iterate(seq, upTo) as unknown as Iterable<TextRow>;
  }

  at(seq: number): TextRow | undefined {
    return this.#at.get(seq) as unknown as TextRow | undefined;
  }

  /** Messages that were edited or deleted after a number, up to another. */
  altered(seq: number, upTo: number): readonly number[] {
    return this.#altered.all(seq, upTo).map((row) => (row as { target: number }).target);
  }

  /** When message `seq` was accepted, in ms since 1970; undefined if there is none. */
  timeOf(seq: number): number | undefined {
    return (this.#time.get(seq) as { time: number } | undefined)?.time;
  }

  close(): void {
    this.#db.close();
  }
}
