/** A server of one test, stopped when the test is over. */
import { onTestFinished } from "vitest";
import { heapFlags, type LocalServer, type ServerProcess, startProcess, startServer } from "./server.ts";

export async function started(...options: readonly string[]): Promise<LocalServer> {
  const server = await startServer(options);
  onTestFinished(() => server.stop());
  return server;
}

/** As a process of its own. */
export function startedProcess(...options: readonly string[]): Promise<ServerProcess> {
  return startedAs(options, false);
}

/** The same, with no more garbage than launch.sh lets it have: for whoever looks at its memory. */
export function startedLean(...options: readonly string[]): Promise<ServerProcess> {
  return startedAs(options, false, heapFlags);
}

/** As `startedProcess`, and its time can be let pass. */
export function startedPassing(...options: readonly string[]): Promise<ServerProcess> {
  return startedAs(options, true);
}

async function startedAs(
  options: readonly string[],
  passes: boolean,
  flags: readonly string[] = [],
): Promise<ServerProcess> {
  const server = await startProcess(options, passes, flags);
  onTestFinished(() => server.stop());
  return server;
}
