/**
 * The log that several nodes share: PostgreSQL. A turn takes the order, keeps its rows and one entry of the log in one
 * transaction, and gives the order back with it. What is read is read from this node's replica, an SQLite file.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Change, ChangeOf } from "../../state/changes.ts";
import { TurnLost } from "../../state/entities.ts";
import type { Leases } from "../../state/leases.ts";
import type { ChangeLog, Order, Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import type { SqliteLog } from "../sqlite/index.ts";
import { type AgreedFact, agreed } from "./agreed.ts";
import { EngineClient, EngineError, type Statement } from "./client.ts";
import { encode, FORMAT } from "./entry.ts";
import { Membership, type MembershipOptions } from "./membership.ts";
import { breakAfter, markOf, openReplica, type Reached } from "./replica.ts";
import { migrate, storeOf } from "./schema.ts";
import { entriesAfter, tailOf, tailStatements } from "./tail.ts";
import { PgRows } from "./write.ts";

/** How long, in ms, the order is left to a node that does nothing with it. */
const IDLE_MS = 1000;

/** How long, in ms, a turn waits for PostgreSQL, and how often it tries to reach it. */
const PATIENCE_MS = 2000;
const RETRY_MS = 100;

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
  readonly #url: string;
  readonly #replica: SqliteLog;
  readonly #rows: PgRows;
  readonly #membership: Membership;
  readonly #onReach: PostgresLogOptions["onReach"];
  readonly #onBroken: PostgresLogOptions["onBroken"];
  readonly #onNews: PostgresLogOptions["onNews"];
  readonly #onStep: PostgresLogOptions["onStep"];
  #client: EngineClient | undefined;
  #connecting: Promise<EngineClient> | undefined;
  #reached: Reached;
  /** What was returned by `take` or `look` reaches up to here. */
  #ahead: Reached;
  #holdsOrder = false;
  /** The changes of the turn that is being kept. */
  #keeping: readonly Change[] = [];
  #count = 0;
  #isLost = false;
  /** Resolves when it is not lost any more. */
  #returned: Promise<void> = Promise.resolve();
  /** Why this node cannot go on, whatever PostgreSQL says. */
  #broken: Error | undefined;
  #isClosed = false;

  /** @throws Error in one line when it cannot be used */
  static async open(options: PostgresLogOptions): Promise<PostgresLog> {
    const client = await connect(options.url);
    try {
      await migrate(client.raw);
      const store = await storeOf(client.raw);
      const { log, reached } = await openReplica(client, options.folder, store);
      try {
        let made: PostgresLog | undefined;
        const membership = await Membership.join({
          ...options,
          place: reached.place,
          onNews(process) {
            if (process === undefined || process !== made?.process) options.onNews();
          },
        });
        made = new PostgresLog(options, client, log, reached, membership);
        return made;
      } catch (error) {
        log.close();
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
    this.#url = options.url;
    this.#onReach = options.onReach;
    this.#onBroken = options.onBroken;
    this.#onNews = options.onNews;
    this.#onStep = options.onStep;
    this.#client = client;
    this.#replica = replica;
    this.#reached = reached;
    this.#ahead = reached;
    this.#membership = membership;
    this.#rows = new PgRows((group) => this.#headOf(group));
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
    return this.#client?.process;
  }

  get leases(): Leases {
    return this.#membership;
  }

  /** Nodes that have not said for too long that they are there. */
  get gone(): readonly number[] {
    return this.#membership.gone;
  }

  /** @returns what the first node has said of a fact, who may be this one. @throws Error when PostgreSQL cannot be reached */
  agree(fact: AgreedFact, text: string): Promise<string> {
    return this.#patiently((client) => agreed(client, fact, text));
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
    if (this.#broken) throw this.#broken;
    const asked = performance.now();
    const taken = await this.#patiently(async (client) => {
      const changes: Change[] = [];
      // What is far behind is read before anybody must wait for it.
      if (this.#membership.isFarBehind) await this.#readOn(client, changes);
      const [, , entries, texts] = await client.run(BEGIN, ORDER, ...tailStatements(this.#ahead));
      const tail = tailOf(this.#ahead, entries, texts);
      changes.push(...tail.changes);
      this.#ahead = tail;
      if (tail.isCut) await this.#readOn(client, changes);
      this.#holdsOrder = true;
      return changes;
    });
    this.#onStep("order", performance.now() - asked);
    return taken;
  }

  async look(): Promise<readonly Change[]> {
    if (this.#broken) throw this.#broken;
    return this.#patiently(async (client) => {
      const changes: Change[] = [];
      await this.#readOn(client, changes);
      return changes;
    });
  }

  adopted(changes: readonly Change[]): void {
    try {
      this.#copy(changes);
    } catch (error) {
      this.#breaks(error as Error);
      throw error;
    }
  }

  release(): void {
    if (!this.#holdsOrder) return;
    this.#holdsOrder = false;
    this.#rollBack(this.#client);
  }

  async commit(changes: readonly Change[]): Promise<void> {
    if (!this.#holdsOrder) throw new Error("a change without the order");
    const messages = changes.reduce((sum, { is }) => sum + (is === "message.appended" ? 1 : 0), 0);
    const place = this.#reached.place + 1;
    const nonce = `${this.node}-${++this.#count}`;
    this.#keeping = changes;
    const rows = this.#rows.write(changes);
    const entry: Statement = {
      name: "entry",
      text: `INSERT INTO log (place, nonce, node, format, messages, time, changes) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      values: [place, nonce, this.node, FORMAT, messages, this.now(), encode(changes)],
    };
    this.#holdsOrder = false;
    const asked = performance.now();
    await this.#keep([...rows, entry, NOTIFY, COMMIT], nonce);
    this.#onStep("keep", performance.now() - asked);
    this.#ahead = { place, nonce, seq: this.#reached.seq + messages };
    // What PostgreSQL has kept holds, whatever becomes of this node.
    try {
      this.#copy(changes);
    } catch (error) {
      this.#breaks(error as Error);
    }
  }

  tidy(): void {
    this.#replica.tidy();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.release();
    await this.#membership.close();
    await this.#client?.close();
    this.#replica.close();
  }

  /** The number of a group's newest message, after the turn that is being kept. */
  #headOf(group: number): number {
    const started = this.#keeping.find(
      (change) => change.is === "conversation.started" && "group" in change.of && change.of.group === group,
    ) as ChangeOf<"conversation.started"> | undefined;
    const { id, head } = this.#replica.conversationOfGroup(group) ?? { id: started?.id, head: 0 };
    const said = this.#keeping.findLast((change) => change.is === "message.appended" && change.conversation === id);
    return (said as ChangeOf<"message.appended"> | undefined)?.seq ?? head;
  }

  /** Reads up to the end of the log. */
  async #readOn(client: EngineClient, changes: Change[]): Promise<void> {
    for (let isCut = true; isCut; ) {
      const tail = await entriesAfter(client, this.#ahead);
      this.#ahead = tail;
      changes.push(...tail.changes);
      isCut = tail.isCut;
    }
  }

  /** Sends the end of a transaction. Where the answer is lost it is looked for, and if it is not there, sent again, if nobody came between. */
  async #keep(statements: readonly Statement[], nonce: string): Promise<void> {
    const client = this.#client;
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
      this.#drop();
    }
    let isKnown = await this.#isKept(nonce, statements, end);
    while (!isKnown) {
      await this.#returned;
      isKnown = await this.#isKept(nonce, statements);
    }
  }

  /**
   * Looks for a turn whose end was sent, and sends it again if it has not happened. As long as that cannot be found out nobody may
   * be told anything: whoever waits for an answer loses the connection meanwhile. @param end as of `#patiently`
   * @returns false: not found out yet. @throws EngineError when it has not happened, and will not
   */
  async #isKept(nonce: string, statements: readonly Statement[], end?: number): Promise<boolean> {
    if (this.#broken) throw this.#broken;
    let isLooked = false;
    let isLost = false;
    try {
      await this.#patiently(async (again) => {
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
      this.#lose((error as Error).message);
      return false;
    }
    if (isLost) throw new TurnLost("the order was taken away before the turn was kept");
    return true;
  }

  /** Whether it is heard or not: the order is given back with the transaction, or with the session. What comes next stands behind it. */
  #rollBack(client: EngineClient | undefined): void {
    client?.run(ROLLBACK).catch(() => {
      if (client === this.#client) this.#drop();
    });
  }

  /** Into the replica, which is as far as that then. @throws Error of SQLite */
  #copy(changes: readonly Change[]): void {
    const began = performance.now();
    this.#replica.commit(changes, markOf(this.#ahead));
    this.#onStep("replica", performance.now() - began);
    this.#reached = this.#ahead;
    this.#membership.reached(this.#reached.place);
  }

  /**
   * Does something with PostgreSQL, if need be on a new connection. @param end of its patience, by `performance.now`
   * @throws Error then; at once where it is lost
   */
  async #patiently<T>(work: (client: EngineClient) => Promise<T>, end = performance.now() + PATIENCE_MS): Promise<T> {
    if (this.#isLost) throw new EngineError("PostgreSQL cannot be reached", undefined);
    for (;;) {
      try {
        const client = await before(end, this.#connected());
        return await before(end, work(client));
      } catch (error) {
        this.#ahead = this.#reached;
        this.#holdsOrder = false;
        const isGone = error instanceof EngineError && error.code === undefined;
        this.#drop();
        // What cannot be read now cannot be read later.
        if (!(error instanceof EngineError)) this.#breaks(error as Error);
        if (!isGone || performance.now() + RETRY_MS > end) {
          if (isGone) this.#lose((error as Error).message);
          throw error;
        }
        await pause(RETRY_MS);
      }
    }
  }

  /** Until PostgreSQL can be reached again; or this node stops. */
  async #comeBack(): Promise<void> {
    while (!this.#isClosed && this.#broken === undefined) {
      await pause(RETRY_MS);
      try {
        const end = performance.now() + PATIENCE_MS;
        const client = await before(end, this.#connected());
        await before(end, client.run({ text: "SELECT 1" }));
        if (this.#broken) return;
        this.#isLost = false;
        this.#onReach(true);
        this.#onNews();
        return;
      } catch (error) {
        this.#drop();
        if (!(error instanceof EngineError)) this.#breaks(error as Error);
      }
    }
  }

  #connected(): Promise<EngineClient> {
    if (this.#client?.isOpen) return Promise.resolve(this.#client);
    if (this.#isClosed) return Promise.reject(new EngineError("this node stops", undefined));
    this.#connecting ??= connect(this.#url)
      .then(async (client) => {
        if (this.#isClosed) client.destroy();
        // It may be another server now, which has taken over from the one before.
        const broken = await breakAfter(client, this.#reached);
        if (broken !== undefined) throw new Error(broken);
        this.#client = client;
        return client;
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  #drop(): void {
    this.#client?.destroy();
    this.#client = undefined;
  }

  #breaks(error: Error): void {
    if (this.#broken) return;
    this.#broken = error;
    this.#lose(error.message);
    this.#onBroken(error.message);
  }

  #lose(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#onReach(false, reason);
    this.#returned = this.#comeBack();
  }
}

function connect(url: string): Promise<EngineClient> {
  return EngineClient.connect(url, { idle_in_transaction_session_timeout: String(IDLE_MS) });
}

/** @throws EngineError, also where the transaction had failed before its end */
async function commitWith(client: EngineClient, statements: readonly Statement[]): Promise<void> {
  const results = await client.run(...statements);
  if (results.at(-1)?.command !== "COMMIT") throw new EngineError("the turn was rolled back", "40000");
}

/** @param end by `performance.now`. @throws EngineError once it is past */
async function before<T>(end: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new EngineError("PostgreSQL does not answer", undefined)),
      Math.max(0, end - performance.now()),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
