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

const COLUMNS = `m.seq, m.time, m.sender, m.text, c.a, c.b, c.group_id AS "group"
  FROM messages m JOIN conversations c ON c.id = m.conversation`;

export class Texts {
  readonly #db: DatabaseSync;
  readonly #after;
  readonly #at;
  readonly #time;

  /** @throws Error of SQLite */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    this.#after = this.#db.prepare(`SELECT ${COLUMNS} WHERE m.seq > ? AND m.seq <= ? ORDER BY m.seq`);
    this.#at = this.#db.prepare(`SELECT ${COLUMNS} WHERE m.seq = ?`);
    this.#time = this.#db.prepare("SELECT time FROM messages WHERE seq = ?");
  }

  /** Messages after a number, up to another, in their order; not those that were withdrawn. */
  after(seq: number, upTo: number): Iterable<TextRow> {
    return this.#after.iterate(seq, upTo) as unknown as Iterable<TextRow>;
  }

  at(seq: number): TextRow | undefined {
    return this.#at.get(seq) as unknown as TextRow | undefined;
  }

  /** When message `seq` was accepted, in ms since 1970; undefined if there is none. */
  timeOf(seq: number): number | undefined {
    return (this.#time.get(seq) as { time: number } | undefined)?.time;
  }

  close(): void {
    this.#db.close();
  }
}
