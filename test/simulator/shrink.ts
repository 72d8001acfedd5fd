/** Cuts a play that fails down to few steps (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input"). */
import type { Play, Step } from "./play.ts";
import { type Outcome, run } from "./run.ts";

export async function shrunk(play: Play): Promise<{ play: Play; outcome: Outcome }> {
  let steps = play.steps;
  let outcome = await run(play);
  for (let size = Math.ceil(steps.length / 2); size >= 1; ) {
    let smaller: { steps: readonly Step[]; outcome: Outcome } | undefined;
    for (let from = 0; from < steps.length && !smaller; from += size) {
      const left = [...steps.slice(0, from), ...steps.slice(from + size)];
      const tried = await run({ ...play, steps: left });
      if (tried.broken !== undefined) smaller = { steps: left, outcome: tried };
    }
    if (smaller) ({ steps, outcome } = smaller);
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { play: { ...play, steps }, outcome };
}
