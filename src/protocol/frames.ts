/**
 * Framing: cuts bytes into requests, and the raw bytes (bodies) that follow some of them. A request ends at CR LF CR LF
 * (`blank-line`, the protocol) or at a line end (`line`, what netcat and older clients send); `auto` settles on one of these at
 * the first request. Frames know no socket, no clock and no grammar.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { Unfinished } from "./unfinished.ts";
import { trimmed } from "./words.ts";

/** The end of every reply and every event, whatever the framing of the requests is. */
export const FRAME_END = "\r\n\r\n";

/** The ways to end a request, as `--framing` takes them. */
export const framings = ["auto", "blank-line", "line"] as const;
export type Framing = (typeof framings)[number];

/** How long, in ms, a first request that ends with a bare line end waits for more, if the framing is `auto`. */
export const SETTLE_MS = 50;

/** How many blank requests count as one `blank` frame. They take time, too, and must not be free. */
const BLANKS = 10;

/** A whole request, a part of a body, or what could not be read. */
export type Frame =
  | { readonly is: "request"; readonly text: string }
  /** Some of the raw bytes that follow a request; `left` more are still to be given. */
  | { readonly is: "body"; readonly bytes: Buffer; readonly left: number }
  /** BLANKS blank requests were skipped. */
  | { readonly is: "blank" }
  /** A request that is not UTF-8. The requests after it can be read. */
  | { readonly is: "garbled" }
  /** A request of more than `limit` bytes. Nothing after it can be read. */
  | { readonly is: "too-large"; readonly limit: number };

/** How large a request may be. */
export interface Limits {
  /** How many bytes every request may have. */
  readonly least: number;
  /** How many bytes a request may have that starts with these characters. Called only for one with more than `least`. */
  of(head: string): number;
}

/** How many characters of a request `Limits.of` is given. */
const HEAD = 512;

/** Stands for a request that is not UTF-8: decoding never gives a lone surrogate. */
const GARBLED = "\ud800";

/** A rest of up to so many bytes is copied. As a slice it would keep its whole chunk in memory. */
const SMALL = 4096;

const EMPTY = Buffer.alloc(0);
const LF = 0x0a;

/** Cuts the bytes of one connection into frames. */
export class Frames {
  readonly #limits: Limits;
  #framing: Framing;
  /** Whole requests with their ends, decoded. Those before `#at` were given already. */
  #text = "";
  #at = 0;
  /** The bytes that `#text` was decoded from, and how many requests of these were given. */
  #source: Buffer = EMPTY;
  #passed = 0;
  #blank = 0;
  /** Bytes of a body that have arrived and were not given yet; and how many are still to arrive. */
  #body: Buffer[] = [];
  #bodyToArrive = 0;
  readonly #pending = new Unfinished();
  /** There was a body: from then on requests are decoded one by one, because a body may follow any of them. */
  #oneByOne = false;
  /** Whether `#pending` may have whole requests, because these are decoded one by one. */
  #more = false;
  /** Whether `end` was called. */
  #over = false;

  constructor(framing: Framing, limits: Limits) {
    this.#framing = framing;
    this.#limits = limits;
  }

  get framing(): Framing {
    return this.#framing;
  }

  /** How many bytes are held of a request that has not ended. */
  get unfinished(): number {
    return this.#pending.length;
  }

  /** Whether a pause now would mean that a line is a request: then the caller must wait SETTLE_MS and call `settle`. */
  get mayBeLine(): boolean {
    return this.#framing === "auto" && this.#pending.last === LF;
  }

  /** The request that was given last is followed by a body. @param length bytes */
  body(length: number): void {
    // What has arrived behind the request may have been decoded as text already: goes back to its bytes.
    let at = 0;
    for (let i = 0; i < this.#passed; i++) at = this.#source.indexOf(this.#end, at) + this.#end.length;
    const arrived = [this.#source.subarray(at), this.#pending.bytes];
    this.#text = "";
    this.#at = 0;
    this.#forgetSource();
    this.#pending.clear();
    this.#bodyToArrive = length;
    this.#oneByOne = true;
    for (const bytes of arrived) this.push(bytes);
  }

  /** Takes bytes that have arrived. */
  push(given: Buffer): void {
    let chunk = given;
    if (this.#bodyToArrive > 0) {
      const part = chunk.subarray(0, this.#bodyToArrive);
      if (part.length > 0) this.#body.push(part);
      this.#bodyToArrive -= part.length;
      chunk = chunk.subarray(part.length);
    }
    if (chunk.length === 0) return;
    const bytes = this.#pending.length === 0 ? chunk : this.#pending.append(chunk);
    const searched = bytes === chunk ? 0 : bytes.length - chunk.length;
    // The end of a request may have begun in an earlier chunk.
    const from = this.#more ? 0 : Math.max(0, searched - FRAME_END.length + 1);
    if (this.#framing === "auto" && bytes.includes(FRAME_END, from)) this.#framing = "blank-line";
    this.#take(bytes, from);
  }

  /** Settles on `line`: the first request ends with a line end, and nothing more has come. */
  settle(): void {
    if (this.#framing !== "auto") return;
    this.#framing = "line";
    this.#take(this.#pending.bytes, 0);
  }

  /** No more bytes will come: what is left without an end is the last request, unless it is a part of a body. */
  end(): void {
    this.#over = true;
  }

  /** Nothing more will be read: drops the unfinished request. */
  drop(): void {
    this.#pending.drop();
  }

  /** Gives the last request the end that it lacks. */
  #endLast(): void {
    if (this.#framing === "auto") this.#framing = "blank-line";
    this.push(Buffer.from(this.#framing === "line" ? "\n" : FRAME_END.slice(this.#begunEnd())));
  }

  /**
   * The next whole request, or a part of a body; undefined if that needs more bytes. Blank requests are skipped: see `blank` of
   * `Frame`.
   */
  next(): Frame | undefined {
    const frame = this.#next();
    if (frame || !this.#over || this.#pending.length === 0 || this.#bodyToArrive > 0) return frame;
    if (this.#framing === "auto" && this.#pending.bytes.includes(LF)) {
      // Lines; the first may be followed by a body.
      this.settle();
      return this.next();
    }
    this.#endLast();
    return this.#next();
  }

  #next(): Frame | undefined {
    // Looked at before every request, and nearly always there is none.
    const bytes = this.#body.length === 0 ? undefined : this.#body.shift();
    if (bytes) {
      return { is: "body", bytes, left: this.#body.reduce((sum, { length }) => sum + length, this.#bodyToArrive) };
    }
    if (this.#bodyToArrive > 0) return undefined;
    for (;;) {
      const end = this.#at < this.#text.length ? this.#text.indexOf(this.#end, this.#at) : -1;
      if (end < 0) {
        if (this.#text === "") this.#forgetSource();
        if (!this.#more) return this.#overlong();
        this.#take(this.#pending.bytes, 0);
        continue;
      }
      const raw = this.#text.slice(this.#at, end);
      this.#at = end + this.#end.length;
      this.#passed++;
      if (this.#at >= this.#text.length) {
        this.#text = "";
        this.#at = 0;
      }
      const text = trimmed(raw);
      if (text === "") {
        if (++this.#blank % BLANKS === 0) return { is: "blank" };
        continue;
      }
      if (text === GARBLED) return { is: "garbled" };
      // A UTF-16 unit takes three bytes at the most, so for most requests the bytes need not be counted.
      if (raw.length * 3 > this.#limits.least) {
        const bytes = Buffer.byteLength(raw) - (this.#framing === "line" && raw.endsWith("\r") ? 1 : 0);
        const limit = bytes > this.#limits.least ? this.#limits.of(text.slice(0, HEAD)) : bytes;
        if (bytes > limit) return { is: "too-large", limit };
      }
      return { is: "request", text };
    }
  }

  get #end(): string {
    return this.#framing === "line" ? "\n" : FRAME_END;
  }

  /** Refuses an unfinished request that is too large already. */
  #overlong(): Frame | undefined {
    if (this.#pending.length <= this.#limits.least) return undefined;
    const length = this.#pending.length - this.#begunEnd();
    if (length <= this.#limits.least) return undefined;
    const { bytes } = this.#pending;
    const head = bytes.subarray(0, HEAD).toString("latin1").trimStart();
    const limit = this.#limits.of(head);
    if (length <= limit) return undefined;
    if (this.#framing === "auto" && bytes.subarray(0, limit).includes(LF)) {
      // Too long for one request of `blank-line`: these must be lines.
      this.settle();
      return this.next();
    }
    return { is: "too-large", limit };
  }

  /** How many of the last bytes of `#pending` may be the beginning of an end. */
  #begunEnd(): number {
    const end = this.#framing === "line" ? "\r\n" : FRAME_END;
    const { bytes } = this.#pending;
    for (let count = end.length - 1; count > 0; count--) {
      const from = bytes.length - count;
      if (from >= 0 && bytes.toString("latin1", from) === end.slice(0, count)) return count;
    }
    return 0;
  }

  /** Decodes the whole requests in `bytes` into `#text`, and keeps the rest. No end starts before `from`. */
  #take(bytes: Buffer, from: number): void {
    let whole = 0;
    if (this.#framing !== "auto") {
      const end = this.#end;
      const found = this.#oneByOne ? bytes.indexOf(end, from) : bytes.lastIndexOf(end);
      if (found >= from) whole = found + end.length;
    }
    this.#more = this.#oneByOne && whole > 0 && whole < bytes.length;
    if (whole > 0) {
      const source = bytes.subarray(0, whole);
      const text = this.#decode(source);
      if (this.#at < this.#text.length) {
        this.#text = this.#text.slice(this.#at) + text;
        this.#source = Buffer.concat([this.#source, source]);
      } else {
        this.#text = text;
        this.#source = source;
        this.#passed = 0;
      }
      this.#at = 0;
    }
    this.#keep(bytes, whole);
  }

  #forgetSource(): void {
    this.#source = EMPTY;
    this.#passed = 0;
  }

  #decode(bytes: Buffer): string {
    if (isAscii(bytes)) return bytes.toString("latin1");
    if (isUtf8(bytes)) return bytes.toString();
    let text = "";
    const end = this.#end;
    for (let at = 0; at < bytes.length; ) {
      // Ends can overlap: CR LF CR LF CR LF has one end and the beginning of another.
      const found = bytes.indexOf(end, at);
      const next = found < 0 ? bytes.length : found + end.length;
      const frame = bytes.subarray(at, next);
      text += isUtf8(frame) ? frame.toString() : GARBLED + end;
      at = next;
    }
    return text;
  }

  /** Keeps the bytes from an index on as unfinished. */
  #keep(bytes: Buffer, from: number): void {
    // Then `bytes` are those of `#pending`, all of which stay.
    if (from === 0 && this.#pending.length > 0) return;
    const rest = bytes.subarray(from);
    // It is decoded next: to copy it for each of many requests would be slow.
    if (this.#more && rest.length > SMALL) this.#pending.hold(rest);
    else {
      this.#pending.clear();
      if (rest.length > 0) this.#pending.append(rest);
    }
  }
}
