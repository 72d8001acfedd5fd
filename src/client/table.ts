/** A list in columns, at most as wide as the window. A field that must be whole, an id or a key, moves to a line of its own. */
import { truncate, widthOf } from "./terminal/graphemes.ts";
import { hung } from "./terminal/hanging.ts";
import { HANG } from "./terminal/marks.ts";

/** Blanks between two columns. */
const GAP = 2;

/** Width that a field keeps, however narrow the window is. */
const LEAST = 8;

const INDENT = "  ";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Its fields are never cut. */
  readonly whole?: boolean;
}

/**
 * @param rows as many texts in each as there are columns, inert and without line ends
 * @param columns of the window; no limit unless given
 */
export function table(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string {
  // Where nothing has a title, there is no row of them.
  const titles = heads.map(({ title }) => title);
  const all = [...(titles.some((title) => title !== "") ? [titles] : []), ...rows];
  // A column that is empty in every row is left out.
  const used = heads.map((_, i) => i).filter((i) => rows.some((row) => row[i] !== ""));
  const natural = (i: number): number => Math.max(...all.map((row) => widthOf(row[i] ?? "")));
  const widths = new Map(used.map((i) => [i, natural(i)]));
  const width = (): number =>
    used.filter((i) => !below.has(i)).reduce((sum, i) => sum + (widths.get(i) ?? 0) + GAP, -GAP);
  const below = new Set<number>();
  while (width() > columns) {
    const inRow = used.filter((i) => !below.has(i));
    const widest = inRow
      .filter((i) => !heads[i]?.whole && (widths.get(i) ?? 0) > LEAST)
      .sort((a, b) => (widths.get(b) ?? 0) - (widths.get(a) ?? 0))[0];
    if (widest !== undefined) {
      widths.set(widest, Math.max(LEAST, (widths.get(widest) ?? 0) - (width() - columns)));
      continue;
    }
    // The first column says what a row is about: it stays in its place.
    const others = inRow.slice(1);
    const last = others.findLast((i) => heads[i]?.whole) ?? others.at(-1);
    if (last === undefined) break;
    below.add(last);
    // With one column less the others may have their own widths again.
    for (const i of used) widths.set(i, natural(i));
  }
  return all
    .flatMap((row) => {
      const fields = used
        .filter((i) => !below.has(i))
        .map((i) => {
          const text = heads[i]?.whole ? (row[i] ?? "") : truncate(row[i] ?? "", widths.get(i) ?? 0);
          return text + " ".repeat(Math.max(0, (widths.get(i) ?? 0) - widthOf(text)));
        });
      const under = used
        .filter((i) => below.has(i) && row[i] !== "")
        .map((i) => {
          const text = row[i] ?? "";
          return INDENT + (heads[i]?.whole ? text : truncate(text, columns - INDENT.length));
        });
      return [fields.join(" ".repeat(GAP)).trimEnd(), ...under];
    })
    .join("\n");
}

/** What is known of one thing: each fact behind its name, wrapped at words where the window is too narrow for it. */
export function inPairs(facts: readonly (readonly [string, string])[], columns = Number.POSITIVE_INFINITY): string {
  const width = Math.max(...facts.map(([name]) => widthOf(name))) + GAP;
  return facts
    .map(([name, fact]) => {
      const before = name + " ".repeat(width - widthOf(name));
      // `hung` leaves the last column free.
      return hung(`${before}${HANG}${fact}`, columns + 1).trimEnd();
    })
    .join("\n");
}
