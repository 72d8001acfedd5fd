/** The JSON of messages, pages and lists of conversations that several dialects share. */

import type { Said } from "../contract/event.ts";
import { formatAddress } from "../contract/names.ts";
import type { Output } from "../contract/operations.ts";
import type { Altering, FileInfo, Message, Page, Person, Sent } from "../contract/shapes.ts";
import { FRAME_END } from "./frames.ts";
import { escaped } from "./plain-text.ts";
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
  return isPlain(m) ? messageForm(m) : { ...messageForm(m), ...becomeForm(m) };
}

/** A message as `native` tells it, or what is left of it. */
export function leftForm(m: Message): ToldOrDeleted {
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
export function alteringForm({
  id,
  origin,
  alteration,
  from,
  to,
  group,
  by,
  time,
  text,
  emoji,
}: Altering): ToldAltering {
  const place = { from: formatAddress(from), to: to ? formatAddress(to) : (group as string), group };
  return { id, origin, alteration, ...place, by: formatAddress(by), time: rfc3339(time), message: text, emoji };
}

/*
 * What every message needs is written by hand as JSON text. V8 keeps what is put together as a tree of its pieces until it is
 * written, and walks that then: the fewer pieces the better. Names, ids and times need no escapes.
 */

/** Who speaks to whom, before the text: the same from message to message. */
const latest = { from: undefined as Person | undefined, to: undefined as Person | string | undefined, json: "" };

function placeJson({ from, to, group }: Message): string {
  const place = to ?? group;
  if (from !== latest.from || place !== latest.to) {
    const ofGroup = group === undefined ? "" : `"group":"${group}",`;
    const addressee = to ? formatAddress(to) : group;
    const json = `","from":"${formatAddress(from)}","to":"${addressee}",${ofGroup}"realm":"${from.realm}","message":"`;
    Object.assign(latest, { from, to: place, json: inOnePiece(json) });
  }
  return latest.json;
}

/** A time with what stands around it: many messages share one. */
class TimeJson {
  readonly #before: string;
  readonly #behind: string;
  #time = Number.NaN;
  #json = "";

  constructor(before: string, behind: string) {
    this.#before = before;
    this.#behind = behind;
  }

  of(time: number): string {
    if (time !== this.#time) {
      this.#time = time;
      this.#json = inOnePiece(this.#before + rfc3339(time) + this.#behind);
    }
    return this.#json;
  }
}

function inOnePiece(text: string): string {
  text.charCodeAt(0);
  return text;
}

const timeThenEnd = new TimeJson('","time":"', `"}}${FRAME_END}`);
const timeAfterIdThenEnd = new TimeJson('","time":"', `"}${FRAME_END}`);

/** The frame of the event `message` or `file`. */
export function messageFrame(m: Message): string {
  if (!isPlain(m) || m.file || m.origin !== undefined || m.sent !== undefined) {
    return `{"event":"${m.file ? "file" : "message"}","data":${messageJson(m)}}${FRAME_END}`;
  }
  return `{"event":"message","data":{"id":"${m.id}${placeJson(m)}${escaped(m.text)}${timeThenEnd.of(m.time)}`;
}

/** `nativeForm` as JSON text. */
export function messageJson(m: Message): string {
  const file = m.file ? `,"file":${JSON.stringify(m.file)}` : "";
  const origin = m.origin === undefined ? "" : `,"origin":"${m.origin}"`;
  const sent = m.sent === undefined ? "" : `,"sent":"${rfc3339(m.sent)}"`;
  const become = isPlain(m) ? "" : `,${JSON.stringify(becomeForm(m)).slice(1, -1)}`;
  return `{"id":"${m.id}${placeJson(m)}${escaped(m.text)}","time":"${rfc3339(m.time)}"${file}${origin}${sent}${become}}`;
}

function isPlain({ reply, edited, reactions }: Message): boolean {
  return reply === undefined && edited === undefined && reactions === undefined;
}

/** The frame that tells of a message that was sent. @param start the reply's JSON text up to the id */
export function sentFrame(start: string, { id, time, file, state }: Sent & { readonly file?: FileInfo }): string {
  if (!file && state === undefined) return start + id + timeAfterIdThenEnd.of(time);
  const given = file ? `,"file":${JSON.stringify(file)}` : "";
  const queued = state === undefined ? "" : `,"state":"${state}"`;
  return `${start}${id}","time":"${rfc3339(time)}"${given}${queued}}${FRAME_END}`;
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

/** Who waits to be let in. */
export function requestForm({
  user,
  time,
  first,
}: Output<"requests">["requests"][number]): ReplyTo<"requests">["data"][number] {
  return { user, time: rfc3339(time), first: first && nativeForm(first) };
}
