/** Bytes, durations and times as people read them. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1.2 GiB`: three digits are enough. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `0:08`, `12:34`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Day and minute here, from RFC 3339; empty for what is no time. */
export function formatDayAndClock(time: unknown): string {
  const at = new Date(typeof time === "string" ? time : Number.NaN);
  if (Number.isNaN(at.getTime())) return "";
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `05:41`, the minute alone. */
export function formatClock(time: unknown): string {
  return formatDayAndClock(time).slice(-5) || "--:--";
}
