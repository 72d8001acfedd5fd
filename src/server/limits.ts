/** What the server bears: sizes in bytes, times in milliseconds. Each is an option of chat-server. */
export interface ServerLimits {
  readonly maxRequest: number;
  readonly maxFileRequest: number;
  readonly maxAnonymousRequest: number;
  /** Unfinished requests of all connections together. */
  readonly maxHeld: number;
  /** A request begun and not finished. */
  readonly requestTimeout: number;
  /** A connection that never logs in nor shows a token. */
  readonly loginTimeout: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  /** Replies and events that a reader has not taken. */
  readonly maxOutput: number;
}

/** A connection may produce this much in one turn, then others have theirs. UTF-16 units. */
export const OUTPUT_A_TURN = 256 * 1024;

/** Replies of one connection that wait for other servers; then its next requests do. */
export const REPLIES_AWAITED = 2048;

/** Bytes that a request of a linked server may have. */
export const LINK_REQUEST = 2 ** 20;

/**
 * A connection whose output stands still while more waits for it is closed after two of these: a
 * socket's timer only looks in the second whether a write has moved.
 */
export const STALL_MS = 5000;

/** How long a connection that is being closed is still read, so that its last reply arrives. */
export const LINGER_MS = 2000;

/** A request below this is let through however much is held: it is nearly done. */
export const LARGE = 64 * 1024;

/** Bytes of unfinished requests, of all connections together. */
export class HeldBytes {
  readonly #most: number;
  #now = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether there is still room. */
  change(bytes: number): boolean {
    this.#now += bytes;
    return this.#now <= this.#most;
  }
}

/** Connections open now, in all and by address. */
export class ConnectionCount {
  readonly #limits: ServerLimits;
  readonly #byAddress = new Map<string, number>();
  #all = 0;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** Counts one more, unless that is too many. */
  admit(address: string): boolean {
    const own = this.#byAddress.get(address) ?? 0;
    if (this.#all >= this.#limits.maxConnections || own >= this.#limits.maxConnectionsPerIp) return false;
    this.#all++;
    this.#byAddress.set(address, own + 1);
    return true;
  }

  release(address: string): void {
    const own = this.#byAddress.get(address) ?? 0;
    this.#all--;
    if (own > 1) this.#byAddress.set(address, own - 1);
    else this.#byAddress.delete(address);
  }
}
