/** What the people of a crowd have done and seen so far. */
import type { Access, Altering, Letter, Look, Mark, Repeat, Saying } from "./history.ts";

export class Diary {
  /** Who is in which conversation. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly sayings: Saying[] = [];
  readonly repeats: Repeat[] = [];
  readonly alterings: Altering[] = [];
  /** Ids of messages of which nothing could be made: they were not there. */
  readonly missing: string[] = [];
  readonly looks: Look[] = [];
  readonly marks: Mark[] = [];
  readonly accesses: Access[] = [];
  readonly letters: Letter[] = [];
  /** What went otherwise than it may, whatever happens. */
  readonly faults: string[] = [];
  #tick = 0;

  constructor(members: ReadonlyMap<string, readonly string[]>) {
    this.members = members;
  }

  tick(): number {
    return ++this.#tick;
  }

  /** Whoever does this goes on until he is done; what he may not meet is a fault. */
  async follow(who: string, deed: Promise<void>): Promise<void> {
    await deed.catch((error: unknown) => this.faults.push(`${who}: ${(error as Error).stack}`));
  }
}
