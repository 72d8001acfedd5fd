/**
 * `npm run bench`: messages delivered per second, and the server's processor time for each, beside
 * ngircd on the same machine in the same run. Only the ratios mean something elsewhere.
 */

import { join } from "node:path";
import { flood, startUp } from "./client.ts";
import { copies } from "./files.ts";
import { idle, start } from "./house.ts";
import { limitsOf } from "./limits.ts";
import { type Figure, group, pairs, range } from "./load.ts";
import { betweenRealms, outage } from "./realms.ts";
import { searching } from "./search.ts";
import { type Bench, ngircd, obrol, type Running } from "./servers.ts";

const ROUNDS = 3;
const PAIRS = 16;
const MEMBERS = 400;

const other = ngircd();
if (!other) console.log("ngircd is not installed (apt-get install ngircd): no ratios");
const benches: readonly Bench[] = [
  obrol("obrol, disk", (folder) => ["--data", join(folder, "data")]),
  obrol("obrol, --memory", () => ["--memory"]),
  ...(other ? [other] : []),
];
const users = [...range(MEMBERS).map((i) => `r${i}`), ...range(PAIRS).map((i) => `s${i}`)];

console.log(`${limitsOf([])}\n`);
console.log(`start to first answer, empty           ${(await start(0, 0)).toFixed(2)} s`);
console.log(`  10,000 users and 100,000 messages    ${(await start(10_000, 100_000)).toFixed(2)} s`);
console.log(`memory, 1,000 idle logged-in           ${(await idle(1000)).toFixed(0)} MB`);
await scenario(`${PAIRS} pairs, 64 messages of 60 bytes under way each`, (bench, server) =>
  pairs(bench, server, PAIRS),
);
await scenario(`1 speaker, 64 under way, ${MEMBERS} members`, (bench, server) => group(bench, server, MEMBERS));

console.log("\n1 pair between two realms, 512 messages of 60 bytes under way, both on disk");
const crossing: Figure[] = [];
for (const _ of range(ROUNDS)) crossing.push(await betweenRealms());
const delivered = Math.round(median(crossing.map((figure) => figure.delivered)));
const cpu = median(crossing.map((figure) => figure.cpu)).toFixed(2);
console.log(`  ${delivered} delivered/s   ${cpu} µs cpu each at the sender's server`);

const { before, during } = await outage();
const told = ({ memory, p99 }: typeof before): string =>
  `${memory.toFixed(0)} MB, p99 of a local message ${p99.toFixed(2)} ms`;
console.log(`\na realm is down   before: ${told(before)}   with 100,000 messages waiting: ${told(during)}`);

console.log(`\nchat-client: one command takes ${(await startUp()).toFixed(0)} ms more than node -e 0`);
const came = await flood();
console.log(
  `  ${Math.round(came.rate)} messages/s come: ${came.shown} of ${came.sent} shown, ${came.behind.toFixed(0)} ms behind at the end, ` +
    `${came.before.toFixed(0)} → ${came.most.toFixed(0)} MB`,
);

const looked = await searching(1_000_000);
console.log(`\na search among 1,000,000 messages: p50 ${looked.p50.toFixed(1)} ms, p99 ${looked.p99.toFixed(1)} ms`);
console.log(`  ${looked.cpu.toFixed(2)} ms of the server's cpu each, at most ${looked.most.toFixed(0)} ms`);
console.log(`  ${looked.ratio.toFixed(2)} MB of index for each MB of text, made in ${looked.rebuild.toFixed(0)} s`);

const copied = await copies(2 * ROUNDS);
if (copied) {
  const { disk, synced, up, memory, down, before: idleMb, most, p99 } = copied;
  const ratio = (own: readonly number[], base: readonly number[]): string =>
    (median(own) / median(base)).toFixed(2).padStart(5);
  console.log("\n1 GiB over loopback, MB/s");
  const tell = (name: string, own: readonly number[]): string => `${name} ${median(own).toFixed(0)}`;
  console.log(`  ${tell("onto disk: nc | nc", disk)}, ${tell("and synced", synced)}, ${tell("up", up)}`);
  console.log(`    up is ${ratio(up, disk)} of nc | nc, ${ratio(up, synced)} of it synced`);
  console.log(`  ${tell("into memory: nc | nc", memory)}, ${tell("down", down)}   ${ratio(down, memory)} of nc | nc`);
  console.log(`  memory ${idleMb.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`);
  console.log(`  p99 of another pair's message during an upload ${p99.toFixed(2)} ms`);
} else {
  console.log("\nnetcat is not installed (apt-get install netcat-openbsd): no files");
}

async function scenario(title: string, run: (bench: Bench, server: Running) => Promise<Figure>): Promise<void> {
  console.log(`\n${title}`);
  const figures = new Map<string, Figure[]>();
  for (const _ of range(ROUNDS)) {
    // In turn, each on a server of its own: a noisy minute is everybody's.
    for (const bench of benches) {
      const server = await bench.start(["s0", ...users.filter((user) => user !== "s0")]);
      figures.set(bench.name, [...(figures.get(bench.name) ?? []), await run(bench, server)]);
      await server.stop();
    }
  }
  const base = other && median((figures.get(other.name) ?? []).map(({ delivered }) => delivered));
  for (const [name, list] of figures) {
    const delivered = median(list.map((figure) => figure.delivered));
    const cpu = median(list.map((figure) => figure.cpu));
    const ratio = base === undefined ? "" : `   ${(delivered / base).toFixed(2)} of ngircd`;
    console.log(
      `  ${name.padEnd(16)} ${Math.round(delivered).toString().padStart(9)} delivered/s   ${cpu.toFixed(2)} µs cpu each${ratio}`,
    );
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
