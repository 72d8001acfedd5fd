/**
 * What a connection sends: replies in order and events between them, held until the turn is on disk, then written at once; a
 * long reply, and raw bytes behind one, as the client reads. Bounds how much is held, and notices a client that reads too slowly.
 */
import type { Socket } from "node:net";
import type { Event } from "../contract/event.ts";
import type { Content } from "../contract/shapes.ts";
import type { Promised } from "../operations/services/context.ts";
import type { Speaker } from "../state/participants.ts";
import type { Turn } from "../state/turn.ts";
import type { World } from "../world/world.ts";
import { LARGE, OUTPUT_A_TURN, REPLIES_AWAITED, STALL_MS } from "./limits.ts";
import { LongFrame } from "./long-frame.ts";
import { LongText } from "./long-text.ts";
import type { Account } from "./output-account.ts";
import type { OutputBudget } from "./output-budget.ts";
import { NOBODY, type Slot, Slots, type Spoken } from "./slots.ts";
import { type Said, Speech } from "./speech.ts";
import { Stream } from "./stream.ts";
import type { Told } from "./told.ts";

/** How long, in ms, after a turn that could not be kept. */
const AGAIN_MS = 500;

/** How long, in ms, a reply may be on its way before it may as well never leave. */
const LATE_MS = 1000;

/** What an output needs of its connection. */
export interface OutputOptions {
  readonly world: World;
  readonly turn: Turn;
  /** What all connections may hold together. */
  readonly budget: OutputBudget;
  /** What all connections have been told at the beginning of a turn: nothing. */
  readonly nothing: Told;
  /** Bytes that may wait for the client to read them. */
  readonly maxOutput: number;
  /** How long, in ms, raw bytes may wait for a client that reads none. */
  readonly stallTimeout: number;
  /** The turn is on disk. */
  onSpeak(): void;
  /** The turn could not be written. */
  onRestore(): void;
  /** The frame that is then sent instead of each reply. */
  onRetract(): string;
  /** The turn is lost: whether all that was answered in it, so many replies, is executed again. */
  onLost(replies: number): boolean;
  /** It is no longer `full`, or no reply is awaited any more. */
  onRoom(): void;
  /** The client reads too slowly: the connection must be closed. */
  onTooSlow(): void;
  /** Raw bytes that were announced cannot be read: the connection must be closed. */
  onBroken(error: unknown): void;
}

export class Output implements Speaker {
  readonly #socket: Socket;
  readonly #options: OutputOptions;
  readonly #speech: Speech;
  /** UTF-16 units of the largest reply since the client last had read everything. */
  #allowed = 0;
  /** To be called when the reply to the request under way has left the process. */
  #promised: Promised[] = [];
  readonly #slots = new Slots();
  /** To be called when no reply is awaited and no content is on its way. */
  #whenEmpty: (() => void) | undefined;
  /** To be called at the end of this turn: nothing is sent after it. */
  #whenClosed: (() => void) | undefined;
  #joined = false;
  #full = false;
  #closed = false;
  readonly #stream: Stream;
  readonly #account: Account;

  constructor(socket: Socket, options: OutputOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#speech = new Speech(options.nothing);
    const account = options.budget.open(options);
    this.#account = account;
    this.#stream = new Stream(socket, {
      turn: options.turn,
      stallTimeout: options.stallTimeout,
      onMove: () => this.#moved(),
      onBroken: (error) => options.onBroken(error),
      onEnd: (whole) => this.#streamed(whole),
    });
    socket.on("drain", () => {
      this.count();
      if (this.#full) this.#refill();
    });
  }

  /** Enough is held for now: no further request should be executed until `onRoom`. */
  get full(): boolean {
    return (
      this.#full ||
      this.#stream.content !== undefined ||
      this.#account.wants > 0 ||
      this.#slots.count >= REPLIES_AWAITED ||
      this.#slots.held > OUTPUT_A_TURN
    );
  }

  /** Whether bytes follow a reply, now or later, or a large reply waits for room: the client need not say anything. */
  get transferring(): boolean {
    return this.#stream.content !== undefined || this.#account.wants > 0;
  }

  /** Whether a reply that will have at least so many UTF-16 units may be made: if not, as of `admit`. */
  mayMake(atLeast: number): boolean {
    return atLeast <= LARGE || this.#account.isLarge || this.#account.take(atLeast, true);
  }

  /**
   * Whether there is room, among all connections, for the next reply. If not, it must not be said, and `onRoom` tells when to
   * make it again; the output is `full` until then. @param content what follows the reply
   */
  admit(frame: string | LongText, content: Content | undefined): boolean {
    let bytes = typeof frame === "string" ? frame.length : frame.bytes;
    if (content) bytes += content.held;
    else if (typeof frame === "string" && bytes > LARGE) bytes = Buffer.byteLength(frame);
    return this.#account.take(bytes > LARGE ? bytes : 0);
  }

  /** The next reply must be said whatever room there is. */
  force(): void {
    this.#account.free();
  }

  /** Some request has been answered in this turn. */
  get replied(): boolean {
    return this.#speech.replies > 0;
  }

  /** Some reply is not known yet. */
  get awaiting(): boolean {
    return this.#slots.count > 0;
  }

  /**
   * Sends a reply after those before it; a large one that was admitted, as it is read. @param content as of `admit`
   * @param toEscape whether a long text is still to be put into ASCII
   */
  reply(frame: string | LongText, content?: Content, toEscape = false): void {
    if (typeof frame !== "string") this.#replyLong(frame, toEscape);
    else if (!content && this.#account.isLarge) this.#replyLong(LongText.of([frame]), false);
    else this.#reply(frame, content);
  }

  #replyLong(text: LongText, toEscape: boolean): void {
    const spoken = this.#due();
    const tell = (whole: boolean): void => {
      if (whole) this.#tell(spoken, true);
      else for (const then of spoken) then(false);
    };
    this.#reply("", LongFrame.of(text, toEscape, tell));
  }

  #reply(frame: string, content: Content | undefined): void {
    if (this.#slots.count > 0) {
      // Nothing is executed behind a reply with content: it is the last.
      if (content) this.#stream.announce(content);
      this.#slots.add(frame, content, this.#due());
    } else {
      this.#say(frame, this.#due(), false);
      if (content) {
        this.#stream.announce(content);
        this.#speech.follow();
      }
    }
    this.join();
  }

  /** Keeps the place of a reply that will be known later: those behind it wait. */
  reserve(): Slot {
    const slot = this.#slots.add(undefined, undefined, this.#due());
    this.join();
    return slot;
  }

  /** Fills a place with its reply. */
  fill(slot: Slot, frame: string): void {
    if (!this.#slots.fill(slot, frame)) return;
    this.#sayKnown();
    this.join();
  }

  /** @param lasts it does not follow from a change of this turn, and is told also if that cannot be kept */
  tell(event: Event, lasts: boolean): void {
    if (this.#closed) return;
    this.#speech.tell(event, lasts);
    this.join();
  }

  /** What is to be done about the next reply. */
  whenSpoken(promised: Promised): void {
    this.#promised.push(promised);
  }

  /** The request under way has failed: its reply is another one. */
  breakPromises(): void {
    for (const { spoken } of this.#promised.splice(0)) spoken(false);
    if (this.#stream.content === undefined) this.#account.free();
  }

  /** The connection is gone. */
  abandon(): void {
    this.breakPromises();
    if (!this.#stream.running) this.#forsake();
    this.#account.close();
  }

  /** Counts what is held, if that is another sum than before. */
  count(): void {
    // What a stream has given to the socket is counted with its content.
    const waiting = this.#stream.running ? this.#stream.behind : this.#socket.writableLength;
    this.#account.hold(waiting + this.#slots.held);
    // What is not on its way yet does not wait for the client.
    if (this.#account.isLarge && !this.#stream.running) this.#account.move();
  }

  /** Takes part in this turn. */
  join(): void {
    if (this.#joined) return;
    this.#joined = true;
    this.#options.turn.join(this);
  }

  /** Sends nothing more once all replies are known and their turn has ended; calls `then` when they are written. */
  close(then: () => void): void {
    if (this.#slots.count > 0 || this.#stream.content) {
      this.#whenEmpty = () => this.close(then);
      return;
    }
    this.#closed = true;
    if (!this.#joined) {
      then();
      return;
    }
    this.#whenClosed = then;
  }

  speak(): void {
    this.#options.onSpeak();
    this.#slots.settle();
    const said = this.#speech.take();
    this.#joined = false;
    if (!this.#stream.running) {
      this.#write(said);
    } else {
      this.#stream.push(said.text);
      if (this.#stream.behind > this.#options.maxOutput) this.#options.onTooSlow();
    }
    this.count();
    this.#ended();
  }

  #write({ text, told, cut, largest, spoken }: Said): void {
    const waiting = this.#socket.writableLength;
    if (waiting === 0) this.#allowed = 0;
    // A reply may be larger than the limit by itself: the client has asked for it and may take its time.
    const tooSlow = waiting > 0 && waiting + text.length > this.#options.maxOutput + this.#allowed;
    this.#allowed = Math.max(this.#allowed, largest);
    if (this.#socket.destroyed || tooSlow) {
      for (const then of spoken) then(false);
      this.#forsake();
      if (!this.#socket.destroyed) this.#options.onTooSlow();
      return;
    }
    const now = cut === undefined ? text : text.slice(0, cut);
    if (spoken.length > 0) this.#socket.write(now, (error) => this.#tell(spoken, !error));
    else if (now !== "") this.#socket.write(told ? told.written() : now);
    if (cut !== undefined) void this.#stream.send(text.slice(cut));
    if (this.#full) this.#refill();
  }

  restore(): void {
    this.#options.onRestore();
  }

  /** All that is to be said would be said again by who executes this turn's requests again. */
  get mayRepeat(): boolean {
    return !this.#whenClosed && !this.#stream.running;
  }

  retract(isLost: boolean): void {
    const whenClosed = this.#whenClosed;
    const isRepeated = isLost && this.mayRepeat && this.#options.onLost(this.#speech.fresh + this.#slots.fresh);
    const refusal = isRepeated ? "" : this.#options.onRetract();
    const { text, spoken, isFollowed } = this.#speech.takeBack(refusal);
    this.#joined = false;
    for (const then of spoken) then(false);
    if (this.#stream.running) this.#stream.push(text);
    else if (!this.#socket.destroyed && text !== "") this.#socket.write(text);
    // The content of the last reply follows if that reply holds.
    if (isFollowed) void this.#stream.send("");
    else if (!this.#stream.running && !this.#slots.isLastSettled) this.#forsake();
    if (isRepeated) this.#slots.forget();
    else this.#slots.refuse(refusal);
    this.#sayKnown();
    if (this.#speech.replies > 0) this.join();
    if (this.#full) this.#refill();
    this.count();
    // What was known only now is said in the next turn, and whoever wants to close after it waits for that.
    if (whenClosed) this.#ended();
  }

  /** A turn has ended. */
  #ended(): void {
    this.#whenClosed?.();
    this.#whenClosed = undefined;
  }

  #due(): readonly Spoken[] {
    const promised = this.#promised;
    if (promised.length === 0) return NOBODY;
    this.#promised = [];
    return promised.map(({ spoken, begun }) => {
      const end = begun?.();
      if (!end) return spoken;
      const { world } = this.#options;
      const timer = world.after(LATE_MS, () => this.#within(end));
      timer.unref();
      return (whole) => {
        world.cancel(timer);
        spoken(whole);
        this.#within(end);
      };
    });
  }

  /** Does within a turn what is so whatever becomes of that turn: again, until one is kept. */
  #within(work: () => void): void {
    const { turn, world } = this.#options;
    const again = (): void => {
      world.after(AGAIN_MS, () => this.#within(work)).unref();
    };
    turn.enter(() => {
      work();
      turn.join({ speak() {}, restore() {}, retract: again });
    });
  }

  #say(frame: string, spoken: readonly Spoken[], isKept: boolean): void {
    this.#speech.say(frame, spoken, isKept);
    if (this.#speech.length > OUTPUT_A_TURN) this.#full = true;
  }

  #sayKnown(): void {
    const before = this.#slots.count;
    for (const { frame = "", spoken, settled, content } of this.#slots.takeKnown()) {
      this.#say(frame, spoken, settled);
      if (content && content === this.#stream.content) this.#speech.follow();
    }
    this.#empty();
    if (before > 0 && this.#slots.count < REPLIES_AWAITED / 2) this.#options.world.soon(() => this.#options.onRoom());
  }

  /** The content of a reply that is not sent is closed. */
  #forsake(): void {
    if (!this.#stream.forsake()) return;
    this.#account.free();
    this.#options.world.soon(() => this.#options.onRoom());
  }

  /** The client has read some of what is on its way. */
  #moved(): void {
    this.#account.move();
    // What has left is not held any more: there may be room for others.
    const { content } = this.#stream;
    if (content instanceof LongFrame) this.#account.shrink(content.held);
  }

  #streamed(whole: boolean): void {
    this.#account.free();
    this.count();
    if (!whole) return;
    if (this.#full) this.#refill();
    this.#options.turn.schedule();
    this.#empty();
    this.#options.onRoom();
  }

  #empty(): void {
    if (this.#slots.count > 0 || this.#stream.content) return;
    this.#whenEmpty?.();
    this.#whenEmpty = undefined;
  }

  /** There is room once the client has read most of what waits; if it reads nothing for a while, `timeout` comes. */
  #refill(): void {
    if (this.#stream.running) return;
    if (this.#socket.writableLength > this.#options.maxOutput / 2) {
      this.#socket.setTimeout(STALL_MS);
      return;
    }
    this.#socket.setTimeout(0);
    this.#options.world.soon(() => {
      this.#full = false;
      this.#options.onRoom();
    });
  }

  #tell(spoken: readonly Spoken[], whole: boolean): void {
    this.#within(() => {
      for (const then of spoken) then(whole);
    });
  }
}
