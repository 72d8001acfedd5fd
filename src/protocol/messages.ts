/** How a message and an event look as JSON. The dialects have forms of their own beside this one. */
import type { Event, Message, Output, Page, Person } from "../operations/contract.ts";
import { FRAME_END } from "./frames.ts";
import { rfc3339 } from "./time.ts";

/** `name`, or `name@realm` of another realm's. */
export function shown({ name, realm, local }: Person): string {
  return local ? name : `${name}@${realm}`;
}

/** The message of the reference dialect (spec 001), with our extra fields. */
export function messageForm(m: Message): object {
  return {
    id: m.id,
    from: shown(m.from),
    to: m.to ? shown(m.to) : m.group,
    group: m.group,
    realm: m.from.realm,
    message: m.text,
    time: rfc3339(m.time),
    file: m.file,
    origin: m.origin,
    sent: m.sent === undefined ? undefined : rfc3339(m.sent),
  };
}

/**
 * The same as JSON. Written out, for one is made for every message: only the text and a file's name
 * need escapes, names and ids have none.
 */
export function messageJson(m: Message): string {
  const group = m.group === undefined ? "" : `"group":"${m.group}",`;
  const file = m.file ? `,"file":${JSON.stringify(m.file)}` : "";
  const to = m.to ? shown(m.to) : m.group;
  const origin = m.origin === undefined ? "" : `,"origin":"${m.origin}"`;
  const sent = m.sent === undefined ? "" : `,"sent":"${rfc3339(m.sent)}"`;
  return `{"id":"${m.id}","from":"${shown(m.from)}","to":"${to}",${group}"realm":"${m.from.realm}","message":${JSON.stringify(m.text)},"time":"${rfc3339(m.time)}"${file}${origin}${sent}}`;
}

/** A message as clients of the documents read it: spec 004, "nama pengirim, nama penerima dan pesan". */
export function letterForm(m: Message): object {
  return { msg_from: m.from.fullName, msg_to: m.to ? m.to.fullName : m.group, msg: m.text };
}

/** The same list twice: as messages, and in `messages` by sender, as existing clients of spec 001 read it. */
export function pageBySender(page: Page): object {
  const messages = grouped(
    page.messages,
    (m) => shown(m.from),
    (m) => ({ ...letterForm(m), group: m.group }),
  );
  return { ...pageForm(page), messages };
}

export function pageForm({ messages, more, before }: Page): object {
  return { data: messages.map(messageForm), more: more || undefined, before };
}

export function chatsForm({ chats, more, before }: Output<"chats">): object {
  const data = chats.map(({ with: name, last, unread }) => ({ with: name, last: last && messageForm(last), unread }));
  return { data, more: more || undefined, before };
}

/** Values grouped by key, in order of first appearance; any key is data, `__proto__` too. */
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

let lastEvent: Event | undefined;
let lastFrame = "";
let lastIsWhole = false;

/** The whole frame of an event. One event goes to many connections: the last is remembered. */
export function eventFrame(event: Event): string {
  if (event !== lastEvent) {
    lastEvent = event;
    lastFrame = eventJson(event) + FRAME_END;
    lastIsWhole = false;
  } else if (!lastIsWhole) {
    // V8 keeps a text that was put together as its pieces until a character is asked for; with the
    // second receiver it pays to have it whole, else each of them puts it together again.
    lastIsWhole = lastFrame.charCodeAt(0) === 0x7b;
  }
  return lastFrame;
}

function eventJson(event: Event): string {
  switch (event.kind) {
    case "message":
      return `{"event":"${event.message.file ? "file" : "message"}","data":${messageJson(event.message)}}`;
    case "join":
    case "leave":
      return JSON.stringify({ event: event.kind, data: { group: event.group, user: event.user } });
    case "unsend": {
      const { id, name } = event.file;
      return JSON.stringify({ event: "unsend", data: { file: id, name, from: event.from, group: event.group } });
    }
    case "presence":
      return JSON.stringify({ event: "presence", data: { user: event.user, online: event.online } });
    case "call":
      return `{"event":"call","data":{"call":${event.call},"method":"${event.method}","body":${event.body}}}`;
  }
}
