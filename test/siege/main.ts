/**
 * `npm run siege`: what people notice of a server while somebody means it ill. Each siege is a line of `sieges`; it prints
 * figures and judges nothing. `npm run siege -- guessing` runs one alone. They are Linux's loopback: the besiegers come from
 * 127.0.0.1, everybody else from 127.0.0.2.
 */
import { guessing } from "./guessing.ts";
import { readers } from "./readers.ts";

const sieges: Readonly<Record<string, () => Promise<void>>> = { guessing, readers };

const wanted = process.argv.slice(2);
for (const [name, siege] of Object.entries(sieges)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(name);
  await siege();
}
