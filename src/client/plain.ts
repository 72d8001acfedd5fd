/** What `--plain` prints: fields with tabs between, a line each. */
import type { Operation } from "../contract/operations.ts";
import { messageOf } from "./chat-message.ts";
import type { Reply } from "./client.ts";
import { objectsIn, valueText } from "./reply-fields.ts";
import { inert } from "./terminal/inert.ts";

/** A row a line, each field in its place whether there is anything in it or not. */
export function plainRows(rows: readonly (readonly unknown[])[]): string {
  return rows
    .map((row) => row.map((value) => (value === undefined || value === null ? "" : plainField(value))).join("\t"))
    .join("\n");
}

/** One field: a tab, a line end and a backslash are written `\t`, `\n`, `\\`. */
export function plainField(value: unknown): string {
  return inert(valueText(value).replace(/\\/g, "\\\\").replace(/\t/g, "\\t").replace(/\n/g, "\\n"));
}

/** The rows of a list, their fields in the order of README's table. @returns undefined for any other answer */
export function listPlain(operation: Operation, reply: Reply): readonly (readonly unknown[])[] | undefined {
  switch (operation) {
    case "chats":
      return objectsIn(reply.data).map(({ with: name, last, unread }) => {
        const message = messageOf(last);
        return [name, unread, message?.time, message?.from, message?.message, message?.id];
      });
    case "realms":
      return objectsIn(reply.data).map(({ realm, own, state, host, port, key, contact, error, queued, oldest }) => {
        return [realm, own === true ? "own" : state, host, port, key, contact, error, queued, oldest];
      });
    case "sessions":
      return objectsIn(reply.data).map(({ id, created, used, current }) => {
        return [id, created, used, current === true ? "current" : ""];
      });
    default:
      return undefined;
  }
}
