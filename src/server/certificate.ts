/**
 * The server's certificate and its key. Their files are replaced when the certificate is renewed, so they are looked at when a
 * client connects. They are not watched: certbot changes a symlink, and a watcher would go on watching the old target.
 */
import { constants, createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import type { World } from "../world/world.ts";
import type { Log } from "./log.ts";

/** The paths of the files, in PEM. `cert` may have the rest of the chain behind the certificate. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** The files are looked at once in so many ms at the most. */
const LOOK_MS = 1000;

export class Certificate {
  #files: CertificateFiles;
  readonly #world: World;
  readonly #log: Log;
  /** The stamp of the files when they were last read, whether they could be used or not. */
  #seen: string;
  /** Their stamp when the certificate in use was read. */
  #used: string;
  #looked: number;
  #context: SecureContext;

  /** @throws Error in one line when it cannot be used */
  constructor(files: CertificateFiles, world: World, log: Log) {
    this.#files = files;
    this.#world = world;
    this.#log = log;
    this.#seen = stampOf(files);
    this.#used = this.#seen;
    this.#looked = world.elapsed();
    this.#context = this.#read(files);
  }

  /**
   * For the next connection. If the files have changed and cannot be used, that is logged once, and the old certificate stays in
   * use.
   */
  current(): SecureContext {
    this.#look();
    return this.#context;
  }

  /**
   * Reads files, perhaps others than before, without using them yet.
   * @returns a function that begins to use them, and returns whether they differ from what was in use. @throws Error in one line
   * if they cannot be used
   */
  renew(files: CertificateFiles): () => boolean {
    const stamp = stampOf(files);
    const context = this.#read(files);
    return () => {
      const isOther = stamp !== this.#used;
      this.#files = files;
      this.#seen = this.#used = stamp;
      this.#context = context;
      return isOther;
    };
  }

  #look(): void {
    const now = this.#world.elapsed();
    if (now - this.#looked < LOOK_MS) return;
    this.#looked = now;
    const stamp = stampOf(this.#files);
    if (stamp === this.#seen) return;
    // The two files are replaced one after the other, so what is read between may not fit together. It is read again at the next
    // change.
    this.#seen = stamp;
    try {
      this.#context = this.#read(this.#files);
      this.#used = stamp;
    } catch (error) {
      this.#log("error", "certificate-not-used", { reason: (error as Error).message });
    }
  }

  #read(files: CertificateFiles): SecureContext {
    const cert = contentOf("--tls-cert", files.cert);
    const key = contentOf("--tls-key", files.key);
    const leaf = parsed("--tls-cert", files.cert, "no certificate in PEM", () => new X509Certificate(cert));
    const secret = parsed("--tls-key", files.key, "no key in PEM without a passphrase", () => createPrivateKey(key));
    if (!leaf.checkPrivateKey(secret)) {
      throw new Error(`--tls-key ${files.key}: is not the key of the certificate in ${files.cert}`);
    }
    const context = parsed("--tls-cert", files.cert, "cannot be used", () =>
      createSecureContext({
        cert,
        key,
        minVersion: "TLSv1.2",
        honorCipherOrder: true,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      }),
    );
    const until = new Date(leaf.validTo);
    this.#log(until.getTime() < this.#world.now() ? "warn" : "info", "certificate", {
      until: until.toISOString(),
      pin: createHash("sha256")
        .update(leaf.publicKey.export({ type: "spki", format: "der" }))
        .digest("base64"),
    });
    return context;
  }
}

function contentOf(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${option}: ${(error as Error).message}`, { cause: error });
  }
}

function parsed<T>(option: string, path: string, otherwise: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`${option} ${path}: ${otherwise} (${(error as Error).message})`, { cause: error });
  }
}

/** A stamp of the files, which changes when a path leads to another file, or a file to another content. */
function stampOf({ cert, key }: CertificateFiles): string {
  return [cert, key]
    .map((path) => {
      try {
        const { mtimeNs, ino, size } = statSync(path, { bigint: true });
        return `${mtimeNs} ${ino} ${size}`;
      } catch (error) {
        // When it is read, the error says why.
        return String((error as NodeJS.ErrnoException).code);
      }
    })
    .join(" ");
}
