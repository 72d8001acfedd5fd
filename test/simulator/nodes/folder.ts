/** The folder of files that nodes share: how old what is in it is by the world's clock, and whether it is what the model has. */
import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../../../src/state/state.ts";

const PARTS = "parts";
const CONTENT = /^\d{4}_/;

/** The program's own descriptors, where the system tells of them. */
const DESCRIPTORS = "/proc/self/fd";

/** What was written within so long, in ms, may be in somebody's hands, and stays new: no clock jumps by an hour under real nodes. */
const NEW_MS = 60_000;

export class Folder {
  readonly path: string;
  /** When each file was there first, in ms since 1970. */
  readonly #since = new Map<string, number>();

  constructor(path: string) {
    this.path = path;
  }

  /** To be called now and then. @param now ms since 1970 */
  look(now: number): void {
    for (const name of this.#names()) if (!this.#since.has(name)) this.#since.set(name, now);
  }

  /** What was written by the machine's clock is as old as by the world's. */
  date(now: number): void {
    for (const [name, since] of this.#since) if (since < now - NEW_MS) this.#touch(name, since);
  }

  /** As if all of it had been written long ago. */
  age(): void {
    for (const name of this.#names()) this.#touch(name, 0);
  }

  /** @returns the files in it that are open; undefined for none */
  get open(): string | undefined {
    const paths = (existsSync(DESCRIPTORS) ? readdirSync(DESCRIPTORS) : []).flatMap((one) => {
      try {
        return readlinkSync(join(DESCRIPTORS, one));
      } catch {
        return [];
      }
    });
    const found = paths.filter((path) => path.startsWith(this.path));
    return found.length === 0 ? undefined : `still open are ${found.join(", ")}`;
  }

  /** @returns which content is not there, or not the one that the model has */
  wrong(model: State): string | undefined {
    for (const { id, stored, size, sha256, gone } of model.files.all()) {
      if (stored === undefined) continue;
      if (gone) return `${id} is gone, and has a content`;
      const path = join(this.path, stored);
      if (!existsSync(path)) return `the content of ${id} is missing: ${stored}`;
      const content = readFileSync(path);
      if (content.length !== size || hash("sha256", content) !== sha256) return `the content of ${id} is another`;
    }
    return undefined;
  }

  /** @returns what is there beyond what the model has. There must be one node, that has started when all was old */
  left(model: State): string | undefined {
    const known = new Set([...model.files.all()].flatMap(({ stored }) => stored ?? []));
    const names = this.#names();
    const left = names.filter((name) => name.startsWith(PARTS) || (CONTENT.test(name) && !known.has(name)));
    const nodes = names.filter((name) => name.startsWith(".node-"));
    if (nodes.length !== 1) left.push(...nodes);
    return left.length === 0 ? undefined : `in the folder of files are also ${left.join(", ")}`;
  }

  /** @param time ms since 1970 */
  #touch(name: string, time: number): void {
    try {
      utimesSync(join(this.path, name), time / 1000, time / 1000);
    } catch {
      // It has gone meanwhile.
    }
  }

  #names(): string[] {
    const all = existsSync(this.path) ? readdirSync(this.path, { recursive: true, encoding: "utf8" }) : [];
    return all.filter((name) => name !== PARTS);
  }
}
