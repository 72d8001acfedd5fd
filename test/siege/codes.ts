/** Invitations' codes that are guessed from one address, and the same address once it is banned. */
import { limitsOf } from "../bench/limits.ts";
import { operatorOf } from "../support/admin.ts";
import { ok } from "../support/people.ts";
import { startProcess } from "../support/server.ts";
import { Besiegers } from "./besiegers.ts";
import { shownReport, shownTimes } from "./figures.ts";
import { type Act, ILL, Neighbour } from "./neighbour.ts";

const OPTIONS = ["--registration", "invite", "--password-memory", "19M"];
const CONNECTIONS = 500;
const SECONDS = 10;
const ACTS: readonly Act[] = ["login", "send", "ping"];

export async function codes(): Promise<void> {
  console.log(`  ${limitsOf(OPTIONS)}`);
  const server = await startProcess(OPTIONS);
  const operator = await operatorOf(server);
  const { data } = await ok(operator.request("admin invite"));
  const alice = await Neighbour.come(server, "alice", `${(data as { code: string }).code}:`);
  console.log(`  nobody guesses\n${shownTimes(await alice.notices(3, ACTS))}`);
  const ask = { request: "register user{number} {code}:rahasia A indonesia", underWay: 1 };
  const guessers = await Besiegers.come({ port: server.port, from: ILL, connections: CONNECTIONS, ask });
  console.log(`  ${CONNECTIONS} connections guess codes, for ${SECONDS} s`);
  console.log(shownTimes(await alice.notices(SECONDS, ACTS)));
  console.log(shownReport(await guessers.report()));

  await ok(operator.request(`admin ban ${ILL}`));
  console.log(`  their address is banned: those who are there`);
  console.log(shownTimes(await alice.notices(2, ACTS)));
  console.log(shownReport(await guessers.leave()));
  const banned = await Besiegers.come({ port: server.port, from: ILL, connections: CONNECTIONS, ask, returns: true });
  console.log(`  ${CONNECTIONS} come again and again, for ${SECONDS} s`);
  console.log(shownTimes(await alice.notices(SECONDS, ACTS)));
  console.log(shownReport(await banned.leave()));
  alice.leave();
  operator.close();
  await server.stop();
}
