/** One message after the other, none while another is under way: how long it takes from its speaker to its listener. */
import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { range, TEXT } from "./load.ts";
import { company, type Person } from "./person.ts";
import { all, inRounds, onDisk, withServer } from "./rounds.ts";
import type { Bench, Running } from "./servers.ts";
import { quantile, show, shown, shownTimes } from "./table.ts";

const WARM_UP = 200;
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
  const beside = quantile(syncs, 0.5);
  const row = (name: string, times: readonly number[]): readonly string[] => [
    name,
    ...shownTimes(times),
    shown(quantile(times, 0.5) / beside, 2),
  ];
  show(
    "A lone message, from its speaker to its listener",
    ["server", "p50, ms", "p99, ms", "p50, × one write and fdatasync"],
    [
      row("one write of 4 KiB in place and fdatasync", syncs),
      ...[...figures].map(([{ name }, rounds]) => row(name, rounds.flat())),
    ],
  );
}

/** @param disk is written to between any two messages: a disk may be slower a moment later */
export async function oneByOne(bench: Bench, server: Running, disk?: Disk): Promise<readonly number[]> {
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
    disk?.write();
  }
  for (const person of [speaker, listener]) person.leave();
  return times.slice(WARM_UP);
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
