/** The messages that were told of last, to say what was when something becomes of one. */
import type { ToldMessage } from "../../protocol/replies.ts";
import { isSameName } from "../chat-message.ts";

const MOST = 500;

export class RecentMessages {
  readonly #byId = new Map<string, ToldMessage>();

  /** The newest last; of one's own those whose ids are known. */
  get all(): readonly ToldMessage[] {
    // Their ids are in the order of the server; older ones may have been asked for later.
    return [...this.#byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): ToldMessage | undefined {
    return this.#byId.get(id);
  }

  add(message: ToldMessage): void {
    if (message.id === "") return;
    // One's own in a group elsewhere: until it has come back from there it was known by the id that its answer told.
    if (message.origin !== undefined) this.#byId.delete(message.origin);
    this.#byId.set(message.id, message);
    if (this.#byId.size > MOST) this.#byId.delete(this.#byId.keys().next().value as string);
  }

  /** A message has another text now, or, with undefined, is deleted. */
  alter(id: string, text: string | undefined): void {
    const known = this.#byId.get(id);
    if (known && text !== undefined) this.#byId.set(id, { ...known, message: text });
    else if (text === undefined) this.#byId.delete(id);
  }

  /** A group has another name now. */
  rename(from: string, to: string): void {
    for (const [id, message] of this.#byId)
      if (message.group !== undefined && isSameName(message.group, from))
        this.#byId.set(id, { ...message, group: to, to });
  }

  clear(): void {
    this.#byId.clear();
  }
}
