/**
 * A request's words, found as they are asked for: a text of a megabyte is not split to read three words. One object serves
 * request after request (`of`).
 */
export class Words {
  text = "";
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #found = 0;
  #next = 0;

  of(text: string): this {
    this.text = text;
    this.#found = 0;
    this.#next = 0;
    return this;
  }

  /** Whether there is a word `i`, counted from 0. */
  has(i: number): boolean {
    while (this.#found <= i) if (!this.#scan()) return false;
    return true;
  }

  /** Word `i`; empty if there is none. */
  at(i: number): string {
    return this.has(i) ? this.text.slice(this.#starts[i], this.#ends[i]) : "";
  }

  length(i: number): number {
    return this.has(i) ? (this.#ends[i] as number) - (this.#starts[i] as number) : 0;
  }

  /** Whether word `i` is this lower-case literal, in any case of ASCII letters. */
  is(i: number, literal: string): boolean {
    if (this.length(i) !== literal.length) return false;
    const start = this.#starts[i] as number;
    for (let at = 0; at < literal.length; at++) {
      const code = this.text.charCodeAt(start + at);
      const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
      if (lower !== literal.charCodeAt(at)) return false;
    }
    return true;
  }

  /** What follows word `i` and ONE blank, as sent; undefined if nothing does. */
  after(i: number): string | undefined {
    const end = this.has(i) ? (this.#ends[i] as number) : this.text.length;
    return end + 1 < this.text.length ? this.text.slice(end + 1) : undefined;
  }

  #scan(): boolean {
    const { text } = this;
    let start = this.#next;
    while (isBlank(text.charCodeAt(start))) start++;
    if (start >= text.length) {
      this.#next = start;
      return false;
    }
    let end = start + 1;
    while (end < text.length && !isBlank(text.charCodeAt(end))) end++;
    this.#starts[this.#found] = start;
    this.#ends[this.#found] = end;
    this.#found++;
    this.#next = end;
    return true;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** A request without blanks and line ends before it, and without one line end behind it. */
export function trimmed(raw: string): string {
  let start = 0;
  while (isSpace(raw.charCodeAt(start))) start++;
  let end = raw.length;
  if (end > start && raw.charCodeAt(end - 1) === 0x0a) end--;
  if (end > start && raw.charCodeAt(end - 1) === 0x0d) end--;
  return raw.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
