/** The output of a connection in one turn: replies in order, and events between them, as one text. */
import type { Event } from "../contract/event.ts";
import { eventFrame } from "../protocol/events.ts";
import type { Spoken } from "./slots.ts";
import type { Told } from "./told.ts";

/** The output of a turn that is kept. */
export interface Said {
  readonly text: string;
  /** The same text as an object that connections share, if it has nothing but events that others may have been told, too. */
  readonly told: Told | undefined;
  /** The index in the text at which the content of the last reply is to be sent. */
  readonly cut: number | undefined;
  /** The UTF-16 units of the largest reply. */
  readonly largest: number;
  /** To be called when the replies have left the process. */
  readonly spoken: readonly Spoken[];
}

/** What remains of the output if the turn was undone. */
interface Unsaid extends Pick<Said, "text" | "spoken"> {
  /** Whether the content of the last reply follows it all the same. */
  readonly isFollowed: boolean;
}

export class Speech {
  readonly #nothing: Told;
  /** The events before the first reply, up to one that only this user is told; that one, and those behind it. */
  #told: Told;
  #own = "";
  /** The text from the first reply on; how many replies are in it, and the UTF-16 units of the largest. */
  #text = "";
  #replies = 0;
  #largest = 0;
  /** Events that do not depend on this turn. They are sent before everything else. */
  #lasting = "";
  #spoken: Spoken[] = [];
  /** Replies to requests of earlier turns, by their index among the replies. They are sent even if this turn is undone. */
  readonly #kept = new Map<number, string>();
  #cut: number | undefined;

  /** @param nothing as of `OutputOptions` */
  constructor(nothing: Told) {
    this.#nothing = nothing;
    this.#told = nothing;
  }

  get replies(): number {
    return this.#replies;
  }

  /** How many of the replies are to requests of this turn. */
  get fresh(): number {
    return this.#replies - this.#kept.size;
  }

  /** How many UTF-16 units there are from the first reply on. */
  get length(): number {
    return this.#text.length;
  }

  /** Adds an event. @param lasts no change of this turn has caused it: it is sent even if the turn is undone */
  tell(event: Event, lasts: boolean): void {
    if (lasts) this.#lasting += eventFrame(event);
    else if (this.#text !== "") this.#text += eventFrame(event);
    else if (this.#own !== "" || isForOne(event)) this.#own += eventFrame(event);
    else this.#told = this.#told.with(event);
  }

  /** Adds a reply. @param isKept its request was executed in an earlier turn, which is kept */
  say(frame: string, spoken: readonly Spoken[], isKept: boolean): void {
    if (isKept) this.#kept.set(this.#replies, frame);
    if (this.#text === "") {
      this.#text = this.#told.text + this.#own;
      this.#told = this.#nothing;
      this.#own = "";
    }
    this.#text += frame;
    this.#replies++;
    if (frame.length > this.#largest) this.#largest = frame.length;
    if (spoken.length > 0) this.#spoken.push(...spoken);
  }

  /** Notes that a content follows the reply that was added last. */
  follow(): void {
    this.#cut = this.#text.length;
  }

  /** The turn is kept: takes its output. */
  take(): Said {
    const lasting = this.#lasting;
    const ofTurn = this.#text;
    const told = this.#told;
    const own = this.#own;
    const cut = this.#cut;
    const said = {
      text: lasting + (ofTurn || told.text + own),
      told: lasting === "" && ofTurn === "" && own === "" && cut === undefined ? told : undefined,
      cut: cut === undefined ? undefined : lasting.length + cut,
      largest: this.#largest,
      spoken: this.#spoken,
    };
    this.#clear();
    return said;
  }

  /**
   * The turn was undone: takes what is sent instead. @param refusal the frame in place of each reply to a request of this turn
   */
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
    this.#own = "";
    this.#text = "";
    this.#replies = 0;
    // Clearing an empty map would allocate.
    if (this.#kept.size > 0) this.#kept.clear();
    this.#largest = 0;
    this.#cut = undefined;
    if (this.#spoken.length > 0) this.#spoken = [];
  }
}

/** Whether it is told to one user alone, who nearly always has one connection: its text need not be shared. */
function isForOne(event: Event): boolean {
  return event.kind === "message" && event.message.to !== undefined;
}
