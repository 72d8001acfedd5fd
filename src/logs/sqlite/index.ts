/**
 * The log on disk: one SQLite file, read at the start and written once a turn, in one transaction; with a
 * write-ahead log that is synced at every commit.
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
import { type AlteredRow, type MessageRow, resolved } from "../resolved.ts";
import { RowWriter } from "../rows.ts";
import { ConversationReader } from "./conversations.ts";
import { inOrder, selectInOrder } from "./in-order.ts";
import { load } from "./load.ts";
import { MessageWriter } from "./messages.ts";
import type { PlainMessage } from "./piece.ts";
import { Pieces } from "./pieces.ts";
import { RoomAhead } from "./room-ahead.ts";
import { migrate } from "./schema.ts";

/**
 * Pages of write-ahead log before SQLite copies them into the database, which everybody waits for: 4 MiB were measured to take 5 ms
 * of CPU and a sync, 16 MiB 20 ms, and a message costs the same.
 */
const CHECKPOINT_PAGES = 1024;

/** Its name in the data folder. */
export const DATABASE = "obrol.db";

/** The name of one that is kept as others keep it, and can be made anew from there. */
export const REPLICA = "replica.db";

/** How long, in ms, a commit waits for another program that reads the file. */
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

/** What takes texts out for which nobody has asked just now. */
const GONE: ReadonlySet<Change["is"]> = new Set([
  "messages.removed",
  "message.withdrawn",
  "items.delivered",
  "report.emptied",
  "report.ended",
] as const);

/** Of a message that answers none, and of which nothing has become. */
const NO_MORE: More = { reply: 0, alters: undefined };

/** Of one that has nothing but its text. */
const PLAIN = { ...NO_MORE, file: undefined, origin: undefined };

/** Of one whose row says more only since somebody has reacted to it. */
const NO_EXTRAS: ExtraColumns = { reply: null, what: null, target: 0, former: 0, last: 0, edited: null, deleted: null };

export class SqliteLog implements ChangeLog {
  readonly pages: Pages = {
    message: (seq) => this.#message(seq),
    following: (seq) =>
      inOrder<Stamp>(this.#stamps.iterate(seq, Number.MAX_SAFE_INTEGER), seq, Number.MAX_SAFE_INTEGER),
    byOrigin: (conversation, origin) =>
      (this.#byOrigin.get(origin, conversation) as { readonly seq: number } | undefined)?.seq,
    conversation: (id) => this.#model && this.#conversations.get(id, this.#model),
    conversationBetween: (a, b) => this.#conversations.between(a, b),
    conversationsOf: (party) => this.#conversations.of(party),
    queued: (realm, n, count) => this.#queued.all(realm, n, count) as unknown as OutboxItem[],
  };
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
  /** What was taken out may still be in the write-ahead log. */
  #isOwed = false;

  /**
   * Opens the database. @param folder made if it is missing, readable by its owner only. @param isReplica it is `REPLICA`
   * @throws Error in one line: in use, of a newer program, not a folder, not a database
   */
  constructor(folder: string, isReplica = false) {
    const { lock, db, ahead } = open(folder, isReplica);
    this.#lock = lock;
    this.#ahead = ahead;
    this.#db = db;
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
  }

  load(into: Model): void {
    this.#model = into;
    load(this.#db, into);
  }

  /** @param mark of a replica: how far it is then. @throws Error of SQLite: a full disk, another program's lock */
  commit(changes: readonly Change[], mark?: string): void {
    // That somebody types is not worth a sync; where a replica is, it must know all the same.
    if (mark === undefined && changes.every(isPassing)) return;
    // What is taken out of a piece must not stay in a page that the piece gives up: it may be deleted only later.
    const takesOut = changes.some(isTakingOut);
    if (takesOut) this.#db.exec("PRAGMA secure_delete = ON");
    try {
      this.#begin.run();
      this.#rows.write(changes);
      if (mark !== undefined) this.#mark.run(mark);
      this.#end.run();
    } catch (error) {
      this.#pieces.forget();
      // A full disk may have rolled back already.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    } finally {
      if (takesOut) this.#db.exec("PRAGMA secure_delete = FAST");
    }
    if (takesOut && changes.some(isDeletion)) this.#wipe();
    // Such turns follow one another: once for several.
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
   * Empties the write-ahead log, which still holds what was deleted. While another program reads the file, or the disk fails, that
   * is tried again later: the turn is kept in any case, and waits for nobody.
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

  /** A piece in memory is looked into first, one on the disk last: to read it costs more than to find that there is no row. */
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

  #plain(message: PlainMessage | undefined): StoredMessage | undefined {
    return message && this.#model && resolved(this.#model, { ...message, ...PLAIN });
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
    // What SQLite makes beside it has the database's mode.
    closeSync(openSync(path, "a", 0o600));
    const db = new DatabaseSync(path, { timeout: BUSY_MS });
    // What a replica loses with the machine it gets again: it waits for no disk.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${isReplica ? "NORMAL" : "FULL"}`);
    migrate(db);
    // What SQLite moves to another page as a table grows must not stay in the first, where no deletion would find it.
    db.exec(`PRAGMA secure_delete = FAST; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return { lock, db, ahead: isReplica ? undefined : new RoomAhead(`${path}-wal`) };
  } catch (error) {
    lock?.close();
    throw new Error(`data folder ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function isTakingOut({ is }: Change): boolean {
  // Nearly all are new messages.
  if (is === "message.appended" || is === "conversation.read") return false;
  return is === "message.altered" || is === "group.deleted" || is === "user.deleted" || GONE.has(is);
}

function isDeletion(change: Change): boolean {
  if (change.is === "message.altered") return change.what === "deleted";
  return change.is === "group.deleted" || change.is === "user.deleted";
}
