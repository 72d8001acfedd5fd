/** The calls about who types and who is there: nothing of it is kept, and what does not arrive soon is of no use. */
import type { Typing, UserShown } from "../contract/hints.ts";
import type { World } from "../world/world.ts";
import type { Link } from "./link.ts";
import { readShown } from "./read-hints.ts";

/** How long, in ms, an answer is waited for. A link on which some call has waited longer is not asked: it has enough to do. */
const SLOW_MS = 1000;

/** Calls that may wait for their answers: many more would end the link (call-handler.ts). */
const MOST_WAITING = 20;

export class PresenceCalls {
  readonly #world: World;
  readonly #link: () => Link | undefined;
  #waiting = 0;

  /** @param link the one that there is now, if it may be used */
  constructor(world: World, link: () => Link | undefined) {
    this.#world = world;
    this.#link = link;
  }

  /** A server that does not know the call refuses it, as it may. */
  tellTyping(typing: Typing): void {
    this.#call("typing", typing)?.catch(() => {});
  }

  /** Undefined if there is no answer in time. */
  async shown(user: string, viewer: string): Promise<UserShown | undefined> {
    const answer = this.#call("user", { user, viewer });
    if (!answer) return undefined;
    const late = Promise.withResolvers<undefined>();
    const timer = this.#world.after(SLOW_MS, () => late.resolve(undefined));
    try {
      return await Promise.race([answer.then(readShown), late.promise]);
    } catch {
      return undefined;
    } finally {
      this.#world.cancel(timer);
    }
  }

  /** @returns undefined if it is not made */
  #call(method: string, body: object): Promise<unknown> | undefined {
    const link = this.#link();
    if (!link || this.#waiting >= MOST_WAITING || link.isSlower(SLOW_MS)) return undefined;
    this.#waiting++;
    return link.call(method, JSON.stringify(body)).finally(() => {
      this.#waiting--;
    });
  }
}
