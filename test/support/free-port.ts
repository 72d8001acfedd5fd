/** A port that nobody listens on. */
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to those who ask for none, and for each process its own: nobody takes one while its
 * server is down.
 */
const PORTS = { first: 12_000, each: 100, processes: 180 };

let given = 0;

export async function freePort(): Promise<number> {
  const { first, each, processes } = PORTS;
  for (;;) {
    const port = first + (process.pid % processes) * each + (given++ % each);
    const server = createServer().listen(port, "127.0.0.1");
    // It rejects with the error of a port that is taken.
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    server.close();
    if (free) return port;
  }
}
