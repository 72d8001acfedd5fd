/**
 * Runs work that may take PostgreSQL any time: a migration, waiting for another node's migration, a copy of everything. A time
 * limit would not do. So that it does not hang for ever when PostgreSQL is frozen or its machine has disappeared, a second
 * connection looks whether the first one's backend still exists.
 */
import { setTimeout as pause } from "node:timers/promises";
import { EngineClient, EngineError } from "./client.ts";
import { before, PATIENCE_MS } from "./reconnecting-client.ts";

/** How often, in ms, it looks; and after how many ms without an answer it gives up. */
const LOOK_MS = 1000;
const SILENCE_MS = 6000;

export interface Attendance {
  readonly url: string;
  /** Does the work, and must do nothing else meanwhile. It is destroyed when it gives up. */
  readonly client: EngineClient;
  /** Aborts the work. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws EngineError if PostgreSQL does not answer. @throws the signal's reason. @throws what the work throws */
export async function attended<T>({ url, client, signal }: Attendance, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  let cause: Error | undefined;
  const giveUp = (reason: Error): void => {
    cause ??= reason;
    client.destroy();
  };
  const onAbort = (): void => giveUp(signal?.reason as Error);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  const looking = lookAfter(url, client, done.signal).catch((error: Error) => {
    if (!done.signal.aborted) giveUp(error);
  });
  try {
    return await work();
  } catch (error) {
    throw cause ?? error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    done.abort();
    await looking;
  }
}

/** Looks for the client's backend until `done`. @throws EngineError if it is gone, or PostgreSQL does not answer */
async function lookAfter(url: string, { process }: EngineClient, done: AbortSignal): Promise<void> {
  let eye: EngineClient | undefined;
  let seen = performance.now();
  try {
    for (;;) {
      await pause(LOOK_MS, undefined, { signal: done });
      const looked = performance.now();
      try {
        if (!eye?.isOpen) eye = await EngineClient.connect(url);
        const looking = eye.run({ text: "SELECT FROM pg_stat_activity WHERE pid = $1", values: [process] });
        const [found] = await before(looked + PATIENCE_MS, looking);
        if (found?.rowCount !== 1) seen = Number.NEGATIVE_INFINITY;
        else seen = performance.now();
      } catch (error) {
        eye?.destroy();
        if (looked - seen > SILENCE_MS) throw error;
      }
      if (seen < 0) throw new EngineError("the connection has ended", undefined);
    }
  } finally {
    eye?.destroy();
  }
}
