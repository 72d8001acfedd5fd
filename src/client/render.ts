/** Replies and events in words, for people. What others wrote can move no cursor and hide nothing. */
import { isDeepStrictEqual } from "node:util";
import chalk from "chalk";
import { isOk, type Reply } from "../connection/errors.ts";
import type { Operation } from "../contract/operations.ts";
import type { EventData, ToldEvent } from "../protocol/replies.ts";
import { isSameName, messageOf } from "./chat-message.ts";
import { formatDayAndClock } from "./format.ts";
import { wording } from "./language/wording.ts";
import { deletedInWords, messageInWords, quoted, type Reader } from "./message-words.ts";
import { reasonInWords, refusalInWords } from "./refusal-words.ts";
import { inert } from "./terminal/inert.ts";
import { HANG } from "./terminal/marks.ts";
import { valueText } from "./value-text.ts";

/** Keys of a reply that are not shown: they are for scripts, or said already. */
const BESIDE = new Set("status message messages code detail more before tokenid token_id token".split(" "));

/** Operations whose answers are shown in columns. */
export const inColumns: ReadonlySet<Operation> = new Set([
  "users",
  "members",
  "groups",
  "groupInfo",
  "groupInvitations",
  "bans",
  "versions",
  "settings",
  "requests",
  "blocks",
  "realms",
  "sessions",
  "info",
  "whoami",
  "chats",
  "mutes",
  "adminUsers",
  "adminUser",
  "adminGroups",
  "adminInvite",
  "adminInvitations",
  "adminBans",
  "adminReports",
  "adminStats",
  "adminAudit",
] as const);

/** A reply for people. @param operation undefined where the request is not understood here */
export function replyInWords(reply: Reply, reader: Reader = {}, operation?: Operation): string {
  if (!isOk(reply)) return chalk.red(refusalInWords(reply, operation));
  if (typeof reply["tokenid"] === "string") return wording.done.login as string;
  const done = doneInWords(reply, operation);
  if (done !== undefined && reply["state"] === "queued") {
    // What was said has its time already; anything else is done only once the realm has answered.
    return reply["time"] === undefined ? wording.notYet : `${done} (${wording.queued})`;
  }
  if (done !== undefined) return done;
  const list = operation && reader.lists?.listInWords(operation, reply, reader.columns);
  if (list !== undefined) return list;
  const body = reply.data === undefined ? beside(reply) : reply.data;
  const more = reply["more"] === true ? `\n${wording.chat.olderThan(inert(valueText(reply["before"])))}` : "";
  const isEmpty = reply.data !== undefined && isDeepStrictEqual(reply.data, {});
  return (isEmpty ? wording.nothing : valueInWords(body, "", reader)) + more;
}

/** What is said of a request whose answer holds no more than that it was done. @returns undefined for any other */
export function doneInWords(reply: Reply, operation: Operation | undefined): string | undefined {
  const done = operation && wording.done[operation];
  if (done !== undefined) return typeof done === "string" ? done : done(reply);
  const isText = typeof reply.message === "string" && (reply.data === undefined || reply.data === reply.message);
  return operation === undefined && isText ? inert(reply.message as string) : undefined;
}

/** An event for people. */
export function eventInWords(event: ToldEvent, reader: Reader = {}): string {
  const words = wording.events;
  const notice = noticeFor(reader);
  switch (event.event) {
    case "message":
    case "file":
      return messageInWords(event.data, reader);
    case "sent":
      return messageInWords(event.data, reader);
    case "read":
      return notice(words.read(inert(event.data.with)));
    case "muted":
      return notice(wording.mutedNow(inert(event.data.with), event.data.muted || ""));
    case "fate": {
      const was = quoted(reader.was);
      return notice(words.fate(inert(event.data.state), was, reasonInWords(event.data.detail ?? "")));
    }
    case "edited":
    case "deleted":
    case "reacted":
    case "unreacted":
    case "pinned":
    case "unpinned": {
      const { by, group, message = "", emoji = "" } = event.data;
      const isHere = group !== undefined && isSameName(`#${group}`, reader.open ?? "");
      const place = group === undefined || isHere ? "" : `#${inert(group)}`;
      const was = quoted(reader.was);
      return notice(
        words.altered[event.event](inert(by), place, was, inert(event.event === "edited" ? message : emoji)),
      );
    }
    case "join":
    case "leave":
      return notice(comingInWords(event.event, event.data));
    case "group":
      return groupNewsInWords(event.data).map(notice).join("\n");
    case "role": {
      const { user, role, group, by = "" } = event.data;
      return notice(words.role(inert(user), inert(role), inert(group)) + words.by(inert(by)));
    }
    case "invite":
      return notice(words.asked(inert(event.data.by), inert(event.data.group)));
    case "ban":
    case "unban":
    case "silence":
    case "unsilence": {
      const { user, group, by = "", until } = event.data;
      const end = words.until(until === undefined ? "" : formatDayAndClock(until));
      return notice(words[event.event](inert(user), inert(group)) + end + words.by(inert(by)));
    }
    case "unsend": {
      const { from, name, group = "" } = event.data;
      return notice(words.tookBack(inert(from), inert(name), inert(group)));
    }
    case "request":
      return notice(words.request(inert(event.data.user)));
    case "presence": {
      const { user, online, away, status } = event.data;
      const said = [
        ...(away === undefined ? [] : [words.away(inert(user), inert(away))]),
        ...(status === undefined ? [] : [words.status(inert(user), inert(status))]),
      ];
      return notice([words[online ? "online" : "offline"](inert(user), false), ...said].join("; "));
    }
    case "typing":
      return notice(words.typing(inert(event.data.user), false));
    case "closing":
      return notice(words.closing);
    case "call":
      return notice(`call ${inert(JSON.stringify(event.data))}`);
    case "other":
      return notice(`${inert(event.name)} ${inert(JSON.stringify(event.data))}`);
  }
}

function comingInWords(what: "join" | "leave", { user, group, by, why = "" }: EventData<"join">): string {
  const { joined, left, broughtIn, putOut } = wording.events;
  const [who, where] = [inert(user), inert(group)];
  if (by === undefined) return what === "join" ? joined(who, where) : left(who, where);
  return what === "join" ? broughtIn(who, where, inert(by)) : putOut(who, where, inert(by), inert(why));
}

function groupNewsInWords({ group: called, by = "", name, gone, topic, ...rules }: EventData<"group">): string[] {
  const words = wording.events;
  const group = inert(called);
  const who = words.by(inert(by));
  if (gone) return [words.deleted(group) + who];
  const news: string[] = [];
  if (name !== undefined) news.push(words.named(group, inert(name)) + who);
  if (topic !== undefined) news.push(words.topic(group, inert(topic)) + who);
  const changed = Object.entries(rules).map(([rule, value]) => `${inert(rule)} ${inert(valueText(value))}`);
  if (changed.length > 0) news.push(words.rules(group, changed.join(", ")) + who);
  return news;
}

/** What puts a notice into words for this reader. */
export function noticeFor({ isDrawn }: Reader): (words: string) => string {
  return (words) => chalk.dim(isDrawn ? `* ${HANG}${words.replaceAll("\n", `\n${HANG}`)}` : `* ${words}`);
}

function valueInWords(value: unknown, indent: string, reader: Reader): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return indent + wording.nothing;
    return value.map((item) => itemInWords(item, indent, reader)).join("\n");
  }
  if (typeof value !== "object" || value === null) return indent + inert(valueText(value));
  return Object.entries(value)
    .map(([key, item]) => {
      const name = chalk.bold(inert(key));
      const nested = typeof item === "object" && item !== null;
      return nested
        ? `${indent}${name}:\n${valueInWords(item, `${indent}  `, reader)}`
        : `${indent}${name}: ${inert(valueText(item))}`;
    })
    .join("\n");
}

function itemInWords(item: unknown, indent: string, reader: Reader): string {
  if (typeof item !== "object" || item === null) return indent + inert(valueText(item));
  if ("deleted" in item && item.deleted === true && "id" in item) return indent + deletedInWords(1);
  const message = messageOf(item);
  if (message) return indent + messageInWords(message, reader);
  const parts = Object.entries(item).map(([key, value]) => {
    const shown = valueText(value);
    return inert(Array.isArray(item) ? shown : `${key} ${shown}`);
  });
  return indent + parts.join("  ");
}

function beside(reply: Reply): Record<string, unknown> {
  return Object.fromEntries(Object.entries(reply).filter(([key]) => !BESIDE.has(key)));
}
