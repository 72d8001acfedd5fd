/**
 * `npm run test:nodes`, `npm run siege:nodes`: nodes, and their PostgreSQL, are killed, frozen, cut off, slowed down and replaced
 * while people talk; then it is looked whether anything was lost, is there twice, or in another order. `-- --seed N` begins with
 * the world of that seed, `--faults N` are so many in all, `--trace` says what happens.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { besiege } from "./siege.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    faults: { type: "string", default: "100" },
    trace: { type: "boolean", default: false },
  },
});

// What it starts compiles the same files.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "obrol-test-compile-cache");

/** Of one world. */
const FAULTS = 50;
const LONGEST_MS = 6000;

let left = Number(values.faults);
for (let seed = Number(values.seed); left > 0; seed++) {
  const faults = Math.min(FAULTS, left);
  left -= faults;
  const begun = performance.now();
  const happened: string[] = [];
  const note = (line: string): void => {
    if (values.trace) console.log(line);
    else happened.push(line);
  };
  const outcome = await besiege({ seed, faults, longest: LONGEST_MS }, note).catch((error: unknown) => {
    for (const line of happened) console.log(line);
    throw error;
  });
  const { wrongs, messages, refused, unknown, told, looks } = outcome;
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(
    `seed ${seed}: ${faults} faults in ${seconds} s; ${messages} messages acknowledged, ${refused} refused, ${unknown} without an answer; ${told} told, ${looks} looks: ${wrongs.length === 0 ? "everything holds" : `${wrongs.length} wrong`}`,
  );
  for (const wrong of wrongs.slice(0, 20)) console.log(`  ${wrong}`);
  if (wrongs.length > 0) {
    for (const line of happened) console.log(line);
    process.exitCode = 1;
    break;
  }
}
