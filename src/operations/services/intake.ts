/** Whether one more message may be taken: the disk of the database has room, and its sender's quota of the day is not used up. */
import { Failure } from "../../contract/result.ts";
import type { User } from "../../state/entities.ts";
import type { Herald } from "../../state/participants.ts";

const DAY_MS = 24 * 3600_000;

/**
 * What a message takes on disk at most: its text so many times (itself and the index of its words, each also in the write-ahead
 * log), and this beside it.
 */
const COPIES = 4;
const RECORD_BYTES = 512;

/**
 * What an intake goes by. What may change is a function, not a getter: in an object that is written with getters V8 looks every
 * name up anew, which took a hundredth of all that a message takes.
 */
export interface IntakeOptions {
  /** Messages of one user in a day of UTC; Infinity for no limit. */
  readonly quota: () => number;
  /** Bytes that messages leave free on the disk of the database: enough for logins, and for what makes room again. */
  readonly reserve: () => number;
  /** Bytes that are free there; undefined if that is not known, or if messages need no disk. */
  readonly free: () => number | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Messages begin to be refused, or are taken again. */
  onChange(isFull: boolean): void;
}

export class Intake implements Herald {
  readonly #options: IntakeOptions;
  #isFull = false;
  /** Bytes free at the last look, less what messages may have taken since: very many can come within a second. */
  #room = Number.POSITIVE_INFINITY;
  /** The day, in days since 1970 (UTC), and how many messages each user has sent on it. A restart forgets it. */
  #day = 0;
  readonly #sent = new Map<User, number>();
  /** Those of them that are of this turn, which may be undone. */
  readonly #turn = new Map<User, number>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.look();
  }

  /** Looks how much room there is. Called every second: asking for each message would take longer than keeping it. */
  look(): void {
    this.#room = this.#options.free() ?? Number.POSITIVE_INFINITY;
    this.#judge();
  }

  /** A message with this text takes its room. */
  fill(text: string): void {
    if (this.#room === Number.POSITIVE_INFINITY) return;
    this.#room -= COPIES * (RECORD_BYTES + Buffer.byteLength(text));
    this.#judge();
  }

  /** Whether messages are refused for lack of room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Why a user may not send so many messages now; undefined if that is possible. */
  refusal(sender: User, count: number): Failure<"disk-full" | "quota"> | undefined {
    if (this.#isFull) return new Failure("disk-full", "messages find no room");
    const quota = this.#options.quota();
    if (quota === Number.POSITIVE_INFINITY) return undefined;
    const time = this.#options.now();
    this.#begin(Math.floor(time / DAY_MS));
    if ((this.#sent.get(sender) ?? 0) + count <= quota) return undefined;
    return new Failure("quota", `${quota} messages a day`, Math.ceil((DAY_MS - (time % DAY_MS)) / 1000));
  }

  /** A user has sent so many messages in this turn. */
  count(sender: User, count: number): void {
    if (this.#options.quota() === Number.POSITIVE_INFINITY) return;
    this.#sent.set(sender, (this.#sent.get(sender) ?? 0) + count);
    this.#turn.set(sender, (this.#turn.get(sender) ?? 0) + count);
  }

  conclude(): void {}

  kept(): void {
    this.#turn.clear();
  }

  undone(): void {
    for (const [sender, count] of this.#turn) this.#sent.set(sender, (this.#sent.get(sender) ?? 0) - count);
    this.#turn.clear();
  }

  #judge(): void {
    if (this.#room < this.#options.reserve() === this.#isFull) return;
    this.#isFull = !this.#isFull;
    this.#options.onChange(this.#isFull);
  }

  #begin(day: number): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#sent.clear();
    this.#turn.clear();
  }
}
