/** A list whose items are made only when it is read: a reply that waits for room in the output does not hold them. */
import type { Listed } from "../../contract/shapes.ts";

export class LongList<T> implements Listed<T> {
  readonly length: number;
  readonly #items: () => Iterable<T>;

  /** @param items called each time that it is read */
  constructor(length: number, items: () => Iterable<T>) {
    this.length = length;
    this.#items = items;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items()[Symbol.iterator]();
  }

  map<U>(make: (item: T) => U): LongList<U> {
    return new LongList(this.length, () => Iterator.from(this.#items()).map(make));
  }

  /** As it stands in JSON. */
  toJSON(): T[] {
    return [...this];
  }
}
