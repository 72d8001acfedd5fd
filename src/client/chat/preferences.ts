/** Whom one does not want to hear of, at one account: kept from run to run. */
import { join } from "node:path";
import { textsIn } from "../reply-fields.ts";
import { readState, stateFolder, writeState } from "../state-files.ts";

export class Preferences {
  readonly #path: string | undefined;
  readonly #ignored: Set<string>;
  readonly #muted: Set<string>;

  /** @param path of its file; without one it lasts as long as the program. */
  constructor(path?: string) {
    this.#path = path;
    const { ignored, muted } = path === undefined ? {} : (readState(path) as { ignored?: unknown; muted?: unknown });
    this.#ignored = new Set(textsIn(ignored));
    this.#muted = new Set(textsIn(muted));
  }

  static of(account: string): Preferences {
    return new Preferences(join(stateFolder(), "accounts", `${account.replace(/[^\w.@-]/g, "_")}.json`));
  }

  get ignored(): readonly string[] {
    return [...this.#ignored];
  }

  get muted(): readonly string[] {
    return [...this.#muted];
  }

  /** @param name a user, or for `muted` a `#group`, too. @returns whether it is remembered for the next time, too. */
  set(list: "ignored" | "muted", name: string, on: boolean): boolean {
    const names = list === "ignored" ? this.#ignored : this.#muted;
    if (on) names.add(name.toLowerCase());
    else names.delete(name.toLowerCase());
    if (this.#path === undefined) return false;
    try {
      writeState(this.#path, { ignored: this.ignored, muted: this.muted });
      return true;
    } catch {
      return false;
    }
  }

  ignores(user: string): boolean {
    return this.#ignored.has(user.toLowerCase());
  }

  mutes(conversation: string): boolean {
    return this.#muted.has(conversation.toLowerCase());
  }
}
