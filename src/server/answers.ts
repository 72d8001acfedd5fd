/**
 * The replies to a connection's requests: a result, at once or when another realm has answered; a refusal; a fault. A reply for which
 * there is no room is not sent: its request is executed again.
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
  /** Ends the connection once everything is said. */
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

  /** Answers what is no request; if the turn is lost so again, for its body has gone by. @param of the row that it counts for */
  refuse(failure: Failure, row?: Row, of = row): void {
    this.#repeats.note(() => this.refuse(failure, row, of));
    this.#host.meter?.requests.answer(of?.operation, failure.code);
    this.#output.reply(this.#client.speaks.refuse(failure, row));
  }

  /** @param mark before what the request has changed */
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

  /** @param mark before what the request has changed */
  #answer(request: Request, result: Result<unknown>, mark: number): void {
    const { content, inlined, atLeast } = request.row;
    const output = this.#output;
    const failed = result instanceof Failure;
    const bytes = failed ? undefined : (content ?? inlined)?.(result as never);
    // What has changed or done something is answered in any case, and so is a linked server, which reads.
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
      // The reply is then part of what is read as it is sent.
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

  /** A request has thrown: its changes are undone, it is logged and answered, and the connection lives. */
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
