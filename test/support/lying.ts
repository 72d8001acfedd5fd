/** A server of the test's own making: it answers what it is told to, right or wrong, and may send any bytes. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Who a session is of, as `whoami` and `resume` tell it. */
export const somebody = {
  username: "alice",
  name: "Alice Wati",
  country: "indonesia",
  realm: "rumah",
  online: true,
} as const;

/** Answers a request; what is returned is sent as a reply. Raw bytes it writes itself, after `reply`. */
type Answer = (request: string, socket: Socket) => object | undefined;

/** Closed with the test. @returns its port */
export async function lyingServer(answer: Answer): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const said = answer(text.slice(0, end), socket);
        text = text.slice(end + 4);
        if (said) reply(socket, said);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

export function reply(socket: Socket, said: object): void {
  socket.write(`${JSON.stringify(said)}\r\n\r\n`);
}
