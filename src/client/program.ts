/**
 * What a program has around it: its streams, its environment, its signals and its end. They are those of the process, or
 * of a test that runs it within its own. The folder that it runs in is the process's in either case.
 */
import { readFileSync } from "node:fs";
import { supportsColor } from "chalk";

/** What it prints on: a terminal, a file or a pipe. */
export type Screen = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface Program {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly env: NodeJS.ProcessEnv;
  /** How many colours standard output has: a level of chalk. */
  readonly colors: 0 | 1 | 2 | 3;
  /** All of standard input, at once. */
  input(): string;
  /** Calls back for each signal of that name that comes; it does nothing else then. */
  onSignal(signal: NodeJS.Signals, heard: () => void): void;
  /** Calls back for what was thrown and nobody has caught. */
  onFault(heard: (error: unknown) => void): void;
  /** Ends it at once, whatever is under way. */
  exit(code: number): void;
}

/** This process is the program. */
export const thisProcess: Program = {
  // Each is opened when it is asked for.
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  env: process.env,
  colors: typeof supportsColor === "object" ? supportsColor.level : 0,
  input: () => readFileSync(0, "utf8"),
  onSignal: (signal, heard) => void process.on(signal, heard),
  onFault: (heard) => void process.on("uncaughtException", heard),
  exit: (code) => process.exit(code),
};

/** Resolves once a stream has taken what was written: whoever writes much waits for a slow reader. @throws Error of the stream */
export function written(stream: Screen, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
