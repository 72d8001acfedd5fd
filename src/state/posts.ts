/**
 * The ids that clients have given their own messages (`post`), and which messages they stand for: a repeated post sends nothing
 * twice.
 */
import type { PostedAs } from "./changes.ts";
import type { User } from "./entities.ts";

/** How many ids are remembered of each user. The oldest are forgotten, so many at once that undoing that costs a post little. */
const POSTS_KEPT = 10_000;
const FORGOTTEN_AT_ONCE = 1_000;

/**
 * What an id stood for before: a message that is gone, or there was none. `oldest`: the ids that were forgotten, if it was one
 * too many.
 */
export interface PostBefore {
  readonly posted: PostedAs | undefined;
  readonly oldest: readonly (readonly [clientId: string, posted: PostedAs])[];
}

const NONE: PostBefore["oldest"] = [];

export class Posts {
  readonly #byUser = new Map<User, Map<string, PostedAs>>();

  get(user: User, clientId: string): PostedAs | undefined {
    return this.#byUser.get(user)?.get(clientId);
  }

  // Only `apply.ts`, and a log's `load`, call the methods below.

  /** @returns what that overwrites, if anything; `putBack` puts it back */
  put(user: User, clientId: string, posted: PostedAs): PostBefore | undefined {
    let posts = this.#byUser.get(user);
    if (!posts) {
      posts = new Map();
      this.#byUser.set(user, posts);
    }
    const before = posts.get(clientId);
    posts.set(clientId, posted);
    if (posts.size < POSTS_KEPT + FORGOTTEN_AT_ONCE) return before && { posted: before, oldest: NONE };
    const oldest = [...posts].slice(0, FORGOTTEN_AT_ONCE);
    for (const [id] of oldest) posts.delete(id);
    return { posted: before, oldest };
  }

  /** Undoes the last `put` of an id. */
  putBack(user: User, clientId: string, before: PostBefore | undefined): void {
    const posts = this.#byUser.get(user);
    if (before?.posted) posts?.set(clientId, before.posted);
    else posts?.delete(clientId);
    if (posts && before && before.oldest.length > 0) this.#byUser.set(user, new Map([...before.oldest, ...posts]));
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
