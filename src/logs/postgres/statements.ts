/** Records the statements of a turn, so that they can be sent in one round trip. */
import type { Tables, Value } from "../tables.ts";

/** A prepared statement. One name always stands for the same text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Value[];
}

/** Implements `Tables`: instead of running statements it records them, in PostgreSQL's syntax. */
export class Recorder implements Tables {
  #prepared = 0;
  #statements: Statement[] = [];

  /**
   * Names are given by the order of the calls. So two recorders for which the same is prepared in the same order have the same
   * names.
   */
  prepare(sql: string): { run(...values: Value[]): void } {
    let values = 0;
    const text = sql.replaceAll("?", () => `$${++values}`);
    const name = `rows_${++this.#prepared}`;
    return { run: (...values) => void this.#statements.push({ name, text, values }) };
  }

  /** Takes what was run since the last call, in its order. */
  take(): readonly Statement[] {
    const statements = this.#statements;
    this.#statements = [];
    return statements;
  }
}

// PostgreSQL's texts cannot hold this character, which messages from older data folders may have.
const NUL = /\0/g;
const SPECIAL = /["\\\0]/;

/** The values of a column of many rows as one value: an array literal of PostgreSQL. */
export function arrayOf(values: readonly (number | string | null)[]): string {
  let array = "{";
  for (const value of values) {
    if (array.length > 1) array += ",";
    if (value === null) array += "NULL";
    else if (typeof value === "number") array += value;
    else array += `"${SPECIAL.test(value) ? value.replace(/["\\]/g, "\\$&").replace(NUL, "\ufffd") : value}"`;
  }
  return `${array}}`;
}

/** A SELECT of rows from arrays, one array for each column, in which each array is a `?`. @param types of PostgreSQL */
export function unnest(...types: readonly string[]): string {
  return `SELECT * FROM unnest(${types.map((type) => `?::${type}[]`).join(", ")})`;
}
