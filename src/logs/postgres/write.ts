/**
 * Turns the changes of a turn into statements. Frequent kinds of changes are gathered, so that there is one statement for all of
 * a kind.
 */
import type { Change, ChangeOf } from "../../state/changes.ts";
import { RowWriter } from "../rows.ts";
import { arrayOf, Recorder, type Statement, unnest } from "./statements.ts";
import { MessageStatements } from "./write-messages.ts";

export class PgRows {
  readonly #recorder = new Recorder();
  readonly #messages: MessageStatements;
  readonly #rows: RowWriter;
  readonly #sql;
  #posts: ChangeOf<"post.remembered">[] = [];
  readonly #seen = new Map<number, number>();
  /** Each user is in one of these at most: one who comes and goes in the same turn causes no change. */
  #came: ChangeOf<"user.came">[] = [];
  #went: ChangeOf<"user.went">[] = [];
  /** By table, the highest number that was given. */
  readonly #lastIds = new Map<string, number>();

  constructor() {
    this.#messages = new MessageStatements(this.#recorder);
    this.#rows = new RowWriter(this.#recorder, this.#messages);
    const sql = (text: string) => this.#recorder.prepare(text);
    this.#sql = {
      posts: sql(
        `INSERT INTO posts ("user", client_id, seq, id, time, group_key)
         ${unnest("bigint", "text", "bigint", "text", "bigint", "text")}`,
      ),
      seen: sql(
        `INSERT INTO seen ("user", time) ${unnest("bigint", "bigint")}
         ON CONFLICT ("user") DO UPDATE SET time = excluded.time`,
      ),
      came: sql(`INSERT INTO online ("user", node) ${unnest("bigint", "bigint")} ON CONFLICT DO NOTHING`),
      went: sql(`DELETE FROM online WHERE ("user", node) IN (${unnest("bigint", "bigint")})`),
      noNode: sql("DELETE FROM nodes WHERE id = ?"),
      lastId: sql("UPDATE last_ids SET seq = ? WHERE name = ? AND seq < ?"),
    };
  }

  /** @returns statements that write all changes of a turn, to be run in this order, within a transaction */
  write(changes: readonly Change[]): readonly Statement[] {
    this.#messages.begin();
    for (const change of changes) this.#write(change);
    this.#messages.end();
    this.#writeGathered();
    return this.#recorder.take();
  }

  #write(change: Change): void {
    switch (change.is) {
      case "post.remembered":
        this.#posts.push(change);
        return;
      case "user.seen":
        this.#seen.set(change.user, change.time);
        return;
      case "user.came":
        this.#came.push(change);
        return;
      case "user.went":
        this.#went.push(change);
        return;
      case "node.ended":
        // If the node lives after all, it notices that its row is missing, and joins again with another number.
        this.#sql.noNode.run(change.node);
        break;
      case "post.forgotten":
      case "user.deleted":
        this.#writeGathered();
        break;
      case "invitation.made":
        this.#lastIds.set("invitations", change.id);
        break;
      case "report.made":
        this.#lastIds.set("reports", change.id);
        break;
      case "session.opened":
        this.#lastIds.set("sessions", change.id);
        break;
      default:
    }
    this.#rows.put(change);
  }

  #writeGathered(): void {
    const posts = this.#posts;
    if (posts.length > 0) {
      const elsewhere = posts.map(({ posted }) => ("seq" in posted ? undefined : posted));
      this.#sql.posts.run(
        arrayOf(posts.map(({ user }) => user)),
        arrayOf(posts.map(({ clientId }) => clientId)),
        arrayOf(posts.map(({ posted }) => ("seq" in posted ? posted.seq : null))),
        arrayOf(elsewhere.map((posted) => posted?.id ?? null)),
        arrayOf(elsewhere.map((posted) => posted?.time ?? null)),
        arrayOf(elsewhere.map((posted) => posted?.group ?? null)),
      );
    }
    this.#posts = [];
    if (this.#seen.size > 0) this.#sql.seen.run(arrayOf([...this.#seen.keys()]), arrayOf([...this.#seen.values()]));
    this.#seen.clear();
    for (const [moved, statement] of [
      [this.#came, this.#sql.came],
      [this.#went, this.#sql.went],
    ] as const) {
      if (moved.length > 0)
        statement.run(arrayOf(moved.map(({ user }) => user)), arrayOf(moved.map(({ node }) => node)));
    }
    this.#came = [];
    this.#went = [];
    for (const [table, id] of this.#lastIds) this.#sql.lastId.run(id, table, id);
    this.#lastIds.clear();
  }
}
