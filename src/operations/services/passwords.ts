/**
 * Argon2id (RFC 9106), kept as PHC strings: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, so that the
 * cost may change and old hashes still verify.
 */
import { timingSafeEqual } from "node:crypto";
import { Failure } from "../../contract/result.ts";
import type { World } from "../../world/world.ts";
import { Guesses } from "./guesses.ts";
import { type Asker, HashQueue } from "./hash-queue.ts";

/** What hashing a password costs. */
export interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
}

/** OWASP's recommendation for Argon2id. */
export const defaultCost: Cost = { memory: 19_456, passes: 2 };

/** Seconds after which an asker may try again, having been refused because too many were waiting. */
const RETRY_S = 30;

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/**
 * How long, in ms, a refusal is held back. A refusal costs little, but not nothing: told at once, some hundred connections that
 * ask again and again would keep the server busy.
 */
const HELD_BACK_MS = 1000;

/** Stands for the user's name when an invitation's code is tried; no user can be called so. */
const CODES = ":";

/** A password or code that was tried. `name`: a user's, as it was asked for, or that of codes. */
export interface Tried {
  readonly address: string;
  readonly name: string;
  readonly right: boolean;
}

/** Not hashed: too many tries, or too many are waiting. */
type Refused = Failure<"rate-limited">;

/** Hashes and verifies passwords, for one asker after the other. */
export class Passwords {
  readonly #cost: Cost;
  readonly #world: World;
  readonly #guesses: Guesses;
  readonly #onTried: (tried: Tried) => void;
  readonly #queue: HashQueue;
  /** The hash that is compared with for a user that does not exist, so that it takes the same time. */
  readonly #nobody: string;

  /** @param onTried called after each password and code that was looked at on this node */
  constructor(cost: Cost, world: World, onTried: (tried: Tried) => void = () => {}) {
    this.#cost = cost;
    this.#world = world;
    this.#guesses = new Guesses(world);
    this.#onTried = onTried;
    this.#queue = new HashQueue(this.#guesses);
    this.#nobody = phc(cost, world.randomBytes(SALT_BYTES), world.randomBytes(HASH_BYTES));
  }

  /** How many passwords wait to be hashed. */
  get waiting(): number {
    return this.#queue.waiting;
  }

  /** A PHC string, without a place in the queue: for users that the operator names. */
  async hash(password: string): Promise<string> {
    const salt = this.#world.randomBytes(SALT_BYTES);
    const { memory, passes } = this.#cost;
    return phc(this.#cost, salt, await this.#derive(password, salt, memory, passes, 1));
  }

  /** A PHC string, once it is the asker's turn. */
  async hashFor(asker: Asker, password: string): Promise<string | Refused> {
    return (await this.#queue.run(asker, undefined, () => this.hash(password))) ?? this.#refused(RETRY_S);
  }

  /**
   * Whether a password is right, once it is the asker's turn. After too many tries it is not looked at: `rate-limited`, with the
   * seconds after which to try again.
   * @param name as it was asked for, whether somebody has it or not
   * @param stored undefined for a user that does not exist: false, after the same time
   */
  async verify(asker: Asker, name: string, stored: string | undefined, password: string): Promise<boolean | Refused> {
    const { address } = asker.remote;
    const wait = (): number => this.#guesses.wait(address, name);
    const tried = async (): Promise<boolean> => {
      const right = await this.#isRight(stored, password);
      this.#count({ address, name, right });
      return right;
    };
    // While this try waits, others of its pair may fail.
    const found = wait() || (await this.#queue.run(asker, name, async () => wait() || tried()));
    return typeof found === "boolean" ? found : this.#refused(found ?? RETRY_S);
  }

  /** Wrong passwords for a name of late, decayed and rounded. */
  failuresOf(name: string): number {
    return Math.round(this.#guesses.ofName(name));
  }

  /**
   * Whether an invitation's code is right, unless its address has tried too often. A wrong one counts as a wrong password of the
   * address, whatever account it was for. @param right whether there is such an invitation
   */
  tried(asker: Asker, right: boolean): boolean | Promise<Refused> {
    const { address } = asker.remote;
    const wait = this.#guesses.wait(address, CODES);
    if (wait > 0) return this.#refused(wait);
    this.#count({ address, name: CODES, right });
    return right;
  }

  /**
   * Counts here what was tried on another node, `agoMs` milliseconds ago: a wrong one puts its address and name further back in
   * the queue.
   */
  triedElsewhere({ address, name, right }: Tried, agoMs: number): void {
    if (right) {
      this.#guesses.succeeded(address, name);
      return;
    }
    if (name !== CODES) this.#guesses.asked(address, agoMs);
    this.#guesses.failed(address, name, agoMs);
  }

  #count(tried: Tried): void {
    this.#guesses[tried.right ? "succeeded" : "failed"](tried.address, tried.name);
    this.#onTried(tried);
  }

  /** @param retry seconds */
  #refused(retry: number): Promise<Refused> {
    return new Promise((resolve) => {
      this.#world.after(HELD_BACK_MS, () => resolve(new Failure("rate-limited", undefined, retry))).unref();
    });
  }

  async #isRight(stored: string | undefined, password: string): Promise<boolean> {
    // A user who is being erased has an empty one: nothing fits it, and that takes as long to find out.
    const match = PHC.exec(stored || this.#nobody);
    if (!match) throw new Error("a stored password is not a PHC string of Argon2id");
    const [, memory, passes, lanes, salt, expected] = match;
    const hash = await this.#derive(
      password,
      Buffer.from(salt as string, "base64"),
      Number(memory),
      Number(passes),
      Number(lanes),
    );
    return timingSafeEqual(hash, Buffer.from(expected as string, "base64")) && Boolean(stored);
  }

  #derive(password: string, salt: Buffer, memory: number, passes: number, parallelism: number): Promise<Buffer> {
    const message = password.normalize("NFC");
    return this.#world.argon2id({ message, nonce: salt, memory, passes, parallelism, tagLength: HASH_BYTES });
  }
}

function phc({ memory, passes }: Cost, salt: Buffer, hash: Buffer): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${unpadded(salt)}$${unpadded(hash)}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
