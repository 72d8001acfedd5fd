/** Times in requests: how long, and from or until when. How replies have them is in time.ts. */
import { type Kind, Problem } from "./kinds.ts";

const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** How long: `30m`, `12h`, `7d`, at most 99,999 of a unit; in ms. */
export const duration: Kind<number> = {
  read(word) {
    const [, count = "", unit = ""] = /^([1-9]\d{0,4})([smhd])$/i.exec(word) ?? [];
    const each = UNITS_MS[unit.toLowerCase() as keyof typeof UNITS_MS];
    return each === undefined ? new Problem("duration: such as 30m, 12h or 7d") : Number(count) * each;
  },
  write(ms) {
    const [unit, each] = Object.entries(UNITS_MS).find(([, one]) => ms % one === 0) ?? ["s", UNITS_MS.s];
    return `${Math.ceil(ms / each)}${unit}`;
  },
};

/** A day (`2026-11-21`), or a moment (`2026-11-21T08:00:00+07:00`), of RFC 3339. */
const DATE = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?$/i;

/** A day or a moment, in ms since 1970. @param which millisecond of a day, in UTC, is meant by the day alone */
export function date(which: "first" | "last"): Kind<number> {
  return {
    read(word) {
      const [whole, day = ""] = DATE.exec(word) ?? [];
      const time = Date.parse(word.toUpperCase());
      // Date.parse takes the 31st of February for the 3rd of March.
      const isDay = Number.isFinite(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
      if (whole === undefined || !isDay || !Number.isFinite(time)) {
        return new Problem("date: a day as 2026-11-21, or a moment as 2026-11-21T08:00:00Z (RFC 3339)");
      }
      return whole === day && which === "last" ? time + UNITS_MS.d - 1 : time;
    },
    write: (time) => new Date(time).toISOString(),
  };
}
