/**
 * The log that several nodes share, in PostgreSQL. A turn acquires the order (an advisory lock) at the beginning of a
 * transaction. By its commit it writes its rows and one entry of the table `log`, and the order is released with the transaction.
 * Other nodes read the entries, apply their changes to the model, and write them into their replicas. Nothing else is read from
 * PostgreSQL while a node runs: it reads from its replica, which is a SQLite file.
 */
import type { Change } from "../../state/changes.ts";
import { Overtaken, TurnLost } from "../../state/entities.ts";
import type { Leases } from "../../state/leases.ts";
import type { ChangeLog, Order, Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import { type AgreedFact, agreed } from "./agreed.ts";
import { attended } from "./attended.ts";
import type { Statement } from "./batch.ts";
import type { EngineClient } from "./client.ts";
import { channelOf, Heard } from "./heard.ts";
import { BEGIN, Keeping, ORDER } from "./keeping.ts";
import { Membership, type MembershipOptions } from "./membership.ts";
import { breakAfter, lastPlace } from "./position.ts";
import { Presumption } from "./presumption.ts";
import { ReconnectingClient } from "./reconnecting-client.ts";
import { Replica } from "./replica.ts";
import { migrate, storeOf } from "./schema.ts";
import { entriesAfter, tailOf, tailStatements } from "./tail.ts";
import { isOutdated, TurnStatements } from "./turn-statements.ts";

/** How long, in ms, a node may hold the order and send nothing, as a frozen one does. Then PostgreSQL ends its session. */
const IDLE_MS = 1000;

/** Settings of the session in which this node's turns are. */
const SETTINGS = {
  idle_in_transaction_session_timeout: String(IDLE_MS),
  // A statement after the one that has acquired the order must see what others have committed before that.
  default_transaction_isolation: "read\\ committed",
  // If a machine disappears while it sends a statement, its session is not idle. It is ended, and the order freed, some seconds
  // later.
  tcp_keepalives_idle: "3",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "3",
};

export interface PostgresLogOptions extends Omit<MembershipOptions, "place" | "channel" | "onNews"> {
  readonly url: string;
  /** The folder of the replica. */
  readonly folder: string;
  /** Aborts the opening, which then fails. */
  readonly signal?: AbortSignal;
  /** Another node has committed something, or may have. */
  readonly onNews: () => void;
  /** PostgreSQL cannot be reached, so that nobody can be served; or it can be reached again. */
  readonly onReach: (isReached: boolean, reason?: string) => void;
  /** This node cannot go on, and must be started again. */
  readonly onBroken: (reason: string) => void;
  /** This node's replica cannot be used, for this reason, and is made anew. */
  readonly onRebuilt: (reason: string) => void;
  /** Measures a step of a turn, which has taken so many ms. */
  readonly onStep: (step: Step, ms: number) => void;
}

/**
 * `order`: acquiring the order, and reading what others have committed; `keep`: the commit in PostgreSQL; `replica`: the commit
 * in the replica.
 */
export type Step = "order" | "keep" | "replica";

/** A turn of this node that has begun, and the node's number in it. */
interface OpenTurn {
  readonly isPresumed: boolean;
  readonly node: number;
}

export class PostgresLog implements ChangeLog, Order {
  readonly #replica: Replica;
  readonly #statements: TurnStatements;
  readonly #membership: Membership;
  readonly #connection: ReconnectingClient;
  readonly #onStep: PostgresLogOptions["onStep"];
  readonly #keeping: Keeping;
  readonly #heard = new Heard();
  readonly #presumption = new Presumption();
  /** The turn that this node is in, if it is in one. Without one nothing may be committed. */
  #turn: OpenTurn | undefined;
  /** How many turns this node has tried to commit: it makes their nonces unique. */
  #count = 0;

  /** Connects, migrates the tables, and makes the replica current. @throws Error in one line when it cannot be used */
  static async open(options: PostgresLogOptions): Promise<PostgresLog> {
    const client = await ReconnectingClient.connect({ ...options, settings: SETTINGS });
    try {
      return await attended({ ...options, client }, () => PostgresLog.#openOn(client, options));
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  static async #openOn(client: EngineClient, options: PostgresLogOptions): Promise<PostgresLog> {
    await migrate(client.raw);
    const store = await storeOf(client.raw);
    const channel = await channelOf(client);
    let made: PostgresLog | undefined;
    // It joins before it copies, so that no node removes entries from the log that it will need after the copy.
    const membership = await Membership.join({
      ...options,
      channel,
      place: await lastPlace(client),
      onNews(process, payload) {
        if (process !== undefined && process === made?.process) return;
        if (made) made.#heard.hear(payload);
        options.onNews();
      },
    });
    try {
      const replica = await Replica.open(client, { ...options, store });
      membership.reached(replica.settled.place);
      made = new PostgresLog({ ...options, channel }, client, replica, membership);
      return made;
    } catch (error) {
      await membership.close();
      throw error;
    }
  }

  private constructor(
    options: PostgresLogOptions & { readonly channel: string },
    client: EngineClient,
    replica: Replica,
    membership: Membership,
  ) {
    const { url, channel, onStep, onReach, onBroken, onNews } = options;
    this.#onStep = onStep;
    this.#replica = replica;
    this.#membership = membership;
    this.#statements = new TurnStatements(channel);
    const connecting = {
      url,
      settings: SETTINGS,
      check: (anew: EngineClient) => breakAfter(anew, replica.settled),
      onFailed: () => {
        replica.fallBack();
        this.#turn = undefined;
      },
      onReach(isReached: boolean, reason?: string) {
        onReach(isReached, reason);
        if (isReached) onNews();
      },
      onBroken,
    };
    this.#connection = new ReconnectingClient(connecting, client);
    this.#keeping = new Keeping(this.#connection);
  }

  get order(): Order {
    return this;
  }

  get pages(): Pages {
    return this.#replica.pages;
  }

  /** This node's number. It changes if the other nodes have taken this one for gone, but not during a turn. */
  get node(): number {
    return this.#turn?.node ?? this.#membership.node;
  }

  /** The process id of PostgreSQL's backend for this node's turns. */
  get process(): number | undefined {
    return this.#connection.client?.process;
  }

  get leases(): Leases {
    return this.#membership.leases;
  }

  /** The numbers of nodes whose heartbeats have stopped for too long. */
  get gone(): readonly number[] {
    return this.#membership.gone;
  }

  /** As `agreed`. @throws Error when PostgreSQL cannot be reached */
  agree(fact: AgreedFact, text: string): Promise<string> {
    return this.#connection.run((client) => agreed(client, fact, text));
  }

  /** How many entries of the log this node lacks, as of about a second ago. */
  get behind(): number {
    return this.#membership.behind;
  }

  /** How many nodes are alive, with this one. */
  get nodes(): number {
    return this.#membership.nodes;
  }

  /** The time in ms since 1970, by PostgreSQL's clock, which is the same for all nodes. */
  now(): number {
    return this.#membership.now();
  }

  /** @throws DamagedCopy if the replica must be made anew: close this log, and open it once more */
  load(into: Model): void {
    // Whoever reads a page is in the middle of a turn.
    this.#replica.load(into, (error) => queueMicrotask(() => this.#connection.breaks(error)));
  }

  presume(): boolean {
    if (!this.#connection.isReady || this.behind > 0 || !this.#presumption.isFit) return false;
    this.#turn = { isPresumed: true, node: this.#membership.node };
    return true;
  }

  async take(): Promise<readonly Change[]> {
    const asked = performance.now();
    this.#heard.forget();
    const taken = await this.#connection.run(async (client) => {
      const [, , entries, texts] = await client.run(BEGIN, ORDER, ...tailStatements(this.#replica.ahead));
      const tail = tailOf(this.#replica.ahead, entries, texts);
      this.#replica.advance(tail);
      const changes = tail.isCut ? await this.#readOn(client, tail.changes) : tail.changes;
      this.#turn = { isPresumed: false, node: this.#membership.node };
      return changes;
    });
    this.#onStep("order", performance.now() - asked);
    if (taken.length > 0) this.#presumption.heard();
    return taken;
  }

  async look(): Promise<readonly Change[]> {
    this.#heard.forget();
    const seen = await this.#connection.run((client) => this.#readOn(client, []));
    if (seen.length > 0) this.#presumption.heard();
    return seen;
  }

  heard(): readonly Change[] | undefined {
    const heard = this.#heard.after(this.#replica.ahead);
    if (!heard) return undefined;
    this.#replica.advance(heard);
    this.#presumption.heard();
    return heard.changes;
  }

  get isFarBehind(): boolean {
    return this.#membership.isFarBehind;
  }

  settle(changes: readonly Change[]): void {
    try {
      const began = performance.now();
      this.#replica.settle(changes);
      this.#onStep("replica", performance.now() - began);
      this.#membership.reached(this.#replica.settled.place);
    } catch (error) {
      // The turn is committed in PostgreSQL, so it has not failed. But this node can no longer read what it must.
      this.#connection.breaks(error as Error);
    }
  }

  release(isTold: boolean): void | Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn?.isPresumed === false) return this.#keeping.release(isTold);
    return turn && isTold ? this.#confirm() : undefined;
  }

  /**
   * Confirms that what a presumed turn has read still holds. @throws Overtaken if another node has committed since. @throws
   * EngineError
   */
  async #confirm(): Promise<void> {
    if ((await this.#connection.run(lastPlace)) === this.#replica.ahead.place) this.#presumption.held();
    else this.#overtaken();
  }

  async commit(changes: readonly Change[]): Promise<void> {
    const turn = this.#turn;
    if (turn === undefined) throw new Error("a change without the order");
    const messages = changes.reduce((sum, { is }) => sum + (is === "message.appended" ? 1 : 0), 0);
    const { place: after, seq } = this.#replica.ahead;
    const { isPresumed, node } = turn;
    const kept = { place: after + 1, nonce: `${node}-${++this.#count}`, seq: seq + messages };
    this.#turn = undefined;
    let statements: readonly Statement[];
    try {
      statements = this.#statements.of({ ...kept, changes, messages, node, time: this.now() });
    } catch (error) {
      if (!isPresumed) this.#keeping.rollBack();
      throw error;
    }
    const asked = performance.now();
    try {
      await this.#keeping.keep({ statements, nonce: kept.nonce, after, isPresumed });
    } catch (error) {
      if (!isOutdated(error)) throw error;
      if (isPresumed) this.#overtaken();
      await this.#membership.look();
      throw new TurnLost("other nodes have taken this one for gone", { cause: error });
    }
    const ms = performance.now() - asked;
    this.#presumption.kept(ms);
    if (isPresumed) this.#presumption.held();
    this.#onStep("keep", ms);
    this.#replica.advance(kept);
  }

  #overtaken(): never {
    this.#presumption.failed();
    throw new Overtaken("another node was faster");
  }

  broken(error: Error): void {
    this.#connection.breaks(error);
  }

  tidy(): void {
    this.#replica.tidy();
  }

  async close(): Promise<void> {
    // Nobody is told anything, so it does not matter whether this node still has the order.
    await this.release(false);
    await this.#membership.close();
    await this.#connection.close();
    this.#replica.close();
  }

  /** Reads up to the end of the log. @param before the changes that were read already. @returns these and all that follow */
  async #readOn(client: EngineClient, before: readonly Change[]): Promise<readonly Change[]> {
    let changes = before;
    for (let isCut = true; isCut; ) {
      const tail = await entriesAfter(client, this.#replica.ahead);
      this.#replica.advance(tail);
      changes = changes.concat(tail.changes);
      isCut = tail.isCut;
    }
    return changes;
  }
}
