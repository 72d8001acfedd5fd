/** Resident memory: with people who are only there, and over a long time of those who come, speak and go. */
import { setTimeout as sleep } from "node:timers/promises";
import { defaultCost } from "../../src/operations/services/passwords.ts";
import { PASSWORD } from "../support/people.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";
import { filled, tokenOf } from "./fill.ts";
import { range, TEXT } from "./load.ts";
import { inTurns, Person } from "./person.ts";
import { allDistinctMb, allResidentMb, cpuSeconds, residentMb } from "./processes.ts";
import { inMemory, onDisk } from "./rounds.ts";
import { LIFTED } from "./servers.ts";
import { show, shown } from "./table.ts";

const BY_PASSWORD = 1000;
const MORE = 4000;
const AFTER_MS = 5000;

const VISITORS = 24;
const MESSAGES_EACH = 50;
const RATE = 20_000;
const LOOKS = 10;

/** @param messages of those who come and go */
export async function memory(messages: number): Promise<void> {
  await idle();
  await churn(messages);
}

async function idle(): Promise<void> {
  const { data, remove } = await filled({ users: BY_PASSWORD + MORE, cost: defaultCost });
  const server = await startProcess(["--data", data, "--password-memory", `${defaultCost.memory}K`, ...LIFTED]);
  const before = allResidentMb(server.pid);
  const come = (i: number, say: string): Promise<Person> => loggedIn(server, say.replaceAll("NAME", `u${i}`));
  const first = await inTurns(range(BY_PASSWORD), (i) => come(i, `auth NAME ${PASSWORD}`));
  await sleep(AFTER_MS);
  const withFirst = { all: allResidentMb(server.pid), server: residentMb(server.pid) };
  const more = await inTurns(range(MORE), (i) => come(i, `resume ${tokenOf(BY_PASSWORD + i)}`));
  await sleep(AFTER_MS);
  const withAll = { all: allResidentMb(server.pid), server: residentMb(server.pid) };
  for (const person of [...first, ...more]) person.leave();
  await server.stop();
  remove();
  const each = ((withAll.server - withFirst.server) * 1024) / MORE;
  show(
    `Resident memory, MB, of ${BY_PASSWORD + MORE} users of whom some are logged in and idle`,
    ["logged in", "all processes", "the server's alone"],
    [
      ["nobody", shown(before, 0), ""],
      [`1,000 by passwords, 5 s after the last`, shown(withFirst.all, 0), shown(withFirst.server, 0)],
      ["5,000", shown(withAll.all, 0), shown(withAll.server, 0)],
      ["each further one, kB", "", shown(each, 1)],
    ],
  );
}

async function loggedIn(server: ServerProcess, say: string): Promise<Person> {
  const person = await Person.come(server.port);
  await person.say({ say: `${say}\r\n\r\n`, answered: '"OK"' });
  return person;
}

async function churn(messages: number): Promise<void> {
  const rows = [];
  for (const { name, store } of [
    { name: onDisk.name, store: [] },
    { name: inMemory.name, store: ["--memory"] },
  ]) {
    const server = await startProcess([...store, ...LIFTED]);
    const names = range(VISITORS).map((i) => `v${i}`);
    for (const user of names) (await loggedIn(server, `register ${user} rahasia ${user} indonesia`)).leave();
    const begun = performance.now();
    const cpu = cpuSeconds(server.pid);
    let sent = 0;
    const looks: number[] = [];
    let [alone, once] = [0, 0];
    await Promise.all(
      names.map(async (user, i) => {
        while (sent < messages) {
          sent += MESSAGES_EACH;
          await visit(server, user, `v${(i + 1) % VISITORS}`);
          if (looks.length < (sent * LOOKS) / messages - 1) {
            looks.push(allResidentMb(server.pid));
            alone = Math.max(alone, residentMb(server.pid));
            once = Math.max(once, allDistinctMb(server.pid));
          }
          await sleep(Math.max(0, (sent / RATE) * 1000 - (performance.now() - begun)));
        }
      }),
    );
    const rate = sent / ((performance.now() - begun) / 1000);
    const each = ((cpuSeconds(server.pid) - cpu) / sent) * 1e6;
    const most = [shown(alone, 0), shown(once, 0)];
    rows.push([name, shown(rate, 0), shown(each, 1), ...looks.map((look) => shown(look, 0)), ...most]);
    await server.stop();
  }
  show(
    `RSS of all processes, MB, while ${VISITORS} connections come, send ${MESSAGES_EACH} messages, read and go, after each tenth of ${messages.toLocaleString("en")} messages`,
    [
      ...["server", "messages/s", "CPU each, µs", ...range(LOOKS - 1).map((i) => `${i + 1}/${LOOKS}`)],
      ...["the most of the server alone", "of all, files counted once"],
    ],
    rows,
  );
}

/** Comes, sends, reads what is new, and goes. */
async function visit(server: ServerProcess, user: string, friend: string): Promise<void> {
  const person = await loggedIn(server, `auth ${user} rahasia`);
  const letters = `send ${friend} ${TEXT}\r\n\r\n`.repeat(MESSAGES_EACH);
  await person.say({ say: `${letters}inbox\r\n\r\nlogout\r\n\r\nping\r\n\r\n`, answered: "pong" });
  person.leave();
}
