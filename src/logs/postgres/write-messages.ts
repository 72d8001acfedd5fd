/**
 * Writes messages and their alterations: all messages of a turn by one statement, or a few. The head of a conversation is not
 * updated with each message, for that would cost as much as the message. It is the newest of the conversation's rows in
 * `messages`, or `conversations.head` if that is higher, which is written only when the newest row is removed.
 */
import type { ChangeOf } from "../../state/changes.ts";
import type { MessageRows, Tables } from "../tables.ts";
import { arrayOf, unnest } from "./statements.ts";

type Appended = ChangeOf<"message.appended">;

export class MessageStatements implements MessageRows {
  readonly #sql;
  #started: ChangeOf<"conversation.started">[] = [];
  /** Messages that have nothing but their texts, which are nearly all; and the others. */
  #plain: Appended[] = [];
  #others: Appended[] = [];
  /** The new read markers in the turn under way: by conversation, then by reader. */
  readonly #reads = new Map<number, Map<number, number>>();

  constructor(tables: Tables) {
    const sql = (text: string) => tables.prepare(text);
    const [n, text] = ["bigint", "text"];
    this.#sql = {
      conversations: sql(`INSERT INTO conversations (id, a, b, group_id, head) ${unnest(n, n, n, n, n)}`),
      plain: sql(`INSERT INTO messages (seq, conversation, prev, sender, time, text) ${unnest(n, n, n, n, n, text)}`),
      messages: sql(
        `INSERT INTO messages (seq, conversation, prev, sender, time, text, file, origin, more)
         ${unnest(n, n, n, n, n, text, text, text, n)}`,
      ),
      extras: sql(`INSERT INTO extras (seq, reply, what, target, former, last) ${unnest(n, n, text, n, n, n)}`),
      reads: sql(
        `INSERT INTO reads (conversation, "user", seq) ${unnest(n, n, n)}
         ON CONFLICT (conversation, "user") DO UPDATE SET seq = excluded.seq`,
      ),
      hasMore: sql("UPDATE messages SET more = 1 WHERE seq = ? AND more IS NULL"),
      edited: sql(
        "INSERT INTO extras (seq, edited) VALUES (?, ?) ON CONFLICT (seq) DO UPDATE SET edited = excluded.edited",
      ),
      deleted: sql(
        `INSERT INTO extras (seq, deleted) VALUES (?, 1)
         ON CONFLICT (seq) DO UPDATE SET deleted = 1, edited = NULL`,
      ),
      reacted: sql('INSERT INTO reactions (message, n, emoji, "user") VALUES (?, ?, ?, ?)'),
      unreacted: sql(`DELETE FROM reactions WHERE message = ? AND "user" = ? AND ?::text IN ('', emoji)`),
      pinned: sql(
        `INSERT INTO pins (message, conversation) SELECT seq, conversation FROM messages WHERE seq = ?
         ON CONFLICT (message) DO UPDATE SET conversation = excluded.conversation`,
      ),
      noReactions: sql("DELETE FROM reactions WHERE message = ANY(?::bigint[])"),
      unpinned: sql("DELETE FROM pins WHERE message = ANY(?::bigint[])"),
      noExtras: sql("DELETE FROM extras WHERE seq = ANY(?::bigint[])"),
      emptied: sql("UPDATE messages SET text = '', file = NULL WHERE seq = ANY(?::bigint[])"),
      // The row stays: its number must not be given again.
      withdrawn: sql("UPDATE messages SET conversation = 0, text = '' WHERE seq = ?"),
      lower: sql("UPDATE conversations SET head = ? WHERE id = ? AND head > ?"),
      higher: sql("UPDATE conversations SET head = ? WHERE id = ? AND head < ?"),
      // The last row of all must stay: from it the next number follows, and at a start the time of the last message.
      left: sql(
        `UPDATE messages SET conversation = 0, text = '', file = NULL, origin = NULL, more = NULL
         WHERE seq = ANY(?::bigint[]) AND seq = (SELECT max(seq) FROM messages)`,
      ),
      removed: sql("DELETE FROM messages WHERE seq = ANY(?::bigint[]) AND seq < (SELECT max(seq) FROM messages)"),
    };
  }

  begin(): void {
    this.#started = [];
    this.#plain = [];
    this.#others = [];
    this.#reads.clear();
  }

  end(): void {
    this.#write();
    if (this.#reads.size === 0) return;
    const rows = [...this.#reads].flatMap(([conversation, readers]) =>
      [...readers].map(([user, seq]) => ({ conversation, user, seq })),
    );
    this.#sql.reads.run(
      ...[column(rows, (row) => row.conversation), column(rows, ({ user }) => user), column(rows, ({ seq }) => seq)],
    );
  }

  start(change: ChangeOf<"conversation.started">): void {
    this.#started.push(change);
  }

  append(message: Appended): void {
    const { file, origin, reply, alters, conversation, sender, seq } = message;
    const isPlain = file === undefined && origin === undefined && reply === 0 && alters === undefined;
    (isPlain ? this.#plain : this.#others).push(message);
    if (message.read) this.hasRead(conversation, sender, seq);
  }

  hasRead(conversation: number, user: number, seq: number): void {
    const readers = this.#reads.get(conversation);
    if (readers) readers.set(user, seq);
    else this.#reads.set(conversation, new Map([[user, seq]]));
  }

  withdraw({ seq, conversation, prev }: ChangeOf<"message.withdrawn">): void {
    this.#write();
    this.#sql.withdrawn.run(seq);
    this.#sql.lower.run(prev, conversation, prev);
  }

  alter({ target, seq, what, user, text, emptied }: ChangeOf<"message.altered">): void {
    const sql = this.#sql;
    // A turn may hold many words and many reactions to older ones.
    if ([target, ...emptied].some((one) => this.#awaits(one))) this.#write();
    switch (what) {
      case "edited":
        sql.edited.run(target, seq);
        sql.hasMore.run(target);
        return;
      case "deleted":
        sql.deleted.run(target);
        sql.hasMore.run(target);
        sql.noReactions.run(arrayOf([target]));
        sql.unpinned.run(arrayOf([target]));
        sql.emptied.run(arrayOf([target, ...emptied]));
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
        sql.unpinned.run(arrayOf([target]));
        return;
    }
  }

  remove({ conversation, seqs, emptied }: ChangeOf<"messages.removed">): void {
    const sql = this.#sql;
    this.#write();
    const all = arrayOf(seqs);
    for (const rows of [sql.noExtras, sql.noReactions, sql.unpinned, sql.left, sql.removed]) rows.run(all);
    if (emptied.length > 0) sql.emptied.run(arrayOf(emptied));
    const last = seqs.at(-1);
    if (last !== undefined) sql.higher.run(last, conversation, last);
  }

  #awaits(seq: number): boolean {
    return seq >= (this.#plain[0]?.seq ?? Infinity) || seq >= (this.#others[0]?.seq ?? Infinity);
  }

  #write(): void {
    this.#writeStarted();
    this.#writePlain();
    this.#writeOthers();
  }

  #writeStarted(): void {
    const rows = this.#started;
    if (rows.length === 0) return;
    this.#started = [];
    this.#sql.conversations.run(
      column(rows, ({ id }) => id),
      column(rows, ({ of }) => ("a" in of ? of.a : null)),
      column(rows, ({ of }) => ("b" in of ? of.b : null)),
      column(rows, ({ of }) => ("group" in of ? of.group : null)),
      column(rows, () => 0),
    );
  }

  #writePlain(): void {
    const rows = this.#plain;
    if (rows.length === 0) return;
    this.#plain = [];
    this.#sql.plain.run(...columnsOf(rows));
  }

  #writeOthers(): void {
    const rows = this.#others;
    if (rows.length === 0) return;
    this.#others = [];
    const withMore = rows.filter(hasMore);
    this.#sql.messages.run(
      ...columnsOf(rows),
      column(rows, ({ file }) => file ?? null),
      column(rows, ({ origin }) => origin ?? null),
      column(rows, (row) => (hasMore(row) ? 1 : null)),
    );
    if (withMore.length === 0) return;
    this.#sql.extras.run(
      column(withMore, ({ seq }) => seq),
      column(withMore, ({ reply }) => reply),
      column(withMore, ({ alters }) => alters?.what ?? null),
      column(withMore, ({ alters }) => alters?.target ?? null),
      column(withMore, ({ alters }) => alters?.former ?? null),
      column(withMore, ({ alters }) => alters?.last ?? null),
    );
  }
}

function hasMore({ reply, alters }: Appended): boolean {
  return reply !== 0 || alters !== undefined;
}

function columnsOf(rows: readonly Appended[]): readonly string[] {
  return [
    column(rows, ({ seq }) => seq),
    column(rows, ({ conversation }) => conversation),
    column(rows, ({ prev }) => prev),
    column(rows, ({ sender }) => sender),
    column(rows, ({ time }) => time),
    column(rows, ({ text }) => text),
  ];
}

function column<T>(rows: readonly T[], value: (row: T) => number | string | null): string {
  return arrayOf(rows.map(value));
}
