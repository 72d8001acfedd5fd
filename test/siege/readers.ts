/** Two hundred clients who ask for something large and do not read it: the server's memory, and how long others wait. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { limitsOf } from "../bench/limits.ts";
import { range } from "../bench/load.ts";
import { residentMb } from "../bench/processes.ts";
import { newUser, ok } from "../support/people.ts";
import { startProcess } from "../support/server.ts";
import { Wire } from "../support/wire.ts";

const READERS = 200;
/** All of them are one user. */
const LIMITS = ["--max-transfers", "1000"];
const STAY_MS = 30_000;
const AFTER_MS = 10_000;
const LOOK_MS = 50;
/** A reply of 12 MB has their names. */
const USERS = 100_000;
/** A page of these has 6 MB: a letter is six characters. */
const LONG = "é".repeat(31_900);
const FILE = 12 * 2 ** 20 - 1024;

const kinds: readonly (readonly [what: string, request: (token: string, id: string) => string])[] = [
  ["a file of 12 MiB inside a reply", (token) => `download_file ${token} alice besar.bin`],
  ["a list of 100,000 users", (token) => `users ${token}`],
  ["a page of long messages", (token) => `history ${token} bob`],
  ["a file of 12 MiB behind a reply", (token, id) => `download ${token} ${id}`],
];

export async function readers(): Promise<void> {
  console.log(`\n${READERS} clients ask for something large and do not read it, for ${STAY_MS / 1000} s`);
  console.log(`  ${limitsOf(LIMITS)}`);
  for (const [what, request] of kinds) console.log(`  ${what.padEnd(33)} ${await besieged(request)}`);
}

async function besieged(request: (token: string, id: string) => string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-siege-"));
  const seed = join(folder, "seed.json");
  const people = range(USERS).map((i) => ({ username: `user${i}`, name: `User ${i}`, country: "id", password: "x" }));
  writeFileSync(seed, JSON.stringify({ users: request("", "").startsWith("users") ? people : [] }));
  const options = ["--data", join(folder, "data"), "--uploads", join(folder, "up"), ...LIMITS];
  // To hash so many passwords leaves memory behind: the one that is besieged has not done that.
  await (await startProcess([...options, "--seed-users", seed])).kill("SIGTERM");
  const server = await startProcess(options);
  const alice = await newUser(server, "alice");
  const bob = await newUser(server, "bob");
  for (const _ of range(33)) await ok(bob.client.request(`send alice ${LONG}`));
  const content = Buffer.alloc(FILE, "isi berkas ").toString("base64");
  const { file } = await ok(alice.client.request(`sendfile alice besar.bin ${content}`));
  await sleep(2000);

  const before = residentMb(server.pid);
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, residentMb(server.pid))), LOOK_MS);
  const wires = range(READERS).map(() =>
    new Wire(server).pause().request(request(alice.token, (file as { id: string }).id)),
  );
  const [small, large] = await waits(bob.client, STAY_MS);
  for (const wire of wires) wire.close();
  await sleep(AFTER_MS);
  clearInterval(looking);
  const after = residentMb(server.pid);
  for (const { client } of [alice, bob]) client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
  const mb = `${before.toFixed(0)} MB before, ${most.toFixed(0)} at most, ${after.toFixed(0)} ${AFTER_MS / 1000} s after`;
  return `${mb}; another's message ${worst(small)}, his inbox ${worst(large)}`;
}

/** How long each of somebody's messages took, and each of his looks into his inbox, ms. */
async function waits(client: { request(text: string): Promise<unknown> }, ms: number): Promise<[number[], number[]]> {
  const sends: number[] = [];
  const inboxes: number[] = [];
  for (const end = performance.now() + ms; performance.now() < end; await sleep(20)) {
    for (const [request, times] of [
      ["send alice halo", sends],
      ["inbox", inboxes],
    ] as const) {
      const began = performance.now();
      await client.request(request);
      times.push(performance.now() - began);
    }
  }
  return [sends, inboxes];
}

function worst(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  return `p99 ${p99.toFixed(0)} ms, at most ${(sorted.at(-1) ?? Number.NaN).toFixed(0)} ms`;
}
