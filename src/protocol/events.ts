/** How an event looks as JSON: the same in every dialect. */
import type { Event } from "../contract/event.ts";
import { alteringForm, messageFrame, messageJson } from "./forms.ts";
import { FRAME_END } from "./frames.ts";
import type { EventData, EventName } from "./replies.ts";
import { rfc3339 } from "./time.ts";

let lastEvent: Event | undefined;
let lastFrame = "";
let lastIsWhole = false;

/** The frame of an event. One event goes to many connections: the latest frame is remembered. */
export function eventFrame(event: Event): string {
  if (event !== lastEvent) {
    lastEvent = event;
    lastFrame = frameOf(event);
    lastIsWhole = false;
  } else if (!lastIsWhole) {
    // V8 keeps a concatenated string as its pieces until a character is read. From the second receiver on it pays to join
    // them once, else every write does.
    lastIsWhole = lastFrame.charCodeAt(0) === 0x7b;
  }
  return lastFrame;
}

function frameOf(event: Event): string {
  return event.kind === "message" ? messageFrame(event.message) : eventJson(event) + FRAME_END;
}

function eventJson(event: Exclude<Event, { readonly kind: "message" }>): string {
  switch (event.kind) {
    case "sent":
      return `{"event":"sent","data":${messageJson(event.message)}}`;
    case "read":
      return inForm("read", { with: event.with, id: event.id });
    case "muted":
      return inForm("muted", { with: event.with, muted: event.muted });
    case "fate":
      return inForm("fate", { id: event.id, state: event.state, detail: event.detail });
    case "edited":
    case "deleted":
    case "reacted":
    case "unreacted":
    case "pinned":
    case "unpinned":
      return inForm(event.kind, alteringForm(event.altering));
    case "join":
    case "leave":
      return inForm(event.kind, { group: event.group, user: event.user, by: event.by, why: event.why });
    case "group":
      return inForm("group", { group: event.group, by: event.by, ...event.changed });
    case "role":
      return inForm("role", { group: event.group, user: event.user, role: event.role, by: event.by });
    case "invite":
      return inForm("invite", { group: event.group, by: event.by });
    case "ban":
    case "unban":
    case "silence":
    case "unsilence": {
      const { kind, group, user, by, until } = event;
      return inForm(kind, { group, user, by, until: until === undefined ? undefined : rfc3339(until) });
    }
    case "unsend": {
      const { id, name } = event.file;
      return inForm("unsend", { file: id, name, from: event.from, group: event.group });
    }
    case "request":
      return inForm("request", { user: event.user });
    case "presence":
      return inForm("presence", { user: event.user, online: event.online, away: event.away, status: event.status });
    case "typing":
      return inForm("typing", { with: event.with, user: event.user });
    case "closing":
      return '{"event":"closing"}';
    case "call":
      return `{"event":"call","data":{"call":${event.call},"method":"${event.method}","body":${event.body}}}`;
  }
}

function inForm<E extends EventName>(event: E, data: EventData<E>): string {
  return JSON.stringify({ event, data });
}
