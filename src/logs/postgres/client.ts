/** A connection to PostgreSQL on which several statements go in one round trip. */
import pg from "pg";
import { Batch, Prepared, type Result, type Statement } from "./batch.ts";
import { hostsIn } from "./hosts.ts";
import { SCHEMA, typesOf } from "./schema.ts";

/** How long, in ms, a connection may take to be made. */
const CONNECT_MS = 2000;

/** How many characters of values are sent at a time: so few that a socket takes them whole in one write. */
const PORTION = 8192;

/** How long, in ms, closing waits for the answers to what was asked before. */
const CLOSE_MS = 1000;

/** PostgreSQL has refused something (`code`); or its answer is missing: then it may or may not have done what was asked. */
export class EngineError extends Error {
  /** The SQLSTATE; undefined if there was no answer. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * SQLSTATEs by which the server ends a session: class 57P (shutdown, crash), and 25P03 (idle in a transaction for too long). They
 * are no answer to what was asked.
 */
const SESSION_ENDED = /^(57P|25P03)/;

export class EngineClient {
  readonly #client: pg.Client;
  readonly #prepared = new Prepared();
  #failure: Error | undefined;

  private constructor(client: pg.Client, onEnd: () => void) {
    this.#client = client;
    client.on("error", (error) => this.#end(error));
    client.on("end", () => {
      this.#end(new Error("the connection has ended"));
      onEnd();
    });
  }

  /**
   * Connects to the first of the URL's hosts that accepts writes.
   * @param settings of the session. @param onEnd called once, when the connection has ended. @throws EngineError
   */
  static async connect(
    url: string,
    settings: Readonly<Record<string, string>> = {},
    onEnd: () => void = () => {},
  ): Promise<EngineClient> {
    const hosts = hostsIn(url);
    const failures: string[] = [];
    for (const one of hosts) {
      try {
        return await EngineClient.#connectTo(one, settings, onEnd);
      } catch (error) {
        if (hosts.length === 1) throw error;
        failures.push(`${new URL(one).host}: ${(error as Error).message}`);
      }
    }
    throw new EngineError(failures.join("; "), undefined);
  }

  static async #connectTo(
    url: string,
    settings: Readonly<Record<string, string>>,
    onEnd: () => void,
  ): Promise<EngineClient> {
    const { connectionString, given } = apart(url);
    const options = Object.entries({ search_path: SCHEMA, ...settings }).map(([name, value]) => `-c ${name}=${value}`);
    const client = new pg.Client({
      connectionString,
      application_name: "obrol",
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      // If a setting is there twice, the second value is used: these override the URL's.
      options: [given, ...options].join(" ").trim(),
      pipeline: true,
      types: typesOf,
    });
    const made = new EngineClient(client, onEnd);
    const timer = setTimeout(() => made.destroy(), CONNECT_MS);
    try {
      await client.connect();
      const { rows } = await client.query<{ standby: boolean; read_only: string }>(
        "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS read_only",
      );
      // A standby may lack what was committed last, and accepts no writes.
      if (rows[0]?.standby === true) throw new Error("it is a standby");
      if (rows[0]?.read_only === "on") throw new Error("it is read-only");
    } catch (error) {
      made.destroy();
      // Without a code, as if nothing was answered: a server that is starting, for example, refuses now and accepts in a moment.
      const { message, code } = error as Error & { readonly code?: string };
      throw new EngineError(message === "" ? String(code) : message, undefined, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    return made;
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** The client of pg, for migrations and copies. */
  get raw(): pg.ClientBase {
    return this.#client;
  }

  /** The process id of the server's backend for this connection. */
  get process(): number {
    return (this.#client as unknown as { readonly processID: number }).processID;
  }

  /**
   * Sends statements in one round trip (a pipeline). @returns the result of each. @throws EngineError of the first that failed.
   * Those after it were not executed. Those before it are undone, unless they belong to a transaction that was begun explicitly:
   * that one has failed, and can only be rolled back.
   */
  run(...statements: readonly Statement[]): Promise<readonly Result[]> {
    return this.runAll(statements);
  }

  /**
   * As `run`, for any number of statements of a transaction. They are sent in several pipelines of one write each. If this
   * process is frozen while it sends, PostgreSQL is then idle in the transaction, and ends it by its timeout; in the middle of
   * one large pipeline it would wait for the rest, without a limit.
   */
  async runAll(statements: readonly Statement[]): Promise<readonly Result[]> {
    const settled = await Promise.allSettled(portionsOf(statements).map((portion) => this.#send(portion)));
    const results: Result[] = [];
    for (const one of settled) {
      if (one.status === "rejected") throw one.reason;
      results.push(...one.value);
    }
    return results;
  }

  #send(statements: readonly Statement[]): Promise<readonly Result[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw new EngineError(this.#failure.message, undefined);
      this.#client.query(
        new Batch(statements, this.#prepared, (error, results) => {
          if (error) reject(engineError(error));
          else resolve(results);
        }),
      );
    });
  }

  /** Calls `told` for every notification on a channel. `process`: the sender's backend. @throws EngineError */
  async listen(channel: string, told: (process: number, payload: string) => void): Promise<void> {
    this.#client.on("notification", ({ channel: on, processId, payload = "" }) => {
      if (on === channel) told(processId, payload);
    });
    await this.run({ text: `LISTEN ${channel}` });
  }

  /** Ends the connection at once. What waits for an answer fails. */
  destroy(): void {
    this.#end(new Error("it has not answered in time"));
    (
      this.#client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }
    ).connection.stream.destroy();
  }

  /** Ends the connection once everything asked is answered, but after CLOSE_MS at the latest. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.destroy(), CLOSE_MS);
    await this.#client.end().catch(() => {});
    clearTimeout(timer);
  }

  #end(error: Error): void {
    this.#failure ??= error;
  }
}

/** Takes the parameter `options` out of a URL, for pg would use it instead of ours. @returns the URL without it, and its value */
function apart(url: string): { readonly connectionString: string; readonly given: string } {
  const parsed = new URL(url);
  const given = parsed.searchParams.get("options") ?? "";
  if (given === "") return { connectionString: url, given };
  parsed.searchParams.delete("options");
  return { connectionString: parsed.href, given };
}

/** The only row of a result, its column names the keys of `T`. @throws EngineError where there is none */
export function rowOf<T>(result: Result | undefined): T {
  const [row] = result?.rows ?? [];
  if (!row) throw new EngineError("PostgreSQL has answered without a row", undefined);
  return row as T;
}

/** Divides statements into portions of at most PORTION characters, or one statement. */
function portionsOf(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const portions: Statement[][] = [[]];
  let sum = 0;
  for (const statement of statements) {
    let length = 0;
    for (const value of statement.values ?? []) if (typeof value === "string") length += value.length;
    if (sum > 0 && sum + length > PORTION) {
      portions.push([]);
      sum = 0;
    }
    portions.at(-1)?.push(statement);
    sum += length + 1;
  }
  return portions;
}

function engineError(error: unknown): EngineError {
  const { message, code } = error as Error & { readonly code?: string };
  const isAnswer = error instanceof pg.DatabaseError && !SESSION_ENDED.test(code ?? "");
  return new EngineError(message === "" ? String(code) : message, isAnswer ? code : undefined, { cause: error });
}
