/** Nodes as processes behind a balancer, and their PostgreSQL behind a proxy for each; what may befall them. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as Database } from "pg";
import { Balancer } from "../support/balancer.ts";
import { clockAhead } from "../support/clock.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { freePort } from "../support/free-port.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";
import { until } from "../support/until.ts";

/** Of all nodes. */
export const REALM = "kota";

/** Options of chat-server. */
interface Options {
  readonly store: string;
  readonly data: string;
  /** Shared by all nodes. */
  readonly uploads: string;
}

/** A node that is started again where it was. */
export class Node {
  readonly name: string;
  readonly host = "127.0.0.1";
  readonly port: number;
  /** Its way to PostgreSQL. */
  readonly way: FaultyProxy;
  /** Its folder of data. */
  readonly data: string;
  readonly #options: readonly string[];
  readonly #flags: readonly string[];
  #process: ServerProcess | undefined;
  #log = "";

  constructor(name: string, port: number, way: FaultyProxy, place: Options, flags: readonly string[]) {
    this.name = name;
    this.port = port;
    this.way = way;
    this.data = place.data;
    const { store, data, uploads } = place;
    this.#options = ["--store", store, "--realm", REALM, "--data", data, "--uploads", uploads, "--port", String(port)];
    this.#flags = flags;
  }

  get process(): ServerProcess {
    if (!this.#process) throw new Error(`${this.name} does not run`);
    return this.#process;
  }

  /** What it has logged, from its first start on. */
  get log(): string {
    return this.#log + (this.#process?.log() ?? "");
  }

  /** Tried until PostgreSQL can be reached. */
  async start(): Promise<void> {
    this.#process = await until(`${this.name} starts`, async () => {
      try {
        return await startProcess(this.#options, false, this.#flags);
      } catch (error) {
        if (UNREACHED.test((error as Error).message)) return undefined;
        throw error;
      }
    });
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const killed = this.process;
    await killed.kill("SIGKILL");
    await this.#over(killed);
  }

  /** It does nothing until it is thawed; the system still accepts connections in its name. */
  freeze(): void {
    process.kill(this.process.pid, "SIGSTOP");
  }

  thaw(): void {
    process.kill(this.process.pid, "SIGCONT");
  }

  async stop(): Promise<void> {
    if (this.#process) await this.#over(this.#process);
    this.way.close();
  }

  async #over(ended: ServerProcess): Promise<void> {
    this.#process = undefined;
    await ended.stop();
    this.#log += ended.log();
  }
}

/** Why a node does not start while its PostgreSQL is away, also where that goes in the middle of it. */
const UNREACHED = /--store: |Connection terminated|the connection has ended|PostgreSQL(:| cannot| does not)|connect E/;

/** How far the clocks of nodes are from the machine's, in ms. */
const CLOCKS_MS = [0, 600_000, -600_000];

/** How long, in ms, PostgreSQL may take to accept a connection: it may be frozen. */
const CONNECT_MS = 2000;

export class Stage {
  readonly nodes: readonly Node[];
  readonly balancer: Balancer;
  readonly #folder: string;
  readonly #database: string;
  #engine: Engine;
  #standbys = 0;

  static async set(count: number): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), "obrol-nodes-"));
    const engine = await startEngine();
    const url = new URL(await engine.database());
    const nodes: Node[] = [];
    for (let i = 0; i < count; i++) {
      const way = await FaultyProxy.open(engine);
      url.host = `${way.host}:${way.port}`;
      const place = { store: url.href, data: join(folder, `data-${i}`), uploads: join(folder, "uploads") };
      const flags = clockAhead(CLOCKS_MS[i % CLOCKS_MS.length] as number);
      nodes.push(new Node(`node ${i}`, await freePort(), way, place, flags));
    }
    const stage = new Stage(folder, engine, url.pathname.slice(1), nodes, await Balancer.before(nodes));
    try {
      await Promise.all(nodes.map((node) => node.start()));
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return stage;
  }

  private constructor(folder: string, engine: Engine, database: string, nodes: readonly Node[], balancer: Balancer) {
    this.#folder = folder;
    this.#engine = engine;
    this.#database = database;
    this.nodes = nodes;
    this.balancer = balancer;
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** A connection to PostgreSQL, past all proxies; to be ended. @throws Error of it */
  async connect(): Promise<Database> {
    const { host, port } = this.#engine;
    const place = { host, port, user: "postgres", database: this.#database };
    const client = new Database({ ...place, connectionTimeoutMillis: CONNECT_MS });
    // One that is lost outside of a query is lost to the next.
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** @throws as `connect` */
  async ask<Row extends object>(sql: string): Promise<readonly Row[]> {
    const client = await this.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Every text that stands in the table of messages. @throws as `connect` */
  async texts(): Promise<readonly string[]> {
    return (await this.ask<{ text: string }>("SELECT text FROM obrol.messages")).map(({ text }) => text);
  }

  /** The process of PostgreSQL that has the order and waits for what its node does with it; undefined for none. */
  async waitsInTurn(): Promise<number | undefined> {
    const [row] = await this.ask<{ pid: number }>(
      `SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND granted AND state = 'idle in transaction'`,
    );
    return row?.pid;
  }

  /** PostgreSQL's machine is lost, and a standby that has all that was acknowledged takes its place. */
  async promote(): Promise<void> {
    const name = `standby_${++this.#standbys}`;
    const standby = await this.#engine.standby(name);
    await this.#engine.configure("synchronous_standby_names", name);
    // Whoever has committed since the checkpoint has waited for it.
    await this.ask("CHECKPOINT");
    const [now] = await this.ask<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn");
    await until("the standby has all", async () => {
      const [row] = await this.ask<{ has: boolean }>(
        `SELECT sync_state = 'sync' AND flush_lsn >= '${now?.lsn}' AS has FROM pg_stat_replication`,
      );
      return row?.has;
    });
    const lost = this.#engine;
    await lost.crash();
    await standby.promote();
    this.#engine = standby;
    for (const { way } of this.nodes) {
      way.lead(standby);
      way.cut();
    }
    await lost.stop();
  }

  async stop(): Promise<void> {
    this.balancer.close();
    for (const node of this.nodes) await node.stop();
    await this.#engine.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
