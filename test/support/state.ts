/** A state of its own, with a log of either kind. */
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { SqliteLog } from "../../src/logs/sqlite/index.ts";
import { State } from "../../src/state/state.ts";

export function memoryState(keepMessages: number): State {
  return new State(new MemoryLog(keepMessages));
}

/** @throws Error with one clear line when the folder cannot be used */
export function sqliteState(folder: string): State {
  return new State(new SqliteLog(folder));
}
