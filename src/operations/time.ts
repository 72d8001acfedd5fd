/** Times as they are told. */

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
