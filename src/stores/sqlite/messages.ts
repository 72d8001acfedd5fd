import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import type { MemoryGroups } from "../memory/groups.ts";
import { MemoryMessages } from "../memory/messages.ts";
import {
  type Conversation,
  isUser,
  type Party,
  type Posted,
  type StoredMessage,
  type User,
  type UserStore,
} from "../ports.ts";
import type { SqliteFiles } from "./files.ts";

/** What `post` still knows after a restart. */
const POSTS_LOADED = 100_000;

/** Posts among which a refused one is looked for: there is no index. */
const POSTS_RECENT = 10_000;

interface MessageRow {
  conversation: number;
  prev: number;
  sender: number;
  time: number;
  text: string;
  file: string | null;
  origin: string | null;
}

/** Either `seq`, or `id` and `time` of a message that went elsewhere. */
interface PostRow extends Posted {
  user: number;
  client_id: string;
  seq: number | null;
  group_key: string | null;
}

interface ConversationRow {
  id: number;
  a: number | null;
  b: number | null;
  group_id: number | null;
  head: number;
}

export class SqliteMessages extends MemoryMessages {
  readonly #users: UserStore;
  readonly #files: SqliteFiles;
  readonly #append: StatementSync;
  readonly #get: StatementSync;
  readonly #start: StatementSync;
  readonly #head: StatementSync;
  readonly #read: StatementSync;
  readonly #post: StatementSync;
  readonly #forget: StatementSync;
  readonly #byId = new Map<number, Conversation>();
  /**
   * Conversations whose head the commit under way must write, and those of their speakers who have
   * read everything: one update each, not one a message.
   */
  readonly #touched = new Map<Conversation, Set<Party>>();

  constructor(journal: Journal, db: DatabaseSync, users: UserStore, groups: MemoryGroups, files: SqliteFiles) {
    super(journal, 0);
    this.#users = users;
    this.#files = files;
    this.#append = db.prepare(
      "INSERT INTO messages (seq, conversation, prev, sender, time, text, file, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#get = db.prepare("SELECT conversation, prev, sender, time, text, file, origin FROM messages WHERE seq = ?");
    this.#start = db.prepare("INSERT INTO conversations (id, a, b, group_id, head) VALUES (?, ?, ?, ?, ?)");
    this.#head = db.prepare("UPDATE conversations SET head = ? WHERE id = ?");
    this.#read = db.prepare("INSERT OR REPLACE INTO reads (conversation, user, seq) VALUES (?, ?, ?)");
    this.#post = db.prepare("INSERT INTO posts (user, client_id, seq, id, time, group_key) VALUES (?, ?, ?, ?, ?, ?)");
    this.#forget = db.prepare(
      `DELETE FROM posts WHERE n > (SELECT max(n) FROM posts) - ${POSTS_RECENT} AND user = ? AND client_id = ?`,
    );
    this.salt = (db.prepare("SELECT value FROM facts WHERE name = 'salt'").get() as { value: Uint8Array }).value;
    this.last = (db.prepare("SELECT coalesce(max(seq), 0) AS last FROM messages").get() as { last: number }).last;
    this.#loadConversations(db, groups);
    this.#loadPosts(db);
  }

  /** They are on disk. */
  protected override keep(): void {}

  protected override fetch(seq: number): StoredMessage | undefined {
    const row = this.#get.get(seq) as unknown as MessageRow | undefined;
    if (!row) return undefined;
    const conversation = this.#byId.get(row.conversation);
    const sender = this.#users.byId(row.sender);
    if (!conversation || !sender) return undefined;
    const file = row.file === null ? undefined : this.#files.byId(row.file);
    return {
      seq,
      conversation,
      prev: row.prev,
      sender,
      time: row.time,
      text: row.text,
      file,
      origin: row.origin ?? undefined,
    };
  }

  /** The commit under way has failed. */
  forgetHeads(): void {
    this.#touched.clear();
  }

  /** The last part of every commit. */
  writeHeads(): void {
    for (const [conversation, speakers] of this.#touched) {
      this.#head.run(conversation.head, conversation.id);
      for (const user of speakers) this.onRead(conversation, user, conversation.read.get(user) ?? 0);
    }
    this.#touched.clear();
  }

  override onAppend(m: StoredMessage): void {
    const { seq, conversation, sender } = m;
    this.#append.run(seq, conversation.id, m.prev, sender.id, m.time, m.text, m.file?.id ?? null, m.origin ?? null);
    let speakers = this.#touched.get(conversation);
    if (!speakers) {
      speakers = new Set();
      this.#touched.set(conversation, speakers);
    }
    if ((conversation.read.get(sender) ?? 0) >= seq) speakers.add(sender);
  }

  protected override onWithdraw(conversation: Conversation): void {
    if (!this.#touched.has(conversation)) this.#touched.set(conversation, new Set());
  }

  protected override onConversation(conversation: Conversation): void {
    const { id, of, head } = conversation;
    if ("members" in of) this.#start.run(id, null, null, of.id, head);
    else this.#start.run(id, of.a.id, of.b.id, null, head);
  }

  protected override onRead(conversation: Conversation, user: Party, seq: number): void {
    this.#read.run(conversation.id, user.id, seq);
  }

  protected override onPost(user: User, clientId: string, posted: number | Posted): void {
    if (typeof posted === "number") this.#post.run(user.id, clientId, posted, null, null, null);
    else this.#post.run(user.id, clientId, null, posted.id, posted.time, posted.group ?? null);
  }

  protected override onForget(user: User, clientId: string): void {
    this.#forget.run(user.id, clientId);
  }

  protected override insert(conversation: Conversation): void {
    super.insert(conversation);
    this.#byId.set(conversation.id, conversation);
  }

  #loadConversations(db: DatabaseSync, groups: MemoryGroups): void {
    for (const row of db.prepare("SELECT id, a, b, group_id, head FROM conversations ORDER BY id").iterate()) {
      const { id, a, b, group_id, head } = row as unknown as ConversationRow;
      const of = group_id === null ? this.#pair(a, b) : groups.byId(group_id);
      if (of) this.insert({ id, of, head, read: new Map() });
    }
    for (const row of db.prepare("SELECT conversation, user, seq FROM reads").iterate()) {
      const { conversation, user, seq } = row as { conversation: number; user: number; seq: number };
      const reader = this.#users.byId(user);
      if (reader) this.#byId.get(conversation)?.read.set(reader, seq);
    }
  }

  #pair(a: number | null, b: number | null): Conversation["of"] | undefined {
    const userA = this.#users.byId(a ?? -1);
    const userB = this.#users.byId(b ?? -1);
    return userA && userB ? { a: userA, b: userB } : undefined;
  }

  #loadPosts(db: DatabaseSync): void {
    const { first } = db
      .prepare(`SELECT min(n) AS first FROM (SELECT n FROM posts ORDER BY n DESC LIMIT ${POSTS_LOADED})`)
      .get() as { first: number | null };
    if (first === null) return;
    db.prepare("DELETE FROM posts WHERE n < ?").run(first);
    for (const row of db.prepare("SELECT user, client_id, seq, id, time, group_key FROM posts ORDER BY n").iterate()) {
      const { user, client_id, seq, id, time, group_key } = row as unknown as PostRow;
      const sender = this.#users.byId(user);
      if (isUser(sender)) this.insertPost(sender, client_id, seq ?? { id, time, group: group_key ?? undefined });
    }
  }
}
