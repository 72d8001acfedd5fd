/**
 * The client at the other end of a connection, which is a person's program or another server, as operations see it: which session
 * it acts by, which realm it is, which dialect it speaks. If a turn is undone, so is what it has changed of that.
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

/** What a client needs of its connection. `leaving`, `gone`: as of `Caller`. */
export interface ClientConnection {
  readonly leaving: boolean;
  readonly gone: boolean;
  /** Closes it once everything is sent. */
  close(): void;
}

export class Client implements Caller, Knowledge {
  readonly operator: boolean;
  readonly channel: LinkChannel | undefined;
  readonly remote: Remote;
  readonly readInFlight = new Map<Conversation, Map<Party, number>>();
  acting: Session | undefined;
  realm: Realm | undefined;
  /** The raw bytes that follow the request that is being executed, if any do. */
  announced: Body | undefined;
  readonly attendance: Attendance;
  readonly heartbeat = new Heartbeat();
  readonly #services: Services;
  readonly #connection: ClientConnection;
  readonly #output: Output;
  #speaks: Dialect;
  /** What the client calls itself. */
  #name: string | undefined;
  /** What these, and what it has promised, were before this turn, if the turn has changed any. */
  #before: { speaks: Dialect; name: string | undefined; seconds: number } | undefined;
  #onLinkEnded: (() => void) | undefined;
  /** It has become a realm in this turn. */
  #isNewRealm = false;

  /** @param dialect the one that is spoken until the client chooses another */
  constructor(services: Services, dialect: string, connection: ClientConnection, output: Output, arrival: Arrival) {
    const { remote, operator, recognise, channel } = arrival;
    this.#services = services;
    this.#speaks = dialectNamed(dialect);
    this.#connection = connection;
    this.#output = output;
    this.remote = remote;
    this.operator = operator;
    this.channel = channel;
    this.attendance = new Attendance(services, this, recognise);
    if (operator) this.attendance.recognise();
  }

  /** The address and port of the client, for the server's log; `control` over the control socket. */
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
    return this.#connection.leaving;
  }

  get gone(): boolean {
    return this.#connection.gone;
  }

  introduce(client: string): void {
    this.#remember();
    this.#name = client;
  }

  useDialect(name: string): void {
    this.#remember();
    this.#speaks = dialectNamed(name);
  }

  /** From now on it acts by the session of a token, if that is live; without a token, by the connection's own session. */
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
    this.#isNewRealm = true;
    this.#onLinkEnded = ended;
    this.attendance.recognise();
  }

  expectEvery(seconds: number): void {
    this.#remember();
    this.heartbeat.expect(seconds, this.#services.world.now());
  }

  part(): void {
    // The reply to the request under way is sent first.
    this.#services.world.soon(() => this.#connection.close());
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

  /** Whether a turn that is lost is done again: that in which it has become a realm is not, for that is no change of the state. */
  get mayRepeat(): boolean {
    return !this.#isNewRealm;
  }

  /** The turn is kept. */
  settle(): void {
    this.#isNewRealm = false;
    this.#before = undefined;
    this.attendance.settle();
  }

  /** The turn was undone. */
  restore(): void {
    this.attendance.restore();
    if (!this.#before) return;
    const { speaks, name, seconds } = this.#before;
    this.#before = undefined;
    this.#speaks = speaks;
    this.#name = name;
    this.heartbeat.expect(seconds, this.#services.world.now());
  }

  /** The turn was undone, and is not done again. */
  retract(): void {
    // If a realm's call was undone, its next one must not be executed: that would count the undone call's items as received.
    if (this.realm && this.#output.replied) this.#connection.close();
  }

  /** The connection is gone. */
  leave(): void {
    this.attendance.leave();
    this.#onLinkEnded?.();
  }

  #remember(): void {
    this.#before ??= { speaks: this.#speaks, name: this.#name, seconds: this.heartbeat.seconds };
  }
}
