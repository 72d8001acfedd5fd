/**
 * Where connections wait that may be encrypted: until their first byte, and while they shake hands. What has come in is a
 * connection like any other. Later, servers that link could be told from clients here, by the protocol they ask for (ALPN),
 * and shown a certificate of their own.
 */
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Timer, World } from "../world/world.ts";
import type { Certificate } from "./certificate.ts";
import { whenBegun } from "./first-byte.ts";
import { type Arrival, TLS_HANDSHAKE_MS } from "./limits.ts";
import type { Log } from "./log.ts";

export interface EntranceOptions {
  readonly world: World;
  readonly log: Log;
  readonly certificate: Certificate;
  /** How long, in ms, a connection may wait without a byte. */
  readonly patience: number;
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

export class Entrance {
  readonly #options: EntranceOptions;
  readonly #server: Server;
  /** Without a first byte yet, and what stops waiting for it. */
  readonly #silent = new Map<Guest, () => void>();
  /** By where they come from, which alone Node tells of both the socket and what it makes of it. */
  readonly #shaking = new Map<string, Guest & { readonly timer: Timer }>();

  constructor(options: EntranceOptions) {
    this.#options = options;
    const { log } = options;
    // It listens nowhere: sockets are handed to it.
    this.#server = createServer(options.certificate.options);
    this.#server.on("secureConnection", (socket) => this.#secured(socket));
    this.#server.on("tlsClientError", (error, socket) => {
      log("debug", "tls-error", { reason: error.message });
      socket.destroy();
    });
  }

  admit(socket: Socket, arrival: Arrival): void {
    const { log } = this.#options;
    const peer = placeOf(socket);
    const onError = (error: Error): void => log("debug", "socket-error", { peer, reason: error.message });
    const guest = { socket, arrival, onError };
    socket.on("error", onError);
    socket.once("close", () => this.#silent.delete(guest));
    const stop = whenBegun(socket, (beginning) => {
      this.#silent.delete(guest);
      if (beginning === "tls") this.#shakeHands(guest);
      else if (beginning === "plain") this.#pass(guest);
      else socket.destroySoon();
    });
    this.#silent.set(guest, stop);
  }

  /** Called every second: whoever has not said anything for too long is let in, and shown out there. @param now ms since 1970 */
  check(now: number): void {
    for (const guest of this.#silent.keys())
      if (now - guest.arrival.opened > this.#options.patience) this.#letIn(guest);
  }

  /** The server stops: nobody here has asked anything. */
  close(): void {
    for (const { socket } of this.#silent.keys()) socket.destroySoon();
    for (const { socket } of this.#shaking.values()) socket.destroy();
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
    const { world, log, certificate } = this.#options;
    const { socket, onError } = guest;
    const place = placeOf(socket);
    const timer = world.after(TLS_HANDSHAKE_MS, () => {
      log("debug", "tls-too-slow", { peer: place });
      socket.destroy();
    });
    this.#shaking.set(place, { ...guest, timer });
    socket.once("close", () => {
      world.cancel(timer);
      if (this.#shaking.get(place)?.socket !== socket) return;
      this.#shaking.delete(place);
      log("debug", "tls-failed", { peer: place });
    });
    if (certificate.look()) this.#server.setSecureContext(certificate.options);
    socket.setNoDelay(true);
    // Until it is in, who ends his half has left.
    socket.allowHalfOpen = false;
    this.#server.emit("connection", socket);
    socket.off("error", onError);
  }

  #secured(socket: TLSSocket): void {
    const place = placeOf(socket);
    const guest = this.#shaking.get(place);
    this.#shaking.delete(place);
    if (!guest) {
      // It has gone meanwhile.
      socket.destroy();
      return;
    }
    this.#options.world.cancel(guest.timer);
    socket.allowHalfOpen = true;
    // What cannot be decrypted is an error after which Node leaves it open.
    socket.on("error", () => socket.destroy());
    this.#options.onSecure(socket, guest.arrival);
  }
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ""}:${remotePort ?? 0}`;
}
