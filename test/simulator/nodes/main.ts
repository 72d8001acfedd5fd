/**
 * `npm run simulate:nodes -- --seeds 1000`: worlds with a realm of several nodes. `--from N` begins with the world of that seed,
 * `--seed N --trace` plays one, and tells of it. `--twins`: worlds in which all kinds of things are asked for, and all nodes must be
 * alike in the end; `--requests N` so many in each.
 */
import { parseArgs } from "node:util";
import { twins } from "./twins.ts";
import { world } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    twins: { type: "boolean", default: false },
    requests: { type: "string", default: "500" },
    trace: { type: "boolean", default: false },
  },
});

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
for (let seed = first; seed < first + count; seed++) {
  const { broken, trace } = await (values.twins ? twins(seed, Number(values.requests)) : world(seed));
  if (values.trace) console.log(trace.join("\n"));
  if (broken === undefined) continue;
  console.log(
    `seed ${seed}: ${broken}\n  npm run simulate:nodes -- ${values.twins ? "--twins " : ""}--seed ${seed} --trace`,
  );
  process.exitCode = 1;
  break;
}
if (process.exitCode === undefined) console.log(`${count} worlds: everything holds`);
// What is promised to programs that have ended never comes.
process.exit();
