/** Figures as they stand in README: a title, and a table of Markdown under it. */

export function show(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, i) => (i === 0 ? "---" : "---:"));
  console.log(`\n**${title}**\n\n${[head, rule, ...rows].map(line).join("\n")}`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param part 0 to 1; NaN of no values */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** So many digits behind the point; "–" of what there is none. */
export function shown(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(digits);
}

/** The median and the 99th of a hundred, in ms. */
export function shownTimes(times: readonly number[]): readonly [p50: string, p99: string] {
  return [shown(quantile(times, 0.5), 2), shown(quantile(times, 0.99), 2)];
}
