/** The JSON of messages, pages and lists of conversations that several dialects share. */

import type { Said } from "../contract/event.ts";
import { formatAddress } from "../contract/names.ts";
import type { Output } from "../contract/operations.ts";
import type { Altering, FileInfo, Message, Page, Person, Sent } from "../contract/shapes.ts";
import type { EventName, ReplyTo, ToldAltering, ToldMessage, ToldOrDeleted } from "./replies.ts";
import { rfc3339 } from "./time.ts";

/** A message as spec 001 has it, with extra fields; without what only `native` tells. */
export function messageForm(m: Message): ToldMessage {
  return {
    id: m.id,
    from: formatAddress(m.from),
    to: m.to ? formatAddress(m.to) : (m.group as string),
    group: m.group,
    realm: m.from.realm,
    message: m.text,
    time: rfc3339(m.time),
    file: m.file,
    origin: m.origin,
    sent: m.sent === undefined ? undefined : rfc3339(m.sent),
  };
}

/** A message as `native` tells it. */
export function nativeForm(m: Message): ToldMessage {
  return { ...messageForm(m), ...becomeForm(m) };
}

/** A message as `native` tells it, or what is left of it. */
function leftForm(m: Message): ToldOrDeleted {
  return m.deleted ? { id: m.id, deleted: true } : nativeForm(m);
}

/** What a message answers, and what has become of it. */
function becomeForm({ edited, reply, reactions }: Message): Pick<ToldMessage, "edited" | "reply" | "reactions"> {
  return {
    ...(edited !== undefined && { edited: rfc3339(edited) }),
    ...(reply && { reply: { ...reply, from: formatAddress(reply.from) } }),
    ...(reactions && {
      reactions: Object.fromEntries([...reactions].map(([emoji, by]) => [emoji, by.map(formatAddress)])),
    }),
  };
}

/** What became of a message. */
export function alteringForm({ id, alteration, from, to, group, by, time, text, emoji }: Altering): ToldAltering {
  const place = { from: formatAddress(from), to: to ? formatAddress(to) : (group as string), group };
  return { id, alteration, ...place, by: formatAddress(by), time: rfc3339(time), message: text, emoji };
}

/** Who speaks to whom, as JSON text: the same from message to message. */
const latest = { from: undefined as Person | undefined, to: undefined as Person | string | undefined, json: "" };

function placeJson({ from, to, group }: Message): string {
  const place = to ?? group;
  if (from !== latest.from || place !== latest.to) {
    const ofGroup = group === undefined ? "" : `"group":"${group}",`;
    const json = `","from":"${formatAddress(from)}","to":"${to ? formatAddress(to) : group}",${ofGroup}"realm":"${from.realm}","message":`;
    // As one piece: it is part of every message.
    json.charCodeAt(0);
    Object.assign(latest, { from, to: place, json });
  }
  return latest.json;
}

/**
 * `nativeForm` as JSON text, between two others; written by hand because every message needs one. Names and ids need no escapes.
 * V8 keeps what is put together as a tree until it is written: the fewer pieces the better.
 */
export function messageJson(m: Message, before: string, behind: string): string {
  const all = `${before}{"id":"${m.id}${placeJson(m)}${JSON.stringify(m.text)},"time":"${rfc3339(m.time)}`;
  const isPlain = m.reply === undefined && m.edited === undefined && m.reactions === undefined;
  if (isPlain && !m.file && m.origin === undefined) return `${all}"}${behind}`;
  const file = m.file ? `,"file":${JSON.stringify(m.file)}` : "";
  const origin = m.origin === undefined ? "" : `,"origin":"${m.origin}"`;
  const sent = m.sent === undefined ? "" : `,"sent":"${rfc3339(m.sent)}"`;
  const become = isPlain ? "" : `,${JSON.stringify(becomeForm(m)).slice(1, -1)}`;
  return `${all}"${file}${origin}${sent}${become}}${behind}`;
}

/** What is told of a message that was sent, as JSON text behind other fields; written by hand for the same reason. */
export function sentJson({ id, time, file, state }: Sent & { readonly file?: FileInfo }): string {
  if (!file && state === undefined) return `,"id":"${id}","time":"${rfc3339(time)}"}`;
  const given = file ? `,"file":${JSON.stringify(file)}` : "";
  return `,"id":"${id}","time":"${rfc3339(time)}"${given}${state === undefined ? "" : `,"state":"${state}"`}}`;
}

/** A message as clients of the documents read it: spec 004, "nama pengirim, nama penerima dan pesan". */
export function letterForm(m: Message): object {
  return { msg_from: m.from.fullName, msg_to: m.to ? m.to.fullName : m.group, msg: m.text };
}

/** A page, with its messages by sender in `messages` too, as existing clients of spec 001 read it. */
export function pageBySender(page: Page): ReplyTo<"realmInbox"> & { messages: object } {
  const messages = grouped(
    page.messages,
    (m) => formatAddress(m.from),
    (m) => ({ ...letterForm(m), group: m.group }),
  );
  return { ...pageForm(page), messages };
}

/** A page of messages as spec 001 has it. */
export function pageForm({ messages, more, before }: Page): ReplyTo<"inbox"> {
  return { data: messages.map(messageForm), more: more || undefined, before };
}

/** The same as `native` has it. */
export function nativePage({ messages, more, before }: Page): ReplyTo<"inbox"> {
  return { data: messages.map(nativeForm), more: more || undefined, before };
}

/** A page of a conversation, in which deleted messages have their places. */
export function historyForm({ messages, more, before, after }: Page): ReplyTo<"history"> {
  return { data: messages.map(leftForm), more: more || undefined, before, after };
}

/** What was said, or became of a message, as its event is told. */
export function eventForm(said: Said): { readonly event: EventName; readonly data: object } {
  if ("altering" in said) return { event: said.kind, data: alteringForm(said.altering) };
  const { kind, message } = said;
  return { event: kind === "message" && message.file ? "file" : kind, data: nativeForm(message) };
}

/** A list of conversations. */
export function chatsForm({ chats, more, before }: Output<"chats">): ReplyTo<"chats"> {
  const data = chats.map(({ with: name, last, ...counts }) => ({
    with: name,
    last: last && leftForm(last),
    ...counts,
  }));
  return { data, more: more || undefined, before };
}

/** Messages that were searched for. */
export function foundForm({ found, more, before, behind }: Output<"search">): ReplyTo<"search"> {
  const data = found.map(({ message, snippet, found: words }) => ({ ...messageForm(message), snippet, found: words }));
  return { data, more: more || undefined, before, behind: behind || undefined };
}

/** Items by key, in order of first appearance. Any key is safe, `__proto__` too. */
export function grouped<T, V>(items: readonly T[], key: (item: T) => string, value: (item: T) => V): object {
  const groups = new Map<string, V[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(value(item));
    else groups.set(key(item), [value(item)]);
  }
  return Object.fromEntries(groups);
}

/** `YYYY-MM-DD HH:MM:SS`, UTC: what clients of spec 000 show. */
export function plainTime(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}
