/** The detail of an item's result: text for whoever sent the item. */

/** Its UTF-16 units, at most. */
export const MOST_DETAIL = 2000;

/** Names with commas between them, as many whole ones as fit into a detail. */
export function namesIn(names: readonly string[]): string {
  const text = names.join(",");
  return text.length <= MOST_DETAIL ? text : text.slice(0, text.lastIndexOf(",", MOST_DETAIL));
}
