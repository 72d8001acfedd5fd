/** Waits for a condition, never for a time: resolves with the first value that is neither undefined nor false. */
import { setTimeout as sleep } from "node:timers/promises";

/** A machine that is busy with other things takes ten times as long: only what never comes runs into this. */
const PATIENCE_MS = 100_000;
/** Looking costs something, too: what takes longer is looked for less often. */
const LOOK_EVERY_MS = { first: 5, last: 40, slower: 1.2 };

/** @param next resolves when it is time to look again. @param patience in ms; after it the condition counts as one that never comes */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  next: () => Promise<unknown> = pauses(),
  patience = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await next();
  }
}

function pauses(): () => Promise<unknown> {
  const { first, last, slower } = LOOK_EVERY_MS;
  let pause = first;
  return () => {
    const now = pause;
    pause = Math.min(last, pause * slower);
    return sleep(now);
  };
}
