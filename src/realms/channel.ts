/**
 * The channel under a link: TLS 1.3, over which each side presents a certificate of its realm's key. No authority confirms the
 * certificate: the key is compared with the known one, and the signatures of the link's handshake cover a value that is unique
 * to the channel (channel binding, RFC 9266).
 */
import type { KeyObject } from "node:crypto";
import type { Socket } from "node:net";
import { connect, type TLSSocket, type TLSSocketOptions } from "node:tls";
import type { LinkChannel } from "../operations/services/context.ts";
import type { World } from "../world/world.ts";
import type { Identity } from "./identity.ts";

/** The protocol that a dialer names by ALPN (RFC 7301). Who names it is shown the realm's certificate, others that of --tls-cert. */
export const LINK_PROTOCOL = "obrol-link/2";

/** How long, in ms, the TLS handshake may take: a server that does not know TLS never answers it. */
const TLS_MS = 5000;

/** RFC 9266, section 2: the exporter's label; its context is empty. */
const BINDING = { label: "EXPORTER-Channel-Binding", bytes: 32 } as const;

/** The server's side, for `server/entrance.ts`: the protocol, the options of TLS for it, and how the other side's key is read. */
export function linkDoor(identity: Identity) {
  const name = Buffer.from(LINK_PROTOCOL);
  const options: TLSSocketOptions = {
    isServer: true,
    secureContext: identity.secureContext,
    // Any certificate passes here: the handshake of the link checks whose it is.
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: Buffer.concat([Buffer.of(name.length), name]),
  };
  return { protocol: LINK_PROTOCOL, options, channelOf } as const;
}

/** A channel over a socket that is connected. @throws Error when the other side knows no TLS, or not what links go over */
export function dialedChannel(socket: Socket, identity: Identity, world: World): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      secureContext: identity.secureContext,
      rejectUnauthorized: false,
      ALPNProtocols: [LINK_PROTOCOL],
    });
    const fail = (reason: string): void => {
      world.cancel(timer);
      secure.destroy();
      reject(new Error(reason));
    };
    const timer = world.after(TLS_MS, () => fail(`no handshake within ${TLS_MS / 1000} s`));
    const onError = (error: Error): void => fail(error.message);
    const onClose = (): void => fail("it closed the connection");
    secure.on("error", onError);
    secure.on("close", onClose);
    secure.once("secureConnect", () => {
      if (secure.alpnProtocol !== LINK_PROTOCOL) {
        fail(`it does not speak ${LINK_PROTOCOL}`);
        return;
      }
      world.cancel(timer);
      secure.off("error", onError);
      secure.off("close", onClose);
      resolve(secure);
    });
  });
}

/** @returns undefined if the other side has shown no certificate, or one of another kind of key */
export function channelOf(socket: TLSSocket): LinkChannel | undefined {
  const key = keyOf(socket);
  if (key?.asymmetricKeyType !== "ed25519") return undefined;
  const binding = socket.exportKeyingMaterial(BINDING.bytes, BINDING.label, Buffer.alloc(0));
  return { key: key.export({ format: "jwk" }).x as string, binding: binding.toString("base64url") };
}

function keyOf(socket: TLSSocket): KeyObject | undefined {
  try {
    return socket.getPeerX509Certificate()?.publicKey;
  } catch {
    // Of a kind of key that TLS allows and Node cannot read.
    return undefined;
  }
}
