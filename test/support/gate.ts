/** A TCP proxy that lets so many bytes through and no more: what catches a transfer in the middle, and counts it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { until } from "./until.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Towards the target, or back from it. */
type Way = "up" | "down";

interface Count {
  /** Bytes of all connections together. */
  passed: number;
  /** Bytes of each connection from its beginning. */
  limit: number;
  /** Connections whose limit is reached. */
  full: number;
}

export class Gate implements Place {
  readonly host = "127.0.0.1";
  /** The most connections that there were at once. */
  most = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #counts: Readonly<Record<Way, Count>> = {
    up: { passed: 0, limit: Number.POSITIVE_INFINITY, full: 0 },
    down: { passed: 0, limit: Number.POSITIVE_INFINITY, full: 0 },
  };
  /** What goes on once there is room again. */
  #held: (() => void)[] = [];
  #callers = 0;

  /** Open in both ways; closed with the test. */
  static async before(target: Place): Promise<Gate> {
    const server = createServer({ noDelay: true });
    const gate = new Gate(server, target);
    server.listen(0, gate.host);
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
      gate.cut();
    });
    return gate;
  }

  private constructor(server: Server, target: Place) {
    this.#server = server;
    server.on("connection", (caller) => {
      const callee = connect({ host: target.host, port: target.port, noDelay: true });
      this.most = Math.max(this.most, ++this.#callers);
      caller.on("close", () => this.#callers--);
      this.#join(caller, callee, this.#counts.up);
      this.#join(callee, caller, this.#counts.down);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes that have passed so far. */
  passed(way: Way): number {
    return this.#counts[way].passed;
  }

  /** Lets so many bytes of each connection through, counted from its beginning; without a number, all. */
  allow(way: Way, bytes = Number.POSITIVE_INFINITY): void {
    const count = this.#counts[way];
    count.limit = bytes;
    count.full = 0;
    const held = this.#held;
    this.#held = [];
    for (const go of held) go();
  }

  /** Resolves when nobody is connected. */
  async idle(): Promise<void> {
    await until("nobody is connected", () => this.#sockets.size === 0);
  }

  /** Resolves when all that was allowed of some connection has passed. */
  async full(way: Way): Promise<void> {
    await until(`some connection is full on its way ${way}`, () => this.#counts[way].full > 0);
  }

  /** Ends every connection; new ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets) {
      // One that is ending already cannot be reset, and would never be closed.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.#held = [];
  }

  #join(from: Socket, to: Socket, count: Count): void {
    let mine = 0;
    const pass = (chunk: Buffer): void => {
      const part = chunk.subarray(0, Math.max(0, Math.min(chunk.length, count.limit - mine)));
      mine += part.length;
      count.passed += part.length;
      if (part.length > 0) to.write(part);
      if (part.length === chunk.length) return;
      count.full++;
      from.pause();
      this.#held.push(() => {
        if (from.destroyed || to.destroyed) return;
        from.resume();
        pass(chunk.subarray(part.length));
      });
    };
    this.#sockets.add(from);
    from.on("data", pass);
    from.on("end", () => to.end());
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
