/**
 * The log that several nodes share, in PostgreSQL. Each turn writes its rows and one entry of the table `log`: see order.ts. Other
 * nodes read the entries, apply their changes to the model, and write them into their replicas. Nothing else is read from
 * PostgreSQL while a node runs: it reads from its replica, which is a SQLite file.
 */
import type { Change } from "../../state/changes.ts";
import type { Leases } from "../../state/leases.ts";
import type { ChangeLog, Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import { type AgreedFact, agreed } from "./agreed.ts";
import { attended } from "./attended.ts";
import type { EngineClient } from "./client.ts";
import { channelOf } from "./heard.ts";
import { Membership, type MembershipOptions } from "./membership.ts";
import { PostgresOrder, type Step } from "./order.ts";
import { breakAfter, lastPlace } from "./position.ts";
import { ReconnectingClient } from "./reconnecting-client.ts";
import { Replica } from "./replica.ts";
import { migrate, storeOf } from "./schema.ts";

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

export class PostgresLog implements ChangeLog {
  readonly order: PostgresOrder;
  readonly #replica: Replica;
  readonly #membership: Membership;
  readonly #connection: ReconnectingClient;

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
        made?.order.hear(payload);
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
    this.#replica = replica;
    this.#membership = membership;
    const connecting = {
      url,
      settings: SETTINGS,
      check: (anew: EngineClient) => breakAfter(anew, replica.settled),
      onFailed: () => this.order.lose(),
      onReach(isReached: boolean, reason?: string) {
        onReach(isReached, reason);
        if (isReached) onNews();
      },
      onBroken,
    };
    this.#connection = new ReconnectingClient(connecting, client);
    this.order = new PostgresOrder({ connection: this.#connection, replica, membership, channel, onStep });
  }

  get pages(): Pages {
    return this.#replica.pages;
  }

  /** This node's number. It changes if the other nodes have taken this one for gone, but not during a turn. */
  get node(): number {
    return this.order.node;
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

  /** Another process that reads the replica has found that it is damaged: this node must stop. */
  foundDamaged(reason: string): void {
    this.#replica.foundDamaged(new Error(reason));
  }

  commit(changes: readonly Change[]): Promise<void> {
    return this.order.commit(changes);
  }

  tidy(): void {
    this.#replica.tidy();
  }

  async close(): Promise<void> {
    // Nobody is told anything, so it does not matter whether this node still has the order.
    await this.order.release(false);
    await this.#membership.close();
    await this.#connection.close();
    this.#replica.close();
  }
}
