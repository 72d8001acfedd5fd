/** Replies and events in words, for people. What others wrote can move no cursor and hide nothing. */
import chalk from "chalk";
import { isOk, type Reply, type ServerEvent } from "./client.ts";
import { size } from "./progress.ts";

/** C0 but line feed and tab, DEL, C1; then marks that turn the direction of a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Keys of a reply that are for scripts, or said already. */
const BESIDE = new Set(["status", "message", "code", "detail", "more", "before", "tokenid", "token_id"]);

/** A text as it may be shown: what would act on the terminal is named instead. */
export function inert(text: string): string {
  return text.replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function replyInWords(reply: Reply): string {
  if (!isOk(reply)) {
    const detail = reply.detail === undefined ? "" : ` (${inert(String(reply.detail))})`;
    return chalk.red(`${inert(text(reply.message ?? reply.data))}${detail}`);
  }
  if (typeof reply["tokenid"] === "string") return `logged in; token ${reply["tokenid"]}`;
  if (typeof reply.message === "string" && (reply.data === undefined || reply.data === reply.message)) {
    return inert(reply.message) + state(reply["state"]);
  }
  const body = reply.data === undefined ? beside(reply) : reply.data;
  const more =
    reply["more"] === true ? `\n(there are older ones: history NAME before ${inert(text(reply["before"]))})` : "";
  return valueInWords(body, "") + more;
}

export function eventInWords({ event, data }: ServerEvent): string {
  switch (event) {
    case "message":
    case "file":
      return messageInWords(data);
    case "join":
      return chalk.dim(`* ${inert(text(data["user"]))} joined ${inert(text(data["group"]))}`);
    case "leave":
      return chalk.dim(`* ${inert(text(data["user"]))} left ${inert(text(data["group"]))}`);
    case "unsend": {
      const place = data["group"] === undefined ? "" : ` in ${inert(text(data["group"]))}`;
      return chalk.dim(`* ${inert(text(data["from"]))} took back the file ${inert(text(data["name"]))}${place}`);
    }
    case "presence":
      return chalk.dim(`* ${inert(text(data["user"]))} is ${data["online"] === true ? "online" : "offline"}`);
    default:
      return chalk.dim(`* ${inert(event)} ${inert(JSON.stringify(data))}`);
  }
}

/** What a reply says of another realm. */
function state(state: unknown): string {
  if (state === undefined) return "";
  return ` (${state === "queued" ? "it waits: that realm does not answer now" : inert(text(state))})`;
}

function messageInWords(message: Readonly<Record<string, unknown>>): string {
  const time = chalk.dim(clock(message["sent"] ?? message["time"]));
  const place = message["group"] === undefined ? "" : chalk.cyan(`#${inert(text(message["group"]))} `);
  const from = chalk.bold(inert(text(message["from"])));
  const file = message["file"] as { size?: number; gone?: boolean } | undefined;
  const body = inert(text(message["message"])).replaceAll("\n", "\n        ");
  return `${time} ${place}${from}: ${file ? `file ${body} (${file.gone ? "gone" : size(Number(file.size))})` : body}`;
}

function valueInWords(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return `${indent}(nothing)`;
    return value.map((item) => itemInWords(item, indent)).join("\n");
  }
  if (typeof value !== "object" || value === null) return indent + inert(text(value));
  return Object.entries(value)
    .map(([key, item]) => {
      const name = chalk.bold(inert(key));
      const nested = typeof item === "object" && item !== null;
      return nested
        ? `${indent}${name}:\n${valueInWords(item, `${indent}  `)}`
        : `${indent}${name}: ${inert(text(item))}`;
    })
    .join("\n");
}

function itemInWords(item: unknown, indent: string): string {
  if (typeof item !== "object" || item === null) return indent + inert(text(item));
  const fields = item as Record<string, unknown>;
  if (typeof fields["from"] === "string" && typeof fields["message"] === "string")
    return indent + messageInWords(fields);
  const parts = Object.entries(fields).map(([key, value]) => {
    const shown = typeof value === "object" ? JSON.stringify(value) : text(value);
    return Array.isArray(item) ? inert(shown) : `${key} ${inert(shown)}`;
  });
  return indent + parts.join("  ");
}

function beside(reply: Reply): Record<string, unknown> {
  return Object.fromEntries(Object.entries(reply).filter(([key]) => !BESIDE.has(key)));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Hours and minutes here, from RFC 3339. */
function clock(time: unknown): string {
  const date = new Date(String(time));
  if (Number.isNaN(date.getTime())) return "--:--";
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}
