import { isLoopback } from "../operations/federation/addresses.ts";
import type { LinkChannel } from "../operations/services/context.ts";
import { network } from "../operations/services/network.ts";

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

/** How long, in ms, a TLS handshake may take from its first byte. */
export const TLS_HANDSHAKE_MS = 10_000;

/** How long, in ms from its beginning, a proxy's connection may take to say whose it is: some times what a lost segment takes. */
export const PROXY_HEADER_MS = 5000;

/** Bytes of an unfinished request, and of a reply, below which it is accepted however much all connections hold. */
export const LARGE = 64 * 1024;

/** Counts the bytes of unfinished requests of all connections together. */
export class HeldBytes {
  readonly #most: () => number;
  #now = 0;

  constructor(most: () => number) {
    this.#most = most;
  }

  get now(): number {
    return this.#now;
  }

  /** @returns whether the sum is within the limit */
  change(bytes: number): boolean {
    this.#now += bytes;
    return this.#now <= this.#most();
  }
}

/** Connections on which nobody has logged in, from one address beyond loopback. */
const ANONYMOUS = 64;

/** A connection that counts until it is closed. */
export interface Counted {
  /** Somebody has logged in, or used a valid token. */
  recognise(): void;
  release(): void;
}

/** A connection that has come. */
export interface Arrival extends Pick<Counted, "recognise"> {
  /** When, in ms since 1970. */
  readonly opened: number;
  /** Where from; the address is empty where it has come over the control socket. */
  readonly remote: Remote;
  /** Whether it is the operator's. */
  readonly operator: boolean;
  /** Of a server that has come to link. */
  readonly channel?: LinkChannel;
}

/** The other end of a connection. */
export interface Remote {
  readonly address: string;
  readonly port: number;
}

interface OfAddress {
  all: number;
  anonymous: number;
}

/** Counts open connections: in all, and by address, where of IPv6 the whole /64 is one. */
export class ConnectionCount {
  readonly #limits: Pick<ServerLimits, "maxConnections" | "maxConnectionsPerIp">;
  readonly #byAddress = new Map<string, OfAddress>();
  #all = 0;
  /** Those of them of which nobody knows yet where they come from. */
  #unknown = 0;

  constructor(limits: Pick<ServerLimits, "maxConnections" | "maxConnectionsPerIp">) {
    this.#limits = limits;
  }

  /** How many there are. */
  get all(): number {
    return this.#all;
  }

  /** Counts one more. @returns undefined, and does not count it, if that is too many */
  admit(address: string): Counted | undefined {
    const { maxConnections, maxConnectionsPerIp } = this.#limits;
    const key = network(address);
    const own = this.#byAddress.get(key) ?? { all: 0, anonymous: 0 };
    const isCrowd = own.anonymous >= ANONYMOUS && !isLoopback(address);
    if (this.#all >= maxConnections || own.all >= maxConnectionsPerIp || isCrowd) return undefined;
    this.#all++;
    own.all++;
    own.anonymous++;
    this.#byAddress.set(key, own);
    let isAnonymous = true;
    const recognise = (): void => {
      if (isAnonymous) own.anonymous--;
      isAnonymous = false;
    };
    return {
      recognise,
      release: () => {
        recognise();
        this.#all--;
        own.all--;
        if (own.all === 0) this.#byAddress.delete(key);
      },
    };
  }

  /**
   * Counts one more that comes through a proxy, which has not said from where: of those half of all may be.
   * @returns takes it back; undefined, and does not count it, if that is too many
   */
  admitUnknown(): (() => void) | undefined {
    const { maxConnections } = this.#limits;
    if (this.#all >= maxConnections || this.#unknown >= maxConnections / 2) return undefined;
    this.#all++;
    this.#unknown++;
    let counts = true;
    return () => {
      if (!counts) return;
      counts = false;
      this.#all--;
      this.#unknown--;
    };
  }
}
