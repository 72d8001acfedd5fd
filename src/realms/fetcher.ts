/** Contents of files that a realm has sent: fetched in pieces, compared, then kept. One at a time. */
import { createHash } from "node:crypto";
import type { Services } from "../operations/context.ts";
import type { Realm, StoredFile } from "../stores/ports.ts";
import type { Link } from "./link.ts";

/** Before contents that are not there yet are asked for again, in ms: the first time, and at most. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 10_000;

type Arrived = (arrived: boolean) => void;

export class Fetcher {
  readonly #services: Services;
  readonly #realm: Realm;
  readonly #maxSize: number;
  readonly #onStaged: () => void;
  readonly #waiting = new Map<StoredFile, Arrived[]>();
  /** Asked for in vain; they have a pause. */
  readonly #tried = new Set<StoredFile>();
  #again: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE_MS;
  #link: Link | undefined;
  #fetching = false;

  /** @param maxSize bytes of a file that is fetched. */
  constructor(services: Services, realm: Realm, maxSize: number, onStaged: () => void) {
    this.#services = services;
    this.#realm = realm;
    this.#maxSize = maxSize;
    this.#onStaged = onStaged;
  }

  /** `then` is told once its content is here, or after some time that it is not. */
  await(file: StoredFile, ms: number, then: Arrived): void {
    const timer = setTimeout(() => this.#tell(file, false), ms);
    const told = (arrived: boolean): void => {
      clearTimeout(timer);
      then(arrived);
    };
    this.#pause = FIRST_PAUSE_MS;
    this.#waiting.set(file, [...(this.#waiting.get(file) ?? []), told]);
  }

  /** Fetches what is awaited, as long as the link lasts. */
  async run(link: Link): Promise<void> {
    if (this.#fetching) return;
    if (link !== this.#link) this.#tried.clear();
    this.#link = link;
    this.#fetching = true;
    try {
      for (let file = this.#next(); file && !link.ended; file = this.#next()) {
        this.#tried.add(file);
        if (await this.#fetch(link, file)) this.#tried.delete(file);
      }
    } finally {
      this.#fetching = false;
    }
    if (this.#tried.size === 0 || this.#again) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#tried.clear();
      if (this.#link && !this.#link.ended) void this.run(this.#link);
    }, this.#pause);
    this.#again.unref();
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2);
  }

  /** Nobody waits any more. */
  close(): void {
    clearTimeout(this.#again);
    for (const file of [...this.#waiting.keys()]) this.#tell(file, false);
  }

  #next(): StoredFile | undefined {
    for (const file of this.#services.stores.files.awaited(this.#realm.key)) {
      if (!this.#tried.has(file) && file.size <= this.#maxSize) return file;
    }
    return undefined;
  }

  /** @returns whether it is here now. */
  async #fetch(link: Link, file: StoredFile): Promise<boolean> {
    const { stores, contents, now, fault } = this.#services;
    try {
      const content = await this.#content(link, file);
      if (!content) return false;
      const stored = await contents.write(file.name, content, now());
      const drop = (): void => void contents.remove(stored);
      // Its record may have been taken back meanwhile, with the turn that made it.
      if (stores.files.byId(file.id) !== file) drop();
      else stores.files.arrive(file, stored, drop);
      this.#onStaged();
      this.#pause = FIRST_PAUSE_MS;
      this.#tell(file, true);
      return true;
    } catch (error) {
      if (!link.ended) fault(error, "file of another realm");
      return false;
    }
  }

  /** Undefined if it is not there yet, or not what was promised. */
  async #content(link: Link, { size, sha256, origin }: StoredFile): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < size || size === 0; ) {
      const answer = await link.call("piece", JSON.stringify({ file: origin?.id, offset })).catch(() => undefined);
      const { data } = (answer ?? {}) as Partial<Record<string, unknown>>;
      const piece = typeof data === "string" ? Buffer.from(data, "base64") : undefined;
      if (!piece || (piece.length === 0 && size > 0) || offset + piece.length > size) return undefined;
      pieces.push(piece);
      offset += piece.length;
      if (size === 0) break;
    }
    const content = Buffer.concat(pieces);
    return createHash("sha256").update(content).digest("hex") === sha256 ? content : undefined;
  }

  #tell(file: StoredFile, arrived: boolean): void {
    const waiting = this.#waiting.get(file) ?? [];
    this.#waiting.delete(file);
    for (const then of waiting) then(arrived);
  }
}
