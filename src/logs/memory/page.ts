/**
 * A page of messages: their texts from its beginning, and from its end a record of fixed size for each. Its bytes are shared
 * memory. V8 counts those of other buffers as if they were garbage to come: while much was said it collected three times a
 * second, which took 8 % of the processor.
 */

/** Of each message: where its text ends, its conversation, how far back the message before is, its sender; then its time. */
const RECORD_BYTES = 24;
const WORDS = RECORD_BYTES / Uint32Array.BYTES_PER_ELEMENT;
const TIMES = RECORD_BYTES / Float64Array.BYTES_PER_ELEMENT;
const [END, CONVERSATION, BACK, SENDER] = [0, 1, 2, 3] as const;
const TIME = 2;

/** Messages of a page, at most. */
const MOST = 1024;

/** Bytes of a page: 48 KiB. A text that does not fit one has a page of its own. */
const PAGE_BYTES = 2 * MOST * RECORD_BYTES;

/** UTF-8 bytes that a UTF-16 unit takes at the most. */
const BYTES_A_UNIT = 3;

/** What a page has of a message beside its text. `time`: ms since 1970; the others have 32 bits. */
export interface PageRecord {
  readonly conversation: number;
  readonly back: number;
  readonly sender: number;
  readonly time: number;
}

export class Page {
  readonly #texts: Buffer;
  readonly #words: Uint32Array;
  readonly #times: Float64Array;
  #count = 0;

  private constructor(bytes: number) {
    const shared = new SharedArrayBuffer(Math.ceil(bytes / RECORD_BYTES) * RECORD_BYTES);
    this.#texts = Buffer.from(shared);
    this.#words = new Uint32Array(shared);
    this.#times = new Float64Array(shared);
  }

  /** An empty page that has room for a text, at least. @param spare is emptied, and used if it is as large as it must be */
  static for(text: string, spare?: Page): Page {
    const bytes = Math.max(PAGE_BYTES, RECORD_BYTES + Buffer.byteLength(text));
    if (!spare) return new Page(bytes);
    spare.#wipe();
    return spare.#texts.length === bytes ? spare : new Page(bytes);
  }

  /** How many messages it has. */
  get count(): number {
    return this.#count;
  }

  hasRoomFor(text: string): boolean {
    if (this.#count === MOST) return false;
    const room = this.#texts.length - this.#start(this.#count) - (this.#count + 1) * RECORD_BYTES;
    return text.length * BYTES_A_UNIT <= room || Buffer.byteLength(text) <= room;
  }

  /** Adds a message, for which there must be room. */
  add({ conversation, back, sender, time }: PageRecord, text: string): void {
    const at = this.#count++;
    const start = this.#start(at);
    const word = this.#word(at);
    this.#words[word + END] = start + this.#texts.write(text, start);
    this.#words[word + CONVERSATION] = conversation;
    this.#words[word + BACK] = back;
    this.#words[word + SENDER] = sender;
    this.#times[this.#time(at)] = time;
  }

  record(at: number): PageRecord {
    const word = this.#word(at);
    const of = (which: number): number => this.#words[word + which] as number;
    const time = this.#times[this.#time(at)] as number;
    return { conversation: of(CONVERSATION), back: of(BACK), sender: of(SENDER), time };
  }

  text(at: number): string {
    return this.#texts.toString("utf8", this.#start(at), this.#end(at));
  }

  /** From now on the message is in no conversation. */
  withdraw(at: number): void {
    this.#words[this.#word(at) + CONVERSATION] = 0;
  }

  /** Overwrites the text of a message with zeros. */
  blank(at: number): void {
    this.#texts.fill(0, this.#start(at), this.#end(at));
  }

  /** Moves the messages to a page that is no longer than it must be, those that are `isEmpty` without their texts. Nothing is left here. */
  tightened(isEmpty: (at: number) => boolean): Page {
    let bytes = this.#count * RECORD_BYTES;
    for (let at = 0; at < this.#count; at++) if (!isEmpty(at)) bytes += this.#end(at) - this.#start(at);
    const tight = new Page(bytes);
    for (let at = 0; at < this.#count; at++) tight.add(this.record(at), isEmpty(at) ? "" : this.text(at));
    this.#wipe();
    return tight;
  }

  #wipe(): void {
    // All of it, in an eighth of the time that it takes byte by byte.
    this.#times.fill(0);
    this.#count = 0;
  }

  #start(at: number): number {
    return at === 0 ? 0 : this.#end(at - 1);
  }

  #end(at: number): number {
    return this.#words[this.#word(at) + END] as number;
  }

  /** The index of a record's first word. */
  #word(at: number): number {
    return this.#words.length - (at + 1) * WORDS;
  }

  /** The index of a record's time. */
  #time(at: number): number {
    return this.#times.length - (at + 1) * TIMES + TIME;
  }
}
