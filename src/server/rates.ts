/**
 * Rate limits: how much each user, and each address without a session, may ask. Budgets are refilled with time (the generic cell
 * rate algorithm, ITU-T I.371). Within a budget a request is executed at once; beyond it the connection's next request waits; far
 * beyond it a request is refused.
 */
import type { Operation } from "../contract/operations.ts";
import { network } from "../operations/services/network.ts";
import type { World } from "../world/world.ts";

interface Budget {
  /** The rate, and how many requests may come at once after a long pause. */
  readonly perSecond: number;
  readonly burst: number;
  /** Beyond the budget a request is refused at once, and not slowed down. */
  readonly strict?: true;
}

const HOUR_S = 3600;

const budgets = {
  messages: { perSecond: 50, burst: 5000 },
  requests: { perSecond: 100, burst: 1000 },
  accounts: { perSecond: 5 / HOUR_S, burst: 5, strict: true },
  groups: { perSecond: 30 / HOUR_S, burst: 30, strict: true },
  exports: { perSecond: 20 / HOUR_S, burst: 20, strict: true },
  realms: { perSecond: 20 / HOUR_S, burst: 20, strict: true },
} as const satisfies Readonly<Record<string, Budget>>;

export type BudgetName = keyof typeof budgets;

/** The budget of each operation; those that are not listed have `requests`. */
const ofOperation: Readonly<Partial<Record<Operation, BudgetName>>> = {
  send: "messages",
  sendGroup: "messages",
  sendToRealm: "messages",
  sendToRealmGroup: "messages",
  post: "messages",
  reply: "messages",
  postReply: "messages",
  forward: "messages",
  editMessage: "messages",
  deleteMessage: "messages",
  react: "messages",
  unreact: "messages",
  pin: "messages",
  unpin: "messages",
  // These are told to as many as a message is.
  away: "messages",
  back: "messages",
  setStatus: "messages",
  sendFile: "messages",
  sendFileGroup: "messages",
  sendFileToRealm: "messages",
  sendFileToRealmGroup: "messages",
  upload: "messages",
  legacyMessage: "messages",
  exportAll: "exports",
  createGroup: "groups",
  renameGroup: "groups",
  addRealm: "realms",
  legacyRealm: "realms",
};

/**
 * A request that would have to wait longer than this, in ms, is refused. One connection cannot come to that, only many at once.
 */
const FAR_MS = 10_000;

/** How long, in ms, a connection waits after a refusal, because refusals cost the server something, too. */
export const REFUSED_PAUSE_MS = 100;

/** How many users and addresses are remembered, for each budget. All others share one. */
const MOST = 50_000;
const OTHERS = "";

/**
 * `taken`: the request is executed, and the next one of its connection waits `pauseMs`; `refused`: because of `budget`, and
 * another one may be accepted in `retry` seconds.
 */
export type Verdict =
  | { readonly is: "taken"; readonly pauseMs: number }
  | { readonly is: "refused"; readonly budget: BudgetName; readonly retry: number };

const AT_ONCE: Verdict = { is: "taken", pauseMs: 0 };

export class Rates {
  readonly #world: World;
  /** By budget and user or address: when, in ms of `World.elapsed`, all that was asked will be within the rate. */
  readonly #spent = Object.fromEntries(Object.keys(budgets).map((name) => [name, new Map()])) as Readonly<
    Record<BudgetName, Map<string, number>>
  >;
  readonly #isOn: () => boolean;

  constructor(world: World, isOn: () => boolean) {
    this.#world = world;
    this.#isOn = isOn;
  }

  /**
   * Counts a request. @param operation undefined for what is no valid request. @param user of its session; undefined: without a
   * session
   */
  take(operation: Operation | undefined, user: string | undefined, address: string): Verdict {
    if (!this.#isOn()) return AT_ONCE;
    const name = (operation && ofOperation[operation]) ?? "requests";
    return this.#take(name, user === undefined ? network(address) : `@${user}`);
  }

  /** Counts a new account, by address: a person may make several. */
  takeAccount(address: string): Verdict {
    return this.#isOn() ? this.#take("accounts", network(address)) : AT_ONCE;
  }

  /** Counts a new account that was made on another node, `agoMs` ago. */
  countAccount(address: string, agoMs: number): void {
    if (!this.#isOn()) return;
    const spent = this.#spent.accounts;
    const at = this.#world.elapsed() - agoMs;
    const key = this.#keyOf(spent, network(address), at);
    spent.set(key, Math.max(at, spent.get(key) ?? at) + 1000 / budgets.accounts.perSecond);
  }

  #take(name: BudgetName, who: string): Verdict {
    const { perSecond, burst, strict }: Budget = budgets[name];
    const spent = this.#spent[name];
    const now = this.#world.elapsed();
    const key = this.#keyOf(spent, who, now);
    const each = 1000 / perSecond;
    const until = Math.max(now, spent.get(key) ?? now) + each;
    const waitMs = until - now - burst * each;
    if (waitMs > (strict ? 0 : FAR_MS)) return { is: "refused", budget: name, retry: Math.ceil(waitMs / 1000) };
    spent.set(key, until);
    return waitMs <= 0 ? AT_ONCE : { is: "taken", pauseMs: waitMs };
  }

  /** The key under which a user or an address is counted. */
  #keyOf(spent: Map<string, number>, who: string, now: number): string {
    if (spent.has(who)) return who;
    if (spent.size >= MOST) this.#forget(spent, now);
    return spent.size >= MOST ? OTHERS : who;
  }

  /** Forgets all whose budgets are full again. Called every second. */
  forget(): void {
    const now = this.#world.elapsed();
    for (const spent of Object.values(this.#spent)) this.#forget(spent, now);
  }

  #forget(spent: Map<string, number>, now: number): void {
    for (const [who, until] of spent) if (until <= now) spent.delete(who);
  }
}
