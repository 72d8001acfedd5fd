/** A server of one test, stopped when the test is over. */
import { onTestFinished } from "vitest";
import { startServer, type TestServer } from "./server.ts";

export async function started(...options: readonly string[]): Promise<TestServer> {
  const server = await startServer(options);
  onTestFinished(() => server.stop());
  return server;
}
