/**
 * One's own messages until it is known what became of each. They are sent by `post`, each with an id made here: one whose
 * answer was lost is sent again, and the server stores it once.
 */
import { v4 as uuidv4 } from "uuid";
import { isOk, type Reply } from "./client.ts";

/** What became of a message. */
export type Fate =
  | { readonly is: "accepted"; readonly id: string; readonly reply: Reply }
  /** Its receiver's realm does not answer now: it waits at the server. */
  | { readonly is: "queued"; readonly id: string; readonly reply: Reply }
  | { readonly is: "refused"; readonly reply: Reply }
  /** It was sent, and no answer came. */
  | { readonly is: "unknown" }
  /** It was never sent. */
  | { readonly is: "unsent" };

/** A message of one's own; `id` is not that of the server. */
export interface Post {
  readonly id: string;
  readonly to: string;
  readonly text: string;
  readonly time: Date;
}

interface Pending extends Post {
  sent: boolean;
  /** It is on its way now. */
  asking: boolean;
}

export interface PostsOptions {
  /** @throws LinkError */
  request(text: string): Promise<Reply>;
  /** Is there a connection? */
  isUp(): boolean;
  onSettled(post: Post, fate: Fate): void;
  onChanged(): void;
}

export class Posts {
  readonly #options: PostsOptions;
  #pending: Pending[] = [];

  constructor(options: PostsOptions) {
    this.#options = options;
  }

  get pending(): readonly Post[] {
    return this.#pending;
  }

  send(to: string, text: string): void {
    const post = { id: `c-${uuidv4()}`, to, text, time: new Date(), sent: false, asking: false };
    this.#pending.push(post);
    this.#options.onChanged();
    if (this.#options.isUp()) this.#ask(post);
  }

  /** On a new connection: sends what was not answered, in its order. */
  resend(): void {
    for (const post of this.#pending) this.#ask(post);
  }

  /** Settles what is left: no answer will come. */
  giveUp(): void {
    const all = this.#pending;
    this.#pending = [];
    for (const post of all) this.#options.onSettled(post, { is: post.sent ? "unknown" : "unsent" });
  }

  #ask(post: Pending): void {
    if (post.asking) return;
    post.asking = true;
    post.sent ||= this.#options.isUp();
    this.#options.request(`post ${post.id} ${post.to} ${post.text}`).then(
      (reply) => this.#settle(post, fateOf(reply)),
      // Lost; it is sent again when there is a connection.
      () => (post.asking = false),
    );
  }

  #settle(post: Pending, fate: Fate): void {
    if (!this.#pending.includes(post)) return;
    this.#pending = this.#pending.filter((one) => one !== post);
    this.#options.onSettled(post, fate);
    this.#options.onChanged();
  }
}

function fateOf(reply: Reply): Fate {
  if (!isOk(reply)) return { is: "refused", reply };
  const id = typeof reply["id"] === "string" ? reply["id"] : "";
  return reply["state"] === "queued" ? { is: "queued", id, reply } : { is: "accepted", id, reply };
}
