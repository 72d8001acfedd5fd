/**
 * Which connection is asking: the one whose request is being executed. It gets a reply, so it is not told the events that follow from
 * its own request; its user's other connections are. A post to a group of another realm comes back later, from the group's home: then
 * the connection that has sent it is the asking one again.
 */
import type { Audience } from "./presence.ts";

/** For how many posts and alterations that have not come back the connection is remembered. */
const MOST_POSTED = 1000;

export class Asking {
  #now: Audience | undefined;
  /** The connections that have sent posts or alterations to other realms, by the ids of these. The latest MOST_POSTED. */
  readonly #posted = new Map<string, Audience>();

  /** Whether a connection is the one that is asking. */
  is(audience: Audience | undefined): boolean {
    return audience === this.#now;
  }

  /** Does something while a connection is the asking one. */
  during<T>(by: Audience, work: () => T): T {
    const before = this.begin(by);
    try {
      return work();
    } finally {
      this.end(before);
    }
  }

  /** As `during`, without a function: from now on this connection is the asking one. @returns the one before, for `end` */
  begin(by: Audience): Audience | undefined {
    const before = this.#now;
    this.#now = by;
    return before;
  }

  end(before: Audience | undefined): void {
    this.#now = before;
  }

  /** What is being sent to another realm will come back under this id. */
  willComeBack(id: string): void {
    if (this.#now) this.#posted.set(id, this.#now);
    if (this.#posted.size > MOST_POSTED) this.#posted.delete(this.#posted.keys().next().value as string);
  }

  /**
   * Does what follows from a post or an alteration. If it has come back, the connection that has sent it is the asking one meanwhile.
   * @param id its id in the realm that it comes from; undefined if that is this one
   */
  cameBack(id: string | undefined, work: () => void): void {
    const by = id === undefined ? undefined : this.#posted.get(id);
    if (!by) {
      work();
      return;
    }
    this.#posted.delete(id as string);
    this.during(by, work);
  }
}
