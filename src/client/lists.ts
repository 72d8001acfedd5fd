/** Lists of the server in tables and words; plain.ts has them for scripts. */
import chalk from "chalk";
import type { Operation } from "../contract/operations.ts";
import { messageOf } from "./chat-message.ts";
import type { Reply } from "./client.ts";
import { formatDayAndClock } from "./format.ts";
import { stateIn } from "./language/fields.ts";
import { detailInWords, wording } from "./language/wording.ts";
import { type Fields, objectsIn, textsIn, valueText } from "./reply-fields.ts";
import { type Column, table } from "./table.ts";
import { inert } from "./terminal/inert.ts";

/** A value as the cell of a table: on one line, and nothing that moves the cursor. */
function cell(value: unknown): string {
  return value === null ? "" : inert(valueText(value)).replace(/[\n\t]/g, " ");
}

function names(value: unknown): string[] {
  return textsIn(value).map(cell);
}

/** Columns with these titles; what a row is about stands in the first, and is never cut. */
function headed(first: string, ...others: readonly string[]): Column[] {
  return [{ title: first, whole: true }, ...others.map((title) => ({ title }))];
}

interface Listing {
  readonly heads: () => readonly Column[];
  readonly row: (one: Fields) => readonly string[];
}

const listings: Readonly<Partial<Record<Operation, Listing>>> = {
  realms: {
    heads: () => {
      const { realm, state, address, waiting, why, key } = wording.lists;
      return [realm, state, address, waiting, why]
        .map((title): Column => ({ title }))
        .concat({ title: key, whole: true });
    },
    row({ realm, own, host, port, key, state, error, queued }) {
      const { thisOne, states } = wording.lists;
      const waiting = typeof queued === "number" && queued > 0 ? String(queued) : "";
      const place = host === undefined ? "" : `${cell(host)}:${cell(port)}`;
      const how = own === true ? thisOne : stateIn(states, cell(state));
      // The server says why, in English.
      const why = state === "linked" ? "" : detailInWords(cell(error));
      return [cell(realm), how, place, waiting, why, cell(key)];
    },
  },
  sessions: {
    heads: () => {
      const { session, since, used } = wording.lists;
      return [session, since, used].map((title): Column => ({ title, whole: true })).concat({ title: "" });
    },
    row: ({ id, created, used, current }) => {
      return [
        cell(id),
        formatDayAndClock(created),
        formatDayAndClock(used),
        current === true ? wording.lists.current : "",
      ];
    },
  },
};

/** @param columns of the window. @returns undefined for what is no list of this kind. */
export function listInWords(operation: Operation, reply: Reply, columns?: number): string | undefined {
  const { lists } = wording;
  const listing = listings[operation];
  if (listing) {
    const rows = objectsIn(reply.data).map(listing.row);
    return rows.length === 0 ? wording.nothing : table(listing.heads(), rows, columns);
  }
  switch (operation) {
    case "users": {
      const users = objectsIn(reply["users"]);
      if (users.length === 0) return undefined;
      const heads = headed(lists.user, lists.fullName, lists.country, "");
      const rows = users.map(({ username, name, country, online }) => {
        return [cell(username), cell(name), cell(country), onlineWord(online)];
      });
      const elsewhere = names(reply["elsewhere"]);
      return [
        table(heads, rows, columns),
        ...(elsewhere.length > 0 ? [lists.elsewhere(elsewhere.join(", "))] : []),
      ].join("\n");
    }
    case "members": {
      const members = objectsIn(reply["members"]);
      if (members.length === 0) return undefined;
      const heads = headed(lists.user, lists.fullName, "");
      const rows = members.map(({ user, name, online }) => [cell(user), cell(name), onlineWord(online)]);
      return table(heads, rows, columns);
    }
    case "groups": {
      const mine = names(reply["mine"]);
      const here = names(reply.data);
      if (reply["mine"] === undefined) return undefined;
      const all = [...new Set([...here, ...mine])];
      if (all.length === 0) return wording.nothing;
      return all.map((name) => `#${name}${mine.includes(name) ? `  ${chalk.dim(lists.yours)}` : ""}`).join("\n");
    }
    case "info":
    case "whoami": {
      const { username, name, country, online, realm } = (reply.data ?? {}) as Fields;
      if (typeof username !== "string") return undefined;
      const heads = headed(lists.user, lists.fullName, lists.country, lists.realm, "");
      return table(heads, [[cell(username), cell(name), cell(country), cell(realm), onlineWord(online)]], columns);
    }
    case "chats":
      return chatsInWords(chatsIn(reply), () => "", columns);
    default:
      return undefined;
  }
}

function onlineWord(online: unknown): string {
  const { online: on, offline } = wording.lists;
  return online === true ? on : online === false ? offline : "";
}

/** A conversation as the server lists it. */
export interface ListedChat {
  readonly name: string;
  readonly unread: number;
  /** The last message, and its time; empty where there is none yet. */
  readonly text: string;
  readonly time: string;
}

/** The conversations in the answer to `chats`. */
export function chatsIn(reply: Reply): ListedChat[] {
  return objectsIn(reply.data).flatMap(({ with: name, last, unread }) => {
    if (typeof name !== "string") return [];
    const message = messageOf(last);
    const text = message ? `${message.from}: ${message.message}` : "";
    return [{ name, unread: typeof unread === "number" ? unread : 0, text: cell(text), time: message?.time ?? "" }];
  });
}

/** Conversations in a table. @param marks what else is said of each, by its name */
export function chatsInWords(chats: readonly ListedChat[], marks: (name: string) => string, columns?: number): string {
  if (chats.length === 0) return wording.nothing;
  const { conversation, unread, last } = wording.lists;
  const heads = headed(conversation, unread, "", "", last);
  const rows = chats.map(({ name, unread: count, text, time }) => {
    return [cell(name), count > 0 ? String(count) : "", marks(name), formatDayAndClock(time), text];
  });
  return table(heads, rows, columns);
}
