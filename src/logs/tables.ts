/** The port of a database for those who write rows. */
import type { ChangeOf } from "../state/changes.ts";

/** The value of a column. */
export type Value = string | number | Uint8Array | null;

/** The tables of a database. Each value of a statement is a `?`; statements are prepared once and run often. */
export interface Tables {
  prepare(sql: string): { run(...values: Value[]): unknown };
}

/** The messages, which each database keeps in its own way. @throws Error of the database, in each method */
export interface MessageRows {
  /** To be called before the first change of a commit. */
  begin(): void;
  /** To be called after the last change of a commit. */
  end(): void;
  start(change: ChangeOf<"conversation.started">): void;
  append(change: ChangeOf<"message.appended">): void;
  hasRead(conversation: number, user: number, seq: number): void;
  alter(change: ChangeOf<"message.altered">): void;
  withdraw(change: ChangeOf<"message.withdrawn">): void;
  /** Removes messages, every byte of them. */
  remove(change: ChangeOf<"messages.removed">): void;
}
