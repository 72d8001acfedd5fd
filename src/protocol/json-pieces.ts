/** JSON made bit by bit: a long list is neither an array nor a text as a whole, and what was made can be let go at once. */

/** Items of a list that are made at once, at most: as many as give pieces of about this many UTF-16 units. */
const AT_ONCE = 64;
const SHORT = 8 * 1024;

/** The pieces of an object's JSON, in order. Lists among its fields come in pieces, all else whole. */
export function* jsonPieces(fields: object): Generator<string> {
  let before = "{";
  for (const [key, value] of Object.entries(fields) as [string, unknown][]) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    if (isList(value)) yield* listPieces(value);
    else yield JSON.stringify(value);
    before = ",";
  }
  yield before === "{" ? "{}" : "}";
}

function* listPieces(list: Iterable<unknown>): Generator<string> {
  let before = "[";
  let items: unknown[] = [];
  let most = 1;
  for (const item of list) {
    if (items.push(item) < most) continue;
    const piece = before + JSON.stringify(items).slice(1, -1);
    yield piece;
    before = ",";
    items = [];
    most = piece.length < SHORT ? Math.min(AT_ONCE, 2 * most) : Math.ceil(most / 2);
  }
  if (items.length > 0) yield before + JSON.stringify(items).slice(1, -1);
  yield before === "[" && items.length === 0 ? "[]" : "]";
}

function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
