/** Whether one more message may be taken: the disk of the database has room, and its sender has not sent his day's number. */
import { Failure } from "../../contract/result.ts";
import type { User } from "../../state/entities.ts";

const DAY_MS = 24 * 3600_000;

/** What a message takes at most: itself and the index of its words, both also in the write-ahead log; and so much beside its text. */
const COPIES = 4;
const RECORD_BYTES = 512;

/** What an intake goes by. */
export interface IntakeOptions {
  /** Messages of one user in a day of UTC; Infinity for no limit. */
  readonly quota: number;
  /** Bytes that messages leave free on the disk of the database: enough for logins, and for what makes room again. */
  readonly reserve: number;
  /** Bytes that are free there; undefined if that is not known. Left out where messages need no disk. */
  readonly free?: () => number | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Messages are refused from now on, or taken again. */
  onChange(isFull: boolean): void;
}

export class Intake {
  readonly #options: IntakeOptions;
  #isFull = false;
  /** Bytes that were free at the last look, less what messages may have taken since: within a second very many can come. */
  #room = Number.POSITIVE_INFINITY;
  /** Days since 1970; and how many messages who has sent on it. A restart forgets it. */
  #day = 0;
  readonly #sent = new Map<User, number>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.look();
  }

  /** Looks how much room there is; called every second, for to ask for each message would take longer than to keep it. */
  look(): void {
    this.#room = this.#options.free?.() ?? Number.POSITIVE_INFINITY;
    this.#judge();
  }

  /** A message with this text is kept. */
  kept(text: string): void {
    if (this.#room === Number.POSITIVE_INFINITY) return;
    this.#room -= COPIES * (RECORD_BYTES + Buffer.byteLength(text));
    this.#judge();
  }

  /** Messages find no room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Why so many messages of a user may not be taken now; undefined if they may. */
  refusal(sender: User, count: number): Failure<"disk-full" | "quota"> | undefined {
    if (this.#isFull) return new Failure("disk-full", "messages find no room");
    const { quota, now } = this.#options;
    if (quota === Number.POSITIVE_INFINITY) return undefined;
    const time = now();
    this.#begin(Math.floor(time / DAY_MS));
    if ((this.#sent.get(sender) ?? 0) + count <= quota) return undefined;
    return new Failure("quota", `${quota} messages a day`, Math.ceil((DAY_MS - (time % DAY_MS)) / 1000));
  }

  /** Counts messages of a user, unless they may not be taken. @returns why not */
  take(sender: User, count: number): Failure<"disk-full" | "quota"> | undefined {
    const refused = this.refusal(sender, count);
    if (!refused && this.#options.quota !== Number.POSITIVE_INFINITY) {
      this.#sent.set(sender, (this.#sent.get(sender) ?? 0) + count);
    }
    return refused;
  }

  #judge(): void {
    const { reserve, onChange } = this.#options;
    if (this.#room < reserve === this.#isFull) return;
    this.#isFull = !this.#isFull;
    onChange(this.#isFull);
  }

  #begin(day: number): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#sent.clear();
  }
}
