/** Waits for a condition, never for a time: resolves with the first value that is neither undefined nor false. */
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 5;

/** @param next resolves when it is time to look again. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  next: () => Promise<unknown> = () => sleep(LOOK_EVERY_MS),
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await next();
  }
}
