/** How long to wait before something that has failed is tried again. */
import type { World } from "../world/world.ts";

export interface Backoff {
  /** The pause after the first failure, and the longest, in ms; each is twice as long as the one before. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Each is multiplied by a random factor from `least` to `most`: clients that were lost at once do not come back at once. */
  readonly least: number;
  readonly most: number;
}

/** The pause in ms. @param tries that have failed before the last one */
export function pauseMs({ firstMs, longestMs, least, most }: Backoff, tries: number, world: World): number {
  return Math.min(longestMs, firstMs * 2 ** tries) * (least + world.random() * (most - least));
}
