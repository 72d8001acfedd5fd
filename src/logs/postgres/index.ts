/**
 * The log that several nodes share: PostgreSQL. A turn takes the order, keeps its rows and one entry of the log in one
 * transaction, and gives the order back with it. What is read is read from this node's replica, an SQLite file.
 */
import type { Change } from "../../state/changes.ts";
import { TurnLost } from "../../state/entities.ts";
import type { Leases } from "../../state/leases.ts";
import type { ChangeLog, Order, Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import type { SqliteLog } from "../sqlite/index.ts";
import { type AgreedFact, agreed } from "./agreed.ts";
import { type EngineClient, EngineError, type Statement } from "./client.ts";
import { encode, FORMAT } from "./entry.ts";
import { before, Line, PATIENCE_MS } from "./line.ts";
import { Membership, type MembershipOptions } from "./membership.ts";
import { breakAfter, lastPlace, markOf, openReplica, type Reached } from "./replica.ts";
import { migrate, storeOf } from "./schema.ts";
import { entriesAfter, tailOf, tailStatements } from "./tail.ts";
import { PgRows } from "./write.ts";

/** How long, in ms, the order is left to a node that does nothing with it. */
const IDLE_MS = 1000;

const SETTINGS = {
  idle_in_transaction_session_timeout: String(IDLE_MS),
  // What was kept before the order was had is seen after it.
  default_transaction_isolation: "read\\ committed",
};

/** Whoever holds it has the order: the key of an advisory lock, "obrol" in ASCII. */
export const ORDER: Statement = { name: "order", text: "SELECT pg_advisory_xact_lock(478560414572)" };
const BEGIN: Statement = { text: "BEGIN" };
const COMMIT: Statement = { text: "COMMIT" };
const ROLLBACK: Statement = { text: "ROLLBACK" };
const NOTIFY: Statement = { text: "NOTIFY obrol" };

export interface PostgresLogOptions extends Omit<MembershipOptions, "place" | "onNews"> {
  readonly url: string;
  /** Of the replica. */
  readonly folder: string;
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

export class PostgresLog implements ChangeLog, Order {
  readonly #replica: SqliteLog;
  readonly #rows = new PgRows();
  readonly #membership: Membership;
  readonly #line: Line;
  readonly #onStep: PostgresLogOptions["onStep"];
  #reached: Reached;
  /** What was returned by `take` or `look` reaches up to here. */
  #ahead: Reached;
  #holdsOrder = false;
  /** When the order was asked for that this node has, by `performance.now`. */
  #askedAt = 0;
  #count = 0;

  /** @throws Error in one line when it cannot be used */
  static async open(options: PostgresLogOptions): Promise<PostgresLog> {
    const client = await Line.connect({ ...options, settings: SETTINGS });
    try {
      await migrate(client.raw);
      const store = await storeOf(client.raw);
      let made: PostgresLog | undefined;
      // It is among the others before it copies: they keep in the log what comes meanwhile.
      const membership = await Membership.join({
        ...options,
        place: await lastPlace(client),
        onNews(process) {
          if (process === undefined || process !== made?.process) options.onNews();
        },
      });
      try {
        const { log, reached } = await openReplica(client, options.folder, store);
        membership.reached(reached.place);
        made = new PostgresLog(options, client, log, reached, membership);
        return made;
      } catch (error) {
        await membership.close();
        throw error;
      }
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  private constructor(
    options: PostgresLogOptions,
    client: EngineClient,
    replica: SqliteLog,
    reached: Reached,
    membership: Membership,
  ) {
    const { url, onStep, onReach, onBroken, onNews } = options;
    this.#onStep = onStep;
    this.#replica = replica;
    this.#reached = reached;
    this.#ahead = reached;
    this.#membership = membership;
    const way = {
      url,
      settings: SETTINGS,
      check: (anew: EngineClient) => breakAfter(anew, this.#reached),
      onFailed: () => {
        this.#ahead = this.#reached;
        this.#holdsOrder = false;
      },
      onReach(isReached: boolean, reason?: string) {
        onReach(isReached, reason);
        if (isReached) onNews();
      },
      onBroken,
    };
    this.#line = new Line(way, client);
  }

  get order(): Order {
    return this;
  }

  get pages(): Pages {
    return this.#replica.pages;
  }

  /** This node's number; another one after it was taken for gone. */
  get node(): number {
    return this.#membership.node;
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
    this.#replica.load(into);
  }

  async take(): Promise<readonly Change[]> {
    const asked = performance.now();
    const taken = await this.#line.run(async (client) => {
      const [, , entries, texts] = await client.run(BEGIN, ORDER, ...tailStatements(this.#ahead));
      const tail = tailOf(this.#ahead, entries, texts);
      this.#ahead = tail;
      const changes = tail.isCut ? await this.#readOn(client, tail.changes) : tail.changes;
      this.#holdsOrder = true;
      return changes;
    });
    this.#askedAt = asked;
    this.#onStep("order", performance.now() - asked);
    return taken;
  }

  look(): Promise<readonly Change[]> {
    return this.#line.run((client) => this.#readOn(client, []));
  }

  get isFarBehind(): boolean {
    return this.#membership.isFarBehind;
  }

  adopted(changes: readonly Change[]): void {
    try {
      this.#copy(changes);
    } catch (error) {
      this.#line.breaks(error as Error);
      throw error;
    }
  }

  release(): void | Promise<void> {
    if (!this.#holdsOrder) return undefined;
    this.#holdsOrder = false;
    const { client } = this.#line;
    // Who was frozen meanwhile may have lost the order, and what was read is old: then it is asked.
    if (performance.now() - this.#askedAt < IDLE_MS / 2) {
      this.#rollBack(client);
      return undefined;
    }
    return this.#surrender(client);
  }

  /** @throws TurnLost when the order was somebody else's meanwhile */
  async #surrender(client: EngineClient | undefined): Promise<void> {
    try {
      if (!client) throw new EngineError("the connection has ended", undefined);
      await before(performance.now() + PATIENCE_MS, client.run(ROLLBACK));
    } catch (error) {
      this.#line.drop(client);
      throw new TurnLost("the order was taken away before the turn was over", { cause: error });
    }
  }

  async commit(changes: readonly Change[]): Promise<void> {
    if (!this.#holdsOrder) throw new Error("a change without the order");
    const messages = changes.reduce((sum, { is }) => sum + (is === "message.appended" ? 1 : 0), 0);
    const place = this.#reached.place + 1;
    const nonce = `${this.node}-${++this.#count}`;
    this.#holdsOrder = false;
    let statements: readonly Statement[];
    try {
      statements = [...this.#rows.write(changes), this.#entryOf(changes, { place, nonce, messages }), NOTIFY, COMMIT];
    } catch (error) {
      this.#rollBack(this.#line.client);
      throw error;
    }
    const asked = performance.now();
    await this.#keep(statements, nonce);
    this.#onStep("keep", performance.now() - asked);
    this.#ahead = { place, nonce, seq: this.#reached.seq + messages };
    // What PostgreSQL has kept holds, whatever becomes of this node.
    try {
      this.#copy(changes);
    } catch (error) {
      this.#line.breaks(error as Error);
    }
  }

  #entryOf(
    changes: readonly Change[],
    { place, nonce, messages }: { readonly place: number; readonly nonce: string; readonly messages: number },
  ): Statement {
    return {
      name: "entry",
      text: "INSERT INTO log (place, nonce, node, format, messages, time, changes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      values: [place, nonce, this.node, FORMAT, messages, this.now(), encode(changes)],
    };
  }

  broken(error: Error): void {
    this.#line.breaks(error);
  }

  tidy(): void {
    this.#replica.tidy();
  }

  async close(): Promise<void> {
    // Whether it was this node's turn is all the same now.
    await Promise.resolve(this.release()).catch(() => {});
    await this.#membership.close();
    await this.#line.close();
    this.#replica.close();
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

  /** Sends the end of a transaction. Where the answer is lost it is looked for, and if it is not there, sent again, if nobody came between. */
  async #keep(statements: readonly Statement[], nonce: string): Promise<void> {
    const { client } = this.#line;
    const end = performance.now() + PATIENCE_MS;
    try {
      if (!client) throw new EngineError("the connection has ended", undefined);
      await before(end, commitWith(client, statements));
      return;
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== undefined) {
        // PostgreSQL has refused it.
        this.#rollBack(client);
        throw error;
      }
      this.#line.drop();
    }
    let isKnown = await this.#isKept(nonce, statements, end);
    while (!isKnown) {
      await this.#line.returned;
      isKnown = await this.#isKept(nonce, statements);
    }
  }

  /**
   * Looks for a turn whose end was sent, and sends it again if it has not happened. As long as that cannot be found out nobody may
   * be told anything: whoever waits for an answer loses the connection meanwhile. @param end as of `Line.run`
   * @returns false: not found out yet. @throws EngineError when it has not happened, and will not
   */
  async #isKept(nonce: string, statements: readonly Statement[], end?: number): Promise<boolean> {
    // What became of it this node does not find out any more, and must not undo it: it ends, and reads at its next start what is so.
    if (this.#line.broken) await new Promise<never>(() => {});
    let isLooked = false;
    let isLost = false;
    try {
      await this.#line.run(async (again) => {
        isLooked = false;
        const [, , found, top] = await again.run(
          BEGIN,
          ORDER,
          { text: "SELECT 1 FROM log WHERE nonce = $1", values: [nonce] },
          { text: "SELECT coalesce(max(place), 0) AS place FROM log" },
        );
        isLooked = true;
        if (found?.rowCount === 1) {
          await again.run(ROLLBACK);
          return;
        }
        if (Number(top?.rows[0]?.["place"]) !== this.#reached.place) {
          await again.run(ROLLBACK);
          isLost = true;
          return;
        }
        await commitWith(again, statements);
      }, end);
    } catch (error) {
      // PostgreSQL has refused it, and not only to be asked.
      if (isLooked && error instanceof EngineError && error.code !== undefined) throw error;
      this.#line.lose((error as Error).message);
      return false;
    }
    if (isLost) throw new TurnLost("the order was taken away before the turn was kept");
    return true;
  }

  /** Whether it is heard or not: the order is given back with the transaction, or with the session. What comes next stands behind it. */
  #rollBack(client: EngineClient | undefined): void {
    client?.run(ROLLBACK).catch(() => this.#line.drop(client));
  }

  /** Into the replica, which is as far as that then. @throws Error of SQLite */
  #copy(changes: readonly Change[]): void {
    const began = performance.now();
    this.#replica.commit(changes, markOf(this.#ahead));
    this.#onStep("replica", performance.now() - began);
    this.#reached = this.#ahead;
    this.#membership.reached(this.#reached.place);
  }
}

/** @throws EngineError, also where the transaction had failed before its end */
async function commitWith(client: EngineClient, statements: readonly Statement[]): Promise<void> {
  const results = await client.runAll(statements);
  if (results.at(-1)?.command !== "COMMIT") throw new EngineError("the turn was rolled back", "40000");
}
