/** A program in the test's own process: as one of its own, but that nothing is started for it. */
import { PassThrough, Writable } from "node:stream";
import chalk from "chalk";
import { onTestFinished } from "vitest";
import { setLanguage } from "../../src/client/language/wording.ts";
import type { Program } from "../../src/client/program.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as it is. */
  readonly bytes: Buffer;
}

export interface Running {
  readonly stdin: Writable;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<Ended>;
  /** It is sent a signal; within the test's process it is one that it hears. */
  kill(signal: NodeJS.Signals): void;
}

/** @param input all of standard input, unless it stays open. @param columns standard error is a terminal of so many */
export function startedHere(
  main: (args: readonly string[], program: Program) => Promise<number>,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: string | Uint8Array,
  columns?: number,
): Running {
  const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const text = (of: keyof typeof out): string => Buffer.concat(out[of]).toString();
  let isOver = false;
  /** What it prints once it has ended is no part of it. */
  const screen = (of: keyof typeof out): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (!isOver) out[of].push(Buffer.from(chunk));
        done();
      },
    });
  const stdin = new PassThrough();
  // Who ends at once does not read.
  stdin.on("error", () => {});
  if (input !== "open") stdin.end(input);
  const heard = new Map<NodeJS.Signals, () => void>();
  const { promise: exited, resolve: exit } = Promise.withResolvers<number>();
  const program: Program = {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: screen("stdout"),
    stderr: Object.assign(screen("stderr"), columns === undefined ? {} : { isTTY: true, columns }),
    env,
    colors: 0,
    input: () => Buffer.from(input).toString(),
    onSignal: (signal, hear) => void heard.set(signal, hear),
    // It is the test's.
    onFault: () => {},
    exit,
  };
  const colours = chalk.level;
  const ended = Promise.race([main(args, program), exited]).then((code) => {
    isOver = true;
    return { code, stdout: text("stdout"), stderr: text("stderr"), bytes: Buffer.concat(out.stdout) };
  });
  const kill = (signal: NodeJS.Signals): void => (heard.get(signal) ?? (() => exit(-1)))();
  onTestFinished(async () => {
    for (let i = 0; !isOver && i < 2; i++) kill("SIGTERM");
    await ended;
    // What it has set for all of the process.
    chalk.level = colours;
    setLanguage("en");
  });
  return {
    stdin,
    kill,
    ended,
    get stdout() {
      return text("stdout");
    },
    get stderr() {
      return text("stderr");
    },
  };
}
