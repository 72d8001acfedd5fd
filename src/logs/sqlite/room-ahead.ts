/**
 * Room at the end of the write-ahead log, made before it is needed. A sync of a file that has grown waits for the file system's
 * journal as well, which for a lone message is the most of its way: what is written in place waits for itself alone.
 */
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";

/** What is made at once: SQLite's pages and their headers of some hundred small turns. */
const STEP = Buffer.alloc(2 ** 20);

/** Turns between two looks at whether there is room left. */
const TURNS = 16;

/** SQLite takes what lies behind its last frame for the rest of an older log, and writes over it. */
export class RoomAhead {
  readonly #file: number;
  #size = -1;
  #turns = 0;

  /** @param path the write-ahead log of an open database. @throws Error of the file system */
  constructor(path: string) {
    this.#file = openSync(path, "r+");
    this.#make();
  }

  /** Called after every turn that was written. */
  turn(): void {
    if (++this.#turns % TURNS === 0) this.#make();
  }

  close(): void {
    closeSync(this.#file);
  }

  /** A file that has another size than it was left with has been written to its end, or was emptied. */
  #make(): void {
    const { size } = fstatSync(this.#file);
    if (size === this.#size) return;
    try {
      for (let done = 0; done < STEP.length; )
        done += writeSync(this.#file, STEP, done, STEP.length - done, size + done);
    } catch {
      // On a full disk the log grows by what it writes, as far as it can.
    }
    this.#size = fstatSync(this.#file).size;
  }
}
