/** What users of another realm show (`UserShown`), where another node of this realm has the link: that node is asked. */
import type { UserShown } from "../contract/hints.ts";
import type { ChangeOf } from "../state/changes.ts";
import type { Realm } from "../state/entities.ts";
import type { RealmsContext } from "./context.ts";

/** How long, in ms, an answer is waited for: the node with the link waits for its own, and there are two turns. */
const PATIENCE_MS = 2000;

/** Those that may wait for their answers at a time; more are not asked for. */
const MOST_WAITING = 20;

export class ShownElsewhere {
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  /** By their numbers. */
  readonly #waiting = new Map<number, (shown: UserShown | undefined) => void>();
  #count = 0;

  constructor(context: RealmsContext, realm: Realm) {
    this.#context = context;
    this.#realm = realm;
  }

  /** Undefined if there is no answer in time. */
  async ask(user: string, viewer: string): Promise<UserShown | undefined> {
    const { ownNode, turn, services } = this.#context;
    if (!ownNode || this.#waiting.size >= MOST_WAITING) return undefined;
    const n = ++this.#count;
    const answer = Promise.withResolvers<UserShown | undefined>();
    this.#waiting.set(n, answer.resolve);
    const timer = services.world.after(PATIENCE_MS, () => answer.resolve(undefined));
    turn.enter(() => services.model.realms.askShown({ realm: this.#realm.key, node: ownNode.node, n, user, viewer }));
    try {
      return await answer.promise;
    } finally {
      this.#waiting.delete(n);
      services.world.cancel(timer);
    }
  }

  /** Another node has asked, and this one has an answer. */
  tell({ realm, node, n }: ChangeOf<"shown.asked">, shown: UserShown | undefined): void {
    const { turn, services } = this.#context;
    turn.enter(() => services.model.realms.tellShown({ realm, node, n, shown }));
  }

  told({ node, n, shown }: ChangeOf<"shown.told">): void {
    if (node === this.#context.ownNode?.node) this.#waiting.get(n)?.(shown);
  }
}
