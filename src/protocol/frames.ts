/**
 * Bytes → requests, and the raw bytes (bodies) that follow some. A request ends at CR LF CR LF (`blank-line`, the protocol) or
 * at a line end (`line`, what netcat and older clients send); `auto` settles on one of them at the first request. Knows no
 * socket, no clock and no grammar.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { trimmed } from "./words.ts";

/** What ends every reply and every event, always. */
export const FRAME_END = "\r\n\r\n";

/** The ways to end a request, as `--framing` takes them. */
export const framings = ["auto", "blank-line", "line"] as const;
export type Framing = (typeof framings)[number];

/** How long, in ms, a first request that ends in a bare line end waits for more (`auto`). */
export const SETTLE_MS = 50;

/** Blank requests that count as one `blank` frame: they take time, too, and must not be free. */
const BLANKS = 10;

/** What was read: a request, some of a body, or what cannot be read. */
export type Frame =
  | { readonly is: "request"; readonly text: string }
  /** Some of the raw bytes that follow a request; `left` of them are still to be given. */
  | { readonly is: "body"; readonly bytes: Buffer; readonly left: number }
  /** BLANKS blank requests were passed over. */
  | { readonly is: "blank" }
  /** Not UTF-8; the requests after it are fine. */
  | { readonly is: "garbled" }
  /** Nothing after it can be read. */
  | { readonly is: "too-large"; readonly limit: number };

/** How large a request may be. */
export interface Limits {
  /** Bytes that every request may have. */
  readonly least: number;
  /** Bytes that a request may have that starts with these characters. Called only for one larger than `least`. */
  of(head: string): number;
}

/** Characters of a request that `Limits.of` is shown. */
const HEAD = 512;

/** Stands for a request that is not UTF-8: decoding never gives a lone surrogate. */
const GARBLED = "\ud800";

/** A rest of up to so many bytes is copied: as a slice it would keep its whole chunk in memory. */
const SMALL = 4096;

const EMPTY = Buffer.alloc(0);
const LF = 0x0a;

/** Cuts the bytes of one connection into frames. */
export class Frames {
  readonly #limits: Limits;
  #framing: Framing;
  /** Whole requests with their ends, decoded; those before `#at` have been given. */
  #text = "";
  #at = 0;
  /** The bytes that `#text` was decoded from, and how many requests in them have been given. */
  #source: Buffer = EMPTY;
  #passed = 0;
  #blank = 0;
  /** Bytes of a body that have arrived and were not given yet, and how many are still to arrive. */
  #body: Buffer[] = [];
  #bodyToArrive = 0;
  /** An unfinished request: the first `#length` bytes of `#pending`. */
  #pending: Buffer = EMPTY;
  #length = 0;
  /** There has been a body: from then on requests are decoded one by one, since another body may follow any. */
  #oneByOne = false;
  /** If so: `#pending` may hold whole requests. */
  #more = false;
  /** `end` was called. */
  #over = false;

  constructor(framing: Framing, limits: Limits) {
    this.#framing = framing;
    this.#limits = limits;
  }

  get framing(): Framing {
    return this.#framing;
  }

  /** Bytes held of a request that has not ended. */
  get unfinished(): number {
    return this.#length;
  }

  /** Whether a pause now would mean `line`: then the caller waits SETTLE_MS and calls `settle`. */
  get mayBeLine(): boolean {
    return this.#framing === "auto" && this.#length > 0 && this.#pending[this.#length - 1] === LF;
  }

  /** The request that was given last is followed by a body of so many bytes. */
  body(length: number): void {
    // What arrived after the request was decoded as text: back to its bytes.
    let at = 0;
    for (let i = 0; i < this.#passed; i++) at = this.#source.indexOf(this.#end, at) + this.#end.length;
    const arrived = [this.#source.subarray(at), this.#pending.subarray(0, this.#length)];
    this.#text = "";
    this.#at = 0;
    this.#forgetSource();
    this.#pending = EMPTY;
    this.#length = 0;
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
    const bytes = this.#length === 0 ? chunk : this.#append(chunk);
    const searched = bytes === chunk ? 0 : bytes.length - chunk.length;
    // An end may have begun in an earlier chunk.
    const from = this.#more ? 0 : Math.max(0, searched - FRAME_END.length + 1);
    if (this.#framing === "auto" && bytes.includes(FRAME_END, from)) this.#framing = "blank-line";
    this.#take(bytes, from);
  }

  /** Settles on `line`: the first request has ended in a line end, and nothing more has come. */
  settle(): void {
    if (this.#framing !== "auto") return;
    this.#framing = "line";
    this.#take(this.#pending.subarray(0, this.#length), 0);
  }

  /** No more bytes will come: what is left without an end is one last request, unless it is awaited as a body. */
  end(): void {
    this.#over = true;
  }

  /** Nothing more will be read: what is unfinished is dropped. */
  drop(): void {
    this.#free();
    this.#length = 0;
  }

  #endLast(): void {
    if (this.#framing === "auto") this.#framing = "blank-line";
    this.push(Buffer.from(this.#framing === "line" ? "\n" : FRAME_END.slice(this.#begunEnd())));
  }

  /** The next whole request, or some of a body; undefined when more bytes are needed. Blank requests are passed over, but told of now and then. */
  next(): Frame | undefined {
    const frame = this.#next();
    if (frame || !this.#over || this.#length === 0 || this.#bodyToArrive > 0) return frame;
    if (this.#framing === "auto" && this.#pending.subarray(0, this.#length).includes(LF)) {
      // Lines; the first may be followed by a body.
      this.settle();
      return this.next();
    }
    this.#endLast();
    return this.#next();
  }

  #next(): Frame | undefined {
    const bytes = this.#body.shift();
    if (bytes) {
      return { is: "body", bytes, left: this.#body.reduce((sum, { length }) => sum + length, this.#bodyToArrive) };
    }
    if (this.#bodyToArrive > 0) return undefined;
    for (;;) {
      const end = this.#at < this.#text.length ? this.#text.indexOf(this.#end, this.#at) : -1;
      if (end < 0) {
        if (this.#text === "") this.#forgetSource();
        if (!this.#more) return this.#overlong();
        this.#take(this.#pending.subarray(0, this.#length), 0);
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
      // A UTF-16 unit takes at most three bytes: most requests need no count.
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

  #overlong(): Frame | undefined {
    const length = this.#length - this.#begunEnd();
    if (length <= this.#limits.least) return undefined;
    const head = this.#pending.subarray(0, Math.min(HEAD, this.#length)).toString("latin1").trimStart();
    const limit = this.#limits.of(head);
    if (length <= limit) return undefined;
    if (this.#framing === "auto" && this.#pending.subarray(0, limit).includes(LF)) {
      // Too long for one request of `blank-line`: these must be lines.
      this.settle();
      return this.next();
    }
    return { is: "too-large", limit };
  }

  /** How many of the last bytes of `#pending` may be the beginning of an end. */
  #begunEnd(): number {
    const end = this.#framing === "line" ? "\r\n" : FRAME_END;
    for (let count = end.length - 1; count > 0; count--) {
      const from = this.#length - count;
      if (from >= 0 && this.#pending.toString("latin1", from, this.#length) === end.slice(0, count)) return count;
    }
    return 0;
  }

  /** Decodes whole requests in `bytes` into `#text` and keeps the rest. No end starts before `from`. */
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
      // Ends can overlap: CR LF CR LF CR LF holds one and the beginning of another.
      const found = bytes.indexOf(end, at);
      const next = found < 0 ? bytes.length : found + end.length;
      const frame = bytes.subarray(at, next);
      text += isUtf8(frame) ? frame.toString() : GARBLED + end;
      at = next;
    }
    return text;
  }

  #append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    if (length > this.#pending.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.#pending.length * 2));
      this.#pending.copy(grown, 0, 0, this.#length);
      this.#free();
      this.#pending = grown;
    }
    chunk.copy(this.#pending, this.#length);
    this.#length = length;
    return this.#pending.subarray(0, length);
  }

  /** Gives the memory back now, not at the next garbage collection: strangers can have very much of it allocated. */
  #free(): void {
    const { buffer, length } = this.#pending;
    // A smaller one is a part of a chunk that is still read.
    if (buffer instanceof ArrayBuffer && length > 0 && length === buffer.byteLength) buffer.transfer(0);
    this.#pending = EMPTY;
  }

  #keep(bytes: Buffer, from: number): void {
    if (from === 0 && this.#length > 0) return;
    this.#length = 0;
    if (from === bytes.length) {
      this.#pending = EMPTY;
      return;
    }
    const rest = bytes.subarray(from);
    if (this.#more && rest.length > SMALL) {
      // It is decoded next: to copy it for each of many requests would be slow.
      this.#pending = rest;
      this.#length = rest.length;
      return;
    }
    this.#pending = EMPTY;
    this.#append(rest);
  }
}
