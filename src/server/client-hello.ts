/**
 * Reads the ClientHello of a TLS connection (RFC 8446, 4.1.2), as far as it tells which protocols the client wants to speak.
 * Nothing is decrypted or trusted here: the TLS implementation reads all of it again.
 */

/** RFC 8446, 5.1: a record has a type, a version and its length before it, and at most 16 KiB. */
const RECORD_HEAD = 5;
const MOST_IN_RECORD = 2 ** 14;
const HANDSHAKE = 0x16;

const CLIENT_HELLO = 1;
const RANDOM_BYTES = 32;

/** RFC 7301, 3.1. */
const ALPN = 16;

export interface ClientHello {
  /** The protocols that the client would speak, in its order of preference (ALPN). */
  readonly protocols: readonly string[];
}

/**
 * Reads the first record, and no byte behind it.
 * @param bytes all that have arrived so far
 * @returns the ClientHello; or a number, if these bytes are too few: how many there must be at least to tell more; or
 * `unreadable`, if it is none, or continues in a second record, which is allowed, but which servers that link do not do
 */
export function readClientHello(bytes: Uint8Array): ClientHello | number | "unreadable" {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return "unreadable";
  if (bytes.length < RECORD_HEAD) return RECORD_HEAD;
  const [, major, , high = 0, low = 0] = bytes;
  const length = high * 256 + low;
  if (major !== 3 || length === 0 || length > MOST_IN_RECORD) return "unreadable";
  const end = RECORD_HEAD + length;
  if (bytes.length < end) return end;
  const record = new Cursor(bytes.subarray(RECORD_HEAD, end));
  if (record.number(1) !== CLIENT_HELLO) return "unreadable";
  const hello = record.vector(3);
  hello.skip(2 + RANDOM_BYTES);
  // The session, ciphers, compressions.
  for (const size of [1, 2, 1]) hello.vector(size);
  // RFC 5246, 7.4.1.2: an old client may have none at all.
  const extensions = hello.isAtEnd ? record.nothing : hello.vector(2);
  let protocols: readonly string[] = [];
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const extension = extensions.vector(2);
    if (type === ALPN) protocols = protocolsIn(extension.vector(2));
  }
  return record.isShort ? "unreadable" : { protocols };
}

function protocolsIn(list: Cursor): readonly string[] {
  const names: string[] = [];
  while (!list.isAtEnd) names.push(Buffer.from(list.vector(1).rest).toString("latin1"));
  return names;
}

/** Reads values one after another. Beyond the end it reads zeros and empty vectors, and then `isShort` is true. */
class Cursor {
  readonly #bytes: Uint8Array;
  /** Shared by all cursors into one record. */
  readonly #shared: { isShort: boolean };
  #at = 0;

  constructor(bytes: Uint8Array, shared = { isShort: false }) {
    this.#bytes = bytes;
    this.#shared = shared;
  }

  get isShort(): boolean {
    return this.#shared.isShort;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  get nothing(): Cursor {
    return new Cursor(new Uint8Array(), this.#shared);
  }

  skip(count: number): void {
    this.#take(count);
  }

  number(bytes: number): number {
    return this.#take(bytes).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A vector: a length of `sizeBytes` bytes, and so many bytes. */
  vector(sizeBytes: number): Cursor {
    return new Cursor(this.#take(this.number(sizeBytes)), this.#shared);
  }

  #take(count: number): Uint8Array {
    const from = this.#at;
    const isThere = from + count <= this.#bytes.length;
    if (!isThere) this.#shared.isShort = true;
    this.#at = isThere ? from + count : this.#bytes.length;
    return isThere ? this.#bytes.subarray(from, this.#at) : new Uint8Array();
  }
}
