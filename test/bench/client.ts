/** chat-client: what one command takes to start, and a prompt in a pty to which very many messages come. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pty from "@lydell/node-pty";
import { newUser } from "../support/people.ts";
import { cleanEnv, startProcess } from "../support/server.ts";
import { until } from "../support/until.ts";
import { range } from "./load.ts";
import { residentMb } from "./processes.ts";
import { median, show, shown } from "./table.ts";

const built = new URL("../../dist/bin/chat-client.js", import.meta.url).pathname;

const TRIES = 20;

/** Messages that come each second, for so many seconds, from so many senders. */
const RATE = 10_000;
const SECONDS = 5;
const SENDERS = 4;
const TICK_MS = 10;

export async function client(): Promise<void> {
  if (!existsSync(built)) throw new Error("it is not built: npm run build");
  const more = await startUp();
  const { rate, shown: drawn, sent, behind, before, most } = await flood();
  show(
    "chat-client",
    ["what", "figure"],
    [
      ["one command, longer than node -e 0, ms", shown(more, 0)],
      ["messages that come each second", shown(rate, 0)],
      ["of them shown, %", shown((drawn / sent) * 100, 1)],
      ["behind at the end, ms", shown(behind, 0)],
      ["RSS before, MB", shown(before, 0)],
      ["the most, MB", shown(most, 0)],
    ],
  );
}

/** Milliseconds that a `ping` takes longer than `node -e 0`; the median of tries in turn. */
async function startUp(): Promise<number> {
  const server = await startProcess(["--memory"]);
  const options = { stdio: "ignore", env: cleanEnv() } as const;
  const timed = (args: readonly string[]): number => {
    const begun = performance.now();
    execFileSync(process.execPath, args, options);
    return performance.now() - begun;
  };
  const more = range(TRIES).map(() => {
    const least = timed(["-e", "0"]);
    return timed([built, "--port", String(server.port), "ping"]) - least;
  });
  await server.stop();
  return median(more);
}

interface Flood {
  /** Messages that came each second, and how many of them were shown. */
  readonly rate: number;
  readonly shown: number;
  readonly sent: number;
  /** How long after the last was sent it stood on the screen, ms. */
  readonly behind: number;
  /** MB of resident memory. */
  readonly before: number;
  readonly most: number;
}

async function flood(): Promise<Flood> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-bench-"));
  const secret = join(folder, "password");
  writeFileSync(secret, "rahasia\n", { mode: 0o600 });
  const server = await startProcess(["--memory"]);
  await newUser(server, "alice");
  const senders = await Promise.all(range(SENDERS).map((i) => newUser(server, `s${i}`)));
  const prompt = pty.spawn(
    process.execPath,
    [built, "--port", String(server.port), "-u", "alice", "--password-file", secret],
    {
      cols: 100,
      rows: 30,
      env: { ...cleanEnv(), TERM: "xterm-256color", XDG_STATE_HOME: folder } as Record<string, string>,
    },
  );
  let seen = "";
  let shown = 0;
  prompt.onData((text) => {
    // One may be cut in two.
    const tail = seen.slice(-"pesan nomo".length);
    shown += (tail + text).split("pesan nomor").length - 1;
    seen = (seen + text).slice(-4000);
  });
  await until("it is there", () => seen.includes("alice"));
  await sleep(500);
  const before = residentMb(prompt.pid);
  let most = before;
  let sent = 0;
  const begun = performance.now();
  while (performance.now() - begun < SECONDS * 1000) {
    const due = Math.floor(((performance.now() - begun) / 1000) * RATE);
    for (; sent < due; sent++) {
      // Nobody waits for the answers.
      senders[sent % SENDERS]?.client.request(`send alice pesan nomor ${sent}`).catch(() => undefined);
    }
    most = Math.max(most, residentMb(prompt.pid));
    await sleep(TICK_MS);
  }
  const last = performance.now();
  const rate = sent / ((last - begun) / 1000);
  await senders[0]?.client.request("send alice yang terakhir");
  await until("the last is shown", () => seen.includes("yang terakhir"));
  const behind = performance.now() - last;
  most = Math.max(most, residentMb(prompt.pid));
  prompt.kill("SIGKILL");
  await server.stop();
  rmSync(folder, { recursive: true });
  return { rate, shown, sent, behind, before, most };
}
