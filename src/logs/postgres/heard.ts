/**
 * Notifications by which nodes tell each other of their turns as these are committed (NOTIFY). A small entry is in the
 * notification as a whole, with its texts, so that nobody needs to ask for it; of a larger one only that it is there. Anybody who
 * may connect to the database can listen on a channel whose name is known, so the name is a secret of those who may read the
 * tables. PostgreSQL keeps notifications in a queue on its disk, until all listeners have read them and as much again was sent:
 * see `OVERWRITE`.
 */
import { randomUUID } from "node:crypto";
import type { Change } from "../../state/changes.ts";
import { agreed } from "./agreed.ts";
import type { Statement } from "./batch.ts";
import type { EngineClient } from "./client.ts";
import { decode, FORMAT } from "./entry.ts";
import type { Position } from "./position.ts";

/** The largest payload, in bytes: a few messages. PostgreSQL allows 7,999. */
const MOST = 2000;

/** How many entries may wait until this node has ended its turn. If there are more, it asks the log for them. */
const MOST_WAITING = 100;

/**
 * Fills the queue of notifications with rubbish, on a channel on which nobody listens. It is so much that, when this is done the
 * next time, PostgreSQL gives up the files with what was sent before: two files of 256 KiB, and what it keeps for the slowest
 * listener.
 */
export const OVERWRITE: Statement = {
  name: "overwrite",
  text: `SELECT count(pg_notify('obrol_nobody', repeat('-', 7900) || n)) FROM generate_series(1, 70) n`,
};

/** The name of the channel of a store. @throws EngineError */
export async function channelOf(client: EngineClient): Promise<string> {
  return `obrol_${(await agreed(client, "channel", randomUUID())).replaceAll("-", "")}`;
}

/**
 * A payload, as JSON. `texts`: of the entry's messages, whose numbers follow each other up to `seq`; `changes`: as of `encode`.
 */
type Payload = readonly [
  format: number,
  place: number,
  nonce: string,
  seq: number,
  changes: string,
  texts: readonly string[],
];

/** An entry (as of `encode`), its position, and the same changes with their texts. */
export interface Telling extends Position {
  readonly entry: string;
  readonly changes: readonly Change[];
}

/** @returns the payload of the notification of a turn; empty if it would be too large */
export function told({ place, nonce, seq, entry, changes }: Telling): string {
  if (entry.length > MOST) return "";
  const texts: string[] = [];
  for (const change of changes) if (change.is === "message.appended") texts.push(change.text);
  const all: Payload = [FORMAT, place, nonce, seq, entry, texts];
  const text = JSON.stringify(all);
  return Buffer.byteLength(text) > MOST ? "" : text;
}

/** The notifications that this node has received, and whose entries it has not applied yet. */
export class Heard {
  #waiting: Payload[] = [];
  /** Whether there was a notification without its entry, or too many with one. */
  #isMore = false;

  /** Receives a notification. @param payload as of `told`, perhaps of another version of this program */
  hear(payload: string): void {
    const heard = read(payload);
    if (heard && this.#waiting.length < MOST_WAITING) this.#waiting.push(heard);
    else this.#isMore = true;
  }

  /** Drops all of them, because the log is about to be asked. */
  forget(): void {
    this.#waiting = [];
    this.#isMore = false;
  }

  /**
   * Takes the changes after a position, of all entries that were notified. @returns the position after them; `changes` is empty
   * if there was nothing new. undefined if there is a gap, or there is nothing to take: the log must be asked
   */
  after({ place, nonce, seq }: Position): (Position & { readonly changes: readonly Change[] }) | undefined {
    if (this.#isMore || this.#waiting.length === 0) return undefined;
    try {
      return this.#takeAfter({ place, nonce, seq });
    } catch {
      // It cannot be read. Who asks the log then gets the error.
      return undefined;
    }
  }

  #takeAfter({ place, nonce, seq }: Position): (Position & { readonly changes: readonly Change[] }) | undefined {
    const changes: Change[] = [];
    let position = { place, nonce, seq };
    for (const [, at, by, last, entry, texts] of this.#waiting) {
      if (at <= position.place) continue;
      if (at > position.place + 1) return undefined;
      const first = last - texts.length + 1;
      changes.push(...decode(entry, new Map(texts.map((text, i) => [first + i, text]))));
      position = { place: at, nonce: by, seq: last };
    }
    this.#waiting = [];
    return { ...position, changes };
  }
}

/** @returns undefined for an empty payload, and for one that this program cannot read */
function read(payload: string): Payload | undefined {
  if (payload === "") return undefined;
  try {
    const told = JSON.parse(payload) as Payload;
    return Array.isArray(told) && told[0] === FORMAT ? told : undefined;
  } catch {
    return undefined;
  }
}
