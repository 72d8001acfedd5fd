/**
 * Removes old messages: all that are older than `--message-days`, and those of a group that wants them kept for less. Numbers
 * rise with time, so they are looked at in the order of the numbers, some in each step: nobody waits for long.
 */
import type { Change } from "../../state/changes.ts";
import type { Conversation, Group } from "../../state/entities.ts";
import type { Follower } from "../../state/followers.ts";
import type { Services } from "../services/context.ts";

const DAY_MS = 24 * 3600_000;

/**
 * In one step: messages that are looked at, and those that are removed. Each may be in another piece, which is then written anew.
 */
const MOST_LOOKED_AT = 2000;
const MOST_REMOVED = 200;

/** For how long messages are kept, and where. */
interface Age {
  readonly ms: number;
  /** Undefined: in all conversations. */
  readonly groups: ReadonlySet<Group> | undefined;
  /** Up to this number old messages are gone. */
  reached: number;
}

export class Keeping implements Follower {
  readonly #services: Services;
  #ages: Age[] = [];
  /** Whether a group has changed its rule since `#ages` was made; and the `messageLife` it was made with. */
  #isStale = true;
  #life = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  onKept(change: Change): void {
    this.#mayBeStale(change);
  }

  onUndone(change: Change): void {
    // A step of the same turn may have gone by it.
    this.#mayBeStale(change);
    if (change.is !== "messages.removed") return;
    const [first = 0] = change.seqs;
    for (const age of this.#ages) age.reached = Math.min(age.reached, first - 1);
  }

  /** To be called again and again. @returns whether something was removed */
  step(): boolean {
    const { messageLife } = this.#services.policy;
    if (this.#isStale || messageLife !== this.#life) this.#ages = this.#sorted();
    this.#isStale = false;
    this.#life = messageLife;
    let left = { looked: MOST_LOOKED_AT, removed: MOST_REMOVED };
    const { model, fault } = this.#services;
    const mark = model.mark();
    // Each step begins with another age, so that none waits for ever behind one that has much to do.
    const first = this.#ages.shift();
    if (first) this.#ages.push(first);
    for (const age of this.#ages) {
      try {
        left = this.#look(age, left);
      } catch (error) {
        // A damaged piece: those who read it get the error. Here everything behind it stays.
        fault(error, "keeping");
        age.reached = Number.MAX_SAFE_INTEGER;
      }
      if (left.looked <= 0 || left.removed <= 0) break;
    }
    return model.mark() > mark;
  }

  #mayBeStale(change: Change): void {
    if (change.is === "group.changed" && change.values.keepDays !== undefined) this.#isStale = true;
  }

  #look(age: Age, { looked, removed }: { looked: number; removed: number }): { looked: number; removed: number } {
    const { messages } = this.#services.model;
    const before = this.#services.now() - age.ms;
    const old = new Map<Conversation, number[]>();
    const left = { looked, removed };
    for (const { seq, conversation: id, time } of messages.following(age.reached)) {
      if (time >= before || left.looked <= 0 || left.removed <= 0) break;
      left.looked--;
      age.reached = seq;
      const conversation = messages.byId(id);
      if (!conversation || !isOf(age, conversation) || !messages.get(seq)) continue;
      left.removed--;
      const seqs = old.get(conversation);
      if (seqs) seqs.push(seq);
      else old.set(conversation, [seq]);
    }
    for (const [conversation, seqs] of old) messages.removeOld(conversation, seqs);
    return left;
  }

  /** The ages in force. Where a group is new, an age begins from the first number again. */
  #sorted(): Age[] {
    const { model, policy } = this.#services;
    const byAge = new Map<number, Set<Group>>();
    for (const group of model.groups.all()) {
      const ms = group.keepDays * DAY_MS;
      if (ms > 0 && ms < policy.messageLife) byAge.set(ms, (byAge.get(ms) ?? new Set()).add(group));
    }
    const known = new Map(this.#ages.map((age) => [age.groups ? age.ms : 0, age]));
    const ages = [...byAge].map(([ms, groups]): Age => {
      const before = known.get(ms);
      const isKnown = [...groups].every((group) => before?.groups?.has(group));
      return { ms, groups, reached: isKnown ? (before?.reached ?? 0) : 0 };
    });
    if (policy.messageLife === Number.POSITIVE_INFINITY) return ages;
    return [...ages, { ms: policy.messageLife, groups: undefined, reached: known.get(0)?.reached ?? 0 }];
  }
}

function isOf({ groups }: Age, { of }: Conversation): boolean {
  return groups === undefined || ("members" in of && groups.has(of));
}
