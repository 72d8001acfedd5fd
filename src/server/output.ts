/**
 * What a connection sends: replies in the order of their requests, and events between them. They are held until the turn is kept,
 * and then written at once. A long reply, and the raw bytes behind a reply, are streamed as fast as the client reads. How much is
 * held is limited, and a client that reads too slowly is noticed.
 */
import type { Socket } from "node:net";
import type { Event } from "../contract/event.ts";
import type { Content } from "../contract/shapes.ts";
import type { Promised } from "../operations/services/context.ts";
import type { Speaker } from "../state/participants.ts";
import type { Turn } from "../state/turn.ts";
import type { World } from "../world/world.ts";
import { Backpressure } from "./backpressure.ts";
import { Deliveries } from "./deliveries.ts";
import { LARGE, OUTPUT_A_TURN, REPLIES_AWAITED } from "./limits.ts";
import { LongFrame } from "./long-frame.ts";
import { LongText } from "./long-text.ts";
import type { Account } from "./output-account.ts";
import type { OutputBudget } from "./output-budget.ts";
import { type Slot, Slots, type Spoken } from "./slots.ts";
import { type Said, Speech } from "./speech.ts";
import { Stream } from "./stream.ts";
import type { Told } from "./told.ts";

/** What an output needs of its connection. */
export interface OutputOptions {
  readonly world: World;
  readonly turn: Turn;
  /** Limits what all connections hold together. */
  readonly budget: OutputBudget;
  /** What connections have been told at the beginning of a turn, which is nothing. All connections must share the same object. */
  readonly nothing: Told;
  /** How many bytes may wait for the client to read them. */
  readonly maxOutput: number;
  /** How long, in ms, raw bytes may wait while the client reads none. */
  readonly stallTimeout: number;
  /** The turn is kept, and its output is about to be sent. */
  onSpeak(): void;
  /** The turn was undone: the connection's own state must be as it was before. */
  onRestore(): void;
  /** The turn was undone. @returns the frame that is sent instead of each of its replies */
  onRetract(): string;
  /** The turn was lost to another node. @returns whether its requests, which had so many replies, are executed again */
  onLost(replies: number): boolean;
  /** It is no longer `full`. */
  onRoom(): void;
  /** The client reads too slowly: the connection must be closed. */
  onTooSlow(): void;
  /** The raw bytes that a reply has announced cannot be read: the connection must be closed. */
  onBroken(error: unknown): void;
}

export class Output implements Speaker {
  readonly #socket: Socket;
  readonly #options: OutputOptions;
  readonly #speech: Speech;
  readonly #backpressure: Backpressure;
  readonly #deliveries: Deliveries;
  readonly #slots = new Slots();
  /** To be called when no reply is awaited and no content is being streamed. */
  #whenEmpty: (() => void) | undefined;
  /** To be called at the end of this turn, after which nothing is sent. */
  #whenClosed: (() => void) | undefined;
  /** Whether it is a speaker of this turn. */
  #joined = false;
  #closed = false;
  readonly #stream: Stream;
  readonly #account: Account;

  constructor(socket: Socket, options: OutputOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#speech = new Speech(options.nothing);
    this.#backpressure = new Backpressure(socket, options);
    this.#deliveries = new Deliveries(options.turn, options.world);
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
      this.#relax();
    });
  }

  /** Whether enough is held for now: no further request should be executed until `onRoom`. */
  get full(): boolean {
    return (
      this.#backpressure.full ||
      this.#stream.content !== undefined ||
      this.#account.wants > 0 ||
      this.#slots.count >= REPLIES_AWAITED ||
      this.#slots.held > OUTPUT_A_TURN
    );
  }

  /**
   * Whether a content is being streamed or is about to be, or a large reply waits for room. Meanwhile the client cannot be
   * expected to send anything.
   */
  get transferring(): boolean {
    return this.#stream.content !== undefined || this.#account.wants > 0;
  }

  /** Whether a reply that will have at least so many UTF-16 units may be made now. If not: as of `admit`. */
  mayMake(atLeast: number): boolean {
    return atLeast <= LARGE || this.#account.isLarge || this.#account.take(atLeast, true);
  }

  /**
   * Whether there is room for the next reply, among all connections. If not, it must be dropped; `onRoom` tells when to make it
   * again, and the output is `full` until then. @param content the raw bytes that follow the reply
   */
  admit(frame: string | LongText, content: Content | undefined): boolean {
    let bytes = typeof frame === "string" ? frame.length : frame.bytes;
    if (content) bytes += content.held;
    else if (typeof frame === "string" && bytes > LARGE) bytes = Buffer.byteLength(frame);
    return this.#account.take(bytes > LARGE ? bytes : 0);
  }

  /** The next reply must be sent whether there is room or not. */
  force(): void {
    this.#account.free();
  }

  /** Whether any request was answered in this turn. */
  get replied(): boolean {
    return this.#speech.replies > 0;
  }

  /** Whether any reply is not known yet. */
  get awaiting(): boolean {
    return this.#slots.count > 0;
  }

  /**
   * Sends a reply, behind those before it. One that was admitted as a large one is streamed. @param content as of `admit`
   * @param toEscape whether a long text must still be escaped to ASCII
   */
  reply(frame: string | LongText, content?: Content, toEscape = false): void {
    if (typeof frame !== "string") this.#replyLong(frame, toEscape);
    else if (!content && this.#account.isLarge) this.#replyLong(LongText.of([frame]), false);
    else this.#reply(frame, content);
  }

  #replyLong(text: LongText, toEscape: boolean): void {
    const spoken = this.#deliveries.take();
    const tell = (whole: boolean): void => {
      if (whole) this.#deliveries.tell(spoken, true);
      else for (const then of spoken) then(false);
    };
    this.#reply("", LongFrame.of(text, toEscape, tell));
  }

  #reply(frame: string, content: Content | undefined): void {
    if (this.#slots.count > 0) {
      // No request is executed until the content was streamed, so there is no other one.
      if (content) this.#stream.announce(content);
      this.#slots.add(frame, content, this.#deliveries.take());
    } else {
      this.#say(frame, this.#deliveries.take(), false);
      if (content) {
        this.#stream.announce(content);
        this.#speech.follow();
      }
    }
    this.join();
  }

  /** Reserves the place of a reply that will be known later. The replies behind it wait. */
  reserve(): Slot {
    const slot = this.#slots.add(undefined, undefined, this.#deliveries.take());
    this.join();
    return slot;
  }

  /** Fills a reserved place with its reply. */
  fill(slot: Slot, frame: string): void {
    if (!this.#slots.fill(slot, frame)) return;
    this.#sayKnown();
    this.join();
  }

  /** Sends an event. @param lasts no change of this turn has caused it: it is sent even if the turn cannot be kept */
  tell(event: Event, lasts: boolean): void {
    if (this.#closed) return;
    this.#speech.tell(event, lasts);
    this.join();
  }

  /** Notes what is to be done when the reply to the request under way has left the process. */
  whenSpoken(promised: Promised): void {
    this.#deliveries.add(promised);
  }

  /** The request under way gets another reply than the one that was being made. */
  breakPromises(): void {
    this.#deliveries.fail();
    if (this.#stream.content === undefined) this.#account.free();
  }

  /** The connection is gone. */
  abandon(): void {
    this.breakPromises();
    if (!this.#stream.running) this.#forsake();
    this.#account.close();
  }

  /** Tells the budget how much is held now. */
  count(): void {
    // What the socket holds of a stream is counted as its content.
    const waiting = this.#stream.running ? this.#stream.behind : this.#socket.writableLength;
    this.#account.hold(waiting + this.#slots.held);
    // A large reply that is not being streamed yet is waiting for the turn, not for the client: it is not too slow.
    if (this.#account.isLarge && !this.#stream.running) this.#account.move();
  }

  /** Makes it a speaker of this turn. */
  join(): void {
    if (this.#joined) return;
    this.#joined = true;
    this.#options.turn.join(this);
  }

  /** Closes the output once all replies are known and their turn has ended. Calls `then` when they are written. */
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
    const isTooSlow = this.#backpressure.isTooSlow(text.length, largest);
    if (this.#socket.destroyed || isTooSlow) {
      for (const then of spoken) then(false);
      this.#forsake();
      if (!this.#socket.destroyed) this.#options.onTooSlow();
      return;
    }
    const now = cut === undefined ? text : text.slice(0, cut);
    if (spoken.length > 0) this.#socket.write(now, (error) => this.#deliveries.tell(spoken, !error));
    else if (now !== "") this.#socket.write(told ? told.written() : now);
    if (cut !== undefined) void this.#stream.send(text.slice(cut));
    this.#relax();
  }

  restore(): void {
    this.#options.onRestore();
  }

  /** Whether the output of this turn can be made again by executing its requests again. */
  get mayRepeat(): boolean {
    return !this.#whenClosed && !this.#stream.running;
  }

  retract(isLost: boolean): void {
    const isRepeated = isLost && this.mayRepeat && this.#options.onLost(this.#speech.fresh + this.#slots.fresh);
    const refusal = isRepeated ? "" : this.#options.onRetract();
    const whenClosed = this.#whenClosed;
    const { text, spoken, isFollowed } = this.#speech.takeBack(refusal);
    this.#joined = false;
    for (const then of spoken) then(false);
    if (this.#stream.running) this.#stream.push(text);
    else if (!this.#socket.destroyed && text !== "") this.#socket.write(text);
    // The content still follows if its reply is one to a request of an earlier turn, which holds.
    if (isFollowed) void this.#stream.send("");
    else if (!this.#stream.running && !this.#slots.isLastSettled) this.#forsake();
    if (isRepeated) this.#slots.forget();
    else this.#slots.refuse(refusal);
    this.#sayKnown();
    if (this.#speech.replies > 0) this.join();
    this.#relax();
    this.count();
    // If closing was asked for only now (`#whenEmpty`), it must wait for the next turn, in which the replies that have become
    // known are sent.
    if (whenClosed) this.#ended();
  }

  /** The turn's output was sent. */
  #ended(): void {
    this.#whenClosed?.();
    this.#whenClosed = undefined;
  }

  #say(frame: string, spoken: readonly Spoken[], isKept: boolean): void {
    this.#speech.say(frame, spoken, isKept);
    if (this.#speech.length > OUTPUT_A_TURN) this.#backpressure.fill();
  }

  /** Says the replies in the slots, up to the first that is not known yet. */
  #sayKnown(): void {
    const before = this.#slots.count;
    for (const { frame = "", spoken, settled, content } of this.#slots.takeKnown()) {
      this.#say(frame, spoken, settled);
      if (content && content === this.#stream.content) this.#speech.follow();
    }
    this.#empty();
    if (before > 0 && this.#slots.count < REPLIES_AWAITED / 2) this.#options.world.soon(() => this.#options.onRoom());
  }

  /** Closes the content of a reply that is not sent. */
  #forsake(): void {
    if (!this.#stream.forsake()) return;
    this.#account.free();
    this.#options.world.soon(() => this.#options.onRoom());
  }

  /** The client has read some of what is being streamed. */
  #moved(): void {
    this.#account.move();
    // What has left is not held any more, which may make room for others.
    const { content } = this.#stream;
    if (content instanceof LongFrame) this.#account.shrink(content.held);
  }

  #streamed(whole: boolean): void {
    this.#account.free();
    this.count();
    if (!whole) return;
    this.#relax();
    this.#options.turn.schedule();
    this.#empty();
    this.#options.onRoom();
  }

  #empty(): void {
    if (this.#slots.count > 0 || this.#stream.content) return;
    this.#whenEmpty?.();
    this.#whenEmpty = undefined;
  }

  #relax(): void {
    // A stream has a time limit of its own.
    if (!this.#stream.running) this.#backpressure.relax();
  }
}
