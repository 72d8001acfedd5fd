/** Certificates made in a moment (RFC 5280 in DER, with Ed25519 keys: RFC 8410): of authorities, and of servers with names. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";

export interface CertificateOptions {
  /** Whose it is: names of hosts and IPv4 addresses. */
  readonly names?: readonly string[];
  /** Who confirms it; it confirms itself unless given. */
  readonly by?: Authority;
  /** The key that it is for; a new one unless given. One that is no Ed25519 key does not confirm itself. */
  readonly key?: KeyObject;
  /** Since when and until when it counts. */
  readonly from?: Date;
  readonly until?: Date;
}

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly secret: KeyObject;
  /** SHA-256 of the public key, in base64. */
  readonly pin: string;
}

/** One that confirms others. */
export interface Authority extends TestCertificate {
  readonly name: string;
}

const DAY_MS = 86_400_000;
const ED25519 = der(0x30, oid(0x2b, 0x65, 0x70));

export function newCertificate(options: CertificateOptions = {}): TestCertificate {
  const { names = ["127.0.0.1", "localhost"] } = options;
  // RFC 5280, 4.2.1.6: dNSName [2], iPAddress [7].
  const alternatives = names.map((name) =>
    isIPv4(name) ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name)),
  );
  return made(options, names[0] ?? "", [extension([0x55, 0x1d, 0x11], der(0x30, ...alternatives))]);
}

export function newAuthority(name = "an authority"): Authority {
  const isAuthority = extension([0x55, 0x1d, 0x13], der(0x30, der(0x01, Buffer.of(0xff))), true);
  return { name, ...made({}, name, [isAuthority]) };
}

/** Where `--tls-cert` and `--tls-key` find it. @returns the options */
export function written(folder: string, { cert, key }: TestCertificate): readonly string[] {
  const [certPath, keyPath] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  writeFileSync(certPath, cert);
  writeFileSync(keyPath, key, { mode: 0o600 });
  return ["--tls-cert", certPath, "--tls-key", keyPath];
}

function made(
  { by, key: given, from = new Date(Date.now() - DAY_MS), until = new Date(Date.now() + DAY_MS) }: CertificateOptions,
  name: string,
  extensions: readonly Buffer[],
): TestCertificate {
  const secret = given ?? generateKeyPairSync("ed25519").privateKey;
  const key = secret.export({ type: "pkcs8", format: "pem" }) as string;
  const publicKey = publicKeyOf(secret);
  const toSign = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ED25519,
    nameOf(by?.name ?? name),
    der(0x30, time(from), time(until)),
    nameOf(name),
    publicKey,
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = sign(null, toSign, by?.secret ?? secret);
  const certificate = der(0x30, toSign, ED25519, der(0x03, Buffer.of(0), signature));
  const lines = certificate.toString("base64").replace(/.{1,64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key,
    secret,
    pin: createHash("sha256").update(publicKey).digest("base64"),
  };
}

function publicKeyOf(secret: KeyObject): Buffer {
  return createPublicKey(secret).export({ type: "spki", format: "der" });
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function oid(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function extension(id: readonly number[], value: Buffer, critical = false): Buffer {
  return der(0x30, oid(...id), ...(critical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value));
}

/** A common name alone. */
function nameOf(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
}

/** UTCTime. */
function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
}
