/**
 * Argon2id (RFC 9106), kept as PHC strings: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, so that the
 * cost may change and old hashes still verify.
 */
import { timingSafeEqual } from "node:crypto";
import type { World } from "../../world/world.ts";

/** What hashing a password costs. */
export interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
}

/** OWASP's recommendation for Argon2id. */
export const defaultCost: Cost = { memory: 19_456, passes: 2 };

/**
 * Hashes under way and waiting at once. At most four run, and only those hold memory; the number is so high that one client,
 * with all its connections, cannot shut out the others.
 */
const MOST_WAITING = 8192;

const HASH_BYTES = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Hashes and verifies passwords. */
export class Passwords {
  readonly #cost: Cost;
  readonly #world: World;
  #waiting = 0;
  /** The hash to verify against for a user that does not exist: it takes the same time. */
  readonly #nobody: Promise<string>;

  constructor(cost: Cost, world: World) {
    this.#cost = cost;
    this.#world = world;
    this.#nobody = this.hash(world.randomBytes(16).toString("hex"));
  }

  /** Too many hashes are waiting: the caller should refuse. */
  get busy(): boolean {
    return this.#waiting >= MOST_WAITING;
  }

  /** @returns a PHC string. */
  async hash(password: string): Promise<string> {
    const { memory, passes } = this.#cost;
    const salt = this.#world.randomBytes(16);
    const hash = await this.#derive(password, salt, memory, passes, 1);
    return `$argon2id$v=19$m=${memory},t=${passes},p=1$${unpadded(salt)}$${unpadded(hash)}`;
  }

  /** @param phc undefined for a user that does not exist: false, after the same time. */
  async verify(phc: string | undefined, password: string): Promise<boolean> {
    const match = PHC.exec(phc ?? (await this.#nobody));
    if (!match) throw new Error("a stored password is not a PHC string of Argon2id");
    const [, memory, passes, lanes, salt, expected] = match;
    const hash = await this.#derive(
      password,
      Buffer.from(salt as string, "base64"),
      Number(memory),
      Number(passes),
      Number(lanes),
    );
    return timingSafeEqual(hash, Buffer.from(expected as string, "base64")) && phc !== undefined;
  }

  async #derive(password: string, salt: Buffer, memory: number, passes: number, parallelism: number): Promise<Buffer> {
    this.#waiting++;
    try {
      const message = password.normalize("NFC");
      return await this.#world.argon2id({ message, nonce: salt, memory, passes, parallelism, tagLength: HASH_BYTES });
    } finally {
      this.#waiting--;
    }
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
