/** Contents that are in memory, for whoever sends one. */
import type { Content } from "../../src/contract/shapes.ts";

/** Bytes in these pieces, and how they were closed. */
export function contentOf(...parts: readonly (string | Uint8Array)[]): Content & { readonly closed: boolean[] } {
  const closed: boolean[] = [];
  const chunks = parts.map((part) => Buffer.from(part));
  return {
    closed,
    size: Buffer.concat(chunks).length,
    held: Math.max(0, ...chunks.map(({ length }) => length)),
    async *[Symbol.asyncIterator]() {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    },
    close: (whole) => void closed.push(whole),
  };
}
