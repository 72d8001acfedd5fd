/** Statements of a turn, recorded to be sent in one round trip. */
import type { Tables, Value } from "../tables.ts";

/** One that is prepared once for each connection: whenever it has this name it has this text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Value[];
}

/** Takes what is run, and hands it out as statements of PostgreSQL, in the order in which it was run. */
export class Recorder implements Tables {
  #prepared = 0;
  #statements: Statement[] = [];

  /** Whoever prepares the same in the same order gives it the same names. */
  prepare(sql: string): { run(...values: Value[]): void } {
    let values = 0;
    const text = sql.replaceAll("?", () => `$${++values}`);
    const name = `rows_${++this.#prepared}`;
    return { run: (...values) => void this.#statements.push({ name, text, values }) };
  }

  /** What was run since it was asked last. */
  take(): readonly Statement[] {
    const statements = this.#statements;
    this.#statements = [];
    return statements;
  }
}

// What is no text in PostgreSQL, but may be in an older folder.
const NUL = /\0/g;
const SPECIAL = /["\\\0]/;

/** Numbers and texts of a column of many rows as one value: an array as PostgreSQL reads it. */
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

/** What selects rows from arrays, one for each column. @param types of PostgreSQL */
export function unnest(...types: readonly string[]): string {
  return `SELECT * FROM unnest(${types.map((type) => `?::${type}[]`).join(", ")})`;
}
