/** Accepts connections, checks them once a second, and closes them in order when the server stops. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Failure } from "../contract/result.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { Connection, type Host } from "./connection.ts";
import { ConnectionCount } from "./limits.ts";

const CHECK_MS = 1000;

/** How long, in ms, requests under way may take once the server is told to stop. */
const GRACE_MS = 4000;

export class Listener {
  readonly #host: Host;
  readonly #server: Server;
  readonly #count: ConnectionCount;
  readonly #connections = new Set<Connection>();
  #checking: NodeJS.Timeout | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#count = new ConnectionCount(host.limits);
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: false }, (socket) => this.#accept(socket));
  }

  /** Begins to listen. @param port 0 for any free one. @throws Error of the system: in use, not allowed, no such host */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    this.#server.on("error", (error) => this.#host.log("error", "accept-failed", { reason: error.message }));
    this.#checking = setInterval(() => this.#host.turn.enter(() => this.#check()), CHECK_MS);
    return this.#server.address() as AddressInfo;
  }

  /** Accepts no more connections, answers all requests that were received, closes every connection. */
  async close(): Promise<void> {
    clearInterval(this.#checking);
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    // Requests in the sockets' buffers were received, too: one more pass of the event loop reads them.
    await nextTurn();
    await nextTurn();
    for (const connection of this.#connections) connection.shutdown();
    const grace = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, GRACE_MS);
    await closed;
    clearTimeout(grace);
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    if (!this.#count.admit(address)) {
      this.#host.log("warn", "too-many-connections", { peer: address });
      const failure = new Failure("too-many", "too many connections");
      socket.on("error", () => {});
      socket.end(dialectNamed(this.#host.dialect).refuse(failure), () => socket.destroySoon());
      return;
    }
    const connection = new Connection(socket, this.#host);
    this.#connections.add(connection);
    this.#host.log("debug", "connected", { peer: connection.peer });
    socket.once("close", () => {
      this.#count.release(address);
      this.#connections.delete(connection);
      this.#host.log("debug", "disconnected", { peer: address });
    });
  }

  #check(): void {
    const now = Date.now();
    for (const connection of this.#connections) connection.check(now);
    // A check may have staged something: a session's last use.
    this.#host.turn.schedule();
  }
}
