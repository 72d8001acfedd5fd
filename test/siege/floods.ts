/** Somebody who sends far beyond his budget: a user, and an address without a session. */
import { limitsOf } from "../bench/limits.ts";
import { residentMb } from "../bench/processes.ts";
import { startProcess } from "../support/server.ts";
import { Besiegers } from "./besiegers.ts";
import { shownReport, shownTimes } from "./figures.ts";
import { ILL, Neighbour, newToken } from "./neighbour.ts";

const OPTIONS = ["--rate", "always"];
const SECONDS = 10;
const UNDER_WAY = 200;

export async function floods(): Promise<void> {
  console.log(`  ${limitsOf(OPTIONS)}`);
  for (const connections of [1, 1000]) {
    for (const who of ["a user sends messages", "a user asks", "an address without a session asks"]) {
      const server = await startProcess(OPTIONS);
      const alice = await Neighbour.come(server);
      const token = await newToken(server, "mallory");
      const before = residentMb(server.pid);
      console.log(`  nobody floods\n${shownTimes(await alice.notices(3))}`);
      const request = who.endsWith("messages")
        ? `send ${token} mallory halo`
        : who.startsWith("a user")
          ? `info ${token}`
          : "ping";
      const ask = { request, underWay: UNDER_WAY };
      const flooders = await Besiegers.come({ port: server.port, from: ILL, connections, ask });
      console.log(`  ${who} over ${connections}, ${UNDER_WAY} requests under way on each, for ${SECONDS} s`);
      console.log(shownTimes(await alice.notices(SECONDS)));
      const most = residentMb(server.pid);
      console.log(shownReport(await flooders.leave()));
      console.log(`    memory ${before.toFixed(0)} → ${most.toFixed(0)} MB`);
      alice.leave();
      await server.stop();
    }
  }
}
