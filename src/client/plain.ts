/** What `--plain` prints: fields with tabs between, a line each. */
import type { Reply } from "../connection/errors.ts";
import type { Operation } from "../contract/operations.ts";
import { type Native, type ReplyTo, replies } from "../protocol/replies.ts";
import { isThere } from "./chat-message.ts";
import { inert } from "./terminal/inert.ts";
import { valueText } from "./value-text.ts";

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

type Rows<O extends Native> = (reply: ReplyTo<O>) => readonly (readonly unknown[])[];

const listings: { readonly [O in Native]?: Rows<O> } = {
  bans: ({ data, silences }) => [
    ...data.map(({ user, by, time, until }) => [user, by, time, until, "banned"]),
    ...silences.map(({ user, by, time, until }) => [user, by, time, until, "silenced"]),
  ],
  chats: ({ data }) =>
    data.map(({ with: name, last, unread, muted }) => {
      const said = last && isThere(last) ? last : undefined;
      return [name, unread, said?.time, said?.from, said?.message, last?.id, muted || undefined];
    }),
  realms: ({ data }) =>
    data.map(({ realm, own, state, host, port, key, contact, error, queued, oldest }) => {
      return [realm, own ? "own" : state, host, port, key, contact, error, queued, oldest];
    }),
  sessions: ({ data }) =>
    data.map(({ id, created, used, current, address, client }) => {
      return [id, created, used, current ? "current" : "", address, client];
    }),
};

/** The rows of a list, their fields in the order of README's table. @returns undefined for any other answer */
export function listPlain(operation: Operation, reply: Reply): readonly (readonly unknown[])[] | undefined {
  const rows = listings[operation as Native] as Rows<Native> | undefined;
  const list = rows && replies[operation as Native].read(reply);
  return list && rows(list);
}
