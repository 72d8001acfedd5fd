/** Connections from one address that try passwords, at the price that a real server has for one. */
import { limitsOf } from "../bench/limits.ts";
import { residentMb } from "../bench/processes.ts";
import { startProcess } from "../support/server.ts";
import { Besiegers } from "./besiegers.ts";
import { shownReport, shownTimes } from "./figures.ts";
import { type Act, ILL, Neighbour } from "./neighbour.ts";

const CONNECTIONS = 500;
const SECONDS = 10;
const ACTS: readonly Act[] = ["login", "sendfile", "ping"];

export async function guessing(): Promise<void> {
  console.log(`  ${limitsOf([])}`);
  for (const names of ["alice", "user{number}"]) {
    const server = await startProcess(["--password-memory", "19M"]);
    const alice = await Neighbour.come(server);
    console.log(`  nobody guesses\n${shownTimes(await alice.notices(3, ACTS))}`);
    const memory = residentMb(server.pid);
    const ask = { request: `auth ${names} guess{number}`, underWay: 1 };
    const guessers = await Besiegers.come({ port: server.port, from: ILL, connections: CONNECTIONS, ask });
    console.log(`  ${CONNECTIONS} connections guess ${names === "alice" ? "one name" : "10,000 names"}`);
    console.log(shownTimes(await alice.notices(SECONDS, ACTS)));
    const most = residentMb(server.pid);
    console.log(shownReport(await guessers.leave()));
    console.log(`  they have just gone\n${shownTimes(await alice.notices(5, ACTS))}`);
    console.log(`    memory of the server's own process ${memory.toFixed(0)} → ${most.toFixed(0)} MB`);
    alice.leave();
    await server.stop();
  }
}
