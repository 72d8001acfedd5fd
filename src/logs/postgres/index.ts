/**
 * The log that several nodes share: PostgreSQL. A turn takes the order, keeps its rows and one entry of the log in one
 * transaction, and gives the order back with it. What is read is read from this node's replica, an SQLite file.
 */
import type { Change } from "../../state/changes.ts";
import { Overtaken, TurnLost } from "../../state/entities.ts";
import type { Leases } from "../../state/leases.ts";
import type { ChangeLog, Order, Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import type { SqliteLog } from "../sqlite/index.ts";
import { type AgreedFact, agreed } from "./agreed.ts";
import { attended } from "./attended.ts";
import type { Statement } from "./batch.ts";
import type { EngineClient } from "./client.ts";
import { channelOf, Heard } from "./heard.ts";
import { BEGIN, Keeping, ORDER } from "./keeping.ts";
import { Line } from "./line.ts";
import { Membership, type MembershipOptions } from "./membership.ts";
import { OwnCopy } from "./own-copy.ts";
import { Presumption } from "./presumption.ts";
import { breakAfter, lastPlace, openReplica, type Reached } from "./replica.ts";
import { migrate, storeOf } from "./schema.ts";
import { entriesAfter, tailOf, tailStatements } from "./tail.ts";
import { isOutdated, TurnStatements } from "./turn-statements.ts";

/** How long, in ms, the order is left to a node that does nothing with it. */
const IDLE_MS = 1000;

const SETTINGS = {
  idle_in_transaction_session_timeout: String(IDLE_MS),
  // What was kept before the order was had is seen after it.
  default_transaction_isolation: "read\\ committed",
  // A machine that has gone in the middle of what it sends holds the order no longer than a frozen node, and some seconds.
  tcp_keepalives_idle: "3",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "3",
};

export interface PostgresLogOptions extends Omit<MembershipOptions, "place" | "channel" | "onNews"> {
  readonly url: string;
  /** Of the replica. */
  readonly folder: string;
  /** It is wanted no more: opening it fails. */
  readonly signal?: AbortSignal;
  /** Another node has kept something. */
  readonly onNews: () => void;
  /** PostgreSQL cannot be reached, and nobody can be served; or it can again. */
  readonly onReach: (isReached: boolean, reason?: string) => void;
  /** This node cannot go on, and must be started again. */
  readonly onBroken: (reason: string) => void;
  /** A step of a turn has taken so many ms. */
  readonly onStep: (step: Step, ms: number) => void;
}

/** `order`: until this node has it, and what others have kept since; `keep`: by PostgreSQL, `replica`: of this node. */
export type Step = "order" | "keep" | "replica";

/** A turn of this node that has begun, and the node's number in it. */
interface OpenTurn {
  readonly isPresumed: boolean;
  readonly node: number;
}

export class PostgresLog implements ChangeLog, Order {
  readonly #copy: OwnCopy;
  readonly #statements: TurnStatements;
  readonly #membership: Membership;
  readonly #line: Line;
  readonly #onStep: PostgresLogOptions["onStep"];
  #reached: Reached;
  /** What was returned, or is kept, reaches up to here: it is settled up to `#reached`. */
  #ahead: Reached;
  readonly #keeping: Keeping;
  readonly #heard = new Heard();
  readonly #presumption = new Presumption();
  /** This node may keep something: it has the order, or takes it that nobody else has. */
  #turn: OpenTurn | undefined;
  #count = 0;

  /** @throws Error in one line when it cannot be used */
  static async open(options: PostgresLogOptions): Promise<PostgresLog> {
    const client = await Line.connect({ ...options, settings: SETTINGS });
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
    // It is among the others before it copies: they keep in the log what comes meanwhile.
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
      const { log, reached } = await openReplica(client, options.folder, store);
      membership.reached(reached.place);
      made = new PostgresLog({ ...options, channel }, client, log, reached, membership);
      return made;
    } catch (error) {
      await membership.close();
      throw error;
    }
  }

  private constructor(
    options: PostgresLogOptions & { readonly channel: string },
    client: EngineClient,
    replica: SqliteLog,
    reached: Reached,
    membership: Membership,
  ) {
    const { url, channel, onStep, onReach, onBroken, onNews } = options;
    this.#onStep = onStep;
    this.#copy = new OwnCopy(replica, {
      onWritten: (ms) => onStep("replica", ms),
      onFailed: (error) => this.#line.breaks(error),
    });
    this.#reached = reached;
    this.#ahead = reached;
    this.#membership = membership;
    this.#statements = new TurnStatements(channel);
    const way = {
      url,
      settings: SETTINGS,
      check: (anew: EngineClient) => breakAfter(anew, this.#reached),
      onFailed: () => {
        this.#ahead = this.#reached;
        this.#turn = undefined;
      },
      onReach(isReached: boolean, reason?: string) {
        onReach(isReached, reason);
        if (isReached) onNews();
      },
      onBroken,
    };
    this.#line = new Line(way, client);
    this.#keeping = new Keeping(this.#line);
  }

  get order(): Order {
    return this;
  }

  get pages(): Pages {
    return this.#copy.pages;
  }

  /** This node's number; another one after it was taken for gone, but the same from the beginning of a turn to its end. */
  get node(): number {
    return this.#turn?.node ?? this.#membership.node;
  }

  /** The number of PostgreSQL's process for this node's turns. */
  get process(): number | undefined {
    return this.#line.client?.process;
  }

  get leases(): Leases {
    return this.#membership.leases;
  }

  /** Nodes that have not said for too long that they are there. */
  get gone(): readonly number[] {
    return this.#membership.gone;
  }

  /** @returns what the first node has said of a fact, who may be this one. @throws Error when PostgreSQL cannot be reached */
  agree(fact: AgreedFact, text: string): Promise<string> {
    return this.#line.run((client) => agreed(client, fact, text));
  }

  /** Entries of the log that this node has not, as it has known a second ago or so. */
  get behind(): number {
    return this.#membership.behind;
  }

  /** Nodes that are there, this one too. */
  get nodes(): number {
    return this.#membership.nodes;
  }

  /** Milliseconds since 1970 by PostgreSQL's clock: the same for all nodes. */
  now(): number {
    return this.#membership.now();
  }

  load(into: Model): void {
    this.#copy.load(into);
  }

  presume(): boolean {
    if (!this.#line.isReady || this.behind > 0 || !this.#presumption.isFit) return false;
    this.#turn = { isPresumed: true, node: this.#membership.node };
    return true;
  }

  async take(): Promise<readonly Change[]> {
    const asked = performance.now();
    this.#heard.forget();
    const taken = await this.#line.run(async (client) => {
      const [, , entries, texts] = await client.run(BEGIN, ORDER, ...tailStatements(this.#ahead));
      const tail = tailOf(this.#ahead, entries, texts);
      this.#ahead = tail;
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
    const seen = await this.#line.run((client) => this.#readOn(client, []));
    if (seen.length > 0) this.#presumption.heard();
    return seen;
  }

  heard(): readonly Change[] | undefined {
    const heard = this.#heard.after(this.#ahead);
    if (!heard) return undefined;
    this.#ahead = heard;
    this.#presumption.heard();
    return heard.changes;
  }

  get isFarBehind(): boolean {
    return this.#membership.isFarBehind;
  }

  settle(changes: readonly Change[]): void {
    this.#reached = this.#ahead;
    this.#membership.reached(this.#reached.place);
    this.#copy.put(changes, this.#reached);
  }

  flush(): void {
    this.#copy.write();
  }

  release(isTold: boolean): void | Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn?.isPresumed === false) return this.#keeping.release(isTold);
    return turn && isTold ? this.#confirm() : undefined;
  }

  /** @throws Overtaken when somebody has kept something before this turn was over. @throws EngineError */
  async #confirm(): Promise<void> {
    if ((await this.#line.run(lastPlace)) === this.#ahead.place) this.#presumption.held();
    else this.#overtaken();
  }

  async commit(changes: readonly Change[]): Promise<void> {
    const turn = this.#turn;
    if (turn === undefined) throw new Error("a change without the order");
    const messages = changes.reduce((sum, { is }) => sum + (is === "message.appended" ? 1 : 0), 0);
    const { place: after, seq } = this.#ahead;
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
    this.#ahead = kept;
  }

  #overtaken(): never {
    this.#presumption.failed();
    throw new Overtaken("another node was faster");
  }

  broken(error: Error): void {
    this.#line.breaks(error);
  }

  tidy(): void {
    this.#copy.tidy();
  }

  async close(): Promise<void> {
    // Whether it was this node's turn is all the same now.
    await this.release(false);
    await this.#membership.close();
    await this.#line.close();
    this.#copy.close();
  }

  /** Reads up to the end of the log. @param before what was read already. @returns all of it */
  async #readOn(client: EngineClient, before: readonly Change[]): Promise<readonly Change[]> {
    let changes = before;
    for (let isCut = true; isCut; ) {
      const tail = await entriesAfter(client, this.#ahead);
      this.#ahead = tail;
      changes = changes.concat(tail.changes);
      isCut = tail.isCut;
    }
    return changes;
  }
}
