/** Whom one account ignores; kept from run to run. */
import { join } from "node:path";
import { list, text } from "../../protocol/form.ts";
import { readState, writeState } from "../state-files.ts";

export class Preferences {
  readonly #path: string | undefined;
  /** Names in lower case, as those that are muted. */
  readonly #ignored: Set<string>;
  #muted: readonly string[];

  /** @param path of its file; without one it lasts as long as the program. */
  constructor(path?: string) {
    this.#path = path;
    const kept = path === undefined ? {} : readState(path);
    const names = (of: unknown): readonly string[] => list(text).read(of) ?? [];
    this.#ignored = new Set(names(kept["ignored"]));
    this.#muted = names(kept["muted"]);
  }

  /** @param account `user@host:port`. @param state the folder of what is kept */
  static of(account: string, state: string): Preferences {
    return new Preferences(join(state, "accounts", `${account.replace(/[^\w.@-]/g, "_")}.json`));
  }

  get ignored(): readonly string[] {
    return [...this.#ignored];
  }

  /** What chat-client before 0.2 has muted; servers keep that now. */
  get muted(): readonly string[] {
    return this.#muted;
  }

  /** Forgets what was muted here, but for these. */
  keepMuted(names: readonly string[]): void {
    this.#muted = names;
    this.#keep();
  }

  /** @param name a user. @returns whether it could be kept for the next run. */
  ignore(name: string, on: boolean): boolean {
    this.#ignored[on ? "add" : "delete"](name.toLowerCase());
    return this.#keep();
  }

  ignores(user: string): boolean {
    return this.#ignored.has(user.toLowerCase());
  }

  #keep(): boolean {
    if (this.#path === undefined) return false;
    try {
      writeState(this.#path, { ignored: this.ignored, ...(this.#muted.length > 0 && { muted: this.#muted }) });
      return true;
    } catch {
      return false;
    }
  }
}
