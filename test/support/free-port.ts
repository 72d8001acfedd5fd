/** A port that nobody listens on. */
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * Below the ports that systems give to those who ask for none, and for each process its own: nobody takes one while its
 * server is down.
 */
const PORTS = { first: 12_000, each: 100, ranges: 180 };

let given = 0;
let own: Promise<number> | undefined;

export async function freePort(): Promise<number> {
  own ??= range();
  const first = await own;
  for (;;) {
    const port = first + 1 + (given++ % (PORTS.each - 1));
    const server = await listening(port);
    server?.close();
    if (server) return port;
  }
}

/** The first port of a range, on which this process listens from now on: so the other ones are its own. */
async function range(): Promise<number> {
  const { first, each, ranges } = PORTS;
  for (let i = process.pid % ranges; ; i = (i + 1) % ranges) {
    const port = first + i * each;
    const server = await listening(port);
    server?.unref();
    if (server) return port;
  }
}

/** A server on a port; undefined where that is taken. */
async function listening(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, "127.0.0.1");
  // It rejects with the error of a port that is taken.
  return once(server, "listening").then(
    () => server,
    () => undefined,
  );
}
