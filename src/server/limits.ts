/** The server's limits, and what counts bytes and connections against them. */
import { isLoopback } from "../operations/federation/addresses.ts";
import type { LinkChannel } from "../operations/services/context.ts";
import { network } from "../operations/services/network.ts";

/** The limits that are options of chat-server. Sizes are in bytes, times in milliseconds. */
export interface ServerLimits {
  readonly maxRequest: number;
  readonly maxFileRequest: number;
  readonly maxAnonymousRequest: number;
  /** Of unfinished requests of all connections together. */
  readonly maxHeld: number;
  /** How long a request may take to arrive, and how long raw bytes may make no progress. */
  readonly requestTimeout: number;
  /** How long a connection may stay without a login or a valid token. */
  readonly loginTimeout: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  /** Of replies and events that a client has not read. */
  readonly maxOutput: number;
  /** Of those of all connections together. */
  readonly maxOutputTotal: number;
}

/** How many UTF-16 units of replies a connection may have in one turn. Then its next requests wait for another turn. */
export const OUTPUT_A_TURN = 256 * 1024;

/** How many replies of a connection may wait for other realms. Then its next requests wait. */
export const REPLIES_AWAITED = 2048;

/** How many bytes a request of a linked server may have. */
export const LINK_REQUEST = 2 ** 20;

/**
 * How long, in ms, the output of a connection may make no progress while more waits. It is closed after up to twice this time,
 * because Node's socket timer needs two periods.
 */
export const STALL_MS = 5000;

/** How long, in ms, a connection that is being closed is still read, so that its last reply arrives. */
export const LINGER_MS = 2000;

/** How long, in ms, a TLS handshake may take from its first byte. */
export const TLS_HANDSHAKE_MS = 10_000;

/** How long, in ms, the PROXY header of a connection may take: several times what retransmitting a lost segment takes. */
export const PROXY_HEADER_MS = 5000;

/** An unfinished request, or a reply, of up to so many bytes is accepted however much all connections hold together. */
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

/**
 * How many connections on which nobody has logged in may come from one address; there is no such limit for loopback addresses.
 */
const ANONYMOUS = 64;

/** A connection that counts until it is closed. */
export interface Counted {
  /** Somebody has logged in, or used a valid token. */
  recognise(): void;
  release(): void;
}

/** What is known of a connection when it arrives. */
export interface Arrival extends Pick<Counted, "recognise"> {
  /** When, in ms since 1970. */
  readonly opened: number;
  /** Its other end. The address is empty over the control socket. */
  readonly remote: Remote;
  /** Whether it has come over the control socket. */
  readonly operator: boolean;
  /** Of a server that wants to link: the encrypted channel, and what the server has proven in it. */
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

/** Counts open connections, in all and by address. Of IPv6, a whole /64 counts as one address. */
export class ConnectionCount {
  readonly #limits: Pick<ServerLimits, "maxConnections" | "maxConnectionsPerIp">;
  readonly #byAddress = new Map<string, OfAddress>();
  #all = 0;
  /** Those of a proxy that has not said yet where they come from. */
  #unknown = 0;

  constructor(limits: Pick<ServerLimits, "maxConnections" | "maxConnectionsPerIp">) {
    this.#limits = limits;
  }

  /** How many there are. */
  get all(): number {
    return this.#all;
  }

  /** Counts one more connection. @returns undefined if that would be too many: then it is not counted */
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
   * Counts one more connection of a proxy that has not said yet where it comes from. Half of all connections may be such ones.
   * @returns a function that ends the counting; undefined if it would be too many: then it is not counted
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
