/**
 * A pipeline: several statements in one write to the socket, with one Sync behind the last. pg itself would send a query with a
 * Sync of its own for each.
 */
import pg from "pg";
import { arrayOf } from "./statements.ts";

/** A parameter of a statement. */
export type Value = string | number | Uint8Array | null | readonly string[];

/** `name`: of a prepared statement, which is parsed once per connection. One name always stands for the same text. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly Value[];
}

export interface Result {
  /** The first word of the command tag: what was done, such as `INSERT`. */
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Whether a statement returns rows: only then must its columns be described. */
const GIVES_ROWS = /^\s*(SELECT|WITH)\b|\bRETURNING\b/;

/** What is used of pg's connection, beyond its published types. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(what: {
    readonly statement: string;
    readonly values: readonly Value[];
    valueMapper(value: Value): string | Buffer | null;
  }): void;
  describe(portal: { readonly type: "P" }): void;
  execute(): void;
  close(statement: { readonly type: "S"; readonly name: string }): void;
  sync(): void;
}

/** What is used of pg's query, beyond its published types: the results of several statements. */
interface Results {
  readonly _results: Result | readonly Result[];
}

/** The prepared statements of a connection, by name. */
export class Prepared {
  readonly #there = new Set<string>();
  /** Those whose batch has failed, perhaps before they were parsed. */
  readonly #doubtful = new Set<string>();

  /** Prepares a statement, if it is not prepared yet. @returns whether it had to */
  see(wire: Wire, { name, text }: Required<Pick<Statement, "name" | "text">>): boolean {
    if (this.#there.has(name)) return false;
    // Closing is no error if it does not exist.
    if (this.#doubtful.delete(name)) wire.close({ type: "S", name });
    wire.parse({ name, text });
    this.#there.add(name);
    return true;
  }

  /** It is no longer known whether these are prepared. */
  doubt(names: Iterable<string>): void {
    for (const name of names) if (this.#there.delete(name)) this.#doubtful.add(name);
  }
}

/**
 * Outside of an explicit transaction all statements of a batch are one implicit transaction. The first that fails ends it, and
 * those after it are not executed: PostgreSQL's documentation, 54.2.4 Pipelining.
 */
export class Batch extends pg.Query {
  readonly #statements: readonly Statement[];
  readonly #prepared: Prepared;

  /** @param done called once, with the results or the error */
  constructor(
    statements: readonly Statement[],
    prepared: Prepared,
    done: (error: Error | null, results: readonly Result[]) => void,
  ) {
    const fresh: string[] = [];
    super({ text: "" }, (error) => {
      if (error) prepared.doubt(fresh);
      const { _results: all } = this as unknown as Results;
      done(error ?? null, Array.isArray(all) ? all : [all as Result]);
    });
    this.#statements = statements;
    this.#prepared = prepared;
    this.submit = (connection) => this.#send(connection as unknown as Wire, fresh);
  }

  #send(wire: Wire, fresh: string[]): void {
    wire.stream.cork();
    try {
      for (const { name = "", text, values = [] } of this.#statements) {
        if (name === "") wire.parse({ name, text });
        else if (this.#prepared.see(wire, { name, text })) fresh.push(name);
        wire.bind({ statement: name, values, valueMapper: sent });
        if (GIVES_ROWS.test(text)) wire.describe({ type: "P" });
        wire.execute();
      }
    } finally {
      wire.sync();
      wire.stream.uncork();
    }
  }
}

function sent(value: Value): string | Buffer | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return arrayOf(value);
}
