/** The prompt and the status rows above it. */
import chalk from "chalk";
import type { ConnectionState } from "../../connection/connection-options.ts";
import type { Post } from "../../connection/posts.ts";
import type { ToldMessage } from "../../protocol/replies.ts";
import { wording } from "../language/wording.ts";
import { answeredLine } from "../message-words.ts";
import { errorInWords } from "../refusal-words.ts";
import { truncate, widthOf } from "../terminal/graphemes.ts";
import { hung } from "../terminal/hanging.ts";
import { inert } from "../terminal/inert.ts";
import type { Conversation } from "./conversations.ts";
import type { Symbols } from "./symbols.ts";

/** Messages under way that are shown; the others are counted. */
const PENDING = 3;

/** Conversations with something new that are named. */
const NAMED = 3;

export interface PromptState {
  readonly me: string | undefined;
  readonly open: string | undefined;
  readonly unread: readonly Conversation[];
  readonly up: boolean;
  readonly symbols: Symbols;
}

/** `alice #dev [2 bob] ›`, with less of it where there is no room for all. */
export function promptRow({ me, open, unread, up, symbols }: PromptState, columns: number): string {
  const named = unread.slice(0, NAMED).map(({ name, unread: count }) => `${count} ${inert(name)}`);
  if (unread.length > NAMED) named.push(`+${unread.length - NAMED}`);
  const who = [me === undefined ? "" : inert(me), up ? "" : wording.connection.offline].filter(Boolean).join(" ");
  const where = open === undefined ? "" : inert(open);
  const fresh = named.length === 0 ? "" : `[${named.join(", ")}]`;
  const total = `[${unread.reduce((sum, one) => sum + one.unread, 0)}]`;
  const tries = [
    [who, where, fresh],
    [who, where, fresh && total],
    ["", where, fresh && total],
    ["", where, ""],
  ];
  const [first = "", second = "", third = ""] =
    tries.find((parts) => widthOf(parts.filter(Boolean).join(" ")) + 3 <= columns) ?? [];
  const shown = [first && chalk.bold(first), second && chalk.cyan(second), third && chalk.yellow(third)];
  return [...shown.filter(Boolean), symbols.prompt].join(" ").concat(" ");
}

export interface StatusState {
  readonly pending: readonly Post[];
  readonly link: ConnectionState;
  readonly transfers: string;
  /** Who types, in words; empty for nobody. */
  readonly typing: string;
  /** The message that the line being typed is about. */
  readonly about: ToldMessage | undefined;
  readonly symbols: Symbols;
}

/** Rows above the prompt, none wider than `columns`. */
export function statusRows(
  { pending, link, transfers, typing, about, symbols }: StatusState,
  columns: number,
): string[] {
  const rows: string[] = [];
  const over = pending.length - PENDING;
  if (over > 0) rows.push(chalk.dim(truncate(`${symbols.pending} ${wording.chat.pending(over)}`, columns - 1)));
  for (const { to, text } of pending.slice(-PENDING)) {
    rows.push(
      chalk.dim(truncate(`${symbols.pending} ${inert(to)}: ${inert(text).replaceAll("\n", " ")}`, columns - 1)),
    );
  }
  if (transfers !== "") rows.push(transfers);
  if (link.is === "connecting") rows.push(chalk.yellow(truncate(wording.connection.connecting, columns - 1)));
  if (link.is === "down" && link.at !== undefined) {
    const seconds = Math.max(0, Math.ceil((link.at - performance.now()) / 1000));
    // Whole, however narrow the window is: why there is no connection, and what one can do.
    const words = hung(wording.connection.again(seconds, errorInWords(link.error)), columns - 1).split("\n");
    rows.push(...words.map((row) => chalk.yellow(truncate(row, columns - 1))));
  }
  if (typing !== "") rows.push(chalk.dim(truncate(typing, columns - 1)));
  if (about) rows.push(chalk.dim(truncate(answeredLine({ ...about, text: about.message }), columns - 1)));
  return rows;
}
