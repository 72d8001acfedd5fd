/** Times as they are told: inside they are numbers. */

let lastTime = Number.NaN;
let lastText = "";

/** RFC 3339, UTC, milliseconds, from milliseconds since 1970. Many messages share one: the last is remembered. */
export function rfc3339(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastText = new Date(time).toISOString();
  }
  return lastText;
}

/** A value whose times, under these names, are told; what is not there is left out. */
export function withTimes(value: object, ...names: readonly string[]): object {
  const times = Object.entries(value).filter(([name, time]) => names.includes(name) && typeof time === "number");
  return { ...value, ...Object.fromEntries(times.map(([name, time]) => [name, rfc3339(time)])) };
}
