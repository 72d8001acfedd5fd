/** Whom one account ignores and mutes; kept from run to run. */
import { join } from "node:path";
import { list, text } from "../../protocol/form.ts";
import { readState, writeState } from "../state-files.ts";

export class Preferences {
  readonly #path: string | undefined;
  /** Names in lower case. */
  readonly #lists: Readonly<Record<"ignored" | "muted", Set<string>>>;

  /** @param path of its file; without one it lasts as long as the program. */
  constructor(path?: string) {
    this.#path = path;
    const kept = path === undefined ? {} : readState(path);
    const names = (of: unknown): Set<string> => new Set(list(text).read(of));
    this.#lists = { ignored: names(kept["ignored"]), muted: names(kept["muted"]) };
  }

  /** @param account `user@host:port`. @param state the folder of what is kept */
  static of(account: string, state: string): Preferences {
    return new Preferences(join(state, "accounts", `${account.replace(/[^\w.@-]/g, "_")}.json`));
  }

  get ignored(): readonly string[] {
    return [...this.#lists.ignored];
  }

  get muted(): readonly string[] {
    return [...this.#lists.muted];
  }

  /** @param name a user, or for `muted` a `#group`, too. @returns whether it could be kept for the next run. */
  set(list: "ignored" | "muted", name: string, on: boolean): boolean {
    this.#lists[list][on ? "add" : "delete"](name.toLowerCase());
    if (this.#path === undefined) return false;
    try {
      writeState(this.#path, { ignored: this.ignored, muted: this.muted });
      return true;
    } catch {
      return false;
    }
  }

  ignores(user: string): boolean {
    return this.#lists.ignored.has(user.toLowerCase());
  }

  mutes(conversation: string): boolean {
    return this.#lists.muted.has(conversation.toLowerCase());
  }
}
