/** What the people of a crowd have done and seen so far. */
import type { Look, Saying } from "./history.ts";

export class Diary {
  /** Who is in which conversation. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly sayings: Saying[] = [];
  readonly looks: Look[] = [];
  /** What went otherwise than it may, whatever happens. */
  readonly faults: string[] = [];
  #tick = 0;

  constructor(members: ReadonlyMap<string, readonly string[]>) {
    this.members = members;
  }

  tick(): number {
    return ++this.#tick;
  }
}
