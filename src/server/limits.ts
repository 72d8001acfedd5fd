/** The server's limits: sizes in bytes, times in milliseconds. Each is an option of chat-server. */
export interface ServerLimits {
  readonly maxRequest: number;
  readonly maxFileRequest: number;
  readonly maxAnonymousRequest: number;
  /** Unfinished requests of all connections together. */
  readonly maxHeld: number;
  /** How long a request may take to arrive, and raw bytes may stand still. */
  readonly requestTimeout: number;
  /** How long a connection may stay without logging in or using a token. */
  readonly loginTimeout: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  /** Replies and events that the client has not read. */
  readonly maxOutput: number;
  /** Those of all connections together. */
  readonly maxOutputTotal: number;
}

/** UTF-16 units of replies of one connection in one turn; then other connections have theirs. */
export const OUTPUT_A_TURN = 256 * 1024;

/** Replies of one connection that may wait for other realms; then its next requests wait. */
export const REPLIES_AWAITED = 2048;

/** Bytes that a request of a linked server may have. */
export const LINK_REQUEST = 2 ** 20;

/** A connection whose output stands still while more waits is closed after twice this: Node's socket timer needs two periods. */
export const STALL_MS = 5000;

/** How long a connection that is being closed is still read, so that its last reply arrives. */
export const LINGER_MS = 2000;

/** Bytes of an unfinished request, and of a reply, below which it is accepted however much all connections hold. */
export const LARGE = 64 * 1024;

/** Counts the bytes of unfinished requests of all connections together. */
export class HeldBytes {
  readonly #most: number;
  #now = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns whether the sum is within the limit */
  change(bytes: number): boolean {
    this.#now += bytes;
    return this.#now <= this.#most;
  }
}

/** Counts open connections, in all and by address. */
export class ConnectionCount {
  readonly #limits: ServerLimits;
  readonly #byAddress = new Map<string, number>();
  #all = 0;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** Counts one more. @returns false, and does not count it, if that is too many */
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
