/** Rows as the changes that they were, put into an empty model. Messages and what waits for other realms stay where they are. */
import type { DatabaseSync } from "node:sqlite";
import type { ItemResult } from "../../contract/items.ts";
import { withoutMisleading } from "../../contract/names.ts";
import { apply } from "../../state/apply.ts";
import type { Change, Posted, RealmValues } from "../../state/changes.ts";
import { isUser } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";

/** What `post` still knows after a restart. */
const POSTS_LOADED = 100_000;

type Row = Readonly<Record<string, unknown>>;

export function load(db: DatabaseSync, model: Model): void {
  const rows = (sql: string): Iterable<Row> => db.prepare(sql).iterate() as Iterable<Row>;
  const put = (change: Change): void => void apply(model, change);
  people(rows, put);
  groups(rows, put, model);
  conversations(rows, model);
  files(rows, put, model);
  posts(db, rows, put, model);
  realms(rows, put, model);
  const { value } = db.prepare("SELECT value FROM facts WHERE name = 'salt'").get() as { value: Uint8Array };
  model.messages.salt = value;
  const { last } = db.prepare("SELECT coalesce(max(seq), 0) AS last FROM messages").get() as { last: number };
  model.messages.loaded(last);
}

type Rows = (sql: string) => Iterable<Row>;
type Put = (change: Change) => void;

/** What is refused today in a full name or a country may stand in an older folder. */
function people(rows: Rows, put: Put): void {
  for (const row of rows("SELECT id, name, full_name, country, password, created, realm FROM users ORDER BY id")) {
    const { id, name, realm } = row as { id: number; name: string; realm: string | null };
    const fullName = withoutMisleading(row["full_name"] as string);
    if (realm === null) {
      const { password, created: time } = row as { password: string; created: number };
      const country = withoutMisleading(row["country"] as string);
      put({ is: "user.added", id, name, fullName, country, password, time });
    } else {
      put({ is: "party.added", id, name, realm, fullName });
    }
  }
  for (const row of rows(
    "SELECT s.id, hash, user, s.created, used FROM sessions s JOIN users u ON u.id = user AND u.realm IS NULL ORDER BY s.id",
  )) {
    const { id, hash, user, created, used } = row as { id: number; hash: string } & Record<string, number>;
    put({ is: "session.opened", id, user: user as number, hash, time: created as number });
    put({ is: "session.used", id, time: used as number });
  }
}

function groups(rows: Rows, put: Put, { users, groups }: Model): void {
  for (const row of rows("SELECT id, name, owner, posting, created, realm, heard FROM groups ORDER BY id")) {
    const { id, name, owner, created: time, heard } = row as { name: string } & Record<string, number>;
    const group = id as number;
    if (!users.byId(owner as number)) continue;
    const realm = (row["realm"] as string | null) ?? undefined;
    put({
      is: "group.made",
      id: group,
      name,
      realm,
      owner: owner as number,
      heard: heard as number,
      time: time as number,
    });
    const posting = row["posting"] as "open" | "members";
    if (posting !== "open") put({ is: "posting.changed", group, posting });
  }
  for (const row of rows("SELECT group_id, user, since FROM members")) {
    const { group_id: group, user, since } = row as { group_id: number; user: number; since: number };
    if (groups.byId(group) && users.byId(user)) put({ is: "member.joined", group, user, since, quiet: true });
  }
}

/** Their heads are rows' own: the messages before them are not read. */
function conversations(rows: Rows, { users, groups, messages }: Model): void {
  for (const row of rows("SELECT id, a, b, group_id, head FROM conversations ORDER BY id")) {
    const { id, a, b, group_id, head } = row as Record<string, number | null>;
    const group = groups.byId(group_id ?? -1);
    const [one, other] = [users.byId(a ?? -1), users.byId(b ?? -1)];
    const of = group ?? (one && other && group_id === null ? { a: one, b: other } : undefined);
    if (of) messages.put({ id: id as number, of, head: head as number, read: new Map() });
  }
  for (const row of rows("SELECT conversation, user, seq FROM reads")) {
    const { conversation, user, seq } = row as { conversation: number; user: number; seq: number };
    const reader = users.byId(user);
    if (reader) messages.byId(conversation)?.read.set(reader, seq);
  }
}

function files(rows: Rows, put: Put, { users, groups, files }: Model): void {
  for (const row of rows(
    "SELECT id, name, stored, size, sha256, owner, created, origin_realm, origin_id, gone FROM files ORDER BY created",
  )) {
    const { id, name, stored, sha256 } = row as { id: string; name: string; stored: string; sha256: string };
    const { size, owner, created: time, gone } = row as Record<string, number>;
    const { origin_realm: realm, origin_id: originId } = row as Record<string, string | null>;
    const origin = typeof realm === "string" && typeof originId === "string" ? { realm, id: originId } : undefined;
    put({
      is: "file.added",
      id,
      name,
      size: size as number,
      sha256,
      // Whose owner is not there takes nobody's space.
      owner: users.byId(owner as number) ? (owner as number) : 0,
      time: time as number,
      stored: stored === "" ? undefined : stored,
      origin,
      gone: gone === 1,
    });
  }
  for (const row of rows("SELECT seq, file, sender, to_user, to_group FROM shares ORDER BY n")) {
    const { file, sender: from } = row as { file: string; sender: number };
    const { seq, to_user: user, to_group: group } = row as Record<string, number | null>;
    const isThere = typeof group === "number" ? groups.byId(group) : users.byId(user ?? -1);
    if (!isThere || !files.byId(file) || !users.byId(from)) continue;
    const to = typeof group === "number" ? { group } : { user: user as number };
    put({ is: "file.shared", file, from, to, message: seq ?? undefined });
  }
  for (const row of rows("SELECT file, user FROM fetches ORDER BY n")) {
    const { file, user: by } = row as { file: string; user: number };
    if (files.byId(file) && users.byId(by)) put({ is: "file.fetched", file, by });
  }
}

function posts(db: DatabaseSync, rows: Rows, put: Put, { users }: Model): void {
  const { first } = db
    .prepare(`SELECT min(n) AS first FROM (SELECT n FROM posts ORDER BY n DESC LIMIT ${POSTS_LOADED})`)
    .get() as { first: number | null };
  if (first === null) return;
  db.prepare("DELETE FROM posts WHERE n < ?").run(first);
  for (const row of rows("SELECT user, client_id, seq, id, time, group_key FROM posts ORDER BY n")) {
    const {
      user,
      client_id: clientId,
      seq,
      id,
      time,
      group_key: group,
    } = row as unknown as Posted & {
      user: number;
      client_id: string;
      seq: number | null;
      group_key: string | null;
    };
    const posted = seq === null ? { id, time, group: group ?? undefined } : { seq };
    if (isUser(users.byId(user))) put({ is: "post.remembered", user, clientId, posted });
  }
}

function realms(rows: Rows, put: Put, { outbox }: Model): void {
  for (const row of rows("SELECT name, host, port, given, pinned, received, results FROM realms ORDER BY key")) {
    const { name, given, received, results } = row as unknown as RealmValues & { name: string; results: string };
    const { host, pinned } = row as Record<string, string | null>;
    const port = (row["port"] as number | null) ?? undefined;
    const told = JSON.parse(results) as [number, ItemResult][];
    const values = { host: host ?? undefined, port, given, pinned: pinned ?? undefined, received, results: told };
    put({ is: "realm.added", name, values });
  }
  for (const row of rows(
    "SELECT realm, max(n) AS last, count(*) AS items, sum(length(body)) AS size FROM outbox GROUP BY realm",
  )) {
    const { realm, last, items, size } = row as { realm: string; last: number; items: number; size: number };
    outbox.count(realm, items, size);
    outbox.raise(realm, last);
  }
}
