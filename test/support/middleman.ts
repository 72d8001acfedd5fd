/** One on the way between two servers who has a key of his own: he decrypts what either says, reads it, and says it to the other. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect, TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import { type Identity, LINK_PROTOCOL, newIdentity, serverOptions } from "./identity.ts";

export class Middleman {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly me: Identity;
  /** What he has read. */
  heard = "";

  /** Closed with the test. */
  static async before({ host, port }: { readonly host: string; readonly port: number }): Promise<Middleman> {
    const me = newIdentity("orang");
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      const near = new TLSSocket(socket, serverOptions(me.context));
      const far = connect({
        host,
        port,
        secureContext: me.context,
        rejectUnauthorized: false,
        ALPNProtocols: [LINK_PROTOCOL],
      });
      sockets.push(near, far);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on("data", (bytes: Buffer) => {
          middleman.heard += bytes.toString();
          to.write(bytes);
        });
        from.on("error", () => {});
        from.on("close", () => to.destroy());
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const middleman = new Middleman(me, (server.address() as AddressInfo).port);
    return middleman;
  }

  private constructor(me: Identity, port: number) {
    this.me = me;
    this.port = port;
  }
}
