/** Times as they are told: inside the server they are numbers. */

let lastTime = Number.NaN;
let lastText = "";

/** A time as RFC 3339, UTC, with milliseconds. Many messages share one: the latest is remembered. @param time ms since 1970 */
export function rfc3339(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastText = new Date(time).toISOString();
  }
  return lastText;
}

/** An object with the times under these names as RFC 3339. */
export function withTimes(value: object, ...names: readonly string[]): object {
  const times = Object.entries(value).filter(([name, time]) => names.includes(name) && typeof time === "number");
  return { ...value, ...Object.fromEntries(times.map(([name, time]) => [name, rfc3339(time)])) };
}
