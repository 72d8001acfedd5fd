/** How far a transfer is, in words: a bar for terminals, lines, or JSON. */
import type { Progress } from "./transfer.ts";

/** Columns of the bar itself. */
const BAR = 20;

/** Weight of the newest rate; over half a second each, the last few seconds count. */
const NEWEST = 0.3;
const SAMPLE_MS = 500;

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1.2 GiB`: three digits are enough. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `0:08`, `12:34`, `1:02:03`. */
export function span(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

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
export function line(progress: Progress, name: string, rate: number): string {
  return [name, ...figures(progress, rate)].filter(Boolean).join(" ");
}

/** The same with a bar after the name; less where there is no room for it. @param name inert */
export function bar(progress: Progress, name: string, rate: number, columns: number): string {
  const { done, size: all } = progress;
  const filled = all === 0 ? BAR : Math.floor((done / all) * BAR);
  const [percent, bytes, speed] = figures(progress, rate);
  const drawn = `${"█".repeat(filled)}${"░".repeat(BAR - filled)}`;
  const long = [name, drawn, percent, bytes, speed].filter(Boolean).join(" ");
  if (long.length <= columns) return long;
  const short = [percent, speed].filter(Boolean).join(" ");
  const room = columns - short.length - 1;
  return room < 4 ? short : `${name.length > room ? `${name.slice(0, room - 1)}…` : name} ${short}`;
}

function figures(
  { done, size: all, hashing }: Progress,
  rate: number,
): [percent: string, bytes: string, speed: string] {
  const percent = `${Math.floor(all === 0 ? 100 : (done / all) * 100)}%`;
  const speed = hashing ? "reading" : rate > 0 ? `${size(rate)}/s ${span((all - done) / rate)}` : "";
  return [percent, `${size(done)} of ${size(all)}`, speed];
}

/** One object a line: what scripts read. */
export function json({ direction, name, hashing, done, size: all }: Progress, state: string): string {
  return JSON.stringify({
    type: "transfer",
    v: 1,
    direction,
    name,
    state: hashing ? "reading" : state,
    done,
    size: all,
  });
}
