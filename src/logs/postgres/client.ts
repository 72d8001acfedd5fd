/** A connection to PostgreSQL on which several statements go in one round trip. */
import pg from "pg";
import { hostsIn } from "./hosts.ts";
import { SCHEMA, typesOf } from "./schema.ts";

/** How long, in ms, a connection may take to be made. */
const CONNECT_MS = 2000;

/** How long, in ms, the server may take to answer what was asked before the end. */
const CLOSE_MS = 1000;

/** `name`: of a statement that is prepared once a connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface Result {
  /** The first word of what was done. */
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** PostgreSQL was there and said no, or it is not there: then what was asked for may have been done. */
export class EngineError extends Error {
  /** SQLSTATE; undefined where nothing was answered. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Ends of a session that the server has made: classes 57P (shutdown, crash) and 25P03 (it was idle in its transaction). */
const SESSION_ENDED = /^(57P|25P03)/;

export class EngineClient {
  readonly #client: pg.Client;
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
   * To the first of its hosts that takes writes.
   * @param url without a password on a command line: see bin/. @param settings of the session
   * @param onEnd called once, when it has ended
   * @throws EngineError
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
      // Of two, the latter counts.
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
      // It may lack what was kept, and keeps nothing.
      if (rows[0]?.standby === true) throw new Error("it is a standby");
      if (rows[0]?.read_only === "on") throw new Error("it is read-only");
    } catch (error) {
      made.destroy();
      // Whatever it says: it may say something else in a moment.
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

  /** For who copies everything. */
  get raw(): pg.ClientBase {
    return this.#client;
  }

  /** The number of the server's process for this connection. */
  get process(): number {
    return (this.#client as unknown as { readonly processID: number }).processID;
  }

  /**
   * Sends statements at once. @returns what each has given. @throws EngineError of the first that failed; those after it were
   * executed all the same, unless they are of the transaction that it has ended
   */
  run(...statements: readonly Statement[]): Promise<readonly Result[]> {
    return this.runAll(statements);
  }

  /** As `run`, of as many as there are. */
  async runAll(statements: readonly Statement[]): Promise<readonly Result[]> {
    if (this.#failure) throw new EngineError(this.#failure.message, undefined);
    const sent = statements.map((one) => this.#client.query(one as pg.QueryConfig));
    const settled = await Promise.allSettled(sent);
    for (const one of settled) if (one.status === "rejected") throw engineError(one.reason);
    return settled.map((one) => (one as PromiseFulfilledResult<Result>).value);
  }

  /** Calls `told` for every notification on a channel: the process that has sent it. */
  async listen(channel: string, told: (process: number) => void): Promise<void> {
    this.#client.on("notification", ({ channel: on, processId }) => {
      if (on === channel) told(processId);
    });
    await this.run({ text: `LISTEN ${channel}` });
  }

  /** Whoever waits for an answer gets none. */
  destroy(): void {
    this.#end(new Error("it has not answered in time"));
    (
      this.#client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }
    ).connection.stream.destroy();
  }

  /** Ends it in order; it waits no longer than a moment for who does not answer. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.destroy(), CLOSE_MS);
    await this.#client.end().catch(() => {});
    clearTimeout(timer);
  }

  #end(error: Error): void {
    this.#failure ??= error;
  }
}

/** What a URL says of `options` would be in place of ours. */
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

function engineError(error: unknown): EngineError {
  const { message, code } = error as Error & { readonly code?: string };
  const isAnswer = error instanceof pg.DatabaseError && !SESSION_ENDED.test(code ?? "");
  return new EngineError(message === "" ? String(code) : message, isAnswer ? code : undefined, { cause: error });
}
