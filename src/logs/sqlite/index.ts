/**
 * The log on disk: one SQLite file, which is read at the start and written once a turn, in one transaction. Its write-ahead log
 * is synced at every commit.
 */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Lock, lockFolder } from "../../contents/lock.ts";
import type { Alteration } from "../../contract/shapes.ts";
import { type Change, isPassing } from "../../state/changes.ts";
import type { OutboxItem, StoredMessage } from "../../state/entities.ts";
import type { ChangeLog, Pages, Stamp } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import { withErrors } from "../reading.ts";
import { type AlteredRow, type MessageRow, resolved } from "../resolved.ts";
import { RowWriter } from "../rows.ts";
import { ConversationReader } from "./conversations.ts";
import { asStorageError } from "./damage.ts";
import { inOrder, selectInOrder } from "./in-order.ts";
import { load } from "./load.ts";
import { MessageWriter } from "./messages.ts";
import type { PlainMessage } from "./piece.ts";
import { Pieces } from "./pieces.ts";
import { RoomAhead } from "./room-ahead.ts";
import { migrate } from "./schema.ts";

/**
 * After how many pages of write-ahead log SQLite makes a checkpoint, for which the turn waits. Of 4 MiB (this) it was measured to
 * take 5 ms of CPU and a sync, of 16 MiB 20 ms; a message costs the same with either.
 */
const CHECKPOINT_PAGES = 1024;

/** The name of the database in the data folder. */
export const DATABASE = "obrol.db";

/** The name of a node's replica in its data folder. It can be made anew from PostgreSQL. */
export const REPLICA = "replica.db";

/** How long, in ms, a commit waits for another program that has locked the file. */
const BUSY_MS = 1000;

interface MessageColumns {
  readonly conversation: number;
  readonly prev: number;
  readonly sender: number;
  readonly time: number;
  readonly text: string;
  readonly file: string | null;
  readonly origin: string | null;
  readonly more: number | null;
}

interface ExtraColumns {
  readonly reply: number | null;
  readonly what: Alteration | null;
  readonly target: number;
  readonly former: number;
  readonly last: number;
  readonly edited: number | null;
  readonly deleted: number | null;
}

type More = Pick<MessageRow, "reply" | "alters" | "altered">;

/** Changes that remove texts although nobody is waiting for that: see `tidy`. */
const GONE: ReadonlySet<Change["is"]> = new Set([
  "messages.removed",
  "message.withdrawn",
  "items.delivered",
  "report.emptied",
  "report.ended",
] as const);

/** The values for a message that answers none and was never altered. */
const NO_MORE: More = { reply: 0, alters: undefined };

/** For a message that has `more` but no row in `extras`: somebody has reacted to it. */
const NO_EXTRAS: ExtraColumns = { reply: null, what: null, target: 0, former: 0, last: 0, edited: null, deleted: null };

export class SqliteLog implements ChangeLog {
  readonly pages: Pages = withErrors(
    {
      message: (seq) => this.#message(seq),
      following: (seq) =>
        inOrder<Stamp>(this.#stamps.iterate(seq, Number.MAX_SAFE_INTEGER), seq, Number.MAX_SAFE_INTEGER),
      byOrigin: (conversation, origin) =>
        (this.#byOrigin.get(origin, conversation) as { readonly seq: number } | undefined)?.seq,
      conversation: (id) => this.#model && this.#conversations.get(id, this.#model),
      conversationBetween: (a, b) => this.#conversations.between(a, b),
      conversationsOf: (party) => this.#conversations.of(party),
      queued: (realm, n, count) => this.#queued.all(realm, n, count) as unknown as OutboxItem[],
    },
    asStorageError,
  );
  readonly #db: DatabaseSync;
  readonly #lock: Lock;
  readonly #ahead: RoomAhead | undefined;
  readonly #pieces: Pieces;
  readonly #rows: RowWriter;
  readonly #conversations: ConversationReader;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #get: StatementSync;
  readonly #stamps: StatementSync;
  readonly #byOrigin: StatementSync;
  readonly #extras: StatementSync;
  readonly #reactions: StatementSync;
  readonly #queued: StatementSync;
  readonly #mark: StatementSync;
  #model: Model | undefined;
  /** Whether texts that were removed may still be in the write-ahead log. */
  #isOwed = false;

  /**
   * Opens the database, and migrates it. @param folder made if it is missing, readable by its owner only. @param isReplica opens
   * `REPLICA` instead of `DATABASE`. @throws Error in one line: in use, of a newer program, not a folder, not a database
   */
  constructor(folder: string, isReplica = false) {
    const { lock, db, ahead } = open(folder, isReplica);
    this.#lock = lock;
    this.#ahead = ahead;
    this.#db = db;
    try {
      this.#pieces = new Pieces(db);
      this.#rows = new RowWriter(db, new MessageWriter(db, this.#pieces));
      this.#conversations = new ConversationReader(db);
      this.#begin = db.prepare("BEGIN IMMEDIATE");
      this.#end = db.prepare("COMMIT");
      this.#get = db.prepare(
        "SELECT conversation, prev, sender, time, text, file, origin, more FROM messages WHERE seq = ?",
      );
      this.#stamps = db.prepare(
        selectInOrder({ conversation: "m.conversation", time: "m.time" }, "messages m WHERE true"),
      );
      this.#byOrigin = db.prepare(
        "SELECT seq FROM messages WHERE origin = ? AND conversation = ? ORDER BY seq DESC LIMIT 1",
      );
      this.#extras = db.prepare("SELECT reply, what, target, former, last, edited, deleted FROM extras WHERE seq = ?");
      this.#reactions = db.prepare("SELECT emoji, user, n AS seq FROM reactions WHERE message = ? ORDER BY n");
      this.#queued = db.prepare("SELECT n, body FROM outbox WHERE realm = ? AND n > ? ORDER BY n LIMIT ?");
      this.#mark = db.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES ('mark', CAST(? AS BLOB))");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  load(into: Model): void {
    this.#model = into;
    load(this.#db, into);
  }

  /**
   * @param mark of a replica: its position in the log after this. @throws Error of SQLite: a full disk, another program's lock
   */
  commit(changes: readonly Change[], mark?: string): void {
    // Transient changes leave no rows, and are not worth a sync. But a replica must note its position.
    if (mark === undefined && changes.every(isPassing)) return;
    // What is taken out of a piece must be overwritten also in pages that are freed by that. So must a text that only moves to a
    // row: if it is deleted later, nothing would find the old copy.
    const takesOut = changes.some(isTakingOut);
    if (takesOut) this.#db.exec("PRAGMA secure_delete = ON");
    try {
      this.#begin.run();
      this.#rows.write(changes);
      if (mark !== undefined) this.#mark.run(mark);
      this.#end.run();
    } catch (error) {
      this.#pieces.forget();
      // When the disk is full, SQLite may have rolled back already.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    } finally {
      if (takesOut) this.#db.exec("PRAGMA secure_delete = FAST");
    }
    if (takesOut && changes.some(isDeletion)) this.#wipe();
    // Such turns often follow one another: `tidy` wipes once for several.
    else if (takesOut && changes.some(({ is }) => GONE.has(is))) this.#isOwed = true;
    this.#ahead?.turn();
  }

  tidy(): void {
    if (this.#isOwed) this.#wipe();
  }

  close(): void {
    this.#ahead?.close();
    this.#db.close();
    this.#lock.close();
  }

  /**
   * Empties the write-ahead log, in which deleted texts still are, by a checkpoint. If another program is reading the file, or
   * the disk fails, it is tried again by `tidy`: the turn is committed already, and does not wait.
   */
  #wipe(): void {
    try {
      this.#db.exec("PRAGMA busy_timeout = 0");
      this.#isOwed = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] !== 0;
    } catch {
      this.#isOwed = true;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    }
  }

  /**
   * Looks for a message in the pieces in memory, then in the table, then in the pieces on disk: to read a piece costs more than
   * to find that there is no row.
   */
  #message(seq: number): StoredMessage | undefined {
    const near = this.#pieces.near(seq);
    if (near) return this.#plain(near);
    const row = this.#get.get(seq) as unknown as MessageColumns | undefined;
    if (!row) return this.#plain(this.#pieces.get(seq));
    if (!this.#model) return undefined;
    const more = row.more === null ? NO_MORE : this.#more(seq);
    return resolved(this.#model, {
      ...row,
      seq,
      file: row.file ?? undefined,
      origin: row.origin ?? undefined,
      ...more,
    });
  }

  /** Each field by its name: a page has many of these, and spreads would take a good part of the time. */
  #plain(message: PlainMessage | undefined): StoredMessage | undefined {
    if (!message || !this.#model) return undefined;
    const { seq, conversation, prev, sender, time, text } = message;
    return resolved(this.#model, {
      seq,
      conversation,
      prev,
      sender,
      time,
      text,
      file: undefined,
      origin: undefined,
      reply: 0,
      alters: undefined,
    });
  }

  #more(seq: number): More {
    const row = this.#extras.get(seq) as unknown as ExtraColumns | undefined;
    const { reply, what, target, former, last, edited, deleted } = row ?? NO_EXTRAS;
    const edit = edited === null ? undefined : (this.#get.get(edited) as unknown as MessageColumns | undefined);
    return {
      reply: reply ?? 0,
      alters: what === null ? undefined : { what, target, former, last },
      altered: {
        edited: edit && { seq: edited as number, time: edit.time, text: edit.text },
        deleted: deleted === 1,
        reactions: this.#reactions.all(seq) as unknown as AlteredRow["reactions"],
      },
    };
  }
}

function open(folder: string, isReplica: boolean): { lock: Lock; db: DatabaseSync; ahead: RoomAhead | undefined } {
  let lock: Lock | undefined;
  try {
    lock = lockFolder(folder);
    const path = join(folder, isReplica ? REPLICA : DATABASE);
    // SQLite gives the files that it makes beside the database the same mode.
    closeSync(openSync(path, "a", 0o600));
    const db = new DatabaseSync(path, { timeout: BUSY_MS });
    // A replica does not wait for the disk: what it loses when the machine crashes, it reads again from PostgreSQL.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${isReplica ? "NORMAL" : "FULL"}`);
    migrate(db);
    // When SQLite moves rows to another page, it must overwrite the old copies: a later deletion would not find them.
    db.exec(`PRAGMA secure_delete = FAST; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return { lock, db, ahead: isReplica ? undefined : new RoomAhead(`${path}-wal`) };
  } catch (error) {
    lock?.close();
    throw new Error(`data folder ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether a change removes texts, or takes them out of pieces. */
function isTakingOut({ is }: Change): boolean {
  // Nearly all changes are these, so they are looked for first.
  if (is === "message.appended" || is === "conversation.read") return false;
  return is === "message.altered" || is === "group.deleted" || is === "user.deleted" || GONE.has(is);
}

/** Whether a change removes texts because somebody has just asked for it: then the write-ahead log is emptied at once. */
function isDeletion(change: Change): boolean {
  if (change.is === "message.altered") return change.what === "deleted";
  return change.is === "group.deleted" || change.is === "user.deleted";
}
