/** Lists of the server in tables and words; plain.ts has them for scripts. */
import chalk from "chalk";
import type { Reply } from "../connection/errors.ts";
import type { Operation } from "../contract/operations.ts";
import type { MuteMode } from "../contract/shapes.ts";
import { type Native, type ReplyTo, replies } from "../protocol/replies.ts";
import { adminListings } from "./admin/listings.ts";
import { isThere } from "./chat-message.ts";
import { formatDayAndClock } from "./format.ts";
import { stateIn } from "./language/fields.ts";
import { detailInWords, wording } from "./language/wording.ts";
import { textOf } from "./server-notices.ts";
import { type Column, inPairs, table } from "./table.ts";
import { inert } from "./terminal/inert.ts";

/** A value as the cell of a table: on one line, and nothing that moves the cursor. */
function cell(value: string | number | undefined): string {
  return value === undefined ? "" : inert(String(value)).replace(/[\n\t]/g, " ");
}

/** Columns with these titles; what a row is about stands in the first, and is never cut. */
function headed(first: string, ...others: readonly string[]): Column[] {
  return [{ title: first, whole: true }, ...others.map((title) => ({ title }))];
}

type InWords<O extends Native> = (reply: ReplyTo<O>, columns?: number) => string;

const listings: { readonly [O in Native]?: InWords<O> } = {
  ...adminListings,
  realms({ data }, columns) {
    const { realm, state, address, waiting, why, key, thisOne, states } = wording.lists;
    const heads = [realm, state, address, waiting, why]
      .map((title): Column => ({ title }))
      .concat({ title: key, whole: true });
    const rows = data.map((one) => {
      const queued = one.queued !== undefined && one.queued > 0 ? String(one.queued) : "";
      const place = one.host === undefined ? "" : `${cell(one.host)}:${cell(one.port)}`;
      const how = one.own ? thisOne : stateIn(states, cell(one.state));
      // The server says why, in English.
      const error = one.state === "linked" ? "" : detailInWords(cell(one.error));
      return [cell(one.realm), how, place, queued, error, cell(one.key)];
    });
    return rows.length === 0 ? wording.nothing : table(heads, rows, columns);
  },
  sessions({ data }, columns) {
    const { session, since, used: usedTitle, address, client: program, current: isCurrent } = wording.lists;
    const heads = [session, since, usedTitle]
      .map((title): Column => ({ title, whole: true }))
      .concat([address, program, ""].map((title) => ({ title })));
    const rows = data.map(({ id, created, used, address: from, client, current }) => {
      const times = [created, used].map(formatDayAndClock);
      return [cell(id), ...times, cell(from), cell(client), current ? isCurrent : ""];
    });
    return rows.length === 0 ? wording.nothing : table(heads, rows, columns);
  },
  users({ users, elsewhere, more, after }, columns) {
    const { lists } = wording;
    const heads = headed(lists.user, lists.fullName, lists.country, "");
    const rows = users.map((user) => [cell(user.username), cell(user.name), cell(user.country), shownWords(user)]);
    const others = elsewhere.length > 0 ? [lists.elsewhere(elsewhere.map(cell).join(", "))] : [];
    const rest = more && after !== undefined ? [lists.moreUsers(cell(after))] : [];
    return [table(heads, rows, columns), ...others, ...rest].join("\n");
  },
  members({ members }, columns) {
    const { lists } = wording;
    const heads = headed(lists.user, lists.fullName, lists.role, "");
    return table(
      heads,
      members.map(({ user, name, role = "member", online }) => {
        const what = role === "member" ? "" : stateIn(lists.roles, cell(role));
        return [cell(user), cell(name), what, onlineWord(online)];
      }),
      columns,
    );
  },
  requests({ data }, columns) {
    const { lists } = wording;
    const rows = data.map(({ user, time, first }) => [cell(user), formatDayAndClock(time), cell(first?.message)]);
    return rows.length === 0 ? wording.nothing : table(headed(lists.user, lists.since, lists.last), rows, columns);
  },
  bans({ data, silences }, columns) {
    const { lists, admin } = wording;
    const rowsOf = (restrained: typeof data, how: string): string[][] =>
      restrained.map(({ user, by, time, until }) => {
        const end = until === undefined ? admin.forGood : formatDayAndClock(until);
        return [cell(user), how, formatDayAndClock(time), end, cell(by)];
      });
    const rows = [...rowsOf(data, admin.banned), ...rowsOf(silences, lists.silenced)];
    const heads = headed(lists.user, "", lists.since, admin.until, admin.by);
    return rows.length === 0 ? wording.nothing : table(heads, rows, columns);
  },
  groupInfo({ data }, columns) {
    const { lists, admin } = wording;
    const { group, topic, owner, role, members, created } = data;
    const facts: readonly (readonly [string, string])[] = [
      [admin.group, `#${cell(group)}`],
      ...(topic === "" ? [] : [[lists.topic, cell(topic)] as const]),
      [admin.owner, cell(owner)],
      [lists.role, stateIn(lists.roles, cell(role))],
      [admin.members, String(members)],
      [lists.rules, rulesIn(data)],
      [lists.since, formatDayAndClock(created)],
    ];
    return inPairs(facts, columns);
  },
  groupInvitations({ data }, columns) {
    const { lists, admin } = wording;
    const rows = data.map(({ group, by, time }) => [`#${cell(group)}`, cell(by), formatDayAndClock(time)]);
    return rows.length === 0 ? wording.nothing : table(headed(admin.group, admin.by, lists.since), rows, columns);
  },
  settings({ data: { allow, refuseGroups, presence, away, status } }) {
    const said = (word: string, note: string): string => `${word} ${cell(note)}`.trimEnd();
    return [
      `allow ${allow}`,
      `refuse-groups ${onOrOff(refuseGroups)}`,
      ...(presence === undefined ? [] : [`presence ${onOrOff(presence)}`]),
      ...(away === undefined ? [] : [said("away", away)]),
      ...(status === undefined ? [] : [said("status", status)]),
    ].join("\n");
  },
  versions({ data }) {
    const versions = data.map(({ message, time }) => {
      const day = `${formatDayAndClock(time)}  `;
      return day + inert(message).replaceAll("\n", `\n${" ".repeat(day.length)}`);
    });
    return versions.length === 0 ? wording.nothing : versions.join("\n");
  },
  blocks({ data }, columns) {
    const { lists } = wording;
    const rows = data.map(({ user, time }) => [cell(user), formatDayAndClock(time)]);
    return rows.length === 0 ? wording.nothing : table(headed(lists.user, lists.since), rows, columns);
  },
  groups({ data, mine }) {
    const all = [...new Set([...data, ...mine])];
    if (all.length === 0) return wording.nothing;
    const yours = `  ${chalk.dim(wording.lists.yours)}`;
    return all.map((name) => `#${cell(name)}${mine.includes(name) ? yours : ""}`).join("\n");
  },
  info: userInWords,
  whoami: userInWords,
  chats: (reply, columns) => chatsInWords(chatsIn(reply), ({ muted }) => mutedInWords(muted), columns),
  mutes: ({ data }, columns) => (data.length === 0 ? wording.nothing : mutesInWords(data, columns)),
};

/** @param columns of the window. @returns undefined for what is no list of this kind. */
export function listInWords(operation: Operation, reply: Reply, columns?: number): string | undefined {
  const inWords = listings[operation as Native] as InWords<Native> | undefined;
  const list = inWords && replies[operation as Native].read(reply);
  return list && inWords(list, columns);
}

/** A group's rules as they are given. */
function rulesIn({ access, history, posting, listed, keep, slow }: ReplyTo<"groupInfo">["data"]): string {
  const rules = { access, history, posting, listed: listed ? "yes" : "no", keep, slow };
  return Object.entries(rules)
    .map(([rule, value]) => `${rule} ${cell(value)}`)
    .join(", ");
}

function onOrOff(on: boolean): string {
  return on ? "on" : "off";
}

function userInWords({ data }: ReplyTo<"info">, columns?: number): string {
  const { lists } = wording;
  const { username, name, country, realm } = data;
  const heads = headed(lists.user, lists.fullName, lists.country, lists.realm, "");
  return table(heads, [[cell(username), cell(name), cell(country), cell(realm), shownWords(data)]], columns);
}

/** Whether a user is there, or was last, and what he says of himself. */
function shownWords({ online, away, status, seen }: ReplyTo<"info">["data"]): string {
  const { lists } = wording;
  const last = seen === undefined ? "" : lists.seen(formatDayAndClock(seen));
  return [onlineWord(online), last, away === undefined ? "" : lists.away(cell(away)), cell(status)]
    .filter(Boolean)
    .join(", ");
}

function onlineWord(online: boolean | undefined): string {
  const { online: on, offline } = wording.lists;
  return online === undefined ? "" : online ? on : offline;
}

/** A conversation as the server lists it. */
export interface ListedChat {
  readonly name: string;
  readonly unread: number;
  /** Those of the unread that name one, in groups. */
  readonly mentions: number;
  /** The last message, and its time; empty where there is none yet. */
  readonly text: string;
  readonly time: string;
  readonly muted: false | MuteMode;
}

/** The conversations in the answer to `chats`. */
export function chatsIn({ data }: ReplyTo<"chats">): ListedChat[] {
  return data.map(({ with: name, last, unread, mentions = 0, muted = false }) => {
    const said = last && isThere(last) ? last : undefined;
    const gone = last === undefined || last === null ? "" : wording.events.wasDeleted(1);
    const text = said ? `${said.from}: ${textOf(said)}` : gone;
    return { name, unread, mentions, text: cell(text), time: said?.time ?? "", muted };
  });
}

/** Conversations in a table. @param marks what else is said of each */
export function chatsInWords(
  chats: readonly ListedChat[],
  marks: (chat: ListedChat) => string,
  columns?: number,
): string {
  if (chats.length === 0) return wording.nothing;
  const { conversation, unread, mentions, last } = wording.lists;
  const heads = headed(conversation, unread, mentions, "", "", last);
  // A day that is cut says nothing.
  heads[4] = { title: "", whole: true };
  const number = (count: number): string => (count > 0 ? String(count) : "");
  const rows = chats.map((chat) => {
    const { name, unread: count, mentions: named, text, time } = chat;
    return [cell(name), number(count), number(Math.min(count, named)), marks(chat), formatDayAndClock(time), text];
  });
  return table(heads, rows, columns);
}

/** How a conversation is muted; empty where it is not. */
export function mutedInWords(mode: false | MuteMode): string {
  return mode === false ? "" : wording.lists.muted[mode];
}

/** What one has muted, in a table; there is something. */
export function mutesInWords(data: ReplyTo<"mutes">["data"], columns?: number): string {
  const { conversation, since } = wording.lists;
  const rows = data.map(({ with: name, muted, time }) => [cell(name), mutedInWords(muted), formatDayAndClock(time)]);
  return table(headed(conversation, "", since), rows, columns);
}
