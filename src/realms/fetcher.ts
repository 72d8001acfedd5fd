/**
 * Fetches the contents of files that a realm has sent: in pieces, one file at a time, kept if the SHA-256 is right. What has
 * arrived of one stays when the link or the process ends, and is gone on with.
 */
import type { Part } from "../operations/services/contents.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Timer } from "../world/world.ts";
import type { RealmsContext } from "./context.ts";
import { CallRefused, type Link } from "./link.ts";
import { Pieces } from "./pieces.ts";

/** The pause, in ms, before contents that the realm did not have are asked for again: the first, and the longest. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 10_000;

/** The pause is at least this long, in ms, for each file that is waited for. */
const PAUSE_EACH_MS = 10;

/** How often a content whose SHA-256 is wrong is fetched before the file is given up. */
const TRIES = 3;

type OnArrival = (arrived: boolean) => void;

export class Fetcher {
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #onStaged: () => void;
  readonly #waiting = new Map<StoredFile, Set<OnArrival>>();
  /** Asked for in vain; asked for again after a pause. */
  readonly #tried = new Set<StoredFile>();
  /** How often the SHA-256 of each was wrong. */
  readonly #wrong = new Map<StoredFile, number>();
  #again: Timer | undefined;
  #pause = FIRST_PAUSE_MS;
  #link: Link | undefined;
  #fetching = false;

  /** @param onStaged called when a change was staged. */
  constructor(context: RealmsContext, realm: Realm, onStaged: () => void) {
    this.#context = context;
    this.#realm = realm;
    this.#onStaged = onStaged;
  }

  /** Calls `then` with true once the content is here, or with false after `ms` or if it will not come. */
  await(file: StoredFile, ms: number, then: OnArrival): void {
    const { world } = this.#context.services;
    const once = (arrived: boolean): void => {
      world.cancel(timer);
      this.#waiting.get(file)?.delete(once);
      then(arrived);
    };
    const timer = world.after(ms, () => once(false));
    this.#pause = FIRST_PAUSE_MS;
    this.#waiting.set(file, (this.#waiting.get(file) ?? new Set()).add(once));
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
    const wait = Math.max(this.#pause, this.#tried.size * PAUSE_EACH_MS);
    this.#again = this.#context.services.world.after(wait, () => {
      this.#again = undefined;
      this.#tried.clear();
      if (this.#link && !this.#link.ended) void this.run(this.#link);
    });
    this.#again.unref();
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2);
  }

  /** Tells all who wait for a content whether it is here. */
  arrived(file: StoredFile, isHere: boolean): void {
    const waiting = this.#waiting.get(file) ?? [];
    this.#waiting.delete(file);
    for (const then of waiting) then(isHere);
  }

  /** Tells all who wait that their file has not arrived. */
  close(): void {
    this.#context.services.world.cancel(this.#again);
    for (const file of [...this.#waiting.keys()]) this.arrived(file, false);
  }

  #untried(): StoredFile[] {
    return [...this.#context.services.model.files.awaited(this.#realm.key)].filter((file) => !this.#tried.has(file));
  }

  /** Fetches files until the link has ended or another is used. */
  async #fetchAll(link: Link, files: readonly StoredFile[]): Promise<void> {
    for (const file of files) {
      if (link.ended || link !== this.#link) return;
      if (!this.#isAwaited(file)) continue;
      this.#tried.add(file);
      const done = await this.#fetch(link, file);
      // What this link did not bring, a new one may.
      if (done || link !== this.#link) this.#tried.delete(file);
    }
  }

  /** @returns whether the file is settled: arrived, gone, or no longer awaited. */
  async #fetch(link: Link, file: StoredFile): Promise<boolean> {
    const { contents, fault, policy } = this.#context.services;
    const here = contents.partLength(file.id) ?? 0;
    if ((contents.free() ?? 0) - (file.size - here) < policy.minFree) return false;
    try {
      // A node that has gone may have begun it.
      if (!(await contents.isFree(file.id))) return false;
      const pieces = new Pieces(this.#context.services.world, link, file, Math.min(here, file.size))[
        Symbol.asyncIterator
      ]();
      // The part is opened once the realm has sent something.
      let next = await pieces.next();
      const part = await contents.part(file.id, Math.min(here, file.size));
      try {
        // A file that is withdrawn meanwhile, or whose turn is undone, is no longer awaited.
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
    const { model, contents, now } = this.#context.services;
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
    await this.#context.turn.entered();
    if (this.#isAwaited(file)) model.files.arrive(file, stored);
    else void contents.remove(stored);
    this.#wrong.delete(file);
    this.#pause = FIRST_PAUSE_MS;
    this.#onStaged();
    return true;
  }

  /** The content cannot be had any more. */
  async #gone(file: StoredFile): Promise<true> {
    const { contents, model } = this.#context.services;
    await this.#context.turn.entered();
    this.#wrong.delete(file);
    contents.removePart(file.id);
    if (this.#isAwaited(file)) model.files.lose(file);
    this.#onStaged();
    return true;
  }

  #isAwaited(file: StoredFile): boolean {
    return this.#context.services.model.files.byId(file.id) === file && file.stored === undefined && !file.gone;
  }
}
