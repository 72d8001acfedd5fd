/** What `--plain` prints: fields with tabs between, a line each. */
import type { Operation } from "../operations/contract.ts";
import type { Reply } from "./client.ts";
import { messageOf, objects } from "./messages.ts";
import { inert } from "./terminal/inert.ts";

/** A row a line, each field in its place whether there is anything in it or not. */
export function tabbed(rows: readonly (readonly unknown[])[]): string {
  return rows
    .map((row) => row.map((value) => (value === undefined || value === null ? "" : field(value))).join("\t"))
    .join("\n");
}

/** One field: a tab, a line end and a backslash are written `\t`, `\n`, `\\`. */
export function field(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return inert(text.replace(/\\/g, "\\\\").replace(/\t/g, "\\t").replace(/\n/g, "\\n"));
}

/** What each row of a list has, in the order of README's table. @returns undefined for what is no list of this kind */
export function listPlain(operation: Operation, reply: Reply): readonly (readonly unknown[])[] | undefined {
  switch (operation) {
    case "chats":
      return objects(reply.data).map(({ with: name, last, unread }) => {
        const message = messageOf(last);
        return [name, unread, message?.time, message?.from, message?.message, message?.id];
      });
    case "realms":
      return objects(reply.data).map(({ realm, own, state, host, port, key, contact, error, queued, oldest }) => {
        return [realm, own === true ? "own" : state, host, port, key, contact, error, queued, oldest];
      });
    case "sessions":
      return objects(reply.data).map(({ id, created, used, current }) => {
        return [id, created, used, current === true ? "current" : ""];
      });
    default:
      return undefined;
  }
}
