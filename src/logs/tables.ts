/** What the writers of rows need of a database. */
import type { ChangeOf } from "../state/changes.ts";

/** What a column is given. */
export type Value = string | number | Uint8Array | null;

/** Tables of a database, each value of a statement a `?` of its own; prepared once, run often. */
export interface Tables {
  prepare(sql: string): { run(...values: Value[]): unknown };
}

/** Messages, which each database keeps in its own way. */
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
  /** Takes messages out, every byte of them. */
  remove(change: ChangeOf<"messages.removed">): void;
  /** Takes the texts of all that was said in a group out; the numbers stay, for they are not given again. */
  emptyGroup(group: number): void;
}
