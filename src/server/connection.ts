/**
 * One socket: its requests are executed in order and answered in order. A request that must wait
 * (a password, a file) holds back this connection's next ones and nobody else's.
 */
import type { Socket } from "node:net";
import type { Caller, Services } from "../operations/context.ts";
import { type Event, Failure, type Result } from "../operations/contract.ts";
import { perform } from "../operations/index.ts";
import { keepAlive, sessionOf } from "../operations/sessions.ts";
import type { Dialect, Knowledge, Request } from "../protocol/dialect.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { type Frame, Frames, type Framing, SETTLE_MS } from "../protocol/frames.ts";
import { eventFrame } from "../protocol/messages.ts";
import { isUuid } from "../protocol/values.ts";
import { Words } from "../protocol/words.ts";
import type { Session, User } from "../stores/ports.ts";
import type { Speaker, Turn } from "./flush.ts";
import { LINGER_MS, OUTPUT_A_TURN, type ServerLimits, STALL_MS } from "./limits.ts";
import type { Log } from "./log.ts";

export interface Host {
  readonly services: Services;
  readonly turn: Turn;
  readonly limits: ServerLimits;
  readonly dialect: string;
  readonly framing: Framing;
  readonly log: Log;
}

/** A peer that vanished without a word is noticed some time after this. */
const KEEPALIVE_MS = 60_000;

const HTTP = /^[A-Z]+ \S+ HTTP\/\d/;
/** Words at a request's start among which a token may stand. */
const TOKEN_WITHIN = 5;

export class Connection implements Caller, Speaker, Knowledge {
  readonly loopback: boolean;
  acting: Session | undefined;
  readonly #host: Host;
  readonly #socket: Socket;
  readonly #frames: Frames;
  readonly #opened = Date.now();
  #dialect: Dialect;
  /** The connection's own. */
  #session: Session | undefined;
  /** Whose events are told here. */
  #watch: Session | undefined;
  #present: ReadonlySet<User> = new Set();
  /** As it was before this turn, if it has changed. */
  #before: { session: Session | undefined; watch: Session | undefined } | undefined;
  /** A token seen on this connection lately, and its session. */
  #token = "";
  #tokenSession: Session | undefined;
  #known = false;
  #first = true;

  /** Replies and events of this turn, and how many of them are replies. */
  #out = "";
  #replies = 0;
  #spoken: ((spoken: boolean) => void)[] = [];
  #joined = false;

  /** A request is under way that waits for something. */
  #busy = false;
  /** Enough output for now. */
  #full = false;
  /** Nothing more will be read. */
  #ended = false;
  /** The server is stopping. */
  #stopping = false;
  #closing = false;
  #began = 0;
  #settle: NodeJS.Timeout | undefined;

  constructor(socket: Socket, host: Host) {
    this.#socket = socket;
    this.#host = host;
    this.#dialect = dialectNamed(host.dialect);
    this.loopback = isLoopback(socket.remoteAddress ?? "");
    this.#frames = new Frames(host.framing, {
      least: Math.min(host.limits.maxAnonymousRequest, host.limits.maxRequest),
      of: (head) => this.#limit(head),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("end", () => this.#end());
    socket.on("drain", () => this.#drained());
    socket.on("timeout", () => this.#tooSlow());
    // Its end comes as `close`.
    socket.on("error", (error) => host.log("debug", "socket-error", { peer: this.peer, reason: error.message }));
    socket.on("close", () => this.#closed());
  }

  get peer(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`;
  }

  get dialect(): string {
    return this.#dialect.name;
  }

  logIn(session: Session): void {
    this.#remember();
    // What was watched by the session before was its user's.
    if (this.#watch === this.#session && this.#watch?.user !== session.user) this.#watch = undefined;
    this.#session = session;
    this.#known = true;
    this.#attend();
  }

  drop(session: Session): void {
    this.#remember();
    if (this.#session === session) this.#session = undefined;
    if (this.#watch === session) this.#watch = undefined;
    this.#attend();
  }

  useDialect(name: string): void {
    this.#dialect = dialectNamed(name);
  }

  watch(on: boolean): void {
    this.#remember();
    this.#watch = on ? this.acting : undefined;
    this.#attend();
  }

  tell(event: Event): void {
    if (this.#closing) return;
    this.#out += eventFrame(event);
    this.#join();
  }

  whenSpoken(then: (spoken: boolean) => void): void {
    this.#spoken.push(then);
  }

  isToken(word: string): boolean {
    return isUuid(word) && this.#sessionOf(word.toLowerCase()) !== undefined;
  }

  isRealm(word: string): boolean {
    const { realm, stores } = this.#host.services;
    return word.toLowerCase() === realm.toLowerCase() || stores.realms.find(word) !== undefined;
  }

  /** What this turn may have to take back. */
  #remember(): void {
    this.#before ??= { session: this.#session, watch: this.#watch };
    this.#join();
  }

  /** Tells presence who is here now, and who watches. */
  #attend(): void {
    const { presence } = this.#host.services;
    // A login that was under way when the peer left has nobody to log in.
    const sessions = this.#socket.destroyed ? [] : [this.#session, this.#watch];
    const now = new Set(sessions.flatMap((session) => session?.user ?? []));
    for (const user of this.#present) if (!now.has(user)) presence.depart(user, this);
    for (const user of now) {
      if (!this.#present.has(user)) presence.arrive(user, this);
      presence.setWatching(user, this, user === this.#watch?.user);
    }
    this.#present = now;
  }

  /** Called every second. */
  check(now: number): void {
    const { limits, log, services } = this.#host;
    for (const session of [this.#session, this.#tokenSession]) {
      if (session && !session.closed) keepAlive(services, session);
    }
    if (this.#closing || this.#busy || this.#full) return;
    if (this.#began > 0 && now - this.#began > limits.requestTimeout) {
      log("info", "request-timeout", { peer: this.peer });
      this.#refuseAndClose(new Failure("bad-request", "the request was begun and not finished in time"));
    } else if (!this.#known && now - this.#opened > limits.loginTimeout) {
      log("info", "login-timeout", { peer: this.peer });
      this.#refuseAndClose(new Failure("no-session", "nobody logged in on this connection in time"));
    }
  }

  /** Answers the whole requests that have arrived, then closes. */
  shutdown(): void {
    this.#stopping = true;
    this.#run();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#closing || this.#ended) return;
    this.#frames.push(chunk);
    if (this.#first) {
      clearTimeout(this.#settle);
      if (this.#frames.mayBeLine) this.#settle = setTimeout(() => this.#settled(), SETTLE_MS);
    }
    this.#run();
  }

  #settled(): void {
    this.#frames.settle();
    this.#run();
  }

  #end(): void {
    clearTimeout(this.#settle);
    if (this.#closing || this.#ended) return;
    this.#ended = true;
    this.#frames.end();
    this.#run();
  }

  /** Executes whole requests until one must wait, there is enough output, or there are none. */
  #run(): void {
    let done = 0;
    while (!this.#busy && !this.#full && !this.#closing) {
      const frame = this.#frames.next();
      if (!frame) break;
      done++;
      this.#handle(frame);
      if (this.#out.length > OUTPUT_A_TURN) this.#full = true;
    }
    if (this.#closing) return;
    const wait = this.#busy || this.#full;
    if (wait !== this.#socket.isPaused()) this.#socket[wait ? "pause" : "resume"]();
    if (wait) return;
    if (this.#frames.unfinished === 0) this.#began = 0;
    else if (done > 0 || this.#began === 0) this.#began = Date.now();
    if (this.#ended) this.#close();
    else if (this.#stopping) this.#readLast();
  }

  /** What lies in the socket's buffer, unread while a request was under way, has arrived too. */
  #readLast(): void {
    this.#stopping = false;
    setImmediate(() => {
      setImmediate(() => {
        this.#ended = true;
        this.#run();
      });
    });
  }

  #handle(frame: Frame): void {
    if (frame.is === "garbled") {
      this.#reply(this.#dialect.refuse(new Failure("bad-request", "the request is not UTF-8")));
    } else if (frame.is === "too-large") {
      this.#host.log("info", "request-too-large", { peer: this.peer, limit: frame.limit });
      this.#refuseAndClose(new Failure("too-large", `a request may have ${frame.limit} bytes here`));
    } else if (this.#first && HTTP.test(frame.text)) {
      this.#refuseHttp();
    } else {
      this.#first = false;
      this.#execute(frame.text);
    }
  }

  #execute(text: string): void {
    const { services } = this.#host;
    const request = this.#dialect.decode(text, this);
    if (!("input" in request)) {
      this.#reply(this.#dialect.refuse(request.failure, request.row));
      return;
    }
    this.acting = request.token === undefined ? this.#session : this.#sessionOf(request.token);
    const mark = services.stores.mark();
    try {
      const result = perform(services, this, request.row.operation, request.input);
      if (result instanceof Promise) this.#wait(request, result);
      else this.#answer(request, result);
    } catch (error) {
      this.#fault(request, mark, error);
    }
  }

  #wait(request: Request, result: Promise<Result<unknown>>): void {
    this.#busy = true;
    const resume = (): void => {
      this.#busy = false;
      this.#run();
    };
    result
      .then((value) => this.#answer(request, value))
      // What it staged before the fault is of earlier turns or not there: operations stage last, at once.
      .catch((error: unknown) => this.#fault(request, this.#host.services.stores.mark(), error))
      .then(resume, resume);
  }

  #answer(request: Request, result: Result<unknown>): void {
    if (result instanceof Failure) this.#reply(this.#dialect.refuse(result, request.row, request));
    else this.#reply(this.#dialect.reply(request, result));
  }

  /** A fault of ours: undone, logged, answered; the connection lives. */
  #fault(request: Request, mark: number, error: unknown): void {
    const { services, log } = this.#host;
    services.stores.revert(mark);
    const { stack } = error instanceof Error ? error : new Error(String(error));
    log("error", "fault", { operation: request.row.operation, peer: this.peer, stack });
    this.#reply(this.#dialect.refuse(new Failure("internal"), request.row, request));
  }

  #reply(frame: string): void {
    this.#out += frame;
    this.#replies++;
    this.#join();
  }

  #join(): void {
    if (this.#joined) return;
    this.#joined = true;
    this.#host.turn.join(this);
  }

  speak(): void {
    this.#before = undefined;
    const out = this.#take();
    const spoken = this.#takeSpoken();
    const waiting = this.#socket.writableLength;
    if (this.#socket.destroyed || (waiting > 0 && waiting + out.length > this.#host.limits.maxOutput)) {
      for (const then of spoken) then(false);
      if (!this.#socket.destroyed) this.#tooSlow();
      return;
    }
    if (spoken.length > 0) this.#socket.write(out, (error) => this.#tellSpoken(spoken, !error));
    else if (out !== "") this.#socket.write(out);
    if (this.#full) this.#refill();
  }

  retract(): void {
    const replies = this.#replies;
    this.#take();
    for (const then of this.#takeSpoken()) then(false);
    if (this.#before) {
      this.#session = this.#before.session;
      this.#watch = this.#before.watch;
      this.#before = undefined;
      this.#attend();
    }
    const refusal = this.#dialect.refuse(new Failure("storage"));
    if (!this.#socket.destroyed && replies > 0) this.#socket.write(refusal.repeat(replies));
    if (this.#full) this.#refill();
  }

  /** Goes on with the requests that waited for room, once the reader has taken most of the output. */
  #refill(): void {
    if (this.#socket.writableLength > this.#host.limits.maxOutput / 2) {
      this.#socket.setTimeout(STALL_MS);
      return;
    }
    this.#socket.setTimeout(0);
    setImmediate(() => {
      this.#full = false;
      this.#run();
    });
  }

  #drained(): void {
    if (this.#full) this.#refill();
  }

  #tellSpoken(spoken: readonly ((spoken: boolean) => void)[], whole: boolean): void {
    for (const then of spoken) then(whole);
    this.#host.turn.schedule();
  }

  #take(): string {
    const out = this.#out;
    this.#out = "";
    this.#replies = 0;
    this.#joined = false;
    return out;
  }

  #takeSpoken(): readonly ((spoken: boolean) => void)[] {
    const spoken = this.#spoken;
    if (spoken.length > 0) this.#spoken = [];
    return spoken;
  }

  #tooSlow(): void {
    if (this.#closing) {
      this.#socket.destroy();
      return;
    }
    this.#host.log("warn", "reader-too-slow", {
      peer: this.peer,
      user: this.#session?.user.name,
      waiting: this.#socket.writableLength,
    });
    this.#socket.destroy();
  }

  #refuseAndClose(failure: Failure): void {
    this.#reply(this.#dialect.refuse(failure));
    this.#close();
  }

  /** A browser can be made to send requests inside HTTP: none of them may be executed. */
  #refuseHttp(): void {
    const body = `${JSON.stringify({ status: "ERROR", code: "bad-request", message: "this is a chat server, not HTTP" })}\n`;
    this.#host.log("info", "http-refused", { peer: this.peer });
    this.#reply(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    this.#close();
  }

  /** Ends our side once everything is said. */
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#settle);
    // After the turn's end, which speaks; setImmediate callbacks run in order.
    this.#join();
    setImmediate(() => {
      this.#socket.end();
      // What the peer still sends is read and dropped, else our last reply could be lost with it.
      this.#socket.resume();
      this.#socket.setTimeout(LINGER_MS);
    });
  }

  #closed(): void {
    clearTimeout(this.#settle);
    this.#closing = true;
    this.#attend();
  }

  #sessionOf(token: string): Session | undefined {
    if (this.#token === token && this.#tokenSession && !this.#tokenSession.closed) return this.#tokenSession;
    const session = sessionOf(this.#host.services, token);
    this.#token = token;
    this.#tokenSession = session;
    if (session) {
      this.#known = true;
      this.#host.turn.schedule();
    }
    return session;
  }

  /** Bytes that a request which starts so may have. */
  #limit(head: string): number {
    const { maxAnonymousRequest, maxFileRequest, maxRequest } = this.#host.limits;
    if (!this.#session && !this.#showsToken(head)) return maxAnonymousRequest;
    return this.#dialect.mayCarry(head, "b64") ? maxFileRequest : maxRequest;
  }

  #showsToken(head: string): boolean {
    const words = new Words().of(head);
    for (let i = 1; i < TOKEN_WITHIN; i++) if (this.isToken(words.at(i))) return true;
    return false;
  }
}

export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}
