/**
 * A connection between two servers that have proven who they are. Either calls the other: the one that has dialed by requests,
 * the other by events (PROTOCOL.md, "Calls").
 */
import { RefusedRequest } from "../connection/errors.ts";
import type { Wire } from "../connection/wire.ts";
import type { ItemResult } from "../contract/items.ts";
import type { Caller } from "../operations/services/context.ts";
import { isObject, plainOf } from "../operations/untrusted.ts";
import { JsonText } from "../protocol/kinds.ts";
import type { EventData } from "../protocol/replies.ts";
import type { OutboxItem } from "../state/entities.ts";
import type { Timer, World } from "../world/world.ts";

/** A call is answered within this, in ms, or the link is dead. */
export const CALL_MS = 10_000;

/** How often, in ms, a link that has nothing to say is tried. */
const PING_MS = 15_000;

/** Bytes that may wait for a peer that does not read them. */
const MOST_UNSENT = 8 * 2 ** 20;

/** Bytes of an answer: a piece of a file in base64, a page of names. */
export const MAX_REPLY = 2 ** 20;

/** The other side has refused a call, with this code. */
export class CallRefused extends Error {
  readonly code: string;
  constructor(code: string, detail: string) {
    super(detail === "" ? code : `${code}: ${detail}`);
    this.code = code;
  }
}

/** What delivers the items of an outbox: a link, or requests to a server of the older kind, which has no links. */
export interface Carrier {
  /** How many items it takes at once, and how many such batches may be under way; how many are. */
  readonly batch: number;
  readonly window: number;
  readonly underWay: number;
  /**
   * @param after the number of the last item that was given before these; 0 for the first
   * @returns a result for each item, in order. @throws Error when it is not known what became of them.
   */
  deliver(items: readonly OutboxItem[], after: number): Promise<readonly ItemResult[]>;
}

interface PendingCall {
  /** In ms, by `World.elapsed`: a clock that is set is no answer that is late. */
  readonly deadline: number;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A link, whichever side has dialed: calls under way, and a peer that must answer them in time. */
export abstract class Link implements Carrier {
  // PROTOCOL.md, "Items".
  readonly batch = 50;
  readonly window = 8;
  /** In ms since 1970. */
  readonly opened: number;
  /** The public key that the other side has proven to have. */
  readonly key: string;
  readonly #onLost: (link: Link, reason: string) => void;
  readonly #calls = new Map<number, PendingCall>();
  readonly #world: World;
  readonly #checking: Timer;
  #lastCall = 0;
  #underWay = 0;
  #spoke: number;
  #ended = false;

  constructor(world: World, key: string, onLost: (link: Link, reason: string) => void) {
    this.#world = world;
    this.opened = world.now();
    this.#spoke = this.opened;
    this.key = key;
    this.#onLost = onLost;
    this.#checking = world.every(1000, () => this.#check());
  }

  /** When the other side said something last, in ms since 1970. */
  get spoke(): number {
    return this.#spoke;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Has some call been unanswered for longer than this, in ms? */
  isSlower(ms: number): boolean {
    const [oldest] = this.#calls.values();
    return oldest !== undefined && this.#world.elapsed() > oldest.deadline - CALL_MS + ms;
  }

  async deliver(items: readonly OutboxItem[], after: number): Promise<readonly ItemResult[]> {
    const placeOf = ({ n }: OutboxItem, i: number): string => (i === 0 && after > 0 ? `${n},"after":${after}` : `${n}`);
    const body = `[${items.map((item, i) => `{"n":${placeOf(item, i)},${item.body.slice(1)}`).join(",")}]`;
    this.#underWay++;
    try {
      const results = await this.call("deliver", body);
      if (Array.isArray(results) && results.length === items.length && results.every(isObject)) {
        return results as readonly ItemResult[];
      }
      throw new Error("it answered something that is no list of results");
    } catch (error) {
      // No later item may overtake these: a new link sends all of them again.
      this.lose((error as Error).message);
      throw error;
    } finally {
      this.#underWay--;
    }
  }

  /** @param body JSON. @returns the answer's `data`. @throws CallRefused; Error when the link ends first. */
  call(method: string, body: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new Error("the link has ended"));
        return;
      }
      const call = ++this.#lastCall;
      this.#calls.set(call, { deadline: this.#world.elapsed() + CALL_MS, resolve, reject });
      this.send(call, method, body);
    });
  }

  /** Ends the link; calls that are not answered fail. @param reason one line */
  lose(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#world.cancel(this.#checking);
    for (const { reject } of this.#calls.values()) reject(new Error(reason));
    this.#calls.clear();
    this.close();
    this.#onLost(this, reason);
  }

  /** The other side has called. */
  heard(): void {
    this.#spoke = this.#world.now();
  }

  protected abstract send(call: number, method: string, body: string): void;
  protected abstract close(): void;

  /** The other side has answered a call. @param answer `{data}`, or `{code, detail}` of a refusal. @returns false if no such call waits. */
  settle(call: number, answer: unknown): boolean {
    this.#spoke = this.#world.now();
    const pending = this.#calls.get(call);
    if (!pending) return false;
    this.#calls.delete(call);
    const { data, code, detail } = (isObject(answer) ? answer : {}) as ItemResult;
    if (data !== undefined) pending.resolve(data);
    else pending.reject(new CallRefused(plainOf(code ?? "internal"), plainOf(detail ?? "")));
    return true;
  }

  #check(): void {
    const [oldest] = this.#calls.values();
    if (oldest && this.#world.elapsed() > oldest.deadline) this.lose("it did not answer in time");
    else if (!oldest && this.#world.now() - this.#spoke > PING_MS) this.call("ping", "{}").catch(() => {});
  }
}

/** A link that this server has dialed: it calls by requests, the other side by events. */
export class DialedLink extends Link {
  /** `HOST:PORT` that was dialed. */
  readonly place: string;
  readonly #wire: Wire;

  constructor(world: World, wire: Wire, key: string, place: string, onLost: (link: Link, reason: string) => void) {
    super(world, key, onLost);
    this.place = place;
    this.#wire = wire;
  }

  /** Answers a call of the other side. @param answer `{data}`, or `{code, detail}` of a refusal */
  answer(call: number, answer: object): void {
    if (this.#wire.unsent > MOST_UNSENT) {
      this.lose("it does not read");
      return;
    }
    this.#wire.call("linkAnswer", { call, answer }).catch(() => {});
  }

  protected send(call: number, method: string, body: string): void {
    this.#wire.call("linkCall", { method, body: new JsonText(body) }).then(
      ({ data }) => this.settle(call, { data }),
      (error: Error) => {
        if (error instanceof RefusedRequest) this.settle(call, { code: error.reply.code, detail: error.reply.detail });
        else this.lose(error.message);
      },
    );
  }

  protected close(): void {
    this.#wire.close();
  }
}

/** A link that the other side has dialed: it calls by requests, this server by events. */
export class AcceptedLink extends Link {
  readonly caller: Caller;

  constructor(world: World, caller: Caller, key: string, onLost: (link: Link, reason: string) => void) {
    super(world, key, onLost);
    this.caller = caller;
  }

  protected send(call: number, method: string, body: string): void {
    // What it says was kept before.
    this.caller.tell({ kind: "call", call, method, body }, true);
  }

  protected close(): void {
    this.caller.part();
  }
}

/** A call of the other side; `body` is any JSON value. */
export type LinkCall = EventData<"call">;
