/**
 * Replies to a connection's requests: with a result, at once or when another realm has answered; with a refusal; or with a fault.
 * If there is no room for a reply, it is dropped, and its request is executed again later.
 */
import { Failure, Later, type Result } from "../contract/result.ts";
import { isDoneOnce } from "../operations/index.ts";
import type { Dialect } from "../protocol/dialect.ts";
import type { Request } from "../protocol/reader.ts";
import type { Row } from "../protocol/row.ts";
import { StorageError, StoreLost, WithoutOrder } from "../state/entities.ts";
import type { Client } from "./client.ts";
import type { Host } from "./host.ts";
import { LARGE } from "./limits.ts";
import { LongFrame } from "./long-frame.ts";
import { LongText } from "./long-text.ts";
import type { Answered } from "./metrics/request-counts.ts";
import type { Output } from "./output.ts";
import type { Repeats } from "./repeats.ts";

/** What the replies need of their connection. */
interface Parts {
  readonly client: Client;
  readonly output: Output;
  readonly repeats: Repeats;
  /** Closes the connection once everything is sent. */
  close(): void;
}

export class Answers {
  readonly #host: Host;
  readonly #client: Client;
  readonly #output: Output;
  readonly #repeats: Repeats;
  readonly #close: () => void;

  constructor(host: Host, { client, output, repeats, close }: Parts) {
    this.#host = host;
    this.#client = client;
    this.#output = output;
    this.#repeats = repeats;
    this.#close = close;
  }

  /** Refuses what is no valid request. @param of the row for which it is counted */
  refuse(failure: Failure, row?: Row, of = row): void {
    this.#host.meter?.requests.answer(of?.operation, failure.code);
    this.#output.reply(this.#client.speaks.refuse(failure, row));
  }

  /** Replies with the result of a request. @param mark the point before the request's changes */
  give(request: Request, result: Result<unknown> | Later<unknown>, mark: number): void {
    if (!(result instanceof Later)) {
      this.#answer(request, result, mark);
      return;
    }
    if (this.#host.turn.isPresumed) throw new WithoutOrder("another realm's answer");
    const slot = this.#output.reserve();
    const dialect = this.#client.speaks;
    result.whenSettled((finish) => {
      const known = finish();
      this.#output.fill(slot, frameOf(dialect, request, known));
      this.#host.meter?.requests.answerLater(request.row.operation, answered(known));
    });
  }

  /** @param mark as of `give` */
  #answer(request: Request, result: Result<unknown>, mark: number): void {
    const { content, inlined, atLeast } = request.row;
    const output = this.#output;
    const failed = result instanceof Failure;
    const bytes = failed ? undefined : (content ?? inlined)?.(result as never);
    // A request that has changed or done something must be answered, because it must not be executed again. So must a linked
    // server's; that one reads.
    const hasChanged = this.#host.services.model.mark() !== mark;
    const must = this.#client.realm !== undefined || hasChanged || (!failed && isDoneOnce(request.row.operation));
    if (must) output.force();
    const least = failed || must ? 0 : (atLeast?.(result as never) ?? 0);
    const may = output.mayMake(least);
    const dialect = this.#client.speaks;
    let frame: string | LongText = "";
    let behind = bytes;
    if (may) {
      if (least > LARGE) frame = LongText.of(dialect.replyInPieces(request, result));
      else frame = frameOf(dialect, request, result);
      // The content is inside the reply, so the reply is streamed with it.
      if (bytes && inlined) [frame, behind] = ["", LongFrame.around(bytes, frame as string)];
    }
    if (may && (must || output.admit(frame, behind))) {
      output.reply(frame, behind, dialect.isAscii(request));
      this.#host.meter?.requests.answer(request.row.operation, answered(result));
    } else {
      if (typeof frame !== "string") frame.free();
      behind?.close(false);
      output.breakPromises();
      this.#repeats.putOff(request);
    }
  }

  /**
   * A request has thrown: undoes its changes, logs the error and answers. The connection lives, unless it is a linked server's.
   */
  fault(request: Request | undefined, mark: number, error: unknown): void {
    const { services, log } = this.#host;
    services.model.revert(mark);
    this.#output.breakPromises();
    const operation = request?.row.operation;
    if (error instanceof StoreLost) services.fault(error, operation ?? "connection");
    else {
      const { stack } = error instanceof Error ? error : new Error(String(error));
      log("error", "fault", { operation, peer: this.#client.peer, stack });
    }
    const code = error instanceof StorageError ? "storage" : "internal";
    this.#output.reply(this.#client.speaks.refuse(new Failure(code), request?.row, request));
    this.#host.meter?.requests.answer(operation, code);
    if (this.#client.realm) this.#close();
  }
}

function answered(result: Result<unknown>): Answered {
  return result instanceof Failure ? result.code : "ok";
}

function frameOf(dialect: Dialect, request: Request, result: Result<unknown>): string {
  return result instanceof Failure ? dialect.refuse(result, request.row, request) : dialect.reply(request, result);
}
