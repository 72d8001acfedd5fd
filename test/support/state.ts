/** A state of its own, with a log of either kind. */
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { SqliteLog } from "../../src/logs/sqlite/index.ts";
import { State } from "../../src/state/state.ts";

/** @param conversationsKept as of `Messages`: with 1 nearly every conversation is one that was not used lately */
export function memoryState(keepMessages: number, conversationsKept?: number): State {
  return new State(new MemoryLog(keepMessages), conversationsKept);
}

/** @param conversationsKept as of `memoryState`. @throws Error with one clear line when the folder cannot be used */
export function sqliteState(folder: string, conversationsKept?: number): State {
  return new State(new SqliteLog(folder), conversationsKept);
}
