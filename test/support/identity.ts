/** A realm's name and key, and what it signs: PROTOCOL.md, "Linking". It knows nothing of src, on purpose. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";

export interface Identity {
  readonly realm: string;
  /** The public key: 32 bytes as base64url. */
  readonly key: string;
  sign(text: string): string;
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

/** A realm with a new key. */
export function newIdentity(realm: string): Identity {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    realm,
    key: publicKey.export({ format: "jwk" })["x"] as string,
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64url"),
  };
}

export function newNonce(): string {
  return randomBytes(32).toString("base64url");
}

/** The nine lines that either side signs. */
export function transcript(signer: Role, hello: Hello, welcome: Welcome): string {
  const lines = [
    "obrol realm link 1",
    signer,
    hello.realm,
    hello.key,
    hello.nonce,
    hello.advertised,
    welcome.realm,
    welcome.key,
    welcome.nonce,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

export function isSigned(text: string, key: string, signature: string): boolean {
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" });
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64url"));
}
