/** Very many connections that are there and do nothing: while they come, while they are there, and when they go. */
import { readFileSync } from "node:fs";
import { limitsOf } from "../bench/limits.ts";
import { residentMb } from "../bench/processes.ts";
import { startProcess } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Besiegers, type Crowd } from "./besiegers.ts";
import { shownReport, shownTimes } from "./figures.ts";
import { ILL, Neighbour, newToken } from "./neighbour.ts";

const CONNECTIONS = 10_000;
const OPTIONS = ["--max-connections", "20000", "--max-connections-per-ip", "20000"];
const STAY_S = 10;

const kinds: readonly (readonly [what: string, first: (token: string) => string])[] = [
  ["have not said a word", () => ""],
  ["have used a session", (token) => `info ${token}\r\n\r\n`],
];

export async function idle(): Promise<void> {
  const files = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
  if (files < CONNECTIONS + 100) {
    console.log(`  needs ${CONNECTIONS + 100} open files, and ${files} are allowed: ulimit -Hn`);
    return;
  }
  console.log(`  ${limitsOf(OPTIONS)}; ${files} open files are allowed`);
  for (const [what, first] of kinds) {
    const server = await startProcess(OPTIONS);
    const alice = await Neighbour.come(server);
    const token = await newToken(server, "mallory");
    console.log(`  nobody else is there\n${shownTimes(await alice.notices(3))}`);
    const before = residentMb(server.pid);
    const crowd: Crowd = { port: server.port, from: ILL, connections: CONNECTIONS, first: first(token) };

    const began = performance.now();
    let come = false;
    const coming = Besiegers.come(crowd).finally(() => (come = true));
    const whileComing = await alice.noticesUntil(() => come);
    const besiegers = await coming;
    console.log(`  ${CONNECTIONS} come within ${seconds(began)} s, that ${what}\n${shownTimes(whileComing)}`);

    console.log(`  they are there\n${shownTimes(await alice.notices(STAY_S))}`);
    const during = residentMb(server.pid);
    const each = ((during - before) * 1024) / CONNECTIONS;
    console.log(shownReport(await besiegers.leave()));
    console.log(`  they have just gone, all at once\n${shownTimes(await alice.notices(3))}`);
    const after = residentMb(server.pid);
    console.log(
      `    memory ${before.toFixed(0)} → ${during.toFixed(0)} MB: ${each.toFixed(1)} KiB each; ${after.toFixed(0)} MB after`,
    );

    const others = await Besiegers.come(crowd);
    alice.leave();
    const stopping = performance.now();
    await server.kill("SIGTERM");
    console.log(`    a server that is told to stop while they are there has ended after ${seconds(stopping)} s`);
    await until("they know it", async () => (await others.report()).open === 0);
    console.log(shownReport(await others.leave()));
    await server.stop();
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
