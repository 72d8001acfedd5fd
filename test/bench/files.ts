/** A file of 1 GiB over loopback, beside netcat copying the same; what it costs, and what others notice of it. */
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { freePort } from "../support/free-port.ts";
import { newUser, ok } from "../support/people.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";
import { range } from "./load.ts";
import { peakMb, residentMb } from "./processes.ts";
import { median, quantile, show, shown } from "./table.ts";

const SIZE = 2 ** 30;
const ROUNDS = 6;

interface Copies {
  /**
   * MB/s, one of each round: onto disk by netcat, by netcat and then synced, and up to the server, which syncs; into
   * memory by netcat, and down from the server.
   */
  readonly disk: number[];
  readonly synced: number[];
  readonly up: number[];
  readonly memory: number[];
  readonly down: number[];
  /** MB of resident memory: before, and the most there was at any time. */
  readonly before: number;
  readonly most: number;
  /** The 99th of a hundred round trips of somebody else's message while a file goes up, ms. */
  readonly p99: number;
}

export async function files(): Promise<void> {
  if (spawnSync("nc", ["-h"]).error) {
    console.log("netcat is not installed: apt-get install netcat-openbsd");
    return;
  }
  const { disk, synced, up, memory, down, before, most, p99 } = await copies();
  const row = (what: string, own: readonly number[], base?: readonly number[]): string[] => [
    what,
    shown(median(own), 0),
    shown(base && median(own) / median(base), 2),
  ];
  show(
    "1 GiB over loopback",
    ["way", "MB/s", "× nc \\| nc"],
    [
      row("onto disk, nc \\| nc", disk),
      row("the same, and synced", synced, disk),
      row("up to the server, which syncs", up, disk),
      row("into memory, nc \\| nc", memory),
      row("down from the server", down, memory),
    ],
  );
  show(
    "Meanwhile",
    ["RSS before, MB", "the most, MB", "p99 of another pair's message, ms"],
    [[shown(before, 0), shown(most, 0), shown(p99, 2)]],
  );
}

async function copies(): Promise<Copies> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-files-"));
  const file = join(folder, "file");
  await noise(file);
  const uploads = join(folder, "uploads");
  const server = await startProcess(["--uploads", uploads, "--quota", "100G"]);
  const alice = await newUser(server, "alice");
  const { tokenid: token } = await ok(alice.client.request("auth alice rahasia"));
  const times: Record<"disk" | "synced" | "up" | "memory" | "down", number[]> = {
    disk: [],
    synced: [],
    up: [],
    memory: [],
    down: [],
  };
  const before = residentMb(server.pid);
  const copy = join(folder, "copy");
  const inMemory = `/dev/shm/obrol-copy-${process.pid}`;
  const reply = join(folder, "reply");
  const ways = {
    disk: async () => timed(await netcat(file, copy, "")),
    synced: async () => timed(await netcat(file, copy, `; sync ${copy}`)),
    up: () => timed(`${upload(server, String(token), file)} > ${reply}`),
    memory: async () => timed(await netcat(file, inMemory, "")),
    async down() {
      const { file: sent } = JSON.parse(readFileSync(reply, "utf8")) as { file: { id: string } };
      const ask = `printf 'download ${token} ${sent.id}\\r\\n\\r\\n'`;
      const speed = await timed(`${ask} | nc -N ${server.host} ${server.port} > ${inMemory}`);
      await ok(alice.client.request(`unsend ${sent.id}`));
      return speed;
    },
  };
  for (const round of range(ROUNDS)) {
    // A disk is slow for a while after much was written: each has its turn right after each.
    const onDisk = ["disk", "synced", "up"] as const;
    const order = [...onDisk.slice(round % 3), ...onDisk.slice(0, round % 3), "memory", "down"] as const;
    for (const way of order) {
      times[way].push(await ways[way]());
      for (const left of [copy, inMemory]) rmSync(left, { force: true });
    }
  }
  const most = peakMb(server.pid);
  const p99 = await meanwhile(server, upload(server, String(token), file));
  alice.client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
  return { ...times, before, most, p99 };
}

/** Another pair's messages, one after the other, from the request to the event at its receiver, while a command runs. */
async function meanwhile(server: ServerProcess, command: string): Promise<number> {
  let heard: (event: ToldEvent) => void = () => {};
  const carl = await newUser(server, "carl");
  const dora = await newUser(server, "dora", { onEvent: (event) => heard(event) });
  await ok(dora.client.request("watch on"));
  const times: number[] = [];
  let running = true;
  const ended = run(`${command} > /dev/null`).finally(() => {
    running = false;
  });
  while (running) {
    const began = performance.now();
    const arrived = new Promise<void>((resolve) => {
      heard = () => resolve();
    });
    await Promise.all([carl.client.request("send dora halo"), arrived]);
    times.push(performance.now() - began);
  }
  await ended;
  for (const { client } of [carl, dora]) client.close();
  return quantile(times, 0.99);
}

function upload({ host, port }: ServerProcess, token: string, file: string): string {
  return `(printf 'upload ${token} alice file ${SIZE}\\r\\n\\r\\n'; cat ${file}) | nc -N ${host} ${port}`;
}

/** The same bytes over loopback into a file, by netcat alone. */
async function netcat(file: string, copy: string, then: string): Promise<string> {
  const port = await freePort();
  const listening = `while ! nc -z 127.0.0.1 ${port} 2>/dev/null; do :; done`;
  // The first connection only shows that it listens.
  return `(nc -lk 127.0.0.1 ${port} > ${copy} & nc=$!; ${listening}; cat ${file} | nc -N 127.0.0.1 ${port}; kill $nc${then})`;
}

/** MB/s of a command that copies the file; what others have left to write is on disk before. */
async function timed(command: string): Promise<number> {
  await run("sync");
  const began = performance.now();
  await run(command);
  return SIZE / 1e6 / ((performance.now() - began) / 1000);
}

function run(command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", command], { stdio: ["ignore", "ignore", "inherit"] });
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}

/** Bytes that nothing can make smaller. */
async function noise(path: string): Promise<void> {
  const random = spawn("head", ["-c", String(SIZE), "/dev/urandom"], { stdio: ["ignore", "pipe", "inherit"] });
  await pipeline(Readable.from(random.stdout), createWriteStream(path));
}
