/** A prompt and the line behind it, laid out in rows of so many columns; where the cursor stands among them. */
import { shownCluster, widthOf } from "./graphemes.ts";

/** Where the cursor stands. */
export interface Cursor {
  /** Counted from 0. */
  readonly row: number;
  readonly column: number;
  /** The text before it in its row: written again, it brings the cursor there whatever widths the terminal has for it. */
  readonly before: string;
}

/** Rows, and the cursor in one of them. */
export interface Layout {
  readonly rows: readonly string[];
  readonly cursor: Cursor;
}

/**
 * @param prompt one row at the most; may hold colour.
 * @param clusters of the line; `\n` ends a row. @param at clusters before the cursor
 * @param style of each cluster: it takes no column
 */
export function layOut(
  prompt: string,
  clusters: readonly string[],
  at: number,
  columns: number,
  style: (shown: string) => string = (shown) => shown,
): Layout {
  const rows: string[] = [];
  let row = prompt;
  let width = widthOf(prompt);
  let cursor: Cursor | undefined;
  const end = (): void => {
    rows.push(row);
    row = "";
    width = 0;
  };
  for (let i = 0; i <= clusters.length; i++) {
    const cluster = clusters[i];
    const isEnd = cluster === "\n" || cluster === "\r\n";
    const shown = cluster === undefined || isEnd ? "" : shownCluster(cluster);
    // The cursor stands in a column of its own: behind a full row, in the next one.
    const wide = Math.max(widthOf(shown), i === at ? 1 : 0);
    if (width + wide > columns) end();
    if (i === at) cursor = { row: rows.length, column: width, before: row };
    row += shown === "" ? "" : style(shown);
    width += widthOf(shown);
    if (isEnd) end();
  }
  end();
  return { rows, cursor: cursor as Cursor };
}

/** As many rows as there is room for, those around the cursor. */
export function within({ rows, cursor }: Layout, room: number): Layout {
  if (rows.length <= room) return { rows, cursor };
  const first = Math.max(0, Math.min(cursor.row - Math.floor(room / 2), rows.length - room));
  return { rows: rows.slice(first, first + room), cursor: { ...cursor, row: cursor.row - first } };
}
