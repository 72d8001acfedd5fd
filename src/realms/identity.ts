/** A realm's identity: an Ed25519 key (RFC 8032), made at its first start, by which other realms recognise it. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import { v7 as uuidv7 } from "uuid";
import { ownCertificate } from "./certificate.ts";

export class Identity {
  /** 32 bytes, base64url. */
  readonly publicKey: string;
  /** For TLS 1.3 with this key, on either side. */
  readonly secureContext: SecureContext;
  readonly #key: KeyObject;
  readonly #pem: string;
  readonly #secret: Uint8Array;

  /**
   * @param path of a PEM file (PKCS #8, RFC 5208), made if it is missing, readable by its owner only; undefined for a key
   * that ends with the process.
   * @throws Error with one clear line: no key, or one that others can read.
   */
  static at(path: string | undefined): Identity {
    if (path === undefined) return new Identity(generateKeyPairSync("ed25519").privateKey);
    try {
      return new Identity(readKey(path) ?? makeKey(path));
    } catch (error) {
      throw new Error(`key ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * The identity of a realm that several nodes make up.
   * @param path as of `at`; undefined: whatever key the other nodes have. @param agree takes this node's key, in PEM, and gives that of all
   * @throws Error as `at`, and where the file has another key
   */
  static async shared(path: string | undefined, agree: (pem: string) => Promise<string>): Promise<Identity> {
    const own = Identity.at(path);
    const all = new Identity(privateKeyOf(Buffer.from(await agree(own.#pem))));
    if (path !== undefined && all.publicKey !== own.publicKey) {
      throw new Error(`key ${path}: the realm's other nodes have another one, ${all.publicKey}`);
    }
    return all;
  }

  private constructor(key: KeyObject) {
    this.#key = key;
    this.#pem = key.export({ format: "pem", type: "pkcs8" }).toString();
    this.publicKey = createPublicKey(key).export({ format: "jwk" }).x as string;
    this.secureContext = createSecureContext({
      key: this.#pem,
      cert: ownCertificate(Buffer.from(this.publicKey, "base64url"), (bytes) => sign(undefined, bytes, key)),
      minVersion: "TLSv1.3",
      // No authority confirms a realm's certificate. Unless told so, Node would put 150 of them together here: 7 ms of a start.
      ca: [],
    });
    const seed = Buffer.from(key.export({ format: "jwk" }).d as string, "base64url");
    this.#secret = new Uint8Array(hkdfSync("sha256", seed, "", "obrol message ids", 32));
  }

  /** @returns 64 bytes, base64url. */
  sign(text: string): string {
    return sign(undefined, Buffer.from(text), this.#key).toString("base64url");
  }

  /**
   * A UUID version 7 (RFC 9562) whose random part is an HMAC of the time and a text: nobody else can make it.
   * @param time milliseconds since 1970
   */
  seal(time: number, text: string): string {
    const random = createHmac("sha256", this.#secret).update(`${time}\n${text}`).digest().subarray(0, 16);
    return uuidv7({ msecs: time, seq: random.readUInt32BE(0), random });
  }
}

/** Whether the owner of this key has signed this text; false for keys and signatures of any other form, too. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
    return verify(undefined, Buffer.from(text), key, Buffer.from(signature, "base64url"));
  } catch {
    return false;
  }
}

function readKey(path: string): KeyObject | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) throw new Error("others can read it; make its mode 0600");
    return privateKeyOf(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

function privateKeyOf(pem: Buffer): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // OpenSSL's own message would help nobody.
  }
  throw new Error("not an Ed25519 key as PEM; without the file a new one is made");
}

function makeKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  // Written under another name first: a crash leaves no half of a key.
  const part = `${path}.new`;
  try {
    writeFileSync(part, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600, flush: true });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  return privateKey;
}
