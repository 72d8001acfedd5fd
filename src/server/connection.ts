/**
 * One socket, from its arrival until it is closed. What is read goes to the input, whole requests are executed, and replies and
 * events leave by the output. A connection that breaks a time limit is closed, and in every orderly close the last reply is sent
 * first.
 */
import type { Socket } from "node:net";
import { Failure } from "../contract/result.ts";
import type { Row } from "../protocol/row.ts";
import type { World } from "../world/world.ts";
import { Client, type ClientConnection } from "./client.ts";
import { Execution, type ExecutionContext } from "./execution.ts";
import type { Host } from "./host.ts";
import { Input } from "./input.ts";
import { type Arrival, LINGER_MS, LINK_REQUEST } from "./limits.ts";
import { Output } from "./output.ts";
import { Pace } from "./pace.ts";

/** After how long, in ms, without a byte the system begins to send TCP keepalive probes. */
const KEEPALIVE_MS = 60_000;

/** A client's connection, or another server's. */
export class Connection implements ClientConnection, ExecutionContext {
  readonly client: Client;
  readonly #host: Host;
  readonly #socket: Socket;
  readonly #input: Input;
  readonly #output: Output;
  readonly #pace: Pace;
  readonly #execution: Execution;
  readonly #opened: number;
  /** Why no more bytes will come. */
  #ended: string | undefined;
  /** The server is stopping, and what lies in the socket's buffer must still be read and executed. */
  #stopping = false;
  /** The server is stopping: the rest of a body is not waited for. */
  #toldToStop = false;
  /** It is being closed in order: nothing more is read or executed. */
  #closing = false;
  /** It is about to be closed by `expel`: nothing more is executed. */
  #expelled = false;

  constructor(socket: Socket, host: Host, arrival: Arrival) {
    this.#socket = socket;
    this.#host = host;
    this.#opened = arrival.opened;
    this.#input = new Input({
      ...host,
      world: this.#world,
      limit: (head) => this.#limit(head),
      isPaused: () => socket.isPaused(),
      onMore: () => this.#execution.run(),
    });
    this.#output = new Output(socket, {
      turn: host.turn,
      world: this.#world,
      budget: host.waiting,
      nothing: host.nothing,
      maxOutput: host.limits.maxOutput,
      stallTimeout: host.limits.requestTimeout,
      onSpeak: () => {
        this.client.settle();
        this.#execution.settle();
        this.#restLater();
      },
      onRestore: () => this.client.restore(),
      onRetract: () => {
        this.client.retract();
        this.#execution.settle();
        this.#restLater();
        return this.client.speaks.refuse(new Failure("storage"));
      },
      onLost: (replies) => this.#execution.repeat(replies),
      onRoom: () => this.#execution.run(),
      onTooSlow: () => this.#tooSlow(),
      onBroken: (error) => this.#broken(error),
    });
    this.client = new Client(host.services, host.dialect, this, this.#output, arrival);
    this.#pace = new Pace(host, this.client, () => this.#execution.run());
    this.#execution = new Execution(host, this, {
      client: this.client,
      pace: this.#pace,
      input: this.#input,
      output: this.#output,
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("end", () => this.#end("the body has ended"));
    socket.on("timeout", () => this.#tooSlow());
    // `close` follows.
    socket.on("error", (error) => host.log("debug", "socket-error", { peer: this.client.peer, reason: error.message }));
    socket.on("close", () => host.turn.enter(() => this.#closed()));
  }

  get #world(): World {
    return this.#host.services.world;
  }

  get ended(): string | undefined {
    return this.#ended;
  }

  get leaving(): boolean {
    return this.#ended !== undefined;
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  get closing(): boolean {
    return this.#closing || this.#expelled;
  }

  /** Called every second: closes the connection if it breaks a limit of time. @param now ms since 1970 */
  check(now: number): void {
    const { limits, few } = this.#host;
    const { attendance, heartbeat, peer } = this.client;
    attendance.check(now);
    this.#output.count();
    const bytes = this.#socket.bytesRead + this.#socket.bytesWritten;
    if (heartbeat.isMissed(now, bytes, this.#input.body !== undefined || this.#output.transferring)) {
      few("info", "silent", { peer, user: attendance.session?.user.name });
      this.#socket.destroy();
      return;
    }
    if (this.#input.isStalled(now)) {
      few("info", "body-timeout", { peer });
      this.#end("the body did not go on in time");
      return;
    }
    if (this.#closing || this.#execution.isBehind) return;
    if (this.#input.isLate(now)) {
      few("info", "request-timeout", { peer });
      this.refuseAndClose(new Failure("bad-request", "the request was begun and not finished in time"));
    } else if (!attendance.known && now - this.#opened > limits.loginTimeout) {
      few("info", "login-timeout", { peer });
      this.refuseAndClose(new Failure("no-session", "nobody logged in on this connection in time"));
    }
  }

  /** Answers the whole requests that have arrived, then closes. */
  shutdown(): void {
    this.#stopping = true;
    this.#toldToStop = true;
    this.#pace.hurry();
    if (this.#input.body) this.#end("the server stops");
    else this.#execution.run();
  }

  destroy(): void {
    this.#pace.stop();
    this.#socket.destroy();
  }

  /** Sends a refusal and closes, whatever was asked. */
  turnAway(failure: Failure): void {
    this.#host.turn.enter(() => this.refuseAndClose(failure));
  }

  /**
   * As `turnAway`, but closes soon in any case, whether the client reads the refusal or not; and at once where no reply can be
   * sent now, as in the middle of a transfer.
   */
  expel(failure: Failure): void {
    this.#expelled = true;
    if (this.#output.full) {
      this.destroy();
      return;
    }
    this.turnAway(failure);
    this.#world.after(LINGER_MS, () => this.destroy()).unref();
  }

  rest(): void {
    // The server stops, and a request that was waiting has begun a body just now: the rest of it is not waited for.
    if (this.#toldToStop && this.#input.body && this.#ended === undefined) {
      this.#end("the server stops");
      return;
    }
    const { waits, busy } = this.#execution;
    if (waits !== this.#socket.isPaused()) this.#socket[waits ? "pause" : "resume"]();
    const ended = this.#ended !== undefined;
    if (waits || busy || (ended && (this.#output.awaiting || this.#isInDoubt))) return;
    if (ended) this.close();
    else if (this.#stopping) this.#readLast();
  }

  /** Whether what was answered in this turn may have to be executed again, because the turn may be lost to another node. */
  get #isInDoubt(): boolean {
    return this.#host.turn.isShared && this.#output.replied;
  }

  /** A turn has ended. If that was all that the connection was waiting for, it can be closed now: `rest` finds out. */
  #restLater(): void {
    if (this.#ended !== undefined && this.#host.turn.isShared) this.#world.soon(() => this.#execution.run());
  }

  refuseAndClose(failure: Failure, row?: Row): void {
    this.#output.reply(this.client.speaks.refuse(failure, row));
    this.#host.meter?.refuse(failure.code);
    this.close();
  }

  /** Ends our side once everything is sent. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#input.close();
    this.#output.close(() => {
      this.#socket.end();
      // What the client still sends is read and dropped. If it stayed unread the system would reset the connection, by which the
      // last reply could be lost.
      this.#socket.resume();
      this.#world.after(LINGER_MS, () => this.#socket.destroy()).unref();
    });
  }

  #read(chunk: Buffer): void {
    if (this.#closing || this.#ended !== undefined) return;
    if (this.#input.push(chunk)) {
      this.#execution.run();
    } else {
      this.#host.few("warn", "too-much-held", { peer: this.client.peer });
      this.#ended = "too much is held";
      this.#socket.pause();
      this.turnAway(new Failure("too-many", "too many large requests are under way, try again"));
    }
  }

  /** No more bytes will come. @param reason why: with it, a body that is not whole is cut off */
  #end(reason: string): void {
    if (this.#closing || this.#ended !== undefined) return;
    this.#ended = reason;
    this.#input.end();
    this.#execution.run();
  }

  /**
   * The server stops: executes what lies in the socket's buffer, too, which was not read while a request was under way. @param
   * looks how many passes of the event loop it waits for it
   */
  #readLast(looks = 2): void {
    this.#stopping = false;
    this.#world.soon(() => {
      if (this.#closing) return;
      // If something is under way again, nothing is read until it is over: then `rest` calls this again.
      this.#stopping = this.#execution.isBehind;
      if (this.#stopping) return;
      if (looks > 1) {
        this.#readLast(looks - 1);
        return;
      }
      this.#input.stop();
      this.#ended = "the server stops";
      this.#execution.run();
    });
  }

  /** The raw bytes that a reply has announced cannot be read: closes the connection, so that the client notices. */
  #broken(error: unknown): void {
    this.#host.services.fault(error, "content");
    this.#socket.destroy();
  }

  #tooSlow(): void {
    this.#host.few("warn", "reader-too-slow", {
      peer: this.client.peer,
      user: this.client.attendance.session?.user.name,
      waiting: this.#socket.writableLength,
    });
    this.#socket.destroy();
  }

  #closed(): void {
    this.#closing = true;
    this.#execution.abandon();
    this.#input.close();
    this.#output.abandon();
    this.client.leave();
  }

  /** How many bytes a request may have that starts with these characters. */
  #limit(head: string): number {
    const { maxAnonymousRequest, maxFileRequest, maxRequest } = this.#host.limits;
    const { realm, operator, attendance, speaks } = this.client;
    if (realm) return Math.max(LINK_REQUEST, maxRequest);
    const known = operator || attendance.session || attendance.isShown(head);
    if (!known) return maxAnonymousRequest;
    return speaks.mayCarry(head, "b64") ? maxFileRequest : maxRequest;
  }
}
