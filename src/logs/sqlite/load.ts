/**
 * Loads a model from the database: rows are turned into the changes that would write them, and these are applied. Messages,
 * private conversations and outbox items are not read: they stay in the database.
 */
import type { DatabaseSync } from "node:sqlite";
import type { ItemResult } from "../../contract/items.ts";
import { withoutMisleading } from "../../contract/names.ts";
import { apply } from "../../state/apply.ts";
import type { Change, ChangeKind, ChangeOf, RealmValues } from "../../state/changes.ts";
import { type GroupValues, isUser, type Mute } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import { loadGroupConversations } from "./conversations.ts";
import { LAST } from "./in-order.ts";
import { lastId } from "./last-id.ts";
import { acts, bans, errands, invitations, reports } from "./load-operator.ts";

/** How many client ids `post` still knows after a restart. Older ones are deleted. */
const POSTS_LOADED = 100_000;

/** Runs a query. Its column names must be the keys of `T`. */
export type Query = <T>(sql: string) => Iterable<T>;
export type Put = (change: Change) => void;

/** A row whose columns are the fields of a change, except for those in `Other`. */
export type RowOf<K extends ChangeKind, Other extends object> = Omit<ChangeOf<K>, "is" | keyof Other> & Other;

/** Fills an empty model from the database. @throws Error of SQLite */
export function load(db: DatabaseSync, model: Model): void {
  const rows: Query = <T>(sql: string) => db.prepare(sql).iterate() as Iterable<T>;
  const put = (change: Change): void => void apply(model, change);
  people(rows, put, model);
  bans(rows, put);
  settings(rows, put, model);
  lastSeen(rows, put, model);
  online(rows, put, model);
  hidings(rows, put, model);
  groups(rows, put, model);
  mutes(rows, put, model);
  invitations(rows, put, model);
  reports(rows, put, model);
  acts(rows, put);
  errands(rows, put, model);
  loadGroupConversations(db, model);
  files(rows, put, model);
  posts(db, rows, put, model);
  realms(rows, put, model);
  for (const { value } of rows<{ value: Uint8Array }>("SELECT value FROM facts WHERE name = 'salt'")) {
    model.messages.salt = value;
  }
  for (const { last, conversation } of rows<{ last: number; conversation: number }>(
    `SELECT ${LAST} AS last, coalesce((SELECT max(id) FROM conversations), 0) AS conversation`,
  )) {
    model.messages.loaded(last, conversation);
  }
}

/**
 * Users, parties, former names, sessions. Full names and countries of older folders may hold characters that are refused today.
 */
function people(rows: Query, put: Put, { users, sessions }: Model): void {
  const gone: number[] = [];
  for (const { realm, country, password, time, gone: isGone, erasing, ...row } of rows<
    RowOf<"user.added", { realm: string | null; gone: number; erasing: number | null }>
  >(
    `SELECT id, name, full_name AS fullName, country, password, created AS time, realm, gone, erasing
     FROM users ORDER BY id`,
  )) {
    if (isGone) gone.push(row.id);
    const named = { ...row, fullName: withoutMisleading(row.fullName) };
    if (realm === null) put({ is: "user.added", ...named, country: withoutMisleading(country), password, time });
    else put({ is: "party.added", ...named, realm });
    if (erasing !== null) put({ is: "user.erasing", user: row.id, at: erasing });
  }
  for (const user of gone) put({ is: "user.deleted", user, erased: false });
  for (const { key, user } of rows<{ key: string; user: number }>("SELECT key, user FROM former_names")) {
    const whose = users.byId(user);
    if (isUser(whose)) users.putFormer(key, whose);
  }
  for (const { used, ...session } of rows<RowOf<"session.opened", { used: number }>>(
    `SELECT s.id, hash, user, s.created AS time, used, address, client
     FROM sessions s JOIN users u ON u.id = user AND u.realm IS NULL ORDER BY s.id`,
  )) {
    put({ is: "session.opened", ...session });
    const { id, address, client } = session;
    put({ is: "session.used", id, time: used, address, client });
  }
  sessions.raise(lastId(rows, "sessions"));
}

function settings(rows: Query, put: Put, { users }: Model): void {
  for (const { refuseGroups, presence, away, status, ...row } of rows<
    RowOf<"settings.changed", { refuseGroups: number; presence: number; away: string | null; status: string | null }>
  >("SELECT user, allow, refuse_groups AS refuseGroups, presence, away, status FROM settings")) {
    if (!isUser(users.byId(row.user))) continue;
    const shown = { presence: presence === 1, away: away ?? undefined, status: status ?? undefined };
    put({ is: "settings.changed", ...row, refuseGroups: refuseGroups === 1, ...shown });
  }
}

function lastSeen(rows: Query, put: Put, { users }: Model): void {
  for (const row of rows<RowOf<"user.seen", object>>("SELECT user, time FROM seen")) {
    if (isUser(users.byId(row.user))) put({ is: "user.seen", ...row });
  }
}

function online(rows: Query, put: Put, { users }: Model): void {
  for (const row of rows<RowOf<"user.came", object>>("SELECT user, node FROM online")) {
    if (isUser(users.byId(row.user))) put({ is: "user.came", ...row });
  }
}

function hidings(rows: Query, put: Put, { users }: Model): void {
  for (const { upTo, ...hiding } of rows<RowOf<"sender.hidden", object> & { upTo: number | null }>(
    "SELECT reader, sender, after_seq AS after, up_to AS upTo, why, time FROM hidings ORDER BY reader, sender, after_seq",
  )) {
    const { reader, sender, after } = hiding;
    if (!isUser(users.byId(reader)) || !users.byId(sender)) continue;
    put({ is: "sender.hidden", ...hiding });
    if (upTo !== null) put({ is: "sender.shown", reader, sender, after, upTo });
  }
}

function groups(rows: Query, put: Put, { users, groups }: Model): void {
  for (const { gone, realm, ...row } of rows<GroupRow>(
    `SELECT id, name, owner, created AS time, realm, heard, topic, access, history, posting, listed, keep_days AS keepDays,
       slow_seconds AS slowSeconds, emptied, home_id AS homeId, gone FROM groups ORDER BY gone DESC, id`,
  )) {
    const { id, name, owner, time, heard, ...values } = row;
    if (!users.byId(owner)) continue;
    put({ is: "group.made", id, name, owner, time, heard, realm: realm ?? undefined });
    const { listed, emptied, homeId } = values;
    const rules = { ...values, listed: listed === 1, emptied: emptied ?? undefined, homeId: homeId ?? undefined };
    put({ is: "group.changed", group: id, values: rules, by: undefined });
    // It is loaded all the same: its number, and that of its conversation, must not be given again. Another group may have its
    // name.
    if (gone === 1) put({ is: "group.deleted", group: id, heldUntil: undefined, by: undefined });
  }
  const isThere = ({ group, user }: { group: number; user: number }): boolean =>
    groups.byId(group) !== undefined && users.byId(user) !== undefined;
  for (const { moderator, mode, time, ...member } of rows<MemberRow>(
    `SELECT group_id AS "group", user, since, n AS "order", moderator, mute AS mode, mute_time AS time
     FROM members ORDER BY n`,
  )) {
    if (!isThere(member)) continue;
    const { group, user } = member;
    put({ is: "member.joined", ...member, quiet: true, by: undefined });
    if (moderator === 1) put({ is: "role.changed", ...member, role: "moderator", by: undefined });
    if (mode !== null) put({ is: "conversation.muted", user, of: { group }, mute: { mode, time } });
  }
  for (const invited of rows<RowOf<"member.invited", object>>(
    'SELECT group_id AS "group", user, made_by AS "by", time FROM group_invitations ORDER BY time, user',
  )) {
    if (isThere(invited) && users.byId(invited.by)) put({ is: "member.invited", ...invited });
  }
  for (const { what, until, ...sanction } of rows<
    RowOf<"member.banned", { until: number | null }> & { what: "ban" | "silence" }
  >('SELECT group_id AS "group", user, what, made_by AS "by", time, until FROM group_sanctions ORDER BY time, user')) {
    if (!isThere(sanction) || !users.byId(sanction.by)) continue;
    const is = what === "ban" ? "member.banned" : "member.silenced";
    put({ is, ...sanction, until: until ?? undefined });
  }
  for (const { name, owner, until } of rows<{ name: string; owner: number; until: number }>(
    "SELECT name, owner, until FROM held_names",
  )) {
    const party = users.byId(owner);
    if (party) groups.heldNames.put(name, { owner: party, until });
  }
}

type MemberRow = RowOf<"member.joined", { moderator: number; quiet: never; by: never }> &
  Omit<Mute, "mode"> & { readonly mode: Mute["mode"] | null };

type GroupRow = Omit<ChangeOf<"group.made">, "is" | "realm"> &
  Omit<GroupValues, "listed" | "emptied" | "homeId"> & {
    readonly realm: string | null;
    readonly listed: number;
    readonly emptied: number | null;
    readonly homeId: string | null;
    readonly gone: number;
  };

function mutes(rows: Query, put: Put, { users }: Model): void {
  for (const { user, other, ...mute } of rows<{ user: number; other: number } & Mute>(
    "SELECT user, other, mode, time FROM mutes ORDER BY time, user, other",
  )) {
    if (!isUser(users.byId(user)) || !users.byId(other)) continue;
    put({ is: "conversation.muted", user, of: { user: other }, mute });
  }
}

function files(rows: Query, put: Put, { users, groups, files }: Model): void {
  for (const { stored, realm, origin, gone, ...file } of rows<
    RowOf<"file.added", { stored: string; realm: string | null; origin: string | null; gone: number }>
  >(
    `SELECT id, name, size, sha256, owner, created AS time, stored, gone, origin_realm AS realm, origin_id AS origin
     FROM files ORDER BY created`,
  )) {
    put({
      is: "file.added",
      ...file,
      // A file whose owner is unknown counts against nobody's quota.
      owner: users.byId(file.owner) ? file.owner : 0,
      stored: stored === "" ? undefined : stored,
      origin: realm === null || origin === null ? undefined : { realm, id: origin },
      gone: gone === 1,
    });
  }
  for (const { user, group, message, ...share } of rows<
    RowOf<"file.shared", { user: number | null; group: number | null; message: number | null }>
  >('SELECT file, sender AS "from", to_user AS user, to_group AS "group", seq AS message FROM shares ORDER BY n')) {
    const isThere = group === null ? users.byId(user ?? -1) : groups.byId(group);
    if (!isThere || !files.byId(share.file) || !users.byId(share.from)) continue;
    const to = group === null ? { user: user as number } : { group };
    put({ is: "file.shared", ...share, to, message: message ?? undefined });
  }
  for (const fetch of rows<{ file: string; by: number }>('SELECT file, user AS "by" FROM fetches ORDER BY n')) {
    if (files.byId(fetch.file) && users.byId(fetch.by)) put({ is: "file.fetched", ...fetch });
  }
}

function posts(db: DatabaseSync, rows: Query, put: Put, { users }: Model): void {
  db.exec(
    `DELETE FROM posts WHERE n < (SELECT min(n) FROM (SELECT n FROM posts ORDER BY n DESC LIMIT ${POSTS_LOADED}))`,
  );
  for (const { user, clientId, seq, id, time, group } of rows<
    { user: number; clientId: string; id: string; time: number } & { seq: number | null; group: string | null }
  >('SELECT user, client_id AS clientId, seq, id, time, group_key AS "group" FROM posts ORDER BY n')) {
    const posted = seq === null ? { id, time, group: group ?? undefined } : { seq };
    if (isUser(users.byId(user))) put({ is: "post.remembered", user, clientId, posted });
  }
}

interface RealmRow extends Pick<RealmValues, "given" | "received"> {
  readonly name: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly pinned: string | null;
  /** JSON. */
  readonly results: string;
  readonly sent: number;
  readonly ended: number;
  readonly named: number;
  readonly encrypted: number;
}

function realms(rows: Query, put: Put, { outbox }: Model): void {
  for (const { name, host, port, pinned, results, sent, ended, named, encrypted, ...values } of rows<RealmRow>(
    "SELECT name, host, port, given, named, encrypted, pinned, received, results, sent, ended FROM realms ORDER BY key",
  )) {
    const answered = JSON.parse(results) as [number, ItemResult][];
    const known = {
      ended: ended === 1,
      named: named === 1,
      encrypted: encrypted === 1,
      host: host ?? undefined,
      port: port ?? undefined,
      pinned: pinned ?? undefined,
    };
    put({ is: "realm.added", name, values: { ...values, ...known, results: answered } });
    outbox.raise(name.toLowerCase(), sent);
  }
  for (const { realm, last, items, size } of rows<{ realm: string; last: number; items: number; size: number }>(
    "SELECT realm, max(n) AS last, count(*) AS items, sum(length(body)) AS size FROM outbox GROUP BY realm",
  )) {
    outbox.count(realm, items, size);
    outbox.raise(realm, last);
  }
}
