/**
 * Where connections of proxies wait for their PROXY headers. After its header a connection is treated as if it had just been
 * opened.
 */
import type { Socket } from "node:net";
import { type Cidr, contains, parseAddress } from "../contract/cidr.ts";
import type { World } from "../world/world.ts";
import { PROXY_HEADER_MS, type Remote } from "./limits.ts";
import type { Log } from "./log.ts";
import { whenSeen } from "./peek.ts";
import { type ProxyHeader, readProxyHeader } from "./proxy-header.ts";

export interface ProxiedOptions {
  readonly world: World;
  readonly log: Log;
  /** For refused headers: a proxy that is configured wrongly sends one with every connection. */
  readonly few: Log;
  readonly proxies: readonly Cidr[];
}

export class Proxied {
  readonly #options: ProxiedOptions;
  readonly #waiting = new Set<Socket>();

  constructor(options: ProxiedOptions) {
    this.#options = options;
  }

  /** Whether an address is a proxy's, so that its connections must begin with a header. */
  isProxy(from: string): boolean {
    const address = parseAddress(from);
    return address !== undefined && this.#options.proxies.some((range) => contains(range, address));
  }

  /**
   * Reads the header of a connection, and nothing behind it. A connection without a valid header in time is closed, and `then` is
   * not called. @param then called once, with the client's address, or the proxy's if the header has none. The socket is paused
   * then
   */
  wait(socket: Socket, proxy: Remote, then: (remote: Remote) => void): void {
    const { world, log, few } = this.#options;
    const peer = `${proxy.address}:${proxy.port}`;
    const onError = (error: Error): void => log("debug", "socket-error", { peer, reason: error.message });
    const refuse = (reason: string): void => {
      few("warn", "proxy-header-refused", { peer, reason });
      socket.destroy();
    };
    const timer = world.after(PROXY_HEADER_MS, () => refuse("no PROXY header in time"));
    const onClose = (): void => {
      world.cancel(timer);
      this.#waiting.delete(socket);
    };
    this.#waiting.add(socket);
    socket.on("error", onError).once("close", onClose);
    const told = (header: ProxyHeader | "wrong" | undefined): void => {
      if (header === "wrong") {
        refuse("no PROXY header");
      } else if (header) {
        onClose();
        socket.off("error", onError).off("close", onClose);
        const { remote = proxy } = header;
        log("debug", "proxied", { peer: `${remote.address}:${remote.port}`, by: peer });
        then(remote);
      } else if (socket.bytesRead > 0) {
        refuse("a PROXY header that is cut off");
      } else {
        // Nothing was sent: a health check that only looks whether the port is open.
        socket.destroySoon();
      }
    };
    whenSeen(socket, readProxyHeader, told, (header) => (header === "wrong" ? 0 : header.length));
  }

  /** The server stops: closes all connections here. None of them has sent a request yet. */
  close(): void {
    for (const socket of this.#waiting) socket.destroySoon();
  }
}
