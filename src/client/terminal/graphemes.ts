/** Texts as people see them: grapheme clusters (UAX #29), and the columns that each takes on a terminal. */
import stringWidth from "string-width";
import { inert } from "./inert.ts";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Blanks that stand for a tab while a line is typed. */
const TAB = "  ";

/** The clusters of a text. */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns of a text without line ends; escape sequences for colour take none. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text);
}

/** A cluster as it stands in the line being typed; its line end is the caller's to see to. */
export function shownCluster(cluster: string): string {
  if (isPlain(cluster)) return cluster;
  return cluster === "\t" ? TAB : inert(cluster);
}

/** At most so many columns, no cluster cut; what is missing is marked. @param text inert, without colour */
export function truncate(text: string, columns: number, mark = "…"): string {
  if (widthOf(text) <= columns) return text;
  const room = columns - widthOf(mark);
  if (room < 0) return "";
  let short = "";
  let width = 0;
  for (const cluster of graphemes(text)) {
    width += widthOf(cluster);
    if (width > room) break;
    short += cluster;
  }
  return short + mark;
}

/** Printable ASCII, which most texts are: one column each. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
