/** Connections from one address that try passwords, at the price that a real server has for one. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { limitsOf } from "../bench/limits.ts";
import { residentMb } from "../bench/servers.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";
import { Wire } from "../support/wire.ts";

const besiegers = new URL("guessers.ts", import.meta.url).pathname;

/** Where those come from who only want to chat. */
const ELSEWHERE = "127.0.0.2";
const CONNECTIONS = 500;
const SECONDS = 10;
/** Between two tries of each thing that is measured. */
const PAUSE_MS = 100;

/** Times in ms, of one thing. */
type Times = number[];

export async function guessing(): Promise<void> {
  console.log(`  ${limitsOf([])}`);
  for (const names of [1, 10_000]) {
    const server = await startProcess(["--password-memory", "19M"]);
    const alice = new Wire(server, ELSEWHERE).request("register alice rahasia Alice indonesia");
    await alice.first(1);
    tell("nobody guesses", await measured(server, alice, 3));
    const memory = residentMb(server.pid);
    const guessers = await begun(server, names);
    tell(
      `${CONNECTIONS} connections guess ${names === 1 ? "one name" : `${names} names`}`,
      await measured(server, alice, SECONDS),
    );
    const most = residentMb(server.pid);
    await ended(guessers);
    tell("they have just gone", await measured(server, alice, 5));
    console.log(`    memory of the server's own process ${memory.toFixed(0)} → ${most.toFixed(0)} MB`);
    alice.close();
    await server.stop();
  }
}

async function begun(server: ServerProcess, names: number): Promise<ChildProcess> {
  const args = [besiegers, String(server.port), String(CONNECTIONS), String(names)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  // It says so once every connection has asked.
  await once(child.stdout as NonNullable<typeof child.stdout>, "data");
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Each thing again and again, for so many seconds. */
async function measured(server: ServerProcess, alice: Wire, seconds: number): Promise<Record<string, Times>> {
  const until = performance.now() + seconds * 1000;
  const times: Record<string, Times> = { login: [], sendfile: [], ping: [] };
  const ping = new Wire(server, ELSEWHERE);
  let files = alice.replies.length;
  let pings = 0;
  await Promise.all([
    again(times["login"] as Times, until, async () => {
      const wire = new Wire(server, ELSEWHERE).request("auth alice rahasia");
      const [reply] = await wire.first(1);
      if (reply?.status !== "OK") throw new Error(`a right login was refused: ${JSON.stringify(reply)}`);
      wire.close();
    }),
    again(
      times["sendfile"] as Times,
      until,
      async () => void (await alice.request("sendfile alice a.txt YWJjZGU=").first(++files)),
    ),
    again(times["ping"] as Times, until, async () => void (await ping.request("ping").first(++pings))),
  ]);
  ping.close();
  return times;
}

async function again(times: Times, until: number, act: () => Promise<void>): Promise<void> {
  while (performance.now() < until) {
    const begun = performance.now();
    try {
      await act();
    } catch (error) {
      // It was waited for in vain, or refused: that is a figure, too.
      console.log(`    ${(error as Error).message}`);
      times.push(Number.POSITIVE_INFINITY);
      return;
    }
    times.push(performance.now() - begun);
    await sleep(PAUSE_MS);
  }
}

function tell(what: string, times: Record<string, Times>): void {
  const figures = Object.entries(times).map(([name, list]) => {
    const sorted = list.toSorted((a, b) => a - b);
    const [p50, p99] = [0.5, 0.99].map((part) => sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(0));
    return `${name} p50 ${p50} p99 ${p99} most ${sorted.at(-1)?.toFixed(0)} ms (${list.length})`;
  });
  console.log(`  ${what}\n    ${figures.join("\n    ")}`);
}
