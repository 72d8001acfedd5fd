/** How far a transfer is, in words: a bar for terminals, lines, or JSON. */

import { formatBytes, formatDuration } from "../format.ts";
import { jsonLine } from "../json-line.ts";
import { wording } from "../language/wording.ts";
import { truncate, widthOf } from "../terminal/graphemes.ts";
import type { Progress } from "./transfer.ts";

/** Columns of the bar itself. */
const BAR = 20;

/** Columns that a name gets at least; with less room it is left out. */
const SHORTEST_NAME = 4;

/** A rate is measured over half a second or more, and the newest has this weight: the last few seconds count. */
const NEWEST = 0.3;
const SAMPLE_MS = 500;

/** Bytes per second, as it has been lately. */
export class Rate {
  #at: number;
  #done: number;
  #rate = 0;

  /** @param now in ms; any clock that does not go back. */
  constructor(done: number, now: number) {
    this.#done = done;
    this.#at = now;
  }

  sample(done: number, now: number): number {
    const ms = now - this.#at;
    if (ms < SAMPLE_MS) return this.#rate;
    const latest = ((done - this.#done) / ms) * 1000;
    this.#rate = this.#rate === 0 ? latest : this.#rate + NEWEST * (latest - this.#rate);
    this.#at = now;
    this.#done = done;
    return this.#rate;
  }
}

/** `a.iso 43% 1.2 GiB of 2.8 GiB 210 MiB/s 0:08`. @param name inert */
export function progressLine(progress: Progress, name: string, rate: number): string {
  return [name, ...figures(progress, rate)].filter(Boolean).join(" ");
}

/** The same with a bar after the name; less where there is no room for it. @param name inert */
export function progressBar(progress: Progress, name: string, rate: number, columns: number): string {
  const { done, size: all } = progress;
  const filled = all === 0 ? BAR : Math.floor((done / all) * BAR);
  const [percent, bytes, speed] = figures(progress, rate);
  const drawn = `${"█".repeat(filled)}${"░".repeat(BAR - filled)}`;
  const long = [name, drawn, percent, bytes, speed].filter(Boolean).join(" ");
  if (widthOf(long) <= columns) return long;
  const short = [percent, speed].filter(Boolean).join(" ");
  const room = columns - short.length - 1;
  if (room >= SHORTEST_NAME) return `${truncate(name, room)} ${short}`;
  return truncate(short, columns);
}

function figures(
  { done, size: all, hashing }: Progress,
  rate: number,
): [percent: string, bytes: string, speed: string] {
  const percent = `${Math.floor(all === 0 ? 100 : (done / all) * 100)}%`;
  const speed = hashing
    ? wording.files.reading
    : rate > 0
      ? `${formatBytes(rate)}/s ${formatDuration((all - done) / rate)}`
      : "";
  return [percent, wording.files.of(formatBytes(done), formatBytes(all)), speed];
}

/** What is known of a transfer; how far it is, once it has begun. */
type TransferState = Pick<Progress, "direction" | "name"> & Partial<Progress>;

/** One object a line: what scripts read. */
export function progressJson(
  { direction, name, hashing, done, size: all }: TransferState,
  state: string,
  more: object = {},
): string {
  const now = hashing && state === "running" ? "reading" : state;
  return jsonLine("transfer", { direction, name, state: now, done, size: all, ...more });
}
