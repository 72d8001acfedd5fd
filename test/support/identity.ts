/** A realm's name and key, and what it signs: PROTOCOL.md, "Linking". It knows nothing of src, on purpose. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { createSecureContext, type SecureContext, type TLSSocket, type TLSSocketOptions } from "node:tls";
import { newCertificate } from "./certificate.ts";

/** What servers ask for by ALPN that link. */
export const LINK_PROTOCOL = "obrol-link/2";

export interface Identity {
  readonly realm: string;
  /** The public key: 32 bytes as base64url. */
  readonly key: string;
  /** For TLS, with a certificate of this key. */
  readonly context: SecureContext;
  sign(text: string | Uint8Array): string;
}

export interface Hello {
  readonly realm: string;
  readonly key: string;
  readonly nonce: string;
  /** Where the dialer can be called; empty: nowhere. */
  readonly advertised: string;
}

export interface Welcome {
  readonly realm: string;
  readonly key: string;
  readonly nonce: string;
}

export type Role = "dialer" | "listener";

export function contextOf({ cert, key }: { readonly cert: string; readonly key: string }): SecureContext {
  return createSecureContext({ cert, key, minVersion: "TLSv1.3" });
}

/** For a `TLSSocket` of the side that was called. */
export function serverOptions(secureContext: SecureContext): TLSSocketOptions {
  const name = Buffer.from(LINK_PROTOCOL);
  const ALPNProtocols = Buffer.concat([Buffer.of(name.length), name]);
  return { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false, ALPNProtocols };
}

/** A realm with a new key. */
export function newIdentity(realm: string): Identity {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    realm,
    key: publicKey.export({ format: "jwk" })["x"] as string,
    context: contextOf(newCertificate({ names: [], key: privateKey })),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64url"),
  };
}

export function newNonce(): string {
  return randomBytes(32).toString("base64url");
}

/** RFC 9266, tls-exporter. */
export function bindingOf(socket: TLSSocket): string {
  return socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)).toString("base64url");
}

/** The lines that either side signs: ten of them over an encrypted channel, nine without one. */
export function transcript(signer: Role, hello: Hello, welcome: Welcome, binding: string | undefined): string {
  const lines = [
    `obrol realm link ${binding === undefined ? 1 : 2}`,
    signer,
    hello.realm,
    hello.key,
    hello.nonce,
    hello.advertised,
    welcome.realm,
    welcome.key,
    welcome.nonce,
    ...(binding === undefined ? [] : [binding]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

export function isSigned(text: string, key: string, signature: string): boolean {
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" });
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64url"));
}
