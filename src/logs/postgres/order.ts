/**
 * The order that several nodes share, in PostgreSQL: an advisory lock, acquired at the beginning of a transaction and released
 * with it. By its commit a turn writes its rows and one entry of the table `log`.
 */
import type { Change } from "../../state/changes.ts";
import { Overtaken, TurnLost } from "../../state/entities.ts";
import type { Order } from "../../state/log.ts";
import type { Statement } from "./batch.ts";
import type { EngineClient } from "./client.ts";
import { Heard } from "./heard.ts";
import { BEGIN, Keeping, ORDER } from "./keeping.ts";
import type { Membership } from "./membership.ts";
import { lastPlace } from "./position.ts";
import { Presumption } from "./presumption.ts";
import type { ReconnectingClient } from "./reconnecting-client.ts";
import type { Replica } from "./replica.ts";
import { entriesAfter, tailOf, tailStatements } from "./tail.ts";
import { isOutdated, TurnStatements } from "./turn-statements.ts";

/**
 * `order`: acquiring the order, and reading what others have committed; `keep`: the commit in PostgreSQL; `replica`: the commit
 * in the replica.
 */
export type Step = "order" | "keep" | "replica";

/** What the order needs. */
interface Parts {
  /** In its session are this node's turns. */
  readonly connection: ReconnectingClient;
  readonly replica: Replica;
  readonly membership: Membership;
  /** Where nodes notify each other. */
  readonly channel: string;
  /** Measures a step of a turn, which has taken so many ms. */
  readonly onStep: (step: Step, ms: number) => void;
}

/** A turn of this node that has begun, and the node's number in it. */
interface OpenTurn {
  readonly isPresumed: boolean;
  readonly node: number;
}

export class PostgresOrder implements Order {
  readonly #replica: Replica;
  readonly #statements: TurnStatements;
  readonly #membership: Membership;
  readonly #connection: ReconnectingClient;
  readonly #onStep: Parts["onStep"];
  readonly #keeping: Keeping;
  readonly #heard = new Heard();
  readonly #presumption = new Presumption();
  /** The turn that this node is in, if it is in one. Without one nothing may be committed. */
  #turn: OpenTurn | undefined;
  /** How many turns this node has tried to commit: it makes their nonces unique. */
  #count = 0;

  constructor({ connection, replica, membership, channel, onStep }: Parts) {
    this.#connection = connection;
    this.#replica = replica;
    this.#membership = membership;
    this.#statements = new TurnStatements(channel);
    this.#onStep = onStep;
    this.#keeping = new Keeping(connection);
  }

  /** This node's number. It changes if the other nodes have taken this one for gone, but not during a turn. */
  get node(): number {
    return this.#turn?.node ?? this.#membership.node;
  }

  /** Takes what another node has sent along with its notification. */
  hear(payload: string): void {
    this.#heard.hear(payload);
  }

  /** The connection is lost: no turn is open any more, and what was read and not settled is read again. */
  lose(): void {
    this.#replica.fallBack();
    this.#turn = undefined;
  }

  presume(): boolean {
    if (!this.#connection.isReady || this.#membership.behind > 0 || !this.#presumption.isFit) return false;
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
      statements = this.#statements.of({ ...kept, changes, messages, node, time: this.#membership.now() });
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
