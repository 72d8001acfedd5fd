/** Messages in words, for people: in rows of a window, or a line each where nothing is drawn. */
import chalk from "chalk";
import type { ToldMessage } from "../protocol/replies.ts";
import { conversationOf, isSameName } from "./chat-message.ts";
import { inNameColour } from "./colour.ts";
import { formatBytes, formatClock } from "./format.ts";
import { wording } from "./language/wording.ts";
import { splitAtLinks } from "./links.ts";
import type * as Lists from "./lists.ts";
import { textOf } from "./server-notices.ts";
import { inert } from "./terminal/inert.ts";
import { CUT, HANG } from "./terminal/marks.ts";

/** Who reads, and in what window. */
export interface Reader {
  readonly me?: string | undefined;
  readonly open?: string | undefined;
  /** Of his window; no limit unless given. */
  readonly columns?: number | undefined;
  /** The number that stands behind a link; without it none does. */
  readonly linked?: ((link: string) => number | undefined) | undefined;
  /** What the message that an event or a notice of the server is about has said until now, if that is known. */
  readonly was?: string | undefined;
  /** What shows lists in columns; without it they are shown as any value. */
  readonly lists?: typeof Lists | undefined;
  /** What is said is drawn in rows: it hangs (terminal/hanging.ts), and signs stand for words. */
  readonly isDrawn?: boolean | undefined;
}

/** What stands around a message: its day before it, what has become of it behind. */
export interface Beside {
  readonly day?: string | undefined;
  readonly fate?: string | undefined;
}

/** Lines of a text after its first stand below its beginning. */
const INDENT = " ".repeat(8);

/** What is said above and below messages stands below their names. */
const BELOW_NAME = " ".repeat(6);

/** Characters of what a message answers: in a row that is cut to the window, and in words. */
const ANSWERED = 200;
const ANSWERED_IN_WORDS = 40;

/** And of what a line is about. */
const QUOTED = 60;

/** `05:41 #kelas bob: halo`; without the conversation if it is the open one. With a group open, what is said to one alone has `bob → alice`. */
export function messageInWords(
  message: ToldMessage,
  { me, open, linked, was, isDrawn = false }: Reader = {},
  { day = "", fate = "" }: Beside = {},
): string {
  const place = conversationOf(message, me);
  const isOwn = me !== undefined && isSameName(message.from, me);
  const isHere = open !== undefined && isSameName(place, open);
  const calls = !isOwn && message.group !== undefined && mentions(message.message, me);
  const time = chalk.dim([day && inert(day), formatClock(message.sent ?? message.time)].filter(Boolean).join(" "));
  const group = message.group === undefined || isHere ? "" : `${chalk.cyan(inert(place))} `;
  const from = isOwn ? chalk.bold(inert(message.from)) : inNameColour(message.from, chalk.bold(inert(message.from)));
  const isAside = isOwn ? !isHere : open?.startsWith("#") === true;
  const to = message.group === undefined && isAside ? ` → ${inert(message.to)}` : "";
  // A sign besides the colour, for who sees none.
  const mark = calls ? chalk.yellow("! ") : "";
  const { reply } = message;
  const above = reply && isDrawn ? `${chalk.dim(`${CUT}…${CUT}${BELOW_NAME}${answeredLine(reply)}`)}\n` : "";
  const before = reply && !isDrawn ? ` ${answeredInWords(reply)}` : "";
  const [first, next] = isDrawn ? [HANG, HANG] : ["", INDENT];
  const said = { ...message, message: textOf(message, quoted(was)) };
  const body = bodyInWords(said, calls ? me : undefined, linked).replaceAll("\n", `\n${next}`);
  const behind = [becomeInWords(message, isDrawn), fate].map((one) => one && ` ${one}`).join("");
  return `${above}${time} ${mark}${group}${from}${to}${before}: ${first}${body}${behind}`;
}

type Answered = Pick<ToldMessage["reply"] & object, "from" | "text">;

/** `↪ bob: halo`, in one line. */
export function answeredLine({ from, text }: Answered): string {
  return `↪ ${inert(from)}: ${text === "" ? wording.events.wasDeleted(1) : beginning(oneLine(text), ANSWERED)}`;
}

function answeredInWords({ from, text }: Answered): string {
  return wording.events.answering(inert(from), beginning(oneLine(text), ANSWERED_IN_WORDS));
}

/** The beginning of a message, for a line that tells what became of it; empty where it is not known. */
export function quoted(text: string | undefined): string {
  return text === undefined ? "" : beginning(oneLine(text), QUOTED);
}

function oneLine(text: string): string {
  return inert(text).replace(/[\n\t]/g, " ");
}

/** `👍 2  ❤ 1 (edited)`; empty where nothing has become of it. */
function becomeInWords({ reactions = {}, edited }: ToldMessage, isDrawn: boolean): string {
  const each = Object.entries(reactions).map(([emoji, names]) => `${inert(emoji)} ${names.length}`);
  const all = each.length === 0 ? "" : isDrawn ? ` ${each.join("  ")}` : `(${each.join(", ")})`;
  const mark = edited === undefined ? "" : wording.events.wasEdited;
  const become = [all, mark].filter((one) => one !== "").join(" ");
  return become === "" ? "" : chalk.dim(become);
}

/** Messages that were there, and were deleted. @param count of them, one behind the other */
export function deletedInWords(count: number): string {
  return chalk.dim(`${BELOW_NAME}${wording.events.wasDeleted(count)}`);
}

/** Does a text name somebody, as a word of its own? */
export function mentions(body: string, name: string | undefined): boolean {
  return name !== undefined && called(name).test(body);
}

function bodyInWords({ message, file }: ToldMessage, called_: string | undefined, linked: Reader["linked"]): string {
  if (file)
    return wording.events.file(inert(message), file.gone ? wording.events.gone : formatBytes(Number(file.size)));
  const words = (text: string): string =>
    called_ === undefined ? text : text.replace(called(called_, "giu"), (name) => chalk.yellow.bold(name));
  const parts = splitAtLinks(inert(message));
  return parts.map((part, i) => (i % 2 === 0 ? words(part) : part + numberOf(linked?.(part)))).join("");
}

/** A blank keeps it from being taken for a part of the link. */
function numberOf(link: number | undefined): string {
  return link === undefined ? "" : chalk.dim(` [${link}]`);
}

function called(name: string, flags = "iu"): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_.-])${RegExp.escape(name)}(?![\\p{L}\\p{N}_]|[.-][\\p{L}\\p{N}])`, flags);
}

/** @param most UTF-16 units */
export function beginning(line: string, most: number): string {
  const start = line.slice(0, most).toWellFormed();
  return start.length < line.length ? `${start}…` : start;
}
