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
export function withTimes<T extends object, N extends string>(
  value: T,
  ...names: readonly N[]
): Omit<T, N> & { readonly [K in N & keyof T]: undefined extends T[K] ? string | undefined : string } {
  const times = Object.entries(value).filter(([name, time]) => names.includes(name as N) && typeof time === "number");
  return { ...value, ...Object.fromEntries(times.map(([name, time]) => [name, rfc3339(time)])) } as never;
}
