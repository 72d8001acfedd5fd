/** Answers the calls that the other side makes over a link that this server has dialed. */
import { Failure, type Result } from "../contract/result.ts";
import type { ToldEvent } from "../protocol/replies.ts";
import { type Realm, StorageError } from "../state/entities.ts";
import type { RealmsContext } from "./context.ts";
import type { DialedLink, LinkCall } from "./link.ts";
import { executeCall } from "./rpc.ts";

/** How many turns in a row may be lost to other nodes before the link ends. */
const MOST_LOST = 3;

/** Calls that may wait while one is executed; more end the link. A server of ours has never that many unanswered. */
const MOST_WAITING = 100;

export class CallHandler {
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #link: DialedLink;
  readonly #waiting: LinkCall[] = [];
  /** A call is under way that waits for something. */
  #busy = false;
  /** How many of those that wait were answered in a turn that is lost; and how many such turns there were in a row. */
  #again = 0;
  #lost = 0;

  constructor(context: RealmsContext, realm: Realm, link: DialedLink) {
    this.#context = context;
    this.#realm = realm;
    this.#link = link;
  }

  /** Executes calls in the order in which they come; events of other kinds are ignored. */
  handle(event: ToldEvent): void {
    if (event.event !== "call") return;
    this.#link.heard();
    this.#waiting.push(event.data);
    if (this.#waiting.length > MOST_WAITING) this.#link.lose("it calls faster than it takes the answers");
    this.#run();
  }

  #run(): void {
    if (!this.#context.turn.admits("order")) {
      this.#context.turn.enter(() => this.#run());
      return;
    }
    while (!this.#busy && !this.#link.ended) {
      const call = this.#waiting.shift();
      if (!call) return;
      this.#guarded(call, () => this.#execute(call));
    }
  }

  #execute(call: LinkCall): void {
    const { services, turn } = this.#context;
    const result = executeCall(services, this.#realm, call.method, call.body);
    if (!(result instanceof Promise)) {
      this.#answer(call, result);
      return;
    }
    this.#busy = true;
    const end = (finish: () => Result<unknown>): void =>
      turn.enter(() => {
        this.#guarded(call, () => this.#answer(call, finish()));
        this.#busy = false;
        this.#run();
      });
    result.then(end, (error: unknown) =>
      end(() => {
        throw error;
      }),
    );
  }

  /** What a call has changed is undone if it fails. */
  #guarded(call: LinkCall, run: () => void): void {
    const { services } = this.#context;
    const mark = services.model.mark();
    try {
      run();
    } catch (error) {
      services.model.revert(mark);
      services.fault(error, "call of a realm");
      this.#fail(call, new Failure(error instanceof StorageError ? "storage" : "internal"));
    }
  }

  /** What a call has changed is on disk before it is answered. */
  #answer(call: LinkCall, result: Result<unknown>): void {
    this.#context.turn.join({
      speak: () => {
        this.#lost = 0;
        if (result instanceof Failure) this.#refuse(call, result);
        else this.#link.answer(call.call, { data: result });
      },
      restore: () => {},
      retract: (isLost) => this.#retract(call, isLost),
    });
  }

  /** Executes a call again whose turn is lost to another node, before those that wait. */
  #retract(call: LinkCall, isLost: boolean): void {
    if (this.#again === 0) this.#lost++;
    if (!isLost || this.#lost > MOST_LOST || this.#link.ended) {
      this.#fail(call, new Failure("storage"));
      return;
    }
    this.#waiting.splice(this.#again++, 0, call);
    if (this.#again > 1) return;
    this.#context.turn.enter(() => {
      this.#again = 0;
      this.#run();
    });
  }

  /**
   * Ends the link, after an answer. Were the next call executed, the items of this one, which was undone, would count as
   * received: over a new link the peer sends them again.
   */
  #fail(call: LinkCall, failure: Failure): void {
    this.#refuse(call, failure);
    this.#link.lose("a call could not be kept here");
  }

  #refuse({ call }: LinkCall, { code, detail }: Failure): void {
    this.#link.answer(call, { code, detail });
  }
}
