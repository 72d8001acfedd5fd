/**
 * One socket: its requests are executed in order and answered in order. A request that must wait (for a password, a file) holds
 * back the next ones of this connection only.
 */
import type { Socket } from "node:net";
import type { Cidr } from "../contract/cidr.ts";
import type { Event } from "../contract/event.ts";
import type { Operation } from "../contract/operations.ts";
import { Failure, type Finish, Later, type Result } from "../contract/result.ts";
import type { Body } from "../contract/shapes.ts";
import { perform } from "../operations/index.ts";
import type { Caller, LinkChannel, Services } from "../operations/services/context.ts";
import { plainAddress } from "../operations/services/network.ts";
import type { Dialect } from "../protocol/dialect.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import type { Frame, Framing } from "../protocol/frames.ts";
import { HTTP_REFUSAL, isHttp } from "../protocol/http.ts";
import type { Knowledge, Request } from "../protocol/reader.ts";
import type { Row } from "../protocol/row.ts";
import { type Conversation, type Party, type Realm, type Session, StorageError } from "../state/entities.ts";
import type { Turn } from "../state/turn.ts";
import type { Timer, World } from "../world/world.ts";
import { Attendance } from "./attendance.ts";
import type { Certificate } from "./certificate.ts";
import type { LinkDoor } from "./entrance.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Input } from "./input.ts";
import {
  type Arrival,
  type HeldBytes,
  LARGE,
  LINGER_MS,
  LINK_REQUEST,
  type Remote,
  type ServerLimits,
} from "./limits.ts";
import type { Log } from "./log.ts";
import { LongFrame } from "./long-frame.ts";
import { LongText } from "./long-text.ts";
import type { Meter } from "./metrics/meter.ts";
import type { Answered } from "./metrics/request-counts.ts";
import { Output } from "./output.ts";
import type { OutputBudget } from "./output-budget.ts";
import { type Rates, REFUSED_PAUSE_MS } from "./rates.ts";
import type { Share, Shares } from "./shares.ts";
import type { Told } from "./told.ts";

/** What connections work with: the server around them. */
export interface Host {
  readonly services: Services;
  readonly turn: Turn;
  readonly limits: ServerLimits;
  readonly held: HeldBytes;
  readonly rates: Rates;
  readonly waiting: OutputBudget;
  /** As of the output. */
  readonly nothing: Told;
  readonly shares: Shares;
  readonly dialect: string;
  readonly framing: Framing;
  readonly log: Log;
  /** The same, with few lines a second of each event: for what strangers can make happen as often as they like. */
  readonly few: Log;
  /** Whoever says, before anything else, whose a connection is, and is believed. */
  readonly proxies: readonly Cidr[];
  /** Connections of clients may be encrypted, or must be. */
  readonly tls?: { readonly certificate: Certificate; readonly only: boolean } | undefined;
  readonly links: LinkDoor;
  /** Counts what is asked, where somebody wants to know. */
  readonly meter?: Meter | undefined;
}

/** After so long, in ms, without a byte the system begins to ask whether the peer is still there. */
const KEEPALIVE_MS = 60_000;

/** A client's connection, or another server's. */
export class Connection implements Caller, Knowledge {
  readonly operator: boolean;
  readonly channel: LinkChannel | undefined;
  acting: Session | undefined;
  realm: Realm | undefined;
  readonly remote: Remote;
  readonly readInFlight = new Map<Conversation, Map<Party, number>>();
  readonly #host: Host;
  readonly #socket: Socket;
  readonly #input: Input;
  readonly #output: Output;
  readonly #attendance: Attendance;
  readonly #share: Share;
  readonly #heartbeat = new Heartbeat();
  readonly #opened: number;
  #dialect: Dialect;
  /** The dialect before this turn, if it has changed. */
  #dialectBefore: Dialect | undefined;
  /** What the client says that it is. */
  #client: string | undefined;
  /** No request has been executed yet. */
  #first = true;
  /** A request that waits for something is under way. */
  #busy = false;
  /** The raw bytes that follow the request that is being executed. */
  #body: Body | undefined;
  /** A request whose reply is large: it is executed again when there is room for that. */
  #again: Request | undefined;
  /** Why nothing more will be read; undefined while something may. */
  #ended: string | undefined;
  /** The server is stopping, and what has arrived is still to be read. */
  #stopping = false;
  /** It was told to stop: nobody is slowed down any more. */
  #toldToStop = false;
  #closing = false;
  /** It is to be closed: nothing is executed any more. */
  #expelled = false;
  /** More was asked than the budget has: the next request waits for it. */
  #pacing: Timer | undefined;
  /** `#run` is queued for the end of the turn that is being kept. */
  #queued = false;
  #onLinkEnded: (() => void) | undefined;

  constructor(socket: Socket, host: Host, { opened, remote, operator, recognise, channel }: Arrival) {
    this.#socket = socket;
    this.channel = channel;
    this.#host = host;
    this.#opened = opened;
    this.#dialect = dialectNamed(host.dialect);
    this.remote = remote;
    this.operator = operator;
    this.#share = host.shares.of(() => this.#goOn());
    this.#input = new Input({
      ...host,
      world: this.#world,
      limit: (head) => this.#limit(head),
      isPaused: () => socket.isPaused(),
      onMore: () => this.#run(),
    });
    this.#attendance = new Attendance(host.services, this, recognise);
    if (operator) this.#attendance.recognise();
    this.#output = new Output(socket, {
      turn: host.turn,
      world: this.#world,
      budget: host.waiting,
      nothing: host.nothing,
      maxOutput: host.limits.maxOutput,
      stallTimeout: host.limits.requestTimeout,
      onSpeak: () => this.#settleTurn(),
      onRestore: () => this.#restoreTurn(),
      onRetract: () => this.#dialect.refuse(new Failure("storage")),
      onRoom: () => this.#run(),
      onTooSlow: () => this.#tooSlow(),
      onBroken: (error) => this.#broken(error),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("end", () => this.#end("the body has ended"));
    socket.on("timeout", () => this.#tooSlow());
    // `close` follows.
    socket.on("error", (error) => host.log("debug", "socket-error", { peer: this.peer, reason: error.message }));
    socket.on("close", () => host.turn.enter(() => this.#closed()));
  }

  get #world(): World {
    return this.#host.services.world;
  }

  get peer(): string {
    const { address, port } = this.remote;
    return address === "" ? "control" : `${address}:${port}`;
  }

  get body(): Body {
    if (!this.#body) throw new Error("a request that announces no bytes asks for them");
    return this.#body;
  }

  get dialect(): string {
    return this.#dialect.name;
  }

  get leaving(): boolean {
    return this.#ended !== undefined;
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  get client(): string {
    return this.#client ?? this.#dialect.name;
  }

  introduce(client: string): void {
    this.#client = client;
  }

  useDialect(name: string): void {
    this.#dialectBefore ??= this.#dialect;
    this.#dialect = dialectNamed(name);
  }

  logIn(session: Session): void {
    this.#attendance.logIn(session);
    this.#output.join();
  }

  drop(session: Session): void {
    this.#attendance.drop(session);
    this.#output.join();
  }

  watch(on: boolean): void {
    this.#attendance.watch(on ? this.acting : undefined);
    this.#output.join();
  }

  become(realm: Realm, ended: () => void): void {
    this.realm = realm;
    this.#onLinkEnded = ended;
    this.#attendance.recognise();
  }

  expectEvery(seconds: number): void {
    this.#heartbeat.expect(seconds, this.#world.now());
  }

  part(): void {
    // The reply to the request under way is said first.
    this.#world.soon(() => this.#close());
  }

  tell(event: Event, lasts = false): void {
    this.#output.tell(event, lasts);
  }

  whenSpoken(then: (spoken: boolean) => void): void {
    this.#output.whenSpoken(then);
  }

  isToken(word: string): boolean {
    return this.#attendance.isToken(word);
  }

  isRealm(word: string): boolean {
    const { realm, model } = this.#host.services;
    return word.toLowerCase() === realm.toLowerCase() || model.realms.find(word) !== undefined;
  }

  /** Called every second: closes the connection if it breaks a limit of time. @param now ms since 1970 */
  check(now: number): void {
    const { limits, few } = this.#host;
    this.#attendance.check(now);
    this.#output.count();
    const bytes = this.#socket.bytesRead + this.#socket.bytesWritten;
    if (this.#heartbeat.isMissed(now, bytes, this.#input.body !== undefined || this.#output.transferring)) {
      few("info", "silent", { peer: this.peer, user: this.#attendance.session?.user.name });
      this.#socket.destroy();
      return;
    }
    if (this.#input.isStalled(now)) {
      few("info", "body-timeout", { peer: this.peer });
      this.#end("the body did not go on in time");
      return;
    }
    // What has arrived may not have been looked at yet.
    if (this.#closing || this.#busy || this.#pacing || this.#queued || this.#share.waiting || this.#output.full) return;
    if (this.#input.isLate(now)) {
      few("info", "request-timeout", { peer: this.peer });
      this.#refuseAndClose(new Failure("bad-request", "the request was begun and not finished in time"));
    } else if (!this.#attendance.known && now - this.#opened > limits.loginTimeout) {
      few("info", "login-timeout", { peer: this.peer });
      this.#refuseAndClose(new Failure("no-session", "nobody logged in on this connection in time"));
    }
  }

  /** Answers the whole requests that have arrived, then closes. */
  shutdown(): void {
    this.#stopping = true;
    this.#toldToStop = true;
    this.#stopPacing();
    if (this.#input.body) this.#end("the server stops");
    else this.#run();
  }

  destroy(): void {
    this.#stopPacing();
    this.#socket.destroy();
  }

  /** Says why, whatever was asked, and closes. */
  turnAway(failure: Failure): void {
    this.#host.turn.enter(() => this.#refuseAndClose(failure));
  }

  /** Whether a user acts here. @param key his name in lower case */
  isUsedBy(key: string): boolean {
    return this.#attendance.isUsedBy(key);
  }

  /** As `turnAway`, and whether that is read or not it is over soon; in the middle of a transfer nothing can be said. */
  expel(failure: Failure): void {
    this.#expelled = true;
    if (this.#output.full) {
      this.destroy();
      return;
    }
    this.turnAway(failure);
    this.#world.after(LINGER_MS, () => this.destroy()).unref();
  }

  #read(chunk: Buffer): void {
    if (this.#closing || this.#ended !== undefined) return;
    if (this.#input.push(chunk)) {
      this.#run();
    } else {
      this.#host.few("warn", "too-much-held", { peer: this.peer });
      this.#ended = "too much is held";
      this.#socket.pause();
      const failure = new Failure("too-many", "too many large requests are under way, try again");
      this.#host.turn.enter(() => this.#refuseAndClose(failure));
    }
  }

  /** No more bytes will come. @param reason for a body that is not whole */
  #end(reason: string): void {
    if (this.#closing || this.#ended !== undefined) return;
    this.#ended = reason;
    this.#input.end();
    this.#run();
  }

  #run(): void {
    this.#share.run();
  }

  /** Executes whole requests until one must wait, its share is spent, there is enough output, or there are none. */
  #goOn(): void {
    const { turn } = this.#host;
    turn.beginExecuting();
    while (!this.#waits && !this.#closing && !this.#expelled) {
      const again = this.#again;
      this.#again = undefined;
      const frame = again ? undefined : this.#input.next();
      if (again) {
        this.#execute(again);
      } else if (frame) {
        this.#handle(frame);
      } else {
        if (this.#ended !== undefined) this.#input.cutBody(this.#ended);
        break;
      }
      if (this.#share.spent()) break;
    }
    turn.endExecuting();
    if (this.#closing) return;
    // A body that began only now, behind others, would not end in time either.
    if (this.#toldToStop && this.#input.body && this.#ended === undefined) {
      this.#end("the server stops");
      return;
    }
    const wait = this.#waits;
    if (wait !== this.#socket.isPaused()) this.#socket[wait ? "pause" : "resume"]();
    if (turn.keeping) this.#runLater();
    const ended = this.#ended !== undefined;
    if (wait || this.#busy || (ended && this.#output.awaiting)) return;
    if (ended) this.#close();
    else if (this.#stopping) this.#readLast();
  }

  /** Whether the next request, or more of a body, must wait. What is executed again was counted: it holds room, and is not slowed. */
  get #waits(): boolean {
    if (this.#share.waiting) return true;
    if (this.#input.body) return this.#input.body.full;
    return (
      this.#busy ||
      (this.#pacing !== undefined && this.#again === undefined) ||
      this.#output.full ||
      this.#host.turn.keeping
    );
  }

  /** Counts a request. @returns why it is refused */
  #spend(operation: Operation | undefined): Failure | undefined {
    const { rates, few } = this.#host;
    if (this.realm || this.operator) return undefined;
    const user = this.acting?.user.name;
    const verdict = rates.take(operation, user, this.remote.address);
    this.#pause(verdict.is === "refused" ? REFUSED_PAUSE_MS : verdict.pauseMs);
    if (verdict.is === "refused") {
      const { budget, retry } = verdict;
      few("info", "limit", { user, address: plainAddress(this.remote.address), budget });
      return new Failure("rate-limited", `too many ${budget}`, retry);
    }
    return undefined;
  }

  /** @param ms until the next request is looked at */
  #pause(ms: number): void {
    if (ms <= 0 || this.#toldToStop) return;
    this.#pacing = this.#world.after(ms, () => {
      this.#pacing = undefined;
      this.#host.turn.enter(() => this.#run());
    });
  }

  #stopPacing(): void {
    this.#world.cancel(this.#pacing);
    this.#pacing = undefined;
  }

  #runLater(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#host.turn.enter(() => {
      this.#queued = false;
      this.#run();
    });
  }

  /** What lies in the socket's buffer, unread while a request was under way, has arrived too. */
  #readLast(looks = 2): void {
    this.#stopping = false;
    this.#world.soon(() => {
      if (this.#closing) return;
      // Nothing was read meanwhile: `#run` begins again when that is over.
      this.#stopping = this.#waits;
      if (this.#stopping) return;
      if (looks > 1) {
        this.#readLast(looks - 1);
        return;
      }
      this.#input.stop();
      this.#ended = "the server stops";
      this.#run();
    });
  }

  #handle(frame: Frame): void {
    if (frame.is === "body") return;
    if (frame.is === "blank") {
      const refused = this.#spend(undefined);
      if (refused) this.#refuseAndClose(refused);
    } else if (frame.is === "garbled") {
      this.#output.reply(this.#dialect.refuse(new Failure("bad-request", "the request is not UTF-8")));
      this.#host.meter?.requests.answer(undefined, "bad-request");
    } else if (frame.is === "too-large") {
      this.#host.few("info", "request-too-large", { peer: this.peer, limit: frame.limit });
      this.#refuseAndClose(new Failure("too-large", `a request may have ${frame.limit} bytes here`));
    } else if (this.#first && isHttp(frame.text)) {
      this.#host.few("info", "http-refused", { peer: this.peer });
      this.#output.reply(HTTP_REFUSAL);
      this.#host.meter?.refuse("bad-request");
      this.#close();
    } else {
      this.#first = false;
      this.#execute(frame.text);
    }
  }

  /** @param said a text, or a request that was read before */
  #execute(said: string | Request): void {
    const { services } = this.#host;
    const mark = services.model.mark();
    let request: Request | undefined;
    try {
      const read = typeof said === "string" ? this.#dialect.decode(said, this) : said;
      if (!("input" in read)) {
        this.acting = this.#attendance.session;
        const refused = this.#spend(undefined);
        const { code } = (read.body === undefined && refused) || read.failure;
        this.#host.meter?.requests.answer(read.row?.operation, code);
        if (refused && read.body === undefined) this.#output.reply(this.#dialect.refuse(refused));
        else if (read.body === "unknown") this.#refuseAndClose(read.failure, read.row);
        else this.#output.reply(this.#dialect.refuse(read.failure, read.row));
        if (typeof read.body === "number") this.#input.expectBody(read.body);
        return;
      }
      request = read;
      if (request.body !== undefined) this.#body = this.#input.expectBody(request.body);
      const { token } = request;
      this.acting = token === undefined ? this.#attendance.session : this.#attendance.sessionOf(token);
      // What is executed again, now that there is room for its reply, was counted.
      const refused = said === request ? undefined : this.#spend(request.row.operation);
      if (refused) {
        this.#answer(request, refused, mark);
        return;
      }
      if (token !== undefined && !this.acting) {
        this.#answer(request, new Failure("no-session"), mark);
        return;
      }
      // That the session was used is no change of the request's own.
      const begun = services.model.mark();
      const result = perform(services, this, request.row.operation, request.input);
      if (result instanceof Promise) this.#wait(request, result);
      else this.#answerNowOrLater(request, result, begun);
    } catch (error) {
      this.#fault(request, mark, error);
    } finally {
      this.#body = undefined;
      if (!this.#busy) this.#input.body?.drop();
    }
  }

  #wait(request: Request, result: Promise<Finish<unknown>>): void {
    this.#busy = true;
    const end = (finish: Finish<unknown>): void => {
      const mark = this.#host.services.model.mark();
      try {
        this.#answerNowOrLater(request, finish(), mark);
      } catch (error) {
        this.#fault(request, mark, error);
      }
      this.#busy = false;
      this.#input.body?.drop();
      this.#goOn();
    };
    const enter = (finish: Finish<unknown>): void => this.#host.turn.enter(() => this.#share.charge(() => end(finish)));
    result.then(enter, (error: unknown) =>
      enter(() => {
        throw error;
      }),
    );
  }

  #answerNowOrLater(request: Request, result: Result<unknown> | Later<unknown>, mark: number): void {
    if (!(result instanceof Later)) {
      this.#answer(request, result, mark);
      return;
    }
    const slot = this.#output.reserve();
    const dialect = this.#dialect;
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
    // What has changed something is answered in any case, and so is a linked server, which reads.
    const must = this.realm !== undefined || this.#host.services.model.mark() !== mark;
    if (must) output.force();
    const least = failed || must ? 0 : (atLeast?.(result as never) ?? 0);
    const may = output.mayMake(least);
    const dialect = this.#dialect;
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
      this.#again = request;
    }
  }

  /** A request has thrown: its changes are undone, it is logged and answered, and the connection lives. */
  #fault(request: Request | undefined, mark: number, error: unknown): void {
    const { services, log } = this.#host;
    services.model.revert(mark);
    this.#output.breakPromises();
    const { stack } = error instanceof Error ? error : new Error(String(error));
    log("error", "fault", { operation: request?.row.operation, peer: this.peer, stack });
    const code = error instanceof StorageError ? "storage" : "internal";
    this.#output.reply(this.#dialect.refuse(new Failure(code), request?.row, request));
    this.#host.meter?.requests.answer(request?.row.operation, code);
    if (this.realm) this.#close();
  }

  #settleTurn(): void {
    this.#dialectBefore = undefined;
    this.#attendance.settle();
  }

  #restoreTurn(): void {
    // A call of a realm that was undone must not be overtaken by the next: its items would count as received.
    if (this.realm && this.#output.replied) this.#close();
    this.#dialect = this.#dialectBefore ?? this.#dialect;
    this.#dialectBefore = undefined;
    this.#attendance.restore();
  }

  /** Raw bytes that a reply has announced cannot be read: the connection ends, so that the client notices. */
  #broken(error: unknown): void {
    this.#host.services.fault(error, "content");
    this.#socket.destroy();
  }

  #tooSlow(): void {
    this.#host.few("warn", "reader-too-slow", {
      peer: this.peer,
      user: this.#attendance.session?.user.name,
      waiting: this.#socket.writableLength,
    });
    this.#socket.destroy();
  }

  #refuseAndClose(failure: Failure, row?: Row): void {
    this.#output.reply(this.#dialect.refuse(failure, row));
    this.#host.meter?.refuse(failure.code);
    this.#close();
  }

  /** Ends our side once everything is said. */
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#input.close();
    this.#output.close(() => {
      this.#socket.end();
      // What the client still sends is read and dropped: unread, it would make the system reset the connection, and the last
      // reply could be lost.
      this.#socket.resume();
      this.#world.after(LINGER_MS, () => this.#socket.destroy()).unref();
    });
  }

  #closed(): void {
    this.#closing = true;
    this.#stopPacing();
    this.#input.close();
    this.#output.abandon();
    this.#again = undefined;
    this.#attendance.leave();
    this.#onLinkEnded?.();
  }

  /** Bytes that a request may have that starts with these characters. */
  #limit(head: string): number {
    const { maxAnonymousRequest, maxFileRequest, maxRequest } = this.#host.limits;
    if (this.realm) return Math.max(LINK_REQUEST, maxRequest);
    const known = this.operator || this.#attendance.session || this.#attendance.isShown(head);
    if (!known) return maxAnonymousRequest;
    return this.#dialect.mayCarry(head, "b64") ? maxFileRequest : maxRequest;
  }
}

function answered(result: Result<unknown>): Answered {
  return result instanceof Failure ? result.code : "ok";
}

function frameOf(dialect: Dialect, request: Request, result: Result<unknown>): string {
  return result instanceof Failure ? dialect.refuse(result, request.row, request) : dialect.reply(request, result);
}
