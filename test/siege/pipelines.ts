/** Connections that ask without end: some read what they are answered, some do not. */
import { limitsOf } from "../bench/limits.ts";
import { residentMb } from "../bench/processes.ts";
import { startProcess } from "../support/server.ts";
import { Besiegers } from "./besiegers.ts";
import { shownReport, shownTimes } from "./figures.ts";
import { ILL, Neighbour, newToken } from "./neighbour.ts";

const CONNECTIONS = 16;
const UNDER_WAY = 1000;
const SECONDS = 15;

const kinds: readonly (readonly [what: string, request: (token: string) => string])[] = [
  ["ping", () => "ping"],
  ["a long reply (help)", () => "help"],
  ["messages", (token) => `send ${token} mallory halo`],
];

export async function pipelines(): Promise<void> {
  console.log(`  ${limitsOf([])}`);
  for (const reads of [true, false]) {
    for (const [what, request] of kinds) {
      const server = await startProcess();
      const alice = await Neighbour.come(server);
      const token = await newToken(server, "mallory");
      const before = residentMb(server.pid);
      const ask = { request: request(token), underWay: UNDER_WAY };
      const besiegers = await Besiegers.come({ port: server.port, from: ILL, connections: CONNECTIONS, ask, reads });
      const how = reads ? `${UNDER_WAY} requests under way on each` : "none reads what it is answered";
      console.log(`  ${CONNECTIONS} connections, ${how}, for ${SECONDS} s: ${what}`);
      console.log(shownTimes(await alice.notices(SECONDS)));
      const most = residentMb(server.pid);
      console.log(shownReport(await besiegers.leave()));
      console.log(`    memory ${before.toFixed(0)} → ${most.toFixed(0)} MB\n  they have just gone`);
      console.log(shownTimes(await alice.notices(3)));
      alice.leave();
      await server.stop();
    }
  }
}
