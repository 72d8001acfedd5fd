/** Reads all messages from the database of a running server, row by row, for `chat-server dump`. It writes and locks nothing. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Alteration } from "../../contract/shapes.ts";
import { inOrder, LAST, selectInOrder } from "./in-order.ts";
import type { PlainMessage } from "./piece.ts";
import { migrations } from "./schema.ts";

/** How long, in ms, a read waits for a lock of the server, which has one while it starts. */
const BUSY_MS = 5000;

/** How many numbers one read transaction takes: while it lasts, deleted texts cannot be removed from the write-ahead log. */
const SLICE = 1000;

/** How many names the cache may have. */
const NAMES = 100_000;

/** A message, or an alteration: then `what` says which kind, and `target` is the number of the message. */
export interface Dumped {
  readonly seq: number;
  readonly conversation: number;
  /** `user`, or `user@realm`; `to` and `group` likewise. */
  readonly from: string;
  readonly to?: string;
  readonly group?: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** As it was sent at first; of an edit the new text, of a reaction the emoji. */
  readonly text: string;
  /** The name of its file. */
  readonly file?: string;
  /** The number of the message that it answers. */
  readonly reply?: number;
  readonly what?: Alteration;
  readonly target?: number;
  readonly deleted?: true;
}

interface Row extends PlainMessage {
  readonly file: string | null;
  readonly reply: number | null;
  readonly what: Alteration | null;
  readonly target: number | null;
  readonly deleted: number | null;
}

/** Rows of conversation 0 were withdrawn or removed. */
const ROWS = `messages m LEFT JOIN files f ON f.id = m.file
  LEFT JOIN extras x ON m.more IS NOT NULL AND x.seq = m.seq WHERE m.conversation > 0`;
const COLUMNS = {
  ...{ conversation: "m.conversation", prev: "m.prev", sender: "m.sender", time: "m.time", text: "m.text" },
  ...{ file: "f.name", reply: "x.reply", what: "x.what", target: "x.target", deleted: "x.deleted" },
};

export class Dump {
  readonly #db: DatabaseSync;
  readonly #rows;
  readonly #place;
  readonly #user;
  readonly #group;
  readonly #names = new Map<string, string>();

  /** @param path of the database. @throws Error of SQLite; or one that says that the database is of another version */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    const { user_version: version } = this.#db.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version !== migrations.length) {
      this.#db.close();
      const other = version > migrations.length ? "a newer" : "an older";
      throw new Error(`was written by ${other} version of this program; the one that serves it can read it`);
    }
    this.#rows = this.#db.prepare(selectInOrder(COLUMNS, ROWS));
    this.#place = this.#db.prepare('SELECT a, b, group_id AS "group" FROM conversations WHERE id = ?');
    this.#user = this.#db.prepare("SELECT name, realm FROM users WHERE id = ?");
    this.#group = this.#db.prepare("SELECT name, realm FROM groups WHERE id = ?");
  }

  /**
   * All messages and alterations from a number on, by rising number, up to the last at the time of the call. @throws Error of
   * SQLite; or one that names a damaged piece
   */
  *from(seq: number): Iterable<Dumped> {
    const { last } = this.#db.prepare(`SELECT ${LAST} AS last`).get() as { last: number };
    for (let after = seq - 1; after < last; after += SLICE) {
      const upTo = Math.min(after + SLICE, last);
      yield* [...inOrder<Row>(this.#rows.iterate(after, upTo), after, upTo)].map((row) => this.#dumped(row));
    }
  }

  close(): void {
    this.#db.close();
  }

  #dumped({ seq, conversation, sender, time, text, ...row }: Row | PlainMessage): Dumped {
    const { file, reply, what, target, deleted }: Partial<Row> = row;
    return {
      ...{ seq, conversation, from: this.#name(this.#user, sender), ...this.#where(conversation, sender) },
      ...{ time, text },
      ...(file && { file }),
      ...(reply && { reply }),
      ...(what && { what }),
      ...(target && { target }),
      ...(deleted && { deleted: true as const }),
    };
  }

  #where(conversation: number, sender: number): Pick<Dumped, "to" | "group"> {
    const place = this.#place.get(conversation) as { readonly [K in "a" | "b" | "group"]: number | null } | undefined;
    if (!place) return {};
    const { a, b, group } = place;
    if (group !== null) return { group: this.#name(this.#group, group) };
    return { to: this.#name(this.#user, (a === sender ? b : a) ?? 0) };
  }

  #name(table: StatementSync, id: number): string {
    const key = `${table === this.#group ? "#" : ""}${id}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const row = table.get(id) as { readonly name: string; readonly realm: string | null } | undefined;
    const name = row ? (row.realm === null ? row.name : `${row.name}@${row.realm}`) : "";
    if (this.#names.size >= NAMES) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }
}
