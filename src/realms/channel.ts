/**
 * What links go over: TLS 1.3, where each side shows a certificate of its realm's key. No authority confirms any: the key is
 * compared with the one that is known, and what is signed over the channel holds a value that no other channel has.
 */
import type { KeyObject } from "node:crypto";
import type { Socket } from "node:net";
import { connect, type TLSSocket, type TLSSocketOptions } from "node:tls";
import type { LinkChannel } from "../operations/services/context.ts";
import type { World } from "../world/world.ts";
import type { Identity } from "./identity.ts";

/** What a dialer asks for by ALPN (RFC 7301): whoever asks for it is shown the realm's certificate, whatever else a port shows. */
export const LINK_PROTOCOL = "obrol-link/2";

/** How long, in ms, the other side may take to shake hands. Who does not know TLS says nothing at all. */
const TLS_MS = 5000;

/** RFC 9266, 2: with a context of no bytes. */
const BINDING = { label: "EXPORTER-Channel-Binding", bytes: 32 } as const;

/** How a server meets dialers: what `server/entrance.ts` shows to those who ask for the protocol, and what it learns of them. */
export function linkDoor(identity: Identity) {
  const name = Buffer.from(LINK_PROTOCOL);
  const options: TLSSocketOptions = {
    isServer: true,
    secureContext: identity.secureContext,
    // Any certificate will do: whose it is, the handshake of the link tells.
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
    // TLS knows more kinds of keys than Node does.
    return undefined;
  }
}
