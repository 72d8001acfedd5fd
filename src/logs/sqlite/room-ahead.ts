/**
 * Preallocates room at the end of the write-ahead log. A sync of a file that has grown must also commit the file system's
 * journal, which is most of what a lone message waits for. A sync of blocks that were there already has only the data to write.
 */
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";

/** How much room is made at a time: enough for some hundred small turns. */
const STEP = Buffer.alloc(2 ** 20);

/** After how many turns the size of the file is looked at. */
const TURNS = 16;

/** SQLite takes the zeros behind its last valid frame for the rest of an older log, and overwrites them. */
export class RoomAhead {
  readonly #file: number;
  #size = -1;
  #turns = 0;

  /** @param path the write-ahead log of an open database. @throws Error of the file system */
  constructor(path: string) {
    this.#file = openSync(path, "r+");
    this.#make();
  }

  /** To be called after every commit. */
  turn(): void {
    if (++this.#turns % TURNS === 0) this.#make();
  }

  close(): void {
    closeSync(this.#file);
  }

  /**
   * Makes room if the file does not have the size that it was given: then SQLite has written beyond it, or has emptied the file.
   */
  #make(): void {
    const { size } = fstatSync(this.#file);
    if (size === this.#size) return;
    try {
      for (let done = 0; done < STEP.length; )
        done += writeSync(this.#file, STEP, done, STEP.length - done, size + done);
    } catch {
      // If the disk is full there is no room to be made: the log grows as SQLite writes it, as far as it can.
    }
    this.#size = fstatSync(this.#file).size;
  }
}
