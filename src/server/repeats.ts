/**
 * What a connection has asked for in a turn, so that it can be executed again if the turn was lost to another node: nothing of it
 * has happened, and nobody was told anything.
 */
import type { Request } from "../protocol/reader.ts";

/** Where the same befalls it so often, it is answered that it could not be kept. */
const MOST = 3;

export class Repeats {
  #asked: (string | Request)[] = [];
  /** Something was answered that cannot be done twice. */
  #isSpoilt = false;
  #tries = 0;

  /** It is executed in this turn. @param said a text, or a request that was read from it */
  note(said: string | Request): void {
    this.#asked.push(said);
  }

  /** What was noted last has been read, and counted. */
  read(request: Request): void {
    if (this.#asked.length > 0) this.#asked[this.#asked.length - 1] = request;
  }

  /** What was noted last is not answered in this turn. */
  drop(): void {
    this.#asked.pop();
  }

  /** What is answered in this turn has begun in another one, or has an end that only this one can have. */
  spoil(): void {
    this.#isSpoilt = true;
  }

  /** The turn is kept. */
  settle(): void {
    this.#tries = 0;
    this.#clear();
  }

  /** The turn is lost. @param replies how many there were. @returns all of it; undefined if it cannot be done again */
  take(replies: number): readonly (string | Request)[] | undefined {
    const asked = this.#asked;
    const isAll = !this.#isSpoilt && asked.length === replies && this.#tries < MOST;
    this.#tries++;
    this.#clear();
    return isAll ? asked : undefined;
  }

  #clear(): void {
    if (this.#asked.length > 0) this.#asked = [];
    this.#isSpoilt = false;
  }
}
