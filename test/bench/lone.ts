/** One message after the other, none while another is under way: how long it takes from its speaker to its listener. */
import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { range, TEXT } from "./load.ts";
import { company, type Person } from "./person.ts";
import { all, inRounds, onDisk, withServer } from "./rounds.ts";
import type { Bench, Running } from "./servers.ts";
import { quantile, show, shown, shownTimes } from "./table.ts";

/** V8 compiles what is called often, some of it after thousands of calls: a server that has just been started takes three times as long. */
const WARM_UP = 10_000;
const MESSAGES = 1000;
/** What is written before each sync: a page of the file system, in place, for a file that grows is more than one write. */
const PAGE = Buffer.alloc(4096, 1);
const PAGES = 1000;

export async function lone(): Promise<void> {
  const disk = new Disk();
  const figures = await inRounds(all, (bench) =>
    withServer(bench, { users: ["s0", "r0"] }, (server) =>
      oneByOne(bench, server, bench === onDisk ? disk : undefined),
    ),
  );
  const syncs = disk.end();
  showLone(
    "A lone message, from its speaker to its listener",
    ["one write of 4 KiB in place and fdatasync", syncs],
    figures,
  );
}

/** Lone messages of a server: the first, when it had just been started, and those after many; how long each took, ms. */
export interface Lone {
  readonly first: readonly number[];
  readonly later: readonly number[];
}

/** @param beside what they are compared with, and how long that took each time, ms */
export function showLone(
  title: string,
  [name, beside]: readonly [string, readonly number[]],
  figures: ReadonlyMap<Bench, readonly Lone[]>,
): void {
  const median = quantile(beside, 0.5);
  const row = (server: string, times: readonly number[], first: string): readonly string[] => [
    server,
    ...shownTimes(times),
    shown(quantile(times, 0.5) / median, 2),
    first,
  ];
  const rows = [...figures].map(([bench, rounds]) => {
    const first = quantile(
      rounds.flatMap((one) => one.first),
      0.5,
    );
    return row(
      bench.name,
      rounds.flatMap(({ later }) => later),
      shown(first, 2),
    );
  });
  show(
    title,
    ["server", "p50, ms", "p99, ms", `p50, × ${name}`, `p50 of the first ${MESSAGES}, ms`],
    [row(name, beside, ""), ...rows],
  );
}

/** @param disk is written to between any two of the later messages: a disk may be slower a moment later */
export async function oneByOne(bench: Bench, server: Running, disk?: Disk): Promise<Lone> {
  const come = await company(bench, server, { speakers: ["s0"], listeners: ["r0"] });
  const [speaker, listener] = [come.speakers[0] as Person, come.listeners[0] as Person];
  const times: number[] = [];
  for (const i of range(WARM_UP + MESSAGES)) {
    // What else comes to the listener must not be taken for it.
    const text = `${TEXT} ${i.toString().padStart(6, "0")}`;
    const answered = bench.barrier === "" ? speaker.hears(bench.answerEnd) : undefined;
    const heard = listener.hears(text);
    const begun = performance.now();
    speaker.write(bench.send("r0", text));
    await heard;
    times.push(performance.now() - begun);
    await answered;
    if (i >= WARM_UP) disk?.write();
  }
  for (const person of [speaker, listener]) person.leave();
  return { first: times.slice(0, MESSAGES), later: times.slice(WARM_UP) };
}

/** A file on the disk that data folders are on. */
class Disk {
  readonly #folder = mkdtempSync(join(tmpdir(), "obrol-sync-"));
  readonly #file = openSync(join(this.#folder, "file"), "w");
  readonly #times: number[] = [];

  constructor() {
    for (const _ of range(PAGES)) writeSync(this.#file, PAGE);
    fsyncSync(this.#file);
  }

  /** Writes a page and syncs it. */
  write(): void {
    const begun = performance.now();
    writeSync(this.#file, PAGE, 0, PAGE.length, (this.#times.length % PAGES) * PAGE.length);
    fdatasyncSync(this.#file);
    this.#times.push(performance.now() - begun);
  }

  /** Removes it. @returns how long each write has taken, ms */
  end(): readonly number[] {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true });
    return this.#times;
  }
}
