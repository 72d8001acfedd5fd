/**
 * Who is at the other end of a connection, a person's program or another server, as operations see him: as whom he acts, which
 * realm he is, which dialect he speaks. What a turn has changed of that goes back with the turn.
 */
import type { Event } from "../contract/event.ts";
import type { Body } from "../contract/shapes.ts";
import type { Caller, LinkChannel, Promised, Services } from "../operations/services/context.ts";
import type { Dialect } from "../protocol/dialect.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import type { Knowledge } from "../protocol/reader.ts";
import type { Conversation, Party, Realm, Session } from "../state/entities.ts";
import { Attendance } from "./attendance.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Arrival, Remote } from "./limits.ts";
import type { Output } from "./output.ts";

/** What a client needs of his connection. */
export interface Line {
  readonly leaving: boolean;
  readonly gone: boolean;
  /** Ends it once everything is said. */
  close(): void;
}

export class Client implements Caller, Knowledge {
  readonly operator: boolean;
  readonly channel: LinkChannel | undefined;
  readonly remote: Remote;
  readonly readInFlight = new Map<Conversation, Map<Party, number>>();
  acting: Session | undefined;
  realm: Realm | undefined;
  /** The raw bytes that follow the request that is being executed. */
  announced: Body | undefined;
  readonly attendance: Attendance;
  readonly heartbeat = new Heartbeat();
  readonly #services: Services;
  readonly #line: Line;
  readonly #output: Output;
  #speaks: Dialect;
  /** The dialect before this turn, if it has changed. */
  #spoke: Dialect | undefined;
  /** What he says that he is. */
  #name: string | undefined;
  #onLinkEnded: (() => void) | undefined;

  /** @param dialect the one that he speaks until he chooses another */
  constructor(services: Services, dialect: string, line: Line, output: Output, arrival: Arrival) {
    const { remote, operator, recognise, channel } = arrival;
    this.#services = services;
    this.#speaks = dialectNamed(dialect);
    this.#line = line;
    this.#output = output;
    this.remote = remote;
    this.operator = operator;
    this.channel = channel;
    this.attendance = new Attendance(services, this, recognise);
    if (operator) this.attendance.recognise();
  }

  /** For the log. */
  get peer(): string {
    const { address, port } = this.remote;
    return address === "" ? "control" : `${address}:${port}`;
  }

  get speaks(): Dialect {
    return this.#speaks;
  }

  get dialect(): string {
    return this.#speaks.name;
  }

  get client(): string {
    return this.#name ?? this.#speaks.name;
  }

  get body(): Body {
    if (!this.announced) throw new Error("a request that announces no bytes asks for them");
    return this.announced;
  }

  get leaving(): boolean {
    return this.#line.leaving;
  }

  get gone(): boolean {
    return this.#line.gone;
  }

  introduce(client: string): void {
    this.#name = client;
  }

  useDialect(name: string): void {
    this.#spoke ??= this.#speaks;
    this.#speaks = dialectNamed(name);
  }

  /** From now on he acts by the session of a token, if that is live; without one, by the connection's own. */
  actBy(token: string | undefined): void {
    this.acting = token === undefined ? this.attendance.session : this.attendance.sessionOf(token);
  }

  logIn(session: Session): void {
    this.attendance.logIn(session);
    this.#output.join();
  }

  drop(session: Session): void {
    this.attendance.drop(session);
    this.#output.join();
  }

  watch(on: boolean): void {
    this.attendance.watch(on ? this.acting : undefined);
    this.#output.join();
  }

  become(realm: Realm, ended: () => void): void {
    this.realm = realm;
    this.#onLinkEnded = ended;
    this.attendance.recognise();
  }

  expectEvery(seconds: number): void {
    this.heartbeat.expect(seconds, this.#services.world.now());
  }

  part(): void {
    // The reply to the request under way is said first.
    this.#services.world.soon(() => this.#line.close());
  }

  tell(event: Event, lasts = false): void {
    this.#output.tell(event, lasts);
  }

  whenSpoken(promised: Promised): void {
    this.#output.whenSpoken(promised);
  }

  isToken(word: string): boolean {
    return this.attendance.isToken(word);
  }

  isRealm(word: string): boolean {
    const { realm, model } = this.#services;
    return word.toLowerCase() === realm.toLowerCase() || model.realms.find(word) !== undefined;
  }

  /** The turn is kept. */
  settle(): void {
    this.#spoke = undefined;
    this.attendance.settle();
  }

  /** The turn could not be kept. */
  restore(): void {
    // A call of a realm that was undone must not be overtaken by the next: its items would count as received.
    if (this.realm && this.#output.replied) this.#line.close();
    this.#speaks = this.#spoke ?? this.#speaks;
    this.#spoke = undefined;
    this.attendance.restore();
  }

  /** The connection is gone. */
  leave(): void {
    this.attendance.leave();
    this.#onLinkEnded?.();
  }
}
