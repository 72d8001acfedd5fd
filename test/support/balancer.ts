/** A small TCP balancer, as stands before many nodes: each connection goes to the next of them that takes it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { inText } from "./proxy-headers.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

export interface BalancerOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** A free one, unless given. */
  readonly port?: number;
  /** Whether it says of each connection where it comes from, in the PROXY protocol's version 1. */
  readonly introduces?: boolean;
}

interface Backend {
  readonly place: Place;
  /** Both ends of its connections. */
  readonly sockets: Set<Socket>;
  isCut: boolean;
}

export class Balancer implements Place {
  readonly host: string;
  readonly #server: Server;
  readonly #introduces: boolean;
  readonly #backends: readonly Backend[];
  #next = 0;

  static async before(places: readonly Place[], options: BalancerOptions = {}): Promise<Balancer> {
    const balancer = new Balancer(places, options);
    balancer.#server.listen(options.port ?? 0, balancer.host);
    await once(balancer.#server, "listening");
    return balancer;
  }

  private constructor(places: readonly Place[], options: BalancerOptions) {
    this.host = options.host ?? "127.0.0.1";
    this.#introduces = options.introduces ?? false;
    this.#backends = places.map((place) => ({ place, sockets: new Set(), isCut: false }));
    // Either side may say that it will say no more, and still hear.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (caller) => {
      caller.on("error", () => {});
      void this.#accept(caller);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections to that backend, which is counted from 0. */
  connections(backend: number): number {
    return this.#at(backend).sockets.size / 2;
  }

  /** Ends every connection to that backend, and makes no new ones. */
  cut(backend: number): void {
    const one = this.#at(backend);
    one.isCut = true;
    for (const socket of one.sockets) reset(socket);
  }

  mend(backend: number): void {
    this.#at(backend).isCut = false;
  }

  /** Ends every connection, and takes no new ones. */
  close(): void {
    this.#server.close();
    for (const backend of this.#backends.keys()) this.cut(backend);
  }

  #at(backend: number): Backend {
    const one = this.#backends[backend];
    if (!one) throw new Error(`there is no backend ${backend}`);
    return one;
  }

  /** Its turn goes on by one for each connection, however many refuse this one. */
  async #accept(caller: Socket): Promise<void> {
    const first = this.#next++;
    for (const place of this.#backends.keys()) {
      const backend = this.#at((first + place) % this.#backends.length);
      const callee = backend.isCut ? undefined : await reach(backend.place);
      if (!callee) continue;
      this.#join(caller, callee, backend);
      return;
    }
    reset(caller);
  }

  #join(caller: Socket, callee: Socket, backend: Backend): void {
    const both = [caller, callee] as const;
    for (const [from, to] of [both, [callee, caller] as const]) {
      backend.sockets.add(from);
      from.on("error", () => {});
      // Without its end said, it was broken off: so is the other.
      from.on("close", () => {
        backend.sockets.delete(from);
        if (!from.readableEnded) reset(to);
      });
    }
    if (backend.isCut || caller.destroyed) {
      for (const socket of both) reset(socket);
      return;
    }
    if (this.#introduces) callee.write(inText(caller.remoteAddress as string, caller.remotePort));
    caller.pipe(callee);
    callee.pipe(caller);
  }
}

/** @returns undefined: it refuses */
async function reach({ host, port }: Place): Promise<Socket | undefined> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined;
  }
}

/** One that is ending already cannot be reset, and would never be closed. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
