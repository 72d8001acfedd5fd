/** A real PostgreSQL in a folder of its own, which goes through what engines go through. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, escapeIdentifier, escapeLiteral } from "pg";
import { baseBackup } from "./base-backup.ts";
import { newDataFolder } from "./data-folder.ts";
import { freePort } from "./free-port.ts";
import { type Binaries, chosen, programsFolder } from "./postgres-programs.ts";
import { type Place, Postmaster } from "./postmaster.ts";
import { folderOf, handOver, unprivileged } from "./unprivileged.ts";
import { until } from "./until.ts";
import { Watchdog } from "./watchdog.ts";

export interface EngineOptions {
  /** A free one below those that systems give away, unless given. */
  readonly port?: number;
  /** Where its own folder is made, open to other users if root runs this; the one for temporary files, unless given. */
  readonly folder?: string;
  /** Lines of postgresql.conf. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Those that the run has chosen, unless given. */
  readonly binaries?: Binaries;
  /** Whether it wants `ENGINE_PASSWORD` of whoever connects. */
  readonly password?: boolean;
}

const HOST = "127.0.0.1";
const SUPERUSER = "postgres";
export const ENGINE_PASSWORD = "rahasia-mesin";

/** What is killed leaves nothing outside of its folder, and in it no gigabyte of log. All else is as PostgreSQL has it. */
const CONFIGURATION = {
  listen_addresses: HOST,
  unix_socket_directories: "",
  dynamic_shared_memory_type: "mmap",
  max_wal_size: "256MB",
};

/** @throws if there are no programs for it, or it does not start */
export function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const superuser = { name: SUPERUSER, password: ENGINE_PASSWORD, isAsked: options.password === true };
  return Engine.start(options, (place) => newDataFolder(place, superuser));
}

export class Engine {
  readonly host = HOST;
  readonly port: number;
  /** All of it is in there, and goes when it is stopped. */
  readonly folder: string;
  readonly #options: EngineOptions;
  readonly #place: Place;
  readonly #watchdog: Watchdog;
  #postmaster: Postmaster | undefined;
  #stopped: Promise<void> | undefined;
  #log = "";

  /** @param fill makes its folder of data */
  static async start(options: EngineOptions, fill: (place: Place) => Promise<void>): Promise<Engine> {
    const user = unprivileged();
    const folder = folderOf(user, options.folder);
    const watchdog = new Watchdog(folder);
    try {
      const programs = programsFolder(options.binaries ?? chosen, user, join(folder, "postgresql"));
      const place = { programs, user, data: join(folder, "data") };
      await fill(place);
      const engine = new Engine(options.port ?? (await freePort()), folder, options, place, watchdog);
      engine.#configure();
      await engine.restart();
      return engine;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      await watchdog.dismiss();
      throw error;
    }
  }

  private constructor(port: number, folder: string, options: EngineOptions, place: Place, watchdog: Watchdog) {
    this.port = port;
    this.folder = folder;
    this.#options = options;
    this.#place = place;
    this.#watchdog = watchdog;
  }

  /** Of its first process; 0 while it does not run. */
  get pid(): number {
    return this.#postmaster?.pid ?? 0;
  }

  /** Of the database that is there from the beginning; without a password. */
  get url(): string {
    return this.#urlOf(SUPERUSER);
  }

  /** What it has logged so far, from its first start on. */
  log(): string {
    return this.#log;
  }

  /** A new, empty database. @returns its url, without a password */
  async database(name = `db_${randomUUID().replaceAll("-", "")}`): Promise<string> {
    // Of template0, to which nobody connects: who is connected to the other keeps it from being copied.
    await this.#with((client) => client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`));
    return this.#urlOf(name);
  }

  /** ALTER SYSTEM; resolves once it is so for whoever connects. */
  async configure(name: string, value: string): Promise<void> {
    const loaded = (): Promise<string> => this.#value("SELECT pg_conf_load_time()::text");
    const before = await loaded();
    await this.#with((client) => client.query(`ALTER SYSTEM SET ${escapeIdentifier(name)} = ${escapeLiteral(value)}`));
    await this.#value("SELECT pg_reload_conf()::text");
    await until(`${name} is ${value}`, async () => (await loaded()) !== before);
  }

  /** Ends it in order; what it has kept stays. */
  async end(): Promise<void> {
    await this.#postmaster?.end("SIGINT");
  }

  /** SIGKILL for all of its processes; what it has kept stays. */
  async crash(): Promise<void> {
    await this.#running.kill();
  }

  /** Starts it where it was, after `end` if it runs. */
  async restart(): Promise<void> {
    await this.end();
    const postmaster = new Postmaster(this.#place, (text) => (this.#log += text));
    this.#watchdog.guard(postmaster.pid);
    this.#postmaster = postmaster;
    void postmaster.exited.then(() => {
      this.#postmaster = undefined;
      this.#watchdog.guard(undefined);
    });
    await postmaster.ready;
  }

  /** None of its processes does anything until it is thawed; the system still accepts connections in its name. */
  freeze(): Promise<void> {
    return this.#running.freeze();
  }

  thaw(): void {
    this.#running.thaw();
  }

  /**
   * Another one that streams from this one; it waits for none itself. Ended on its own.
   * @param name for `synchronous_standby_names`: small letters, digits and _
   */
  async standby(name: string): Promise<Engine> {
    await this.#with((client) => client.query("SELECT pg_create_physical_replication_slot($1, true)", [name]));
    const source = `host=${HOST} port=${this.port} user=${SUPERUSER} password=${ENGINE_PASSWORD}`;
    const { port: _, ...options } = this.#options;
    const configuration = {
      ...options.configuration,
      primary_conninfo: `${source} application_name=${name}`,
      primary_slot_name: name,
      synchronous_standby_names: "",
    };
    const standby = await Engine.start({ ...options, configuration }, async ({ user, data }) => {
      await this.#with((client) => baseBackup(client, this.#place.data, data, user));
    });
    await until(`${name} streams`, async () => {
      const sql = "SELECT count(*)::text FROM pg_stat_replication WHERE state = 'streaming' AND application_name = $1";
      return (await this.#value(sql, name)) === "1";
    });
    return standby;
  }

  /** A standby takes writes from now on, and follows nobody. */
  async promote(): Promise<void> {
    // It waits for no more than a minute: a busy machine may take longer.
    await this.#value("SELECT pg_promote(wait => false)::text");
    await until("the standby is promoted", async () => {
      return (await this.#value("SELECT pg_is_in_recovery()::text")) === "false";
    });
  }

  /** Ends it, and removes its folder; a second time is the same as one. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (this.#postmaster) await this.#postmaster.end("SIGQUIT");
    else this.#removeMemory();
    rmSync(this.folder, { recursive: true, force: true });
    await this.#watchdog.dismiss();
  }

  get #running(): Postmaster {
    if (!this.#postmaster) throw new Error("the engine does not run");
    return this.#postmaster;
  }

  #urlOf(database: string): string {
    return `postgres://${SUPERUSER}@${HOST}:${this.port}/${database}`;
  }

  async #with<T>(deed: (client: Client) => Promise<T>): Promise<T> {
    const { host, port } = this;
    const who = { user: SUPERUSER, password: ENGINE_PASSWORD, database: SUPERUSER };
    const client = new Client({ host, port, ...who, ssl: false });
    // One that is lost outside of a query is lost to the next.
    client.on("error", () => {});
    await client.connect();
    try {
      return await deed(client);
    } finally {
      await client.end();
    }
  }

  /** @param sql a text is all that it selects */
  #value(sql: string, ...values: readonly string[]): Promise<string> {
    return this.#with(async (client) => {
      const { rows } = await client.query<[string]>({ text: sql, values: [...values], rowMode: "array" });
      return rows[0]?.[0] ?? "";
    });
  }

  #configure(): void {
    const lines = { ...CONFIGURATION, port: String(this.port), ...this.#options.configuration };
    const file = join(this.#place.data, "postgresql.auto.conf");
    const text = Object.entries(lines).map(([name, value]) => `${name} = ${escapeLiteral(value)}\n`);
    writeFileSync(file, text.join(""));
    handOver(file, this.#place.user);
  }

  /** Of one that was killed something is left outside of its folder: the piece of memory by which it knows its processes. */
  #removeMemory(): void {
    const file = join(this.#place.data, "postmaster.pid");
    const id = existsSync(file) && /^ *\d+ +(\d+) *$/m.exec(readFileSync(file, "utf8"))?.[1];
    if (id) spawnSync("ipcrm", ["-m", id]);
  }
}
