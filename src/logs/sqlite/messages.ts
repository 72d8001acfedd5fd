/**
 * Writes messages and their alterations. The plain messages of a turn go into pieces. Before a message in a piece is altered it
 * is made a row, so that all other statements find it in `messages`.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ChangeOf } from "../../state/changes.ts";
import type { MessageRows } from "../tables.ts";
import { LAST } from "./in-order.ts";
import { type Appended, isPlain, type PlainMessage } from "./piece.ts";
import type { Pieces } from "./pieces.ts";

export class MessageWriter implements MessageRows {
  readonly #pieces: Pieces;
  readonly #sql;
  /** Plain messages of the commit under way that are not written yet. */
  #plain: PlainMessage[] = [];
  /**
   * The new heads of conversations in the commit under way, so that there is one update for each conversation, not for each
   * message.
   */
  readonly #heads = new Map<number, number>();
  /** The new read markers in the commit under way: by conversation, then by reader. */
  readonly #reads = new Map<number, Map<number, number>>();

  constructor(db: DatabaseSync, pieces: Pieces) {
    this.#pieces = pieces;
    const sql = (text: string): StatementSync => db.prepare(text);
    this.#sql = {
      conversation: sql("INSERT INTO conversations (id, a, b, group_id, head) VALUES (?, ?, ?, ?, 0)"),
      head: sql("UPDATE conversations SET head = ? WHERE id = ?"),
      read: sql("INSERT OR REPLACE INTO reads (conversation, user, seq) VALUES (?, ?, ?)"),
      message: sql(
        "INSERT INTO messages (seq, conversation, prev, sender, time, text, file, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ),
      messageWithMore: sql(
        `INSERT INTO messages (seq, conversation, prev, sender, time, text, file, origin, more)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)`,
      ),
      extras: sql("INSERT INTO extras (seq, reply, what, target, former, last) VALUES (?, ?, ?, ?, ?, ?)"),
      // The row stays: its number must not be given again.
      withdrawn: sql("UPDATE messages SET conversation = 0, text = '' WHERE seq = ?"),
      left: sql(
        "UPDATE messages SET conversation = 0, text = '', file = NULL, origin = NULL, more = NULL WHERE seq = ?",
      ),
      emptied: sql("UPDATE messages SET text = '', file = NULL WHERE seq = ?"),
      hasMore: sql("UPDATE messages SET more = 1 WHERE seq = ?"),
      edited: sql(
        "INSERT INTO extras (seq, edited) VALUES (?, ?) ON CONFLICT (seq) DO UPDATE SET edited = excluded.edited",
      ),
      deleted: sql(
        `INSERT INTO extras (seq, deleted) VALUES (?, 1)
         ON CONFLICT (seq) DO UPDATE SET deleted = 1, edited = NULL`,
      ),
      reacted: sql("INSERT INTO reactions (message, n, emoji, user) VALUES (?, ?, ?, ?)"),
      unreacted: sql("DELETE FROM reactions WHERE message = ?1 AND user = ?2 AND ?3 IN ('', emoji)"),
      noReactions: sql("DELETE FROM reactions WHERE message = ?"),
      pinned: sql(
        "INSERT OR REPLACE INTO pins (message, conversation) SELECT seq, conversation FROM messages WHERE seq = ?",
      ),
      unpinned: sql("DELETE FROM pins WHERE message = ?"),
      last: sql(`SELECT ${LAST} AS last`),
      removed: sql("DELETE FROM messages WHERE seq = ?"),
      noExtras: sql("DELETE FROM extras WHERE seq = ?"),
    };
  }

  begin(): void {
    this.#plain = [];
    this.#heads.clear();
    this.#reads.clear();
  }

  end(): void {
    this.#writePlain();
    this.#pieces.write();
    this.#writeHeads();
    for (const [conversation, readers] of this.#reads) {
      for (const [user, seq] of readers) this.#sql.read.run(conversation, user, seq);
    }
  }

  start({ id, of }: ChangeOf<"conversation.started">): void {
    if ("group" in of) this.#sql.conversation.run(id, null, null, of.group);
    else this.#sql.conversation.run(id, of.a, of.b, null);
  }

  append(message: Appended): void {
    const { seq, conversation, sender, read } = message;
    if (isPlain(message)) this.#plain.push(message);
    else this.#writeRow(message);
    this.#heads.set(conversation, seq);
    if (read) this.hasRead(conversation, sender, seq);
  }

  hasRead(conversation: number, user: number, seq: number): void {
    const readers = this.#reads.get(conversation);
    if (readers) readers.set(user, seq);
    else this.#reads.set(conversation, new Map([[user, seq]]));
  }

  withdraw({ seq, conversation, prev }: ChangeOf<"message.withdrawn">): void {
    this.#toRow(seq);
    this.#sql.withdrawn.run(seq);
    this.#heads.set(conversation, prev);
  }

  alter({ target, seq, what, user, text, emptied }: ChangeOf<"message.altered">): void {
    const sql = this.#sql;
    this.#toRow(target);
    switch (what) {
      case "edited":
        sql.edited.run(target, seq);
        sql.hasMore.run(target);
        return;
      case "deleted":
        sql.deleted.run(target);
        sql.hasMore.run(target);
        sql.noReactions.run(target);
        sql.unpinned.run(target);
        for (const one of [target, ...emptied]) sql.emptied.run(one);
        return;
      case "reacted":
        sql.reacted.run(target, seq, text, user);
        sql.hasMore.run(target);
        return;
      case "unreacted":
        sql.unreacted.run(target, user, text);
        return;
      case "pinned":
        sql.pinned.run(target);
        return;
      case "unpinned":
        sql.unpinned.run(target);
        return;
    }
  }

  remove({ seqs, emptied }: ChangeOf<"messages.removed">): void {
    const sql = this.#sql;
    this.#writePlain();
    const { last } = sql.last.get() as { readonly last: number };
    for (const seq of seqs) {
      // The last row of all must stay: from it the next number follows, and at a start the time of the last message.
      if (seq === last) this.#toRow(seq);
      else if (this.#pieces.take(seq)) continue;
      for (const rows of [sql.noExtras, sql.noReactions, sql.unpinned]) rows.run(seq);
      if (seq === last) sql.left.run(seq);
      else sql.removed.run(seq);
    }
    for (const seq of emptied) sql.emptied.run(seq);
  }

  #writeHeads(): void {
    for (const [conversation, head] of this.#heads) this.#sql.head.run(head, conversation);
  }

  #writePlain(): void {
    if (this.#plain.length === 0) return;
    for (const { seq, conversation, prev, sender, time, text } of this.#pieces.add(this.#plain)) {
      this.#sql.message.run(seq, conversation, prev, sender, time, text, null, null);
    }
    this.#plain = [];
  }

  #writeRow(message: Appended): void {
    const { seq, conversation, prev, sender, time, text, file = null, origin = null, reply, alters } = message;
    const hasMore = reply !== 0 || alters !== undefined;
    const insert = hasMore ? this.#sql.messageWithMore : this.#sql.message;
    insert.run(seq, conversation, prev, sender, time, text, file, origin);
    if (!hasMore) return;
    const { what = null, target = null, former = null, last = null } = alters ?? {};
    this.#sql.extras.run(seq, reply, what, target, former, last);
  }

  /** Makes a message a row, if it is in a piece. */
  #toRow(seq: number): void {
    this.#writePlain();
    const message = this.#pieces.take(seq);
    if (!message) return;
    const { conversation, prev, sender, time, text } = message;
    this.#sql.message.run(seq, conversation, prev, sender, time, text, null, null);
  }
}
