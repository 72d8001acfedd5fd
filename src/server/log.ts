/** Log lines, one for each event: time, level, event, facts. Never a password, a token or a message. */

/** From the most to the least urgent. */
export const levels = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof levels)[number];
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;
/** Writes one line. `event`: a fixed word, for scripts. */
export type Log = (level: Level, event: string, facts?: Facts) => void;

/** @param most the least urgent level that is written; `silent` writes none. */
export function logger(most: Level | "silent", write: (line: string) => void, now: () => number): Log {
  const limit = most === "silent" ? -1 : levels.indexOf(most);
  return (level, event, facts = {}) => {
    if (levels.indexOf(level) > limit) return;
    const words = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${quoted(String(value))}`);
    write(`${[new Date(now()).toISOString(), level, event, ...words].join(" ")}\n`);
  };
}

/** Lines of one event in one second. */
const MOST_A_SECOND = 5;

/**
 * A log for what strangers can make happen as often as they like: it has at most a few lines of an event in a second. The next line
 * after that says how many were left out.
 */
export function fewLines(log: Log, elapsed: () => number): Log {
  const events = new Map<string, { second: number; lines: number; omitted: number }>();
  return (level, event, facts) => {
    const second = Math.floor(elapsed() / 1000);
    const count = events.get(event) ?? { second, lines: 0, omitted: 0 };
    events.set(event, count);
    if (count.second !== second) Object.assign(count, { second, lines: 0 });
    if (count.lines >= MOST_A_SECOND) {
      count.omitted++;
      return;
    }
    count.lines++;
    log(level, event, { ...facts, omitted: count.omitted || undefined });
    count.omitted = 0;
  };
}

/** A value that holds a blank or a control character cannot pass for another fact or line. */
function quoted(value: string): string {
  return /^[\w.:@/+,-]+$/.test(value) ? value : JSON.stringify(value);
}
