/**
 * Where connections wait until their first byte tells whether they are encrypted, and while they shake hands. Servers that link
 * are told from clients by the protocol that they ask for (ALPN), and shown a certificate of their own. What has come in is a
 * connection like any other.
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

/** How other servers come in to link. */
export interface LinkDoor {
  /** What they ask for. */
  readonly protocol: string;
  readonly options: TLSSocketOptions;
  /** What one has shown whose handshake is done; undefined if that is not enough. */
  channelOf(socket: TLSSocket): LinkChannel | undefined;
}

export interface EntranceOptions {
  readonly world: World;
  readonly log: Log;
  /** What clients are shown; without it there is no TLS for them. */
  readonly certificate: Certificate | undefined;
  readonly links: LinkDoor;
  /** How long, in ms, a connection may wait without a byte. */
  readonly patience: () => number;
  /** One that is not encrypted; what it has sent is still in it. */
  onPlain(socket: Socket, arrival: Arrival): void;
  /** One whose handshake is done. */
  onSecure(socket: TLSSocket, arrival: Arrival): void;
}

/** One that has come and is not in. */
interface Guest {
  readonly socket: Socket;
  readonly arrival: Arrival;
  readonly onError: (error: Error) => void;
}

/** RFC 8446, 6: a record with the fatal alert `handshake_failure`. */
const NO_TLS = Buffer.of(0x15, 3, 3, 0, 2, 2, 40);

export class Entrance {
  readonly #options: EntranceOptions;
  /** Without a first byte yet, and what stops waiting for it. */
  readonly #silent = new Map<Guest, () => void>();
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

  /** Called every second: whoever has not said anything for too long is let in, and shown out there. @param now ms since 1970 */
  check(now: number): void {
    for (const guest of this.#silent.keys())
      if (now - guest.arrival.opened > this.#options.patience()) this.#letIn(guest);
  }

  /** The server stops: nobody here has asked anything. */
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

  /** @param hello undefined for one who has left meanwhile */
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
    // Until it is in, who ends his half has left.
    socket.allowHalfOpen = false;
    const secure = new TLSSocket(socket, options);
    socket.off("error", onError);
    secure.on("error", (error) => {
      if (this.#shaking.has(guest))
        this.#options.log("debug", "tls-error", { peer: placeOf(guest), reason: error.message });
    });
    // Of a socket that is no tls.Server's, Node says so and no other way that something cannot be decrypted, and leaves it open.
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

  /** Whether it was shaking hands until now. */
  #isDone(guest: Guest): boolean {
    this.#options.world.cancel(this.#shaking.get(guest));
    return this.#shaking.delete(guest);
  }
}

function placeOf({ arrival: { remote } }: Guest): string {
  return `${remote.address}:${remote.port}`;
}
