/** Cuts a play that fails down to few steps (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input"). */
import type { Play } from "./play.ts";
import { type Outcome, run } from "./run.ts";

export async function shrunk(play: Play): Promise<{ play: Play; outcome: Outcome }> {
  let steps = play.steps;
  let outcome = await run(play);
  for (let size = Math.ceil(steps.length / 2); size >= 1; ) {
    const before = steps.length;
    for (let from = 0; from < steps.length; ) {
      const left = [...steps.slice(0, from), ...steps.slice(from + size)];
      const tried = await run({ ...play, steps: left });
      if (tried.broken === undefined) from += size;
      else [steps, outcome] = [left, tried];
    }
    // What could not be left out may be once others are.
    const isDone = size === 1 && steps.length === before;
    size = isDone ? 0 : Math.ceil(size / 2);
  }
  return { play: { ...play, steps }, outcome };
}
