/** Reads conversations: those of groups at the start, private ones when they are asked for. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Conversation, Party } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";

/** How many conversations of a party are read at a time: the caller may need only a few. */
const AT_ONCE = 500;

/** The columns of a row: the other party's number, and the conversation's. */
type Other = readonly [other: number, conversation: number];

export class ConversationReader {
  readonly #get: StatementSync;
  readonly #reads: StatementSync;
  readonly #between: StatementSync;
  readonly #of: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare(
      `SELECT a, b, head, coalesce(last, head) AS last
       FROM conversations LEFT JOIN extras ON seq = head WHERE id = ? AND group_id IS NULL`,
    );
    this.#reads = db.prepare("SELECT user, seq FROM reads WHERE conversation = ?");
    this.#reads.setReturnArrays(true);
    this.#between = db.prepare(
      `SELECT id FROM conversations WHERE a = ?1 AND b = ?2
       UNION ALL SELECT id FROM conversations WHERE a = ?2 AND b = ?1 LIMIT 1`,
    );
    this.#of = db.prepare(
      `SELECT b AS other, id FROM conversations WHERE a = ?1 AND b > ?2
       UNION ALL SELECT a, id FROM conversations WHERE b = ?1 AND a > ?2 AND a <> ?1
       ORDER BY other LIMIT ${AT_ONCE}`,
    );
    this.#of.setReturnArrays(true);
  }

  get(id: number, { users }: Model): Conversation | undefined {
    const row = this.#get.get(id) as Record<"a" | "b" | "head" | "last", number> | undefined;
    const [a, b] = row ? [users.byId(row.a), users.byId(row.b)] : [];
    if (!row || !a || !b) return undefined;
    const read = new Map<Party, number>();
    for (const [user, seq] of this.#reads.all(id) as unknown as readonly (readonly [number, number])[]) {
      const reader = users.byId(user);
      if (reader) read.set(reader, seq);
    }
    return { id, of: { a, b }, head: row.head, last: row.last, read };
  }

  between(a: number, b: number): number | undefined {
    return (this.#between.get(a, b) as { readonly id: number } | undefined)?.id;
  }

  *of(party: number): Iterable<{ readonly other: number; readonly conversation: number }> {
    for (let after = -1, count = AT_ONCE; count === AT_ONCE; ) {
      const rows = this.#of.all(party, after) as unknown as readonly Other[];
      for (const [other, conversation] of rows) yield { other, conversation };
      count = rows.length;
      after = rows.at(-1)?.[0] ?? after;
    }
  }
}

/** Puts the conversations of groups, and the pins of all conversations, into a model. @throws Error of SQLite */
export function loadGroupConversations(db: DatabaseSync, { users, groups, messages }: Model): void {
  const rows = <T>(sql: string): Iterable<T> => db.prepare(sql).iterate() as Iterable<T>;
  // Put in directly and not by changes: the head is known from the row, but the messages up to it are not read.
  for (const { id, group, head, last } of rows<Record<"id" | "group" | "head" | "last", number>>(
    `SELECT id, group_id AS "group", head, coalesce(last, head) AS last
     FROM conversations LEFT JOIN extras ON seq = head WHERE group_id IS NOT NULL`,
  )) {
    const of = groups.byId(group);
    if (of) messages.put({ id, of, head, last, read: new Map() });
  }
  for (const { conversation, user, seq } of rows<Record<"conversation" | "user" | "seq", number>>(
    "SELECT conversation, user, seq FROM conversations JOIN reads ON conversation = id WHERE group_id IS NOT NULL",
  )) {
    const reader = users.byId(user);
    if (reader) messages.byId(conversation)?.read.set(reader, seq);
  }
  for (const { conversation, message } of rows<Record<"conversation" | "message", number>>(
    "SELECT conversation, message FROM pins",
  )) {
    messages.putPin(conversation, message, true);
  }
}
