/**
 * Contents of files that a realm has sent: fetched in pieces, compared, then kept. One at a time; what has
 * come of one stays when the link or the process ends, and is gone on with.
 */
import type { Part, Services } from "../operations/services/context.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Turn } from "../state/turn.ts";
import type { Host } from "./host.ts";
import { CallRefused, type Link } from "./link.ts";
import { Pieces } from "./pieces.ts";

/** Before contents that are not there yet are asked for again, in ms: the first time, and at most. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 10_000;

/** And longer where there are very many: so long, in ms, for each. */
const PAUSE_EACH_MS = 10;

/** A content that is not what was promised is asked for so often. */
const TRIES = 3;

type Arrived = (arrived: boolean) => void;

export class Fetcher {
  readonly #services: Services;
  readonly #turn: Turn;
  readonly #realm: Realm;
  readonly #onStaged: () => void;
  readonly #waiting = new Map<StoredFile, Set<Arrived>>();
  /** Asked for in vain; they have a pause. */
  readonly #tried = new Set<StoredFile>();
  /** How often each was not what was promised. */
  readonly #wrong = new Map<StoredFile, number>();
  #again: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE_MS;
  #link: Link | undefined;
  #fetching = false;

  constructor({ services, turn }: Host, realm: Realm, onStaged: () => void) {
    this.#services = services;
    this.#turn = turn;
    this.#realm = realm;
    this.#onStaged = onStaged;
  }

  /** `then` is told once its content is here, or after some time that it is not. */
  await(file: StoredFile, ms: number, then: Arrived): void {
    const told = (arrived: boolean): void => {
      clearTimeout(timer);
      this.#waiting.get(file)?.delete(told);
      then(arrived);
    };
    const timer = setTimeout(() => told(false), ms);
    this.#pause = FIRST_PAUSE_MS;
    this.#waiting.set(file, (this.#waiting.get(file) ?? new Set()).add(told));
  }

  /** Fetches what is awaited, as long as the link lasts. */
  async run(link: Link): Promise<void> {
    if (link !== this.#link) this.#tried.clear();
    this.#link = link;
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      for (let files = this.#untried(); files.length > 0 && !this.#link.ended; files = this.#untried()) {
        await this.#fetchAll(this.#link, files);
      }
    } finally {
      this.#fetching = false;
    }
    if (this.#tried.size === 0 || this.#again) return;
    this.#again = setTimeout(
      () => {
        this.#again = undefined;
        this.#tried.clear();
        if (this.#link && !this.#link.ended) void this.run(this.#link);
      },
      Math.max(this.#pause, this.#tried.size * PAUSE_EACH_MS),
    );
    this.#again.unref();
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2);
  }

  /** Nobody waits any more. */
  close(): void {
    clearTimeout(this.#again);
    for (const file of [...this.#waiting.keys()]) this.#tell(file, false);
  }

  #untried(): StoredFile[] {
    return [...this.#services.model.files.awaited(this.#realm.key)].filter((file) => !this.#tried.has(file));
  }

  /** As long as there is no other link. */
  async #fetchAll(link: Link, files: readonly StoredFile[]): Promise<void> {
    for (const file of files) {
      if (link.ended || link !== this.#link) return;
      if (!this.#isAwaited(file)) continue;
      this.#tried.add(file);
      if (await this.#fetch(link, file)) this.#tried.delete(file);
      // What another link may still bring is tried there.
      else if (link !== this.#link) this.#tried.delete(file);
    }
  }

  /** @returns whether nothing more is to be done for it. */
  async #fetch(link: Link, file: StoredFile): Promise<boolean> {
    const { contents, fault, policy } = this.#services;
    const here = contents.partLength(file.id) ?? 0;
    if ((contents.free() ?? 0) - (file.size - here) < policy.minFree) return false;
    try {
      const pieces = new Pieces(link, file, Math.min(here, file.size))[Symbol.asyncIterator]();
      // Nothing is begun for what is not to be had yet.
      let next = await pieces.next();
      const part = await contents.part(file.id, Math.min(here, file.size));
      try {
        // Withdrawn, or taken back with the turn that made it, it is no longer awaited.
        for (; !next.done && this.#isAwaited(file); next = await pieces.next()) await part.write(next.value);
        return await this.#end(file, part);
      } catch (error) {
        await contents.leave(file.id, part);
        throw error;
      }
    } catch (error) {
      if (error instanceof CallRefused && error.code === "file-not-found") return await this.#gone(file);
      if (!link.ended && !(error instanceof CallRefused)) fault(error, "file of another realm");
      return false;
    }
  }

  async #end(file: StoredFile, part: Part): Promise<boolean> {
    const { model, contents, now } = this.#services;
    if (!this.#isAwaited(file)) {
      await contents.discard(file.id, part);
      return true;
    }
    if (part.digest() !== file.sha256) {
      await contents.discard(file.id, part);
      const wrong = (this.#wrong.get(file) ?? 0) + 1;
      this.#wrong.set(file, wrong);
      return wrong >= TRIES && (await this.#gone(file));
    }
    const stored = await contents.keep(file.id, part, file.name, now());
    await this.#turn.entered();
    if (this.#isAwaited(file)) model.files.arrive(file, stored);
    else void contents.remove(stored);
    this.#wrong.delete(file);
    this.#pause = FIRST_PAUSE_MS;
    this.#done(file, true);
    return true;
  }

  /** It will not be had any more. */
  async #gone(file: StoredFile): Promise<boolean> {
    await this.#turn.entered();
    this.#wrong.delete(file);
    this.#services.contents.removePart(file.id);
    if (this.#isAwaited(file)) this.#services.model.files.lose(file);
    this.#done(file, false);
    return true;
  }

  #isAwaited(file: StoredFile): boolean {
    return this.#services.model.files.byId(file.id) === file && file.stored === undefined && !file.gone;
  }

  #done(file: StoredFile, arrived: boolean): void {
    this.#onStaged();
    this.#tell(file, arrived);
  }

  #tell(file: StoredFile, arrived: boolean): void {
    const waiting = this.#waiting.get(file) ?? [];
    this.#waiting.delete(file);
    for (const then of waiting) then(arrived);
  }
}
