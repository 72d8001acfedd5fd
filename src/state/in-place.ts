/**
 * The order in a map or a set is that in which it was filled, and what `undo` puts back would be last. These put it where it was:
 * on every node a list has the same order, whichever turns were undone there.
 */

/** Orders the entries of a map by rising `placeOf`. */
export function orderMap<K, V>(map: Map<K, V>, placeOf: (key: K, value: V) => number): void {
  const entries = [...map].sort(([a, one], [b, other]) => placeOf(a, one) - placeOf(b, other));
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

/** Orders a set by rising `placeOf`. */
export function orderSet<T>(set: Set<T>, placeOf: (one: T) => number): void {
  const all = [...set].sort((one, other) => placeOf(one) - placeOf(other));
  set.clear();
  for (const one of all) set.add(one);
}
