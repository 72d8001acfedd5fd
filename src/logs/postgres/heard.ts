/**
 * What nodes tell each other of their turns as they are kept, by NOTIFY: the whole entry with its texts, where that is small, so that
 * nobody need ask for it; of a larger one only that it is there. Whoever may connect to the database hears what is told on a channel
 * whose name he knows: it is a secret of those who may read the tables. PostgreSQL has what was told in a queue on its disk, until all have
 * heard it and as much again was told: see `OVERWRITE`.
 */
import { randomUUID } from "node:crypto";
import type { Change } from "../../state/changes.ts";
import { agreed } from "./agreed.ts";
import type { Statement } from "./batch.ts";
import type { EngineClient } from "./client.ts";
import { decode, FORMAT } from "./entry.ts";
import type { Reached } from "./replica.ts";

/** Bytes that are told: a message or a few. PostgreSQL takes 7,999. */
const MOST = 2000;

/** Entries that wait until this node is done with its turn: of more it asks. */
const MOST_WAITING = 100;

/**
 * Tells nobody so much that PostgreSQL, when that is done the next time, gives up the files of its queue with what was told before: two
 * of 256 KiB, and what it keeps behind the slowest listener.
 */
export const OVERWRITE: Statement = {
  name: "overwrite",
  text: `SELECT count(pg_notify('obrol_nobody', repeat('-', 7900) || n)) FROM generate_series(1, 70) n`,
};

/** The channel of a store. @throws EngineError */
export async function channelOf(client: EngineClient): Promise<string> {
  return `obrol_${(await agreed(client, "channel", randomUUID())).replaceAll("-", "")}`;
}

/** As JSON. The texts are those of its messages, in the order of their numbers; the last of these is `seq`. */
type Told = readonly [
  format: number,
  place: number,
  nonce: string,
  seq: number,
  changes: string,
  texts: readonly string[],
];

/** An entry and the texts of its messages. */
export interface Telling extends Reached {
  readonly entry: string;
  readonly changes: readonly Change[];
}

/** @returns what is told of a turn; empty where that is too much */
export function told({ place, nonce, seq, entry, changes }: Telling): string {
  if (entry.length > MOST) return "";
  const texts: string[] = [];
  for (const change of changes) if (change.is === "message.appended") texts.push(change.text);
  const all: Told = [FORMAT, place, nonce, seq, entry, texts];
  const text = JSON.stringify(all);
  return Buffer.byteLength(text) > MOST ? "" : text;
}

export class Heard {
  #waiting: Told[] = [];
  /** Something was kept of which no more was told. */
  #isMore = false;

  /** @param payload as of `told`, perhaps of another version */
  hear(payload: string): void {
    const heard = read(payload);
    if (heard && this.#waiting.length < MOST_WAITING) this.#waiting.push(heard);
    else this.#isMore = true;
  }

  /** Whatever was kept up to now is asked for. */
  forget(): void {
    this.#waiting = [];
    this.#isMore = false;
  }

  /** Takes all that follows. @returns undefined where that is not all there is; it may be nothing new */
  after({ place, nonce, seq }: Reached): (Reached & { readonly changes: readonly Change[] }) | undefined {
    if (this.#isMore || this.#waiting.length === 0) return undefined;
    try {
      return this.#takeAfter({ place, nonce, seq });
    } catch {
      // Whoever asks finds out what is wrong with it.
      return undefined;
    }
  }

  #takeAfter({ place, nonce, seq }: Reached): (Reached & { readonly changes: readonly Change[] }) | undefined {
    const changes: Change[] = [];
    let reached = { place, nonce, seq };
    for (const [, at, by, last, entry, texts] of this.#waiting) {
      if (at <= reached.place) continue;
      if (at > reached.place + 1) return undefined;
      const first = last - texts.length + 1;
      changes.push(...decode(entry, new Map(texts.map((text, i) => [first + i, text]))));
      reached = { place: at, nonce: by, seq: last };
    }
    this.#waiting = [];
    return { ...reached, changes };
  }
}

/** @returns undefined of what this program cannot read */
function read(payload: string): Told | undefined {
  if (payload === "") return undefined;
  try {
    const told = JSON.parse(payload) as Told;
    return Array.isArray(told) && told[0] === FORMAT ? told : undefined;
  } catch {
    return undefined;
  }
}
