/**
 * `npm run simulate -- --seed N [--trace]` plays one world; `--seeds N [--from M] [--uncut]` plays many. What does not
 * hold is cut down to a short play, unless that is not wanted, and printed.
 */
import { parseArgs } from "node:util";
import { playOf } from "./play.ts";
import { run } from "./run.ts";
import { shrunk } from "./shrink.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    uncut: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) {
  const { broken, trace } = await run(playOf(Number(values.seed)));
  if (values.trace) console.log(trace.join("\n"));
  console.log(broken === undefined ? `seed ${values.seed}: everything holds` : `seed ${values.seed}: ${broken}`);
  process.exitCode = broken === undefined ? 0 : 1;
} else {
  const first = Number(values.from);
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const { broken } = await run(playOf(seed));
    if (broken === undefined) continue;
    console.log(`seed ${seed}: ${broken}`);
    process.exitCode = 1;
    if (values.uncut) break;
    const { play, outcome } = await shrunk(playOf(seed));
    console.log(play.steps.map((step) => `  ${JSON.stringify(step)}`).join("\n"));
    console.log(`  → ${outcome.broken}\n  npm run simulate -- --seed ${seed} --trace`);
    break;
  }
  if (process.exitCode === undefined) console.log(`${values.seeds} worlds: everything holds`);
}
