/** Long walks through messages: each goes on for some milliseconds, then others have a turn. */

import type { Code } from "../../contract/codes.ts";
import { Failure, type Finish, type Result } from "../../contract/result.ts";
import type { Services } from "../services/context.ts";

/** Messages passed over before others have a turn; some milliseconds. */
export const LOOKS_A_TURN = 1000;

const walkers: (() => void)[] = [];

/** One long walk goes on in each turn of the event loop, however many there are: nobody else has to wait for them. */
export function walkersTurn(): Promise<void> {
  return new Promise((resolve) => {
    walkers.push(resolve);
    if (walkers.length === 1) setImmediate(nextWalker);
  });
}

function nextWalker(): void {
  walkers.shift()?.();
  if (walkers.length > 0) setImmediate(nextWalker);
}

/**
 * Before a walk that goes on over several turns. If one of them could not be kept, the walk may have seen what then never
 * was: what it has found is refused, as everything of that turn is.
 */
export function lookAt({
  model,
}: Services): <T, C extends Code>(found: () => Result<T, C>) => Finish<T, C | "storage"> {
  const { failures } = model;
  return (found) => () => (model.failures === failures ? found() : new Failure("storage"));
}
