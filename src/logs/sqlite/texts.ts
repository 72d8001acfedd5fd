/** Reads texts of messages from the database of a running server. For the search index, which is made by another process. */
import { DatabaseSync } from "node:sqlite";
import { isDamage } from "./damage.ts";
import { inOrder, LAST, selectInOrder } from "./in-order.ts";

/** A message's text and its conversation: of the parties `a` and `b`, or of `group`; all of them by number. */
export interface TextRow {
  readonly seq: number;
  readonly time: number;
  readonly sender: number;
  readonly text: string;
  readonly a: number | null;
  readonly b: number | null;
  readonly group: number | null;
}

/** How long, in ms, a read waits for a lock of the server, which has one while it starts. */
const BUSY_MS = 5000;

/** How many conversations the cache may have. */
const CONVERSATIONS = 10_000;

/** What a conversation is of: two parties, or a group. That never changes. */
type Place = Pick<TextRow, "a" | "b" | "group">;

/** Messages with their current texts. Not the rows of alterations, nor deleted messages. */
const COLUMNS = {
  time: "m.time",
  sender: "m.sender",
  text: "coalesce(e.text, m.text)",
  ...{ a: "c.a", b: "c.b", group: "c.group_id" },
};
const SAID = `messages m JOIN conversations c ON c.id = m.conversation
  LEFT JOIN extras x ON m.more IS NOT NULL AND x.seq = m.seq LEFT JOIN messages e ON e.seq = x.edited
  WHERE x.what IS NULL AND x.deleted IS NULL`;

/** The database cannot be read. It has no `errcode`, which an error of the index has. */
export class Unreadable extends Error {
  readonly isDamaged: boolean;

  constructor(error: Error) {
    super(`the database: ${error.message}`, { cause: error });
    this.isDamaged = isDamage(error);
  }
}

/** Runs what only reads texts. @throws Unreadable */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Unreadable(error as Error);
  }
}

export class Texts {
  readonly #db: DatabaseSync;
  readonly #after;
  readonly #at;
  readonly #place;
  readonly #altered;
  readonly #time;
  readonly #last;
  readonly #places = new Map<number, Place>();

  /** @throws Error of SQLite */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    this.#after = this.#db.prepare(selectInOrder(COLUMNS, SAID));
    const columns = Object.entries(COLUMNS).map(([name, column]) => `${column} AS "${name}"`);
    this.#at = this.#db.prepare(`SELECT m.seq, ${columns.join(", ")} FROM ${SAID} AND m.seq = ?`);
    this.#place = this.#db.prepare('SELECT a, b, group_id AS "group" FROM conversations WHERE id = ?');
    this.#altered = this.#db.prepare(
      "SELECT DISTINCT target FROM extras WHERE seq > ? AND seq <= ? AND what IN ('edited', 'deleted')",
    );
    this.#time = this.#db.prepare(selectInOrder({ time: "m.time" }, "messages m WHERE true"));
    this.#last = this.#db.prepare(`SELECT ${LAST} AS last`);
  }

  /** Messages after a number, up to another (inclusive), by rising number. Not those that were withdrawn. */
  *after(above: number, upTo: number): Iterable<TextRow> {
    for (const message of inOrder<TextRow>(this.#after.iterate(above, upTo), above, upTo)) {
      if ("a" in message) {
        yield message;
        continue;
      }
      const place = this.#placeOf(message.conversation);
      const { seq, time, sender, text } = message;
      if (place) yield { seq, time, sender, text, a: place.a, b: place.b, group: place.group };
    }
  }

  /** A message that was altered, as it is now. Such a message is never in a piece. @returns undefined if it was deleted */
  at(seq: number): TextRow | undefined {
    return this.#at.get(seq) as unknown as TextRow | undefined;
  }

  /** The numbers of messages that were edited or deleted by rows after a number, up to another (inclusive). */
  altered(seq: number, upTo: number): readonly number[] {
    return this.#altered.all(seq, upTo).map((row) => (row as { target: number }).target);
  }

  /** When message `seq` was accepted, in ms since 1970; undefined if there is none. */
  timeOf(seq: number): number | undefined {
    const [message] = inOrder<{ readonly seq: number; readonly time: number }>(
      this.#time.iterate(seq - 1, seq),
      seq - 1,
      seq,
    );
    return message?.time;
  }

  /**
   * Whether message `seq` was accepted at that time, in ms since 1970. True also if the message was removed since, which cannot
   * be told.
   */
  knows(seq: number, time: number): boolean {
    const { last } = this.#last.get() as { readonly last: number };
    return seq <= last && (this.timeOf(seq) ?? time) === time;
  }

  #placeOf(conversation: number): Place | undefined {
    const known = this.#places.get(conversation);
    if (known) return known;
    const place = this.#place.get(conversation) as unknown as Place | undefined;
    if (this.#places.size >= CONVERSATIONS) this.#places.clear();
    if (place) this.#places.set(conversation, place);
    return place;
  }

  close(): void {
    this.#db.close();
  }
}
