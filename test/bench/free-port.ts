/** A port that nobody listens on, below those that the system gives to whoever connects. */
import { once } from "node:events";
import { createServer } from "node:net";

const LEAST = 20_000;
const PORTS = 10_000;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = LEAST + Math.floor(Math.random() * PORTS);
    const probe = createServer();
    const listens = once(probe, "listening").then(
      () => true,
      () => false,
    );
    probe.listen(port, "127.0.0.1");
    if (!(await listens)) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}
