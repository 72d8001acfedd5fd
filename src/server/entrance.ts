/**
 * Where connections wait until their first byte tells whether they are encrypted (TLS), and during the TLS handshake. A server
 * that wants to link is told from a client by the protocol that it asks for (ALPN), and is shown another certificate. After the
 * entrance all connections are alike.
 */
import type { Socket } from "node:net";
import { TLSSocket, type TLSSocketOptions } from "node:tls";
import type { LinkChannel } from "../operations/services/context.ts";
import type { Timer, World } from "../world/world.ts";
import type { Certificate } from "./certificate.ts";
import { type ClientHello, readClientHello } from "./client-hello.ts";
import { beginningOf } from "./first-byte.ts";
import { type Arrival, TLS_HANDSHAKE_MS } from "./limits.ts";
import type { Log } from "./log.ts";
import { whenSeen } from "./peek.ts";

/** How the entrance deals with servers that want to link. */
export interface LinkDoor {
  /** The protocol that they ask for (ALPN). */
  readonly protocol: string;
  readonly options: TLSSocketOptions;
  /** What a server has proven by its handshake; undefined if that does not suffice for a link. */
  channelOf(socket: TLSSocket): LinkChannel | undefined;
}

export interface EntranceOptions {
  readonly world: World;
  readonly log: Log;
  /** The certificate for clients; undefined: there is no TLS for them. */
  readonly certificate: Certificate | undefined;
  readonly links: LinkDoor;
  /** How long, in ms, a connection may be silent before it is taken for an unencrypted one. */
  readonly patience: () => number;
  /** A connection is not encrypted. What it has sent is still to be read from the socket. */
  onPlain(socket: Socket, arrival: Arrival): void;
  /** A connection has completed its handshake. */
  onSecure(socket: TLSSocket, arrival: Arrival): void;
}

/** A connection in the entrance. */
interface Guest {
  readonly socket: Socket;
  readonly arrival: Arrival;
  readonly onError: (error: Error) => void;
}

/** A TLS record with the fatal alert `handshake_failure`: RFC 8446, 6. */
const NO_TLS = Buffer.of(0x15, 3, 3, 0, 2, 2, 40);

export class Entrance {
  readonly #options: EntranceOptions;
  /** Those without a first byte yet, each with a function that stops waiting for it. */
  readonly #silent = new Map<Guest, () => void>();
  /** Those in a handshake, each with the timer that limits it. */
  readonly #shaking = new Map<Guest, Timer>();

  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  admit(socket: Socket, arrival: Arrival): void {
    const { log } = this.#options;
    const onError = (error: Error): void =>
      log("debug", "socket-error", { peer: placeOf(guest), reason: error.message });
    const guest: Guest = { socket, arrival, onError };
    const onClose = (): void => void this.#silent.delete(guest);
    socket.on("error", onError);
    socket.once("close", onClose);
    const stop = whenSeen(socket, beginningOf, (beginning) => {
      this.#silent.delete(guest);
      socket.off("close", onClose);
      if (beginning === "tls") this.#shakeHands(guest);
      else if (beginning === "plain") this.#pass(guest);
      else socket.destroySoon();
    });
    this.#silent.set(guest, stop);
  }

  /**
   * Called every second: lets in who has been silent for too long. As a connection nobody logs in on, it is then closed with a
   * refusal.
   * @param now ms since 1970
   */
  check(now: number): void {
    for (const guest of this.#silent.keys())
      if (now - guest.arrival.opened > this.#options.patience()) this.#letIn(guest);
  }

  /** The server stops: closes all connections here. None of them has sent a request yet. */
  close(): void {
    for (const { socket } of this.#silent.keys()) socket.destroySoon();
    for (const { socket } of this.#shaking.keys()) socket.destroy();
  }

  #letIn(guest: Guest): void {
    this.#silent.get(guest)?.();
    this.#silent.delete(guest);
    this.#pass(guest);
  }

  #pass({ socket, arrival, onError }: Guest): void {
    socket.off("error", onError);
    this.#options.onPlain(socket, arrival);
    socket.resume();
  }

  #shakeHands(guest: Guest): void {
    const { world, log } = this.#options;
    const { socket } = guest;
    const peer = placeOf(guest);
    const timer = world.after(TLS_HANDSHAKE_MS, () => {
      log("debug", "tls-too-slow", { peer });
      socket.destroy();
    });
    this.#shaking.set(guest, timer);
    socket.once("close", () => {
      if (this.#isDone(guest)) log("debug", "tls-failed", { peer });
    });
    whenSeen(socket, readClientHello, (hello) => this.#meet(guest, hello));
  }

  /** Begins the handshake that the client asks for. @param hello undefined if the client has gone meanwhile */
  #meet(guest: Guest, hello: ClientHello | "unreadable" | undefined): void {
    const { certificate, links } = this.#options;
    const { socket } = guest;
    const isLink = typeof hello === "object" && hello.protocols.includes(links.protocol);
    if (hello === undefined) {
      socket.destroySoon();
    } else if (isLink) {
      this.#encrypt(guest, links.options, (secure) => this.#admitLink(guest, secure));
    } else if (certificate) {
      const options = { isServer: true, secureContext: certificate.current() };
      this.#encrypt(guest, options, (secure) => this.#options.onSecure(secure, guest.arrival));
    } else {
      socket.end(NO_TLS, () => socket.destroySoon());
    }
  }

  #encrypt(guest: Guest, options: TLSSocketOptions, then: (secure: TLSSocket) => void): void {
    const { socket, onError } = guest;
    socket.setNoDelay(true);
    // During the handshake, a client that ends its half has gone.
    socket.allowHalfOpen = false;
    const secure = new TLSSocket(socket, options);
    socket.off("error", onError);
    secure.on("error", (error) => {
      if (this.#shaking.has(guest))
        this.#options.log("debug", "tls-error", { peer: placeOf(guest), reason: error.message });
    });
    // For a TLSSocket that does not belong to a tls.Server, this undocumented event is the only sign that something cannot be
    // decrypted; Node leaves the socket open.
    secure.on("_tlsError", (error: Error) => secure.destroy(error));
    secure.once("secure", () => {
      this.#isDone(guest);
      secure.allowHalfOpen = true;
      then(secure);
    });
  }

  #admitLink(guest: Guest, secure: TLSSocket): void {
    const { links, log, onSecure } = this.#options;
    const channel = links.channelOf(secure);
    if (channel) {
      onSecure(secure, { ...guest.arrival, channel });
      return;
    }
    log("debug", "tls-without-key", { peer: placeOf(guest) });
    secure.destroy();
  }

  /** Ends the handshake's time limit. @returns whether the connection was in a handshake until now */
  #isDone(guest: Guest): boolean {
    this.#options.world.cancel(this.#shaking.get(guest));
    return this.#shaking.delete(guest);
  }
}

function placeOf({ arrival: { remote } }: Guest): string {
  return `${remote.address}:${remote.port}`;
}
