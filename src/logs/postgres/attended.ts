/**
 * Work that may take PostgreSQL as long as it likes, as a migration, the wait for another node's, or a copy of everything. So that it
 * does not take for ever where PostgreSQL is frozen or its machine gone, it is looked over another connection whether it is at it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { EngineClient, EngineError } from "./client.ts";
import { before, PATIENCE_MS } from "./line.ts";

/** How often, in ms, it is looked; and how long it may have been in vain. */
const LOOK_MS = 1000;
const SILENCE_MS = 6000;

export interface Attendance {
  readonly url: string;
  /** Does the work, and nothing else meanwhile. It is destroyed when there is no use in waiting. */
  readonly client: EngineClient;
  /** Whoever has asked for the work wants it no more. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws EngineError when PostgreSQL does not answer, or the signal's reason; and as the work does */
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

/** Until `done`. @throws EngineError */
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
