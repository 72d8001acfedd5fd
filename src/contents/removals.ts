/** Contents that are removed: at once, later, or when nobody holds all contents any more. */
import { existsSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Timer, World } from "../world/world.ts";
import type { Nodes } from "./nodes.ts";

/** How long, in ms, a content without a record is kept for a turn that is done again. */
const AGAIN_MS = 30_000;

export class Removals {
  readonly #folder: string;
  readonly #nodes: Nodes | undefined;
  readonly #world: World;
  /** How many hold all contents: nothing is removed before nobody does any more. */
  #holds = 0;
  /** The contents that are being removed, or will be when nobody holds them any more. */
  #removed = new Set<string>();
  /** The contents that `removeLater` will remove. */
  readonly #leaving = new Map<string, Timer>();

  /** @param nodes those that share the folder */
  constructor(folder: string, nodes: Nodes | undefined, world: World) {
    this.#folder = folder;
    this.#world = world;
    this.#nodes = nodes;
  }

  /** Removes a content after `AGAIN_MS`, unless it is claimed again before. */
  removeLater(stored: string): void {
    const timer = this.#world.after(AGAIN_MS, () => void this.remove(stored));
    timer.unref();
    this.#leaving.set(stored, timer);
  }

  /** Cancels `removeLater`. @returns false if the content is removed already */
  reclaim(stored: string): boolean {
    this.#stay(stored);
    return !this.#removed.has(stored) && existsSync(join(this.#folder, stored));
  }

  /** Removes a content, if it is still there; or lets whoever holds it remove it afterwards. Never throws. */
  async remove(stored: string): Promise<void> {
    this.#stay(stored);
    this.#removed.add(stored);
    if (this.#holds > 0) return;
    // Every node learns what is to be removed: the one that holds it removes it afterwards.
    const isHeld = this.#nodes && (await this.#nodes.areHeld());
    // One that this node holds meanwhile goes when it no longer does.
    if (this.#nodes && this.#holds > 0) return;
    if (!isHeld) await unlink(join(this.#folder, stored)).catch(() => {});
    this.#removed.delete(stored);
  }

  /**
   * From now on every content stays, until the returned function is called, once: that removes those that were to be removed
   * meanwhile. What another node has begun to remove has lost its record before. @throws Error when the nodes cannot be told
   */
  async hold(): Promise<() => void> {
    this.#holds++;
    try {
      await this.#nodes?.hold();
    } catch (error) {
      this.#letGo();
      throw error;
    }
    return () => this.#letGo();
  }

  #letGo(): void {
    if (--this.#holds > 0) return;
    this.#nodes?.letGo();
    const removed = this.#removed;
    this.#removed = new Set();
    for (const stored of removed) void this.remove(stored);
  }

  #stay(stored: string): void {
    this.#world.cancel(this.#leaving.get(stored));
    this.#leaving.delete(stored);
  }
}
