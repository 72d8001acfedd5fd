/** A message in a text that is kept: with its day, and what has become of it. */
import type { ToldMessage, ToldOrDeleted } from "../../protocol/replies.ts";
import { isThere } from "../chat-message.ts";
import { formatBytes, formatDayAndClock } from "../format.ts";
import { wording } from "../language/wording.ts";
import { inert } from "../terminal/inert.ts";

/** Before lines that belong to the message above: no text can look like another message. */
const INDENT = "    ";

/** `2026-11-21 05:41 bob: halo`, without a line end at its end. What others wrote can act on no terminal that shows it. */
export function inTranscript(message: ToldOrDeleted): string {
  if (!isThere(message)) return `${formatDayAndClock(idTime(message.id))} ${wording.export.deleted}`;
  const { from, time, sent, edited, reply, reactions } = message;
  const head = `${formatDayAndClock(sent ?? time)} ${inert(from)}:`;
  const mark = edited === undefined ? "" : ` ${wording.export.edited(formatDayAndClock(edited))}`;
  const lines = inert(bodyOf(message) + mark).split("\n");
  const answered = reply && inert(`> ${reply.from}: ${reply.text.replaceAll("\n", " ")}`);
  const [first = "", ...rest] = answered === undefined ? lines : ["", answered, ...lines];
  const told = Object.entries(reactions ?? {}).map(([emoji, by]) => inert(`${emoji} ${by.join(", ")}`));
  const below = [...rest, ...(told.length > 0 ? [told.join("; ")] : [])].map((line) => `\n${INDENT}${line}`);
  return `${`${head} ${first}`.trimEnd()}${below.join("")}`;
}

function bodyOf({ message, file }: ToldMessage): string {
  if (!file) return message;
  return wording.events.file(message, file.gone ? wording.events.gone : formatBytes(Number(file.size)));
}

/** The time in an id of version 7 (RFC 9562), which is all that is told of a message that was deleted. */
function idTime(id: string): string {
  const at = new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}
