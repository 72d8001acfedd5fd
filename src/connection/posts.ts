/**
 * One's own messages until it is known what became of each. They are sent by `post`, each with an id made here: one whose
 * answer was lost is sent again, and the server stores it once.
 */
import { v4 as uuidv4 } from "uuid";
import type { ReplyTo, ToldMessage } from "../protocol/replies.ts";
import type { Call } from "./call.ts";
import { RefusedRequest, type Reply, UnreadableReply } from "./errors.ts";

type Posted = Reply & ReplyTo<"post">;

/** What became of a message. */
export type Fate =
  | { readonly is: "accepted"; readonly reply: Posted }
  /** Its receiver's realm does not answer now: it waits at the server. */
  | { readonly is: "queued"; readonly reply: Posted }
  | { readonly is: "refused"; readonly reply: Reply }
  /** It was sent, and no answer came that says what became of it. */
  | { readonly is: "unknown" }
  /** It was never sent. */
  | { readonly is: "unsent" };

/** A message of one's own; `id` is not that of the server. */
export interface Post {
  readonly id: string;
  readonly to: string;
  readonly text: string;
  readonly time: Date;
  /** The message that it answers, and is sent to whom that was. */
  readonly reply?: ToldMessage["reply"];
}

interface Pending extends Post {
  sent: boolean;
  /** It is on its way now. */
  asking: boolean;
}

export interface PostsOptions {
  readonly call: Call;
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

  /** @param id of an earlier try, if this may be the same message: it is stored once. @param reply what it answers */
  send(to: string, text: string, id = `c-${uuidv4()}`, reply?: Post["reply"]): Post {
    const post = { id, to, text, time: new Date(), sent: false, asking: false, ...(reply && { reply }) };
    this.#pending.push(post);
    this.#options.onChanged();
    if (this.#options.isUp()) this.#ask(post);
    return post;
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
    const { call } = this.#options;
    const [id, { text, reply }] = [{ "client-id": post.id }, post];
    const asked = reply ? call("postReply", { ...id, id: reply.id, text }) : call("post", { ...id, to: post.to, text });
    asked.then(
      (reply) => this.#settle(post, { is: reply.state === "queued" ? "queued" : "accepted", reply }),
      (error: unknown) => {
        if (error instanceof RefusedRequest) this.#settle(post, { is: "refused", reply: error.reply });
        else if (error instanceof UnreadableReply) this.#settle(post, { is: "unknown" });
        // Lost; it is sent again when there is a connection.
        else post.asking = false;
      },
    );
  }

  #settle(post: Pending, fate: Fate): void {
    if (!this.#pending.includes(post)) return;
    this.#pending = this.#pending.filter((one) => one !== post);
    this.#options.onSettled(post, fate);
    this.#options.onChanged();
  }
}
