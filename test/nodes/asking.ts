/** Asking on a connection for that alone, where everything may fail that passes. */
import { setTimeout as pause } from "node:timers/promises";
import { LinkError, RefusedRequest } from "../../src/connection/errors.ts";
import { Wire } from "../../src/connection/wire.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** How long, in ms, an answer may take. */
export const PATIENCE_MS = 5000;

/** How long, in ms, somebody waits to ask again what could not be done. */
const AGAIN_MS = 200;

/** After so long, in ms, what passes does not pass any more. */
const LONGEST_MS = 100_000;

/** Refusals that pass. */
const PASSING: ReadonlySet<string> = new Set(["storage", "internal"]);

/** The connection is lost, or the server cannot now: the same may go well in a moment. */
export function mayPass(error: unknown): boolean {
  return error instanceof LinkError || (error instanceof RefusedRequest && PASSING.has(error.code));
}

/** @throws LinkError, RefusedRequest */
export async function ask<T>({ host, port }: Place, deed: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await Wire.connect({ host, port, connectTimeout: PATIENCE_MS });
  try {
    return await wire.within(PATIENCE_MS, deed(wire));
  } finally {
    wire.close();
  }
}

/** Does something until it is acknowledged. @param also whether a refusal passes, beside those that always do. @throws what does not pass */
export async function untilDone<T>(
  deed: () => Promise<T>,
  also: (error: unknown) => boolean = () => false,
): Promise<{ readonly answer: T; readonly isDoubtful: boolean }> {
  const end = performance.now() + LONGEST_MS;
  let isDoubtful = false;
  for (;;) {
    try {
      return { answer: await deed(), isDoubtful };
    } catch (error) {
      if ((!mayPass(error) && !also(error)) || performance.now() > end) throw error;
      isDoubtful ||= error instanceof LinkError;
      await pause(AGAIN_MS);
    }
  }
}
