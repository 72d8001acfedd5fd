/**
 * Statements in one round trip: one write to the socket, and one answer when the last is done. pg has a query for each, with a
 * write and an answer of its own.
 */
import pg from "pg";
import { arrayOf } from "./statements.ts";

/** What a statement is given. */
export type Value = string | number | Uint8Array | null | readonly string[];

/** `name`: of one that is prepared once a connection: whenever it has this name it has this text. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly Value[];
}

export interface Result {
  /** The first word of what was done. */
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Of others there is nothing to describe. */
const GIVES_ROWS = /^\s*(SELECT|WITH)\b|\bRETURNING\b/;

/** What of pg's connection is used: its types have less. */
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

/** What of pg's query is used beside its types: it takes the results of several statements. */
interface Results {
  readonly _results: Result | readonly Result[];
}

/** Names of a connection's statements. */
export class Prepared {
  readonly #there = new Set<string>();
  /** Their batch has failed, perhaps before they were reached. */
  readonly #doubtful = new Set<string>();

  /** Prepares one if it is not. @returns whether it was not */
  see(wire: Wire, { name, text }: Required<Pick<Statement, "name" | "text">>): boolean {
    if (this.#there.has(name)) return false;
    // One that is not there may be closed as well.
    if (this.#doubtful.delete(name)) wire.close({ type: "S", name });
    wire.parse({ name, text });
    this.#there.add(name);
    return true;
  }

  doubt(names: Iterable<string>): void {
    for (const name of names) if (this.#there.delete(name)) this.#doubtful.add(name);
  }
}

/**
 * Outside of a transaction all of them are one; the first that fails ends it, and those behind it are not executed.
 * PostgreSQL's documentation, 54.2.4 Pipelining.
 */
export class Batch extends pg.Query {
  readonly #statements: readonly Statement[];
  readonly #prepared: Prepared;

  /** @param done called once. @throws nothing: what fails is for `done` */
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
