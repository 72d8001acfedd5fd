/**
 * The HTTP server for those who look after the chat server: `/metrics` and `/healthz`. Everybody who can connect gets the same
 * answers. Each connection gets one answer and is closed, so nobody can hold one for long, and very many requests cost little
 * more than a few.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import type { World } from "../../world/world.ts";
import { OPEN_METRICS } from "./exposition.ts";

/** How many connections there may be at once: scrapers and health checks are few. */
const MOST = 32;

/** How long, in ms, a connection may last. */
const LONGEST_MS = 10_000;

/** How many bytes the head of a request may have. */
const HEAD = 4096;

/** What the pages tell. */
export interface PageSource {
  /** The page of metrics, in the format of OpenMetrics. */
  page(): Promise<string>;
  /** Why the server is not well; undefined if it is. */
  health(): Promise<string | undefined>;
  /** Reports an exception. */
  fault(error: unknown): void;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly text: string;
}

export class MetricsServer {
  readonly #pages: PageSource;
  readonly #server: Server;

  constructor(pages: PageSource, world: World) {
    this.#pages = pages;
    this.#server = createServer({ maxHeaderSize: HEAD }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#server.maxConnections = MOST;
    this.#server.on("connection", (socket) => {
      const timer = world.after(LONGEST_MS, () => socket.destroy());
      socket.once("close", () => world.cancel(timer));
    });
  }

  /** @param port 0 for any free one. @returns where it listens, as `address:port`. @throws Error of the system */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    // An error of accepting a connection later: the scraper will notice it, and the server goes on.
    this.#server.on("error", (error) => this.#pages.fault(error));
    const { address, port: given } = this.#server.address() as AddressInfo;
    return `${isIPv6(address) ? `[${address}]` : address}:${given}`;
  }

  /** Stops, and closes also the connections that wait for an answer. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer({ method, url = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#of(method, url.split("?", 1)[0]).catch((error: unknown) => {
      this.#pages.fault(error);
      return { status: 500, text: "fault\n" } satisfies Answer;
    });
    const { status, type = "text/plain; charset=utf-8", text }: Answer = answer;
    response.writeHead(status, {
      "Content-Type": type,
      "Content-Length": Buffer.byteLength(text),
      "Cache-Control": "no-store",
      Connection: "close",
      ...(status === 405 && { Allow: "GET, HEAD" }),
    });
    response.end(method === "HEAD" ? undefined : text);
  }

  async #of(method: string | undefined, path: string | undefined): Promise<Answer> {
    if (path !== "/metrics" && path !== "/healthz") return { status: 404, text: "there are /metrics and /healthz\n" };
    if (method !== "GET" && method !== "HEAD") return { status: 405, text: "only GET and HEAD\n" };
    if (path === "/metrics") return { status: 200, type: OPEN_METRICS, text: await this.#pages.page() };
    const why = await this.#pages.health();
    return why === undefined ? { status: 200, text: "ok\n" } : { status: 503, text: `${why}\n` };
  }
}
