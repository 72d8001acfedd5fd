/** What stands at the bottom of the screen, put together for the screen to draw. */
import chalk from "chalk";
import { wording } from "../language/wording.ts";
import type { Glyphs } from "./ascii.ts";
import type { ConsoleListener } from "./console.ts";
import { inert } from "./inert.ts";
import { type Layout, layOut, within } from "./layout.ts";
import type { Model } from "./model.ts";

/** Columns that stay free for typing beside the prompt. */
const ROOM_TO_TYPE = 12;

/**
 * Rows of what is under way, the prompt with the line, and the menu below it. What there is no room for is left out above
 * the line first. @param hidden shows nothing of the line.
 */
export function lineLayout(
  { draft, search, menu, selected }: Model,
  listener: ConsoleListener | undefined,
  hidden: boolean,
  glyphs: Glyphs,
  columns: number,
  room: number,
): Layout {
  const prompt = search
    ? wording.chat.search(inert(search.query), search.found)
    : (listener?.prompt(columns - ROOM_TO_TYPE) ?? "");
  const below = menu?.rows(columns, chalk.inverse).map(glyphs) ?? [];
  const above = (listener?.status(columns) ?? []).map(glyphs);
  const clusters = hidden ? [] : (listener?.masked(draft.clusters) ?? []).map(glyphs);
  const style = selected ? chalk.inverse : undefined;
  const line = layOut(glyphs(prompt), clusters, hidden ? 0 : draft.at, columns, style);
  const typed = within(line, Math.max(1, room - Math.min(below.length, room - 1)));
  const shown = above.slice(Math.max(0, above.length - (room - below.length - typed.rows.length)));
  const rows = [...shown, ...typed.rows, ...below].slice(0, room);
  return { rows, cursor: { ...typed.cursor, row: typed.cursor.row + shown.length } };
}
