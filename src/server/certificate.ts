/**
 * The server's certificate and its key, from files that whoever renews them replaces. They are looked at when somebody comes,
 * and not watched: certbot changes a symlink, and a watcher would go on looking at what it pointed to.
 */
import { constants, createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import type { World } from "../world/world.ts";
import type { Log } from "./log.ts";

/** Where they are, in PEM. The certificate's file may hold those that confirm it, too, behind it. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** How often, in ms, it is looked at most whether the files have changed. */
const LOOK_MS = 1000;

export class Certificate {
  #files: CertificateFiles;
  readonly #world: World;
  readonly #log: Log;
  /** The files as they were read last, whether they could be used or not. */
  #seen: string;
  /** As they were when what is used was read. */
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

  /** What the next connection is to use. Files that cannot be used are said to be so once, and what there was before stays. */
  current(): SecureContext {
    this.#look();
    return this.#context;
  }

  /**
   * Reads what is there now, perhaps in other files.
   * @returns begins to use it, and says whether it is another than before. @throws Error in one line when it cannot be used
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
    // Of two files one is replaced first: until the other is, too, they do not belong together.
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

/** Changes with what a path leads to, or what is in there. */
function stampOf({ cert, key }: CertificateFiles): string {
  return [cert, key]
    .map((path) => {
      try {
        const { mtimeNs, ino, size } = statSync(path, { bigint: true });
        return `${mtimeNs} ${ino} ${size}`;
      } catch (error) {
        // Reading it says why.
        return String((error as NodeJS.ErrnoException).code);
      }
    })
    .join(" ");
}
