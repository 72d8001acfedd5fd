/**
 * Executes a connection's requests in order, and has them answered in order. A request that must wait (for a password, a file)
 * holds back the next ones of this connection only.
 *
 * The state may be read and changed whenever this runs: while a turn is being kept it `waits`, and goes on by `Turn.enter`; so
 * does whatever comes back later, a pause that is over, a promise that has settled.
 */
import { Failure, type Finish, type Later, type Result } from "../contract/result.ts";
import { mayWait, perform } from "../operations/index.ts";
import type { Frame } from "../protocol/frames.ts";
import { HTTP_REFUSAL, isHttp } from "../protocol/http.ts";
import type { Misread, Request } from "../protocol/reader.ts";
import type { Row } from "../protocol/row.ts";
import type { Need } from "../state/door.ts";
import { Outdated, WithoutOrder } from "../state/entities.ts";
import { Answers } from "./answers.ts";
import type { Client } from "./client.ts";
import type { Host } from "./host.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";
import type { Pace } from "./pace.ts";
import { type Asked, Repeats } from "./repeats.ts";
import type { Share } from "./shares.ts";

/** How often a request is begun anew for what was undone while it waited; then it is answered that nothing could be kept. */
const MOST_BEGUN = 3;

/** What an execution needs of its connection. */
export interface ExecutionContext {
  /** Why nothing more will be read; undefined while something may. */
  readonly ended: string | undefined;
  /** Nothing more is executed. */
  readonly closing: boolean;
  /** What can be executed now has been. */
  rest(): void;
  /** Ends it once everything is said. */
  close(): void;
  /** The same, and says why first. */
  refuseAndClose(failure: Failure, row?: Row): void;
}

/** Who asks, how fast he may, what he asks, and what he is answered. */
interface Parts {
  readonly client: Client;
  readonly pace: Pace;
  readonly input: Input;
  readonly output: Output;
}

export class Execution {
  readonly #host: Host;
  readonly #context: ExecutionContext;
  readonly #client: Client;
  readonly #pace: Pace;
  readonly #input: Input;
  readonly #output: Output;
  readonly #answers: Answers;
  readonly #share: Share;
  /** No request has been executed yet. */
  #first = true;
  /** A request that waits for something is under way. */
  #busy = false;
  readonly #repeats: Repeats;
  /** How often the request that is under way was begun anew. */
  #begunAnew = 0;
  /** For what it does next, as far as that follows from what it did last. */
  #need: Need = "order";
  /** It goes on once the turn that is being kept has ended. */
  #queued = false;

  constructor(host: Host, context: ExecutionContext, { client, pace, input, output }: Parts) {
    this.#host = host;
    this.#context = context;
    this.#client = client;
    this.#pace = pace;
    this.#input = input;
    this.#output = output;
    this.#share = host.shares.of(() => this.#goOn());
    this.#repeats = new Repeats(host.turn.isShared);
    this.#answers = new Answers(host, { client, output, repeats: this.#repeats, close: () => context.close() });
  }

  /** A request that waits for something is under way. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether the next request, or more of a body, must wait. What is executed again was counted: it holds room, and is not slowed. */
  get waits(): boolean {
    if (this.#share.waiting) return true;
    if (this.#input.body && this.#repeats.isEmpty) return this.#input.body.full;
    return (
      this.#busy ||
      (this.#pace.pauses && this.#repeats.isEmpty) ||
      this.#output.full ||
      !this.#host.turn.admits(this.#need)
    );
  }

  /** What has arrived may not have been looked at yet. */
  get isBehind(): boolean {
    return this.#busy || this.#pace.pauses || this.#queued || this.#share.waiting || this.#output.full;
  }

  /** The turn is over: what was asked in it is answered, or refused, and not executed again. */
  settle(): void {
    this.#repeats.settle();
  }

  /** The turn is lost to another node. @param replies how many there were. @returns whether all of it is executed again */
  repeat(replies: number): boolean {
    if (this.#context.closing || !this.#client.mayRepeat) {
      this.#repeats.settle();
      return false;
    }
    if (!this.#repeats.lose(replies, this.#busy)) return false;
    this.#need = "order";
    this.#runLater();
    return true;
  }

  /** Something has arrived, or what it waited for has come. */
  run(): void {
    // Still in the run queue, and more has come: nothing is read until its place has come.
    if (this.#share.waiting) this.#context.rest();
    else this.#share.run();
  }

  /** The connection is gone. */
  abandon(): void {
    this.#pace.stop();
    // What has waited for something has its end all the same: it may hold a file.
    for (const end of this.#repeats.clear()) end();
  }

  /** Executes whole requests until one must wait, its share is spent, there is enough output, or there are none. */
  #goOn(): void {
    const { turn } = this.#host;
    const context = this.#context;
    turn.beginExecuting();
    const { model } = this.#host.services;
    const mark = model.mark();
    if (this.#need === "changes" && !this.#mayPresume) this.#need = "order";
    while (!this.waits && !context.closing) {
      const again = this.#repeats.next();
      const frame = again === undefined ? this.#input.next() : undefined;
      if (typeof again === "function") {
        again();
      } else if (again !== undefined) {
        if (typeof again === "object" && "uncounted" in again) this.#execute(again.uncounted, false);
        else this.#execute(again, true);
      } else if (frame) {
        this.#handle(frame);
      } else {
        if (context.ended !== undefined) this.#input.cutBody(context.ended);
        break;
      }
      if (this.#share.spent()) break;
    }
    turn.endExecuting();
    if (context.closing) return;
    if (!turn.admits(this.#need)) this.#runLater();
    else if (turn.isShared && model.mark() > mark) this.#need = model.isTentativeSince(mark) ? "changes" : "order";
    else if (turn.admits("order")) this.#need = "reading";
    context.rest();
  }

  /** What is said besides cannot be said again; and what a realm answers is taken once, and would be refused if it came again. */
  get #mayPresume(): boolean {
    return this.#output.mayRepeat && this.#client.realm === undefined;
  }

  #runLater(): void {
    if (this.#queued) return;
    this.#queued = true;
    const run = (): void => {
      this.#queued = false;
      this.run();
    };
    this.#host.turn.enter(run, this.#need);
  }

  #handle(frame: Frame): void {
    if (frame.is === "body") return;
    if (frame.is === "blank") {
      const refused = this.#pace.spend(undefined);
      if (refused) this.#context.refuseAndClose(refused);
    } else if (frame.is === "garbled") {
      this.#refuse(new Failure("bad-request", "the request is not UTF-8"));
    } else if (frame.is === "request" && !(this.#first && isHttp(frame.text))) {
      this.#first = false;
      this.#execute(frame.text, false);
    } else if (this.#host.turn.isPresumed) {
      // Whose connection is closed is not executed again.
      this.#need = "order";
      this.#repeats.hold(() => this.#handle(frame));
    } else if (frame.is === "too-large") {
      this.#host.few("info", "request-too-large", { peer: this.#client.peer, limit: frame.limit });
      this.#context.refuseAndClose(new Failure("too-large", `a request may have ${frame.limit} bytes here`));
    } else {
      this.#host.few("info", "http-refused", { peer: this.#client.peer });
      this.#output.reply(HTTP_REFUSAL);
      this.#host.meter?.refuse("bad-request");
      this.#context.close();
    }
  }

  /** @param said a text, or a request that was decoded before. @param isCounted whether the pace has counted it */
  #execute(said: string | Request, isCounted: boolean): void {
    const { services, turn } = this.#host;
    const client = this.#client;
    const mark = services.model.mark();
    let request: Request | undefined;
    this.#repeats.note(said);
    try {
      const read = typeof said === "string" ? client.speaks.decode(said, client) : said;
      if (read.body !== undefined && turn.isTentative) throw new WithoutOrder("a body");
      if (!("input" in read)) {
        this.#refuseUnread(read, isCounted);
        return;
      }
      request = read;
      if (request.body !== undefined) client.announced = this.#input.expectBody(request.body);
      const { token } = request;
      client.actBy(token);
      const refused = isCounted ? undefined : this.#pace.spend(request.row.operation);
      isCounted = true;
      if (refused) {
        this.#give(request, refused, mark);
        return;
      }
      if (token !== undefined && !client.acting) {
        this.#give(request, new Failure("no-session"), mark);
        return;
      }
      if (turn.isPresumed && needsOrder(request)) throw new WithoutOrder(request.row.operation);
      // That the session was used is no change of the request's own.
      const begun = services.model.mark();
      const result = perform(services, client, request.row.operation, request.input);
      if (result instanceof Promise) this.#wait(request, result);
      else this.#give(request, result, begun);
    } catch (error) {
      if (error instanceof WithoutOrder) {
        this.#orderFor(isCounted || typeof said !== "string" ? said : { uncounted: said }, mark);
      } else {
        this.#answers.fault(request, mark, error);
        // Its bytes are there once: it is not executed again, but answered so again.
        if (request?.body !== undefined) this.#repeats.amend(this.#ending(request, throwing(error)));
      }
    } finally {
      client.announced = undefined;
      if (!this.#busy) this.#input.body?.drop();
    }
  }

  /** The result of a request that did not wait; of one with a body, for which it is a refusal, as of one that did. */
  #give(request: Request, result: Result<unknown> | Later<unknown>, mark: number): void {
    if (request.body !== undefined) this.#repeats.amend(this.#ending(request, () => result));
    this.#answers.give(request, result, mark);
  }

  /** What was said is no request. */
  #refuseUnread({ failure, row, body }: Misread, isCounted: boolean): void {
    this.#client.actBy(undefined);
    const refused = isCounted ? undefined : this.#pace.spend(undefined);
    if (body === "unknown") {
      this.#host.meter?.requests.answer(row?.operation, failure.code);
      this.#context.refuseAndClose(failure, row);
      return;
    }
    if (body !== undefined) {
      // It is skipped, so what announces it is not decoded again.
      this.#repeats.drop();
      this.#refuse(failure, row);
      this.#input.expectBody(body);
    } else {
      this.#answers.refuse(refused ?? failure, refused ? undefined : row, row);
    }
  }

  /** Refuses what is no valid request. If the turn is lost it is refused again, and not decoded again. */
  #refuse(failure: Failure, row?: Row): void {
    this.#repeats.note(() => this.#refuse(failure, row));
    this.#answers.refuse(failure, row);
  }

  #wait(request: Request, result: Promise<Finish<unknown>>): void {
    this.#busy = true;
    this.#repeats.drop();
    const arrive = (end: () => void): void => {
      this.#busy = false;
      this.#input.body?.drop();
      if (this.#repeats.arrive(end)) end();
    };
    const enter = (end: () => void): void =>
      this.#host.turn.enter(() => {
        this.#share.charge(() => arrive(end));
        this.#share.run();
      });
    const begin = (): void => this.#execute(request, true);
    result.then(
      (finish) => (this.#host.turn.isOver ? forsake(request, finish) : enter(this.#ending(request, finish))),
      (error: unknown) => enter(error instanceof WithoutOrder ? begin : this.#ending(request, throwing(error))),
    );
  }

  /** The end of a request. If its turn is lost it is done again, and what it has waited for is not; but a content is read once. */
  #ending(request: Request, finish: Finish<unknown>): () => void {
    const { model } = this.#host.services;
    const { content, inlined } = request.row;
    const { acting } = this.#client;
    const end = (): void => {
      const mark = model.mark();
      this.#repeats.note(content || inlined ? request : end);
      try {
        // Others may have acted on this connection since.
        this.#client.actBy(request.token);
        this.#client.acting ??= acting;
        const begun = model.mark();
        this.#answers.give(request, finish(), begun);
        this.#begunAnew = 0;
      } catch (error) {
        if (error instanceof WithoutOrder) this.#orderFor(end, mark);
        else if (error instanceof Outdated) this.#beginAnew(request, mark);
        else this.#answers.fault(request, mark, error);
      }
    };
    return end;
  }

  /** What it has read meanwhile may have been undone. */
  #beginAnew(request: Request, mark: number): void {
    this.#host.services.model.revert(mark);
    if (++this.#begunAnew > MOST_BEGUN) this.#answers.give(request, new Failure("storage"), mark);
    else this.#orderFor(request, mark);
  }

  /**
   * It is executed again, in a turn that may do more: it would have done what this one may not, or must read once more. @param mark
   * before what it has changed
   */
  #orderFor(asked: Asked, mark: number): void {
    const { model } = this.#host.services;
    // Somebody may have been told of it.
    if (model.mark() > mark) model.giveUp();
    this.#output.breakPromises();
    this.#need = this.#host.turn.admits("changes") || !this.#mayPresume ? "order" : "changes";
    this.#repeats.putOff(asked);
  }
}

/** A request has its result when the server has ended, and nobody is answered: what was opened to answer it is closed. */
function forsake({ row: { content, inlined } }: Request, finish: Finish<unknown>): void {
  const opened = content ?? inlined;
  if (!opened) return;
  const result = finish();
  if (!(result instanceof Failure)) opened(result as never)?.close(false);
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

/** Whether a request begins what goes on beside turns, or is answered with bytes that are read once. */
function needsOrder({ row }: Request): boolean {
  return mayWait(row.operation) || row.content !== undefined || row.inlined !== undefined;
}
