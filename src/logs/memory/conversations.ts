/** The private conversations of a log in memory: the model's own objects, as the model changes them. */
import type { Change } from "../../state/changes.ts";
import type { Conversation } from "../../state/entities.ts";
import type { Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";

export class ConversationsHeld implements Pick<Pages, "conversation" | "conversationBetween" | "conversationsOf"> {
  readonly #byId = new Map<number, Conversation>();
  /** By party: the number of its conversation with each other party. */
  readonly #others = new Map<number, Map<number, number>>();

  /** To be called with every change that is kept, while the model has it. */
  add(change: Change, { messages }: Model): void {
    if (change.is !== "conversation.started" || "group" in change.of) return;
    const { id, of } = change;
    const conversation = messages.byId(id);
    if (!conversation) return;
    this.#byId.set(id, conversation);
    this.#put(of.a, of.b, id);
    this.#put(of.b, of.a, id);
  }

  conversation(id: number): Conversation | undefined {
    return this.#byId.get(id);
  }

  conversationBetween(a: number, b: number): number | undefined {
    return this.#others.get(a)?.get(b);
  }

  *conversationsOf(party: number): Iterable<{ readonly other: number; readonly conversation: number }> {
    for (const [other, conversation] of this.#others.get(party) ?? []) yield { other, conversation };
  }

  #put(party: number, other: number, id: number): void {
    const others = this.#others.get(party);
    if (others) others.set(other, id);
    else this.#others.set(party, new Map([[other, id]]));
  }
}
