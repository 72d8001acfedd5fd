/**
 * The ids that clients have given their own messages (`post`), and which messages they stand for: a repeated post sends nothing
 * twice.
 */
import type { PostedAs } from "./changes.ts";
import type { User } from "./entities.ts";

/** How many ids are remembered of each user; the oldest are forgotten first. */
const POSTS_KEPT = 10_000;

export class Posts {
  readonly #byUser = new Map<User, Map<string, PostedAs>>();

  get(user: User, clientId: string): PostedAs | undefined {
    return this.#byUser.get(user)?.get(clientId);
  }

  // Only `apply.ts`, and a log's `load`, call the methods below.

  /** @returns what the id stood for before: a message that is gone, or there was none */
  put(user: User, clientId: string, posted: PostedAs): PostedAs | undefined {
    let posts = this.#byUser.get(user);
    if (!posts) {
      posts = new Map();
      this.#byUser.set(user, posts);
    }
    const before = posts.get(clientId);
    posts.set(clientId, posted);
    if (posts.size > POSTS_KEPT) posts.delete(posts.keys().next().value as string);
    return before;
  }

  take(user: User, clientId: string): PostedAs | undefined {
    const posts = this.#byUser.get(user);
    const posted = posts?.get(clientId);
    posts?.delete(clientId);
    return posted;
  }

  /** @returns what the user's ids stood for; `put` puts one back */
  takeAll(user: User): ReadonlyMap<string, PostedAs> {
    const posts = this.#byUser.get(user) ?? new Map<string, PostedAs>();
    this.#byUser.delete(user);
    return posts;
  }
}
