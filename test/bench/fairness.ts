/** Connections that ask as fast as they are answered: what others notice of them, and how much is done. */
import { setTimeout as sleep } from "node:timers/promises";
import { PINGER, range, TEXT } from "./load.ts";
import { company, inTurns } from "./person.ts";
import { Pinging } from "./pinging.ts";
import { inMemory, inRounds, onDisk, typical, withServer } from "./rounds.ts";
import type { Bench, Running, Said } from "./servers.ts";
import { show, shown, shownTimes } from "./table.ts";

const CONNECTIONS = 16;
const UNDER_WAY = 1000;
const MESSAGES = 100;
const WARM_UP_MS = 1000;
const MEASURE_MS = 5000;

const kinds: readonly (readonly [what: string, request: (friend: string) => string])[] = [
  ["send", (friend) => `send ${friend} ${TEXT}\r\n\r\n`],
  ["history", (friend) => `history ${friend} limit 50\r\n\r\n`],
];

interface Fairness {
  readonly pings: readonly number[];
  /** Requests that were answered, per second. */
  readonly answered: number;
}

export async function fairness(): Promise<void> {
  const rows: (readonly string[])[] = [];
  const users = [PINGER, ...range(CONNECTIONS).flatMap((i) => [`r${i}`, `s${i}`])];
  for (const [what, request] of kinds) {
    const run = (bench: Bench): Promise<Fairness> =>
      withServer(bench, { users }, (server) => flatOut(bench, server, request));
    for (const [{ name }, list] of await inRounds([onDisk, inMemory], run)) {
      const pings = shownTimes(list.flatMap((figure) => figure.pings));
      rows.push([
        `${what}, ${name}`,
        ...pings,
        shown(
          typical(list, ({ answered }) => answered),
          0,
        ),
      ]);
    }
  }
  show(
    `${CONNECTIONS} connections with ${UNDER_WAY} requests under way each, and the ping of somebody else`,
    ["request", "ping p50, ms", "p99, ms", "answered/s"],
    rows,
  );
}

async function flatOut(bench: Bench, server: Running, request: (friend: string) => string): Promise<Fairness> {
  const { speakers } = await company(bench, server, {
    speakers: range(CONNECTIONS).map((i) => `s${i}`),
    listeners: [],
  });
  await inTurns(speakers, (speaker, i) => speaker.say(remembered(`r${i}`)));
  for (const [i, speaker] of speakers.entries()) {
    speaker.pipeline(request(`r${i}`).repeat(UNDER_WAY), UNDER_WAY, bench.answerEnd);
  }
  await sleep(WARM_UP_MS);
  const answers = (): number => speakers.reduce((sum, speaker) => sum + speaker.frames, 0);
  const before = { answers: answers(), time: performance.now() };
  const pinging = await Pinging.begin(server.port, { enter: bench.enter(PINGER), ping: bench.ping });
  await sleep(MEASURE_MS);
  const answered = (answers() - before.answers) / ((performance.now() - before.time) / 1000);
  const pings = await pinging.end();
  for (const speaker of speakers) speaker.leave();
  return { pings, answered };
}

/** There is something in the conversation, of which every page is of the same length. */
function remembered(friend: string): Said {
  return { say: `${`send ${friend} ${TEXT}\r\n\r\n`.repeat(MESSAGES)}ping\r\n\r\n`, answered: '"pong"' };
}
