/**
 * `npm run bench`: what obrol takes, beside ngircd, inspircd and redis on the same machine in the same run. Each part is a line of
 * `parts`; it prints tables of Markdown and judges nothing. `npm run bench -- pairs lone` runs some alone, `--list` names them all,
 * `memory --messages 10000000` goes on for longer. Only ratios, and CPU time, mean something elsewhere.
 */
import { parseArgs } from "node:util";
import { client } from "./client.ts";
import { ofGroups, ofPairs } from "./deliveries.ts";
import { fairness } from "./fairness.ts";
import { files } from "./files.ts";
import { growth } from "./growth.ts";
import { limitsOf } from "./limits.ts";
import { lone } from "./lone.ts";
import { memory } from "./memory.ts";
import { nodes } from "./nodes.ts";
import { howToInstall } from "./others.ts";
import { endChildren } from "./processes.ts";
import { realms } from "./realms.ts";
import { reconnect } from "./reconnect.ts";
import { search } from "./search.ts";
import { LIFTED } from "./servers.ts";
import { store } from "./store.ts";

/** As launch.sh has it: what reads TypeScript takes 20 MB of each process. */
process.env["NODE_COMPILE_CACHE"] ??= new URL("../../node_modules/.cache/obrol", import.meta.url).pathname;
process.env["MALLOC_ARENA_MAX"] ??= "2";

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { list: { type: "boolean" }, messages: { type: "string", default: "1000000" } },
});

const parts: Readonly<Record<string, () => Promise<void>>> = {
  pairs: ofPairs,
  groups: ofGroups,
  memory: () => memory(Number(values.messages)),
  lone,
  store,
  reconnect,
  fairness,
  files,
  growth,
  realms,
  nodes,
  search,
  client,
};

const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: there are ${Object.keys(parts).join(", ")}`);
if (values.list) {
  console.log(Object.keys(parts).join("\n"));
  process.exit();
}
let failed = 0;
console.log([limitsOf(LIFTED), ...howToInstall].join("\n"));
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n## ${name}`);
  try {
    await part();
  } catch (error) {
    failed++;
    console.log(`\n${name} failed: ${(error as Error).message}`);
    endChildren();
  }
}
// A part that has failed may have left something open.
process.exit(failed > 0 ? 1 : 0);
