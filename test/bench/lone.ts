/** One message after the other, none while another is under way: how long it takes from its speaker to its listener. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
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

export async function lone(): Promise<void> {
  const syncs: number[] = [];
  const users = ["s0", "r0"];
  const figures = await inRounds(all, async (bench) => {
    // In the same round, on the same disk, as the server that syncs.
    if (bench === onDisk) syncs.push(...writes());
    return withServer(bench, { users }, (server) => oneByOne(bench, server));
  });
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

async function oneByOne(bench: Bench, server: Running): Promise<readonly number[]> {
  const come = await company(bench, server.port, { speakers: ["s0"], listeners: ["r0"] });
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
  }
  for (const person of [speaker, listener]) person.leave();
  return times.slice(WARM_UP);
}

/** How long each took, ms. */
function writes(): readonly number[] {
  const folder = mkdtempSync(join(tmpdir(), "obrol-sync-"));
  const file = openSync(join(folder, "file"), "w");
  const write = (i: number): number => {
    const begun = performance.now();
    writeSync(file, PAGE, 0, PAGE.length, i * PAGE.length);
    fdatasyncSync(file);
    return performance.now() - begun;
  };
  range(MESSAGES).forEach(write);
  const times = range(MESSAGES).map(write);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return times;
}
