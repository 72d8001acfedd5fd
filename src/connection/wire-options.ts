/** What a wire is made with, and what its calls may have. */
import type { ToldEvent } from "../protocol/replies.ts";
import type { World } from "../world/world.ts";
import type { LinkError, Reply } from "./errors.ts";
import type { TlsSettings } from "./tls.ts";

/** Told of each frame as it is sent (`>`) and as it comes (`<`), without its end; not of raw bytes. */
export type Trace = (direction: ">" | "<", frame: string) => void;

/** What a connection does once it is there. */
export interface TalkOptions {
  /** Its sockets and timers; the machine's own if it is left out. */
  readonly world?: World;
  /** Milliseconds without a byte in either direction, after which the connection counts as lost. No limit unless given. */
  readonly idleTimeout?: number;
  /** Bytes that a reply or an event may have; more ends the connection. No limit unless given. */
  readonly maxReply?: number;
  readonly onEvent?: ((event: ToldEvent) => void) | undefined;
  readonly trace?: Trace | undefined;
  /** A refusal of nothing that was asked: why the server ends the connection. */
  readonly onDismissed?: ((refusal: Reply) => void) | undefined;
  /** Once, when the connection has ended; not after `close`. */
  readonly onLost?: (reason: LinkError) => void;
}

export interface WireOptions extends TalkOptions {
  readonly host: string;
  readonly port: number;
  /** Encrypted, and how the server is known. */
  readonly tls?: TlsSettings | undefined;
  /** Milliseconds to wait for the connection. */
  readonly connectTimeout?: number | undefined;
  /** Ends the try to connect. */
  readonly signal?: AbortSignal;
}

/** What takes raw bytes; no more come until it has. What it throws ends the connection. */
export type Take = (bytes: Uint8Array) => Promise<void>;

/** What few calls have. */
export interface CallExtras {
  /** Of the session that asks; the connection's own unless given. */
  readonly token?: string | undefined;
  /** The raw bytes that follow the request. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** Told of a reply that raw bytes follow; if it throws, none are taken. @returns what takes them */
  onContent?(reply: Reply): Take;
}
