/** What a connection says at the end of a turn: replies in order, and events between them. */
import type { Event } from "../contract/event.ts";
import { eventFrame } from "../protocol/events.ts";
import type { Spoken } from "./slots.ts";
import type { Told } from "./told.ts";

/** All of it, if the turn is kept. */
export interface Said {
  readonly text: string;
  /** The same, if others may write it as well. */
  readonly told: Told | undefined;
  /** Where in the text the content of its last reply belongs. */
  readonly cut: number | undefined;
  /** UTF-16 units of the largest reply. */
  readonly largest: number;
  /** To be called when the replies have left the process. */
  readonly spoken: readonly Spoken[];
}

/** What is left of it, if the turn could not be kept. */
interface Unsaid extends Pick<Said, "text" | "spoken"> {
  /** The content of its last reply follows it nevertheless. */
  readonly isFollowed: boolean;
}

export class Speech {
  readonly #nothing: Told;
  /** The events before the first reply. */
  #told: Told;
  /** The replies and events from the first reply on; how many of them are replies, and UTF-16 units of the largest reply. */
  #text = "";
  #replies = 0;
  #largest = 0;
  /** Events that hold whatever becomes of this turn; they go before the others. */
  #lasting = "";
  #spoken: Spoken[] = [];
  /** Replies to requests of an earlier turn, by their place: they hold even if this turn cannot be kept. */
  readonly #kept = new Map<number, string>();
  #cut: number | undefined;

  /** @param nothing what all connections have been told at the beginning of a turn */
  constructor(nothing: Told) {
    this.#nothing = nothing;
    this.#told = nothing;
  }

  get replies(): number {
    return this.#replies;
  }

  /** How many of them are to requests of this turn. */
  get fresh(): number {
    return this.#replies - this.#kept.size;
  }

  /** UTF-16 units, from the first reply on. */
  get length(): number {
    return this.#text.length;
  }

  /** @param lasts it does not follow from a change of this turn, and is told also if that cannot be kept */
  tell(event: Event, lasts: boolean): void {
    if (lasts) this.#lasting += eventFrame(event);
    else if (this.#text === "") this.#told = this.#told.with(event);
    else this.#text += eventFrame(event);
  }

  /** @param isKept the turn that executed its request is on disk */
  say(frame: string, spoken: readonly Spoken[], isKept: boolean): void {
    if (isKept) this.#kept.set(this.#replies, frame);
    if (this.#text === "") {
      this.#text = this.#told.text;
      this.#told = this.#nothing;
    }
    this.#text += frame;
    this.#replies++;
    if (frame.length > this.#largest) this.#largest = frame.length;
    if (spoken.length > 0) this.#spoken.push(...spoken);
  }

  /** A content follows the reply that was said last. */
  follow(): void {
    this.#cut = this.#text.length;
  }

  /** The turn is kept. */
  take(): Said {
    const lasting = this.#lasting;
    const ofTurn = this.#text;
    const told = this.#told;
    const cut = this.#cut;
    const said = {
      text: lasting + (ofTurn || told.text),
      told: lasting === "" && ofTurn === "" && cut === undefined ? told : undefined,
      cut: cut === undefined ? undefined : lasting.length + cut,
      largest: this.#largest,
      spoken: this.#spoken,
    };
    this.#clear();
    return said;
  }

  /** The turn could not be kept. @param refusal what is said instead of each reply to a request of it */
  takeBack(refusal: string): Unsaid {
    const replies = Array.from({ length: this.#replies }, (_, i) => this.#kept.get(i) ?? refusal);
    const unsaid = {
      text: this.#lasting + replies.join(""),
      spoken: this.#spoken,
      isFollowed: this.#cut !== undefined && this.#kept.has(this.#replies - 1),
    };
    this.#clear();
    return unsaid;
  }

  #clear(): void {
    this.#lasting = "";
    this.#told = this.#nothing;
    this.#text = "";
    this.#replies = 0;
    // One that is empty would be made anew.
    if (this.#kept.size > 0) this.#kept.clear();
    this.#largest = 0;
    this.#cut = undefined;
    if (this.#spoken.length > 0) this.#spoken = [];
  }
}
