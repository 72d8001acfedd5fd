/** Requests that are begun and never end: with all that a request may have, and with one byte a second. */
import { setTimeout as sleep } from "node:timers/promises";
import { limitsOf } from "../bench/limits.ts";
import { residentMb } from "../bench/processes.ts";
import { startProcess } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Besiegers, type Crowd } from "./besiegers.ts";
import { shownReport, shownTimes } from "./figures.ts";
import { ILL, Neighbour, newToken } from "./neighbour.ts";

const CONNECTIONS = 4000;
const TIMEOUT_S = 10;
const OPTIONS = ["--request-timeout", String(TIMEOUT_S), "--max-connections-per-ip", "10000"];
const AFTER_MS = 5000;
const KIB = 1024;

type Kind = readonly [what: string, crowd: (token: string) => Pick<Crowd, "first" | "drip">];

const kinds: readonly Kind[] = [
  ["7 KiB of a request, without a session", () => ({ first: `send alice ${"x".repeat(7 * KIB)}` })],
  ["63 KiB of a request, of a user", (token) => ({ first: `send ${token} alice ${"x".repeat(63 * KIB)}` })],
  [
    "1 MiB of a request with a file, of a user",
    (token) => ({ first: `sendfile ${token} alice a ${"A".repeat(KIB * KIB)}` }),
  ],
  ["one byte a second", () => ({ drip: { text: "x", everyMs: 1000 } })],
];

export async function unfinished(): Promise<void> {
  console.log(`  ${limitsOf(OPTIONS)}`);
  console.log(`  a request may take ${TIMEOUT_S} s to arrive`);
  for (const [what, crowd] of kinds) {
    const server = await startProcess(OPTIONS);
    const alice = await Neighbour.come(server);
    const token = await newToken(server, "mallory");
    const before = residentMb(server.pid);
    let most = before;
    const looking = setInterval(() => (most = Math.max(most, residentMb(server.pid))), 100);
    const besiegers = await Besiegers.come({
      port: server.port,
      from: ILL,
      connections: CONNECTIONS,
      ...crowd(token),
    });
    let areGone = false;
    const gone = until("all are closed", async () => (await besiegers.report()).open === 0, undefined, 60_000)
      .catch((error: unknown) => console.log(`    ${(error as Error).message}`))
      .finally(() => (areGone = true));
    console.log(`  ${CONNECTIONS} connections: ${what}`);
    console.log(shownTimes(await alice.noticesUntil(() => areGone)));
    await gone;
    console.log(shownReport(await besiegers.leave()));
    clearInterval(looking);
    await sleep(AFTER_MS);
    const after = residentMb(server.pid);
    console.log(
      `    memory ${before.toFixed(0)} MB before, ${most.toFixed(0)} at most, ${after.toFixed(0)} ${AFTER_MS / 1000} s after all were closed`,
    );
    alice.leave();
    await server.stop();
  }
}
