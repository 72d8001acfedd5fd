/**
 * `npm run siege`: what people notice of a server while somebody means it ill. Each siege is a line of `sieges`; it prints
 * figures and judges nothing. `npm run siege -- guessing floods` runs some alone, `-- garbage --inputs 10000` with fewer inputs.
 * They are Linux's loopback: the besiegers come from an address of their own, everybody else from another.
 */
import { parseArgs } from "node:util";
import { certificates } from "./certificates.ts";
import { codes } from "./codes.ts";
import { disks } from "./disks.ts";
import { flips } from "./flips.ts";
import { floods } from "./floods.ts";
import { garbage } from "./garbage.ts";
import { guessing } from "./guessing.ts";
import { idle } from "./idle.ts";
import { pipelines } from "./pipelines.ts";
import { readers } from "./readers.ts";
import { unfinished } from "./unfinished.ts";

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: "string", default: "1000000" } },
});

const sieges: Readonly<Record<string, () => Promise<void>>> = {
  guessing,
  codes,
  readers,
  floods,
  unfinished,
  idle,
  pipelines,
  garbage: () => garbage(Number(values.inputs)),
  certificates,
  disks,
  flips,
};

const unknown = wanted.filter((name) => !(name in sieges));
if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: there are ${Object.keys(sieges).join(", ")}`);
for (const [name, siege] of Object.entries(sieges)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(name);
  await siege();
}
