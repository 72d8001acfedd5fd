/**
 * The door to what is outside the program: clock, timers, randomness, sockets. A test hands in a world of its own, and so plays a
 * whole network of servers in one process, from a seed, again and again.
 */
import { type Argon2Parameters, randomBytes } from "node:crypto";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { v4 as uuidv4 } from "uuid";

export interface Timer {
  /** From now on the timer does not keep the program running. */
  unref(): void;
}

/** The part of `net.Server` that is used. */
export interface Listening {
  listen(
    options: { host: string; port: number; backlog: number } | { path: string } | { fd: number },
    then: () => void,
  ): void;
  address(): AddressInfo | string | null;
  close(then: () => void): void;
  on(event: "error", then: (error: Error) => void): void;
  once(event: "error", then: (error: Error) => void): void;
  off(event: "error", then: (error: Error) => void): void;
}

export interface World {
  /** Milliseconds since 1970; may go back. */
  now(): number;
  /** Milliseconds since some moment; never goes back. */
  elapsed(): number;
  /** Calls `then` after `ms` milliseconds. */
  after(ms: number, then: () => void): Timer;
  /** Calls `then` every `ms` milliseconds. */
  every(ms: number, then: () => void): Timer;
  cancel(timer: Timer | undefined): void;
  /** Calls `then` in this pass of the event loop, after the sockets that are readable have been read (`setImmediate`). */
  soon(then: () => void): void;
  /** From 0 up to, not including, 1. */
  random(): number;
  /** Cryptographically strong bytes. */
  randomBytes(size: number): Buffer;
  /** UUID version 4 (RFC 9562). */
  uuid(): string;
  /** Argon2id (RFC 9106). @throws Error for parameters that are not allowed */
  argon2id(parameters: Argon2Parameters): Promise<Buffer>;
  /** Nobody can be between its machines: an unencrypted link is then no sign of an older server. */
  readonly isPrivate?: boolean;
  connect(options: { host: string; port: number; noDelay: boolean }): Socket;
  /** Either side of its connections may end its half first. */
  createServer(onConnection: (socket: Socket) => void): Listening;
}

/** Loaded on first use: chat-client needs none. */
const hashing = lazily(async () => new (await import("./hashing.ts")).Hashing());

/** The world of this machine. */
export const machine: World = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, then) => setTimeout(then, ms),
  every: (ms, then) => setInterval(then, ms),
  cancel: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  // Passed as it is: wrapped in a function of our own, delivering to a group of 400 was measured to take 15 % more CPU.
  soon: setImmediate,
  random: () => Math.random(),
  randomBytes: (size) => randomBytes(size),
  uuid: () => uuidv4(),
  argon2id: async (parameters) => (await hashing()).compute(parameters),
  connect: (options) => connect(options),
  createServer: (onConnection) => createServer({ allowHalfOpen: true }, onConnection),
};

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
