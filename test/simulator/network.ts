/** TCP between programs of one process: bytes arrive in order, after a while, in pieces, or the connection is cut. */
import type { AddressInfo, Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Listening } from "../../src/world/world.ts";
import type { Chance } from "./chance.ts";
import type { Plan, Schedule } from "./schedule.ts";

/** Bytes that may be on their way, or wait unread at the other side. */
const WINDOW = 64 * 1024;
const HOST = "127.0.0.1";

/** How connections behave now. */
export interface Weather {
  /** Milliseconds that bytes are under way. */
  latency: () => number;
  /** Bytes arrive in pieces of this size at the most. */
  piece: () => number;
}

/** One end of a connection. */
export class SimSocket extends Duplex {
  readonly remoteAddress = HOST;
  readonly localAddress = HOST;
  readonly remotePort: number;
  bytesRead = 0;
  bytesWritten = 0;
  peer: SimSocket | undefined;
  /** Its program is dead: it says and hears nothing more. */
  dead = false;
  readonly #network: Network;
  readonly #program: string;
  /** When the last bytes to the other side arrive: those behind them do not overtake them. */
  #arrival = 0;
  /** Sent and not yet taken by the other side; and who waits for room. */
  #unread = 0;
  #blocked: (() => void) | undefined;
  #idle: Plan | undefined;
  #idleMs = 0;

  constructor(network: Network, program: string, port: number, allowHalfOpen: boolean) {
    super({ allowHalfOpen, highWaterMark: 16 * 1024 });
    this.#network = network;
    this.#program = program;
    this.remotePort = port;
  }

  get program(): string {
    return this.#program;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(ms: number, then?: () => void): this {
    if (then) this.once("timeout", then);
    this.#idleMs = ms;
    this.#touch();
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  /** The connection breaks: both sides are told after a while, and what was under way is gone. */
  cut(): void {
    for (const one of [this, this.peer]) {
      if (!one || one.destroyed) continue;
      one.#network.schedule.after(one.#network.weather.latency(), () => {
        one.#network.deliver(one.#program, () => {
          if (!one.dead) one.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
        });
      });
    }
  }

  override _read(): void {
    const { peer } = this;
    if (!peer) return;
    peer.#unread = Math.max(0, peer.#unread - WINDOW);
    this.#network.schedule.soon(() => peer.#goOn());
  }

  override _write(bytes: Buffer, _encoding: string, then: (error?: Error | null) => void): void {
    if (this.dead) return;
    if (!this.peer) {
      this.once("connect", () => this._write(bytes, _encoding, then));
      return;
    }
    this.bytesWritten += bytes.length;
    this.#touch();
    for (let from = 0; from < bytes.length; ) {
      const size = Math.max(1, this.#network.weather.piece());
      this.#send(bytes.subarray(from, from + size));
      from += size;
    }
    this.#unread += bytes.length;
    if (this.#unread < WINDOW) then();
    else this.#blocked = then;
  }

  override _final(then: (error?: Error | null) => void): void {
    if (!this.peer && !this.dead) {
      this.once("connect", () => this._final(then));
      return;
    }
    if (!this.dead) this.#send(null);
    then();
  }

  override _destroy(error: Error | null, then: (error?: Error | null) => void): void {
    this.#idle?.cancel();
    const { peer } = this;
    if (peer && !peer.destroyed) {
      this.#network.schedule.after(Math.max(0, this.#arrival - this.#network.schedule.now) + 1, () => {
        this.#network.deliver(peer.#program, () => {
          if (peer.destroyed || peer.dead) return;
          // What has arrived may be read first, as from a socket of the system that has been closed.
          if (error || peer.readableLength === 0) peer.#close();
          else peer.once("readable", () => peer.#close());
        });
      });
    }
    then(this.dead ? null : error);
  }

  #close(): void {
    if (this.readableEnded) this.destroy();
    else {
      this.push(null);
      this.once("end", () => this.#network.schedule.soon(() => this.destroy()));
    }
  }

  /** @param bytes null: nothing more will be sent */
  #send(bytes: Buffer | null): void {
    const { schedule, weather } = this.#network;
    this.#arrival = Math.max(this.#arrival, schedule.now + weather.latency());
    const { peer } = this;
    schedule.after(this.#arrival - schedule.now, () => {
      if (!peer) return;
      this.#network.deliver(peer.#program, () => {
        if (peer.destroyed || peer.dead || peer.readableEnded) return;
        peer.bytesRead += bytes?.length ?? 0;
        peer.#touch();
        peer.push(bytes);
      });
    });
  }

  #goOn(): void {
    if (this.#unread >= WINDOW || this.destroyed) return;
    const then = this.#blocked;
    this.#blocked = undefined;
    then?.();
  }

  #touch(): void {
    this.#idle?.cancel();
    this.#idle = undefined;
    if (this.#idleMs === 0 || this.dead || this.destroyed) return;
    this.#idle = this.#network.schedule.after(this.#idleMs, () => {
      if (!this.dead) this.emit("timeout");
    });
  }
}

export class Network {
  readonly schedule: Schedule;
  readonly weather: Weather;
  readonly #chance: Chance;
  readonly #listening = new Map<number, { program: string; accept: (socket: SimSocket) => void }>();
  readonly #open = new Set<SimSocket>();
  /** By program: what happens to one that is frozen, in its order. */
  readonly #frozen = new Map<string, (() => void)[]>();
  /** Ports behind a balancer, by its own port. */
  readonly #balanced = new Map<number, readonly number[]>();
  #next = 0;
  #port = 40_000;

  constructor(schedule: Schedule, weather: Weather, chance: Chance) {
    this.schedule = schedule;
    this.weather = weather;
    this.#chance = chance;
  }

  /** Whoever connects to a port comes to the next of those that listen at others. */
  balance(port: number, before: readonly number[]): void {
    this.#balanced.set(port, before);
  }

  /** Something happens to a program: at once, or when it is thawed. */
  deliver(program: string, what: () => void): void {
    const waiting = this.#frozen.get(program);
    if (waiting) waiting.push(what);
    else what();
  }

  freeze(program: string): void {
    if (!this.#frozen.has(program)) this.#frozen.set(program, []);
  }

  thaw(program: string): void {
    const waiting = this.#frozen.get(program) ?? [];
    this.#frozen.delete(program);
    for (const what of waiting) this.schedule.soon(() => this.deliver(program, what));
  }

  /** Every connection of a program breaks. */
  cutAllOf(program: string): void {
    for (const one of this.#open) if (one.program === program) one.cut();
  }

  #listenerAt(port: number): { program: string; accept: (socket: SimSocket) => void } | undefined {
    const there = this.#balanced.get(port)?.filter((one) => this.#listening.has(one)) ?? [];
    return this.#listening.get(there[this.#next++ % there.length] ?? port);
  }

  connect(program: string, port: number): Socket {
    const from = this.#port++;
    const near = new SimSocket(this, program, port, false);
    this.schedule.after(this.weather.latency(), () => {
      const listener = this.#listenerAt(port);
      if (near.destroyed || near.dead) return;
      if (!listener) {
        near.destroy(Object.assign(new Error(`connect ECONNREFUSED ${HOST}:${port}`), { code: "ECONNREFUSED" }));
        return;
      }
      const far = new SimSocket(this, listener.program, from, true);
      near.peer = far;
      far.peer = near;
      for (const one of [near, far]) {
        this.#open.add(one);
        one.once("close", () => this.#open.delete(one));
      }
      this.deliver(listener.program, () => {
        if (!far.destroyed) listener.accept(far);
      });
      this.deliver(program, () => near.emit("connect"));
    });
    return near as unknown as Socket;
  }

  createServer(program: string, onConnection: (socket: Socket) => void): Listening {
    let port = 0;
    let whenClosed: (() => void) | undefined;
    const open = new Set<SimSocket>();
    const look = (): void => {
      if (open.size === 0) whenClosed?.();
    };
    return {
      listen: (at, then) => {
        if (!("port" in at)) throw new Error("this network has no files");
        port = at.port;
        const accept = (socket: SimSocket): void => {
          open.add(socket);
          socket.once("close", () => {
            open.delete(socket);
            look();
          });
          onConnection(socket as unknown as Socket);
        };
        this.#listening.set(port, { program, accept });
        this.schedule.soon(then);
      },
      address: () => ({ address: HOST, family: "IPv4", port }) satisfies AddressInfo,
      close: (then) => {
        this.#listening.delete(port);
        whenClosed = then;
        this.schedule.soon(look);
      },
      on: () => {},
      once: () => {},
      off: () => {},
    };
  }

  /** Some connection, if there is one, breaks. */
  cutOne(): void {
    const all = [...this.#open];
    if (all.length > 0) this.#chance.one(all).cut();
  }

  /** A program is dead: it no longer listens, and the others are told that their connections are broken. */
  kill(program: string): void {
    for (const [port, listener] of this.#listening) if (listener.program === program) this.#listening.delete(port);
    for (const socket of [...this.#open]) {
      if (socket.program !== program) continue;
      socket.dead = true;
      socket.removeAllListeners();
      socket.on("error", () => {});
      socket.peer?.cut();
      socket.destroy();
      this.#open.delete(socket);
    }
  }
}
