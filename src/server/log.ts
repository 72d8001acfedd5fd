/**
 * The server's log. Each event is a line with time, level, event and facts, as a text or as a JSON object. It never has a
 * password, a token or a message.
 */

/** From the most to the least urgent. */
export const levels = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof levels)[number];
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;
/** Writes one line. `event`: a fixed word, for scripts. */
export type Log = (level: Level, event: string, facts?: Facts) => void;

export const logFormats = ["text", "json"] as const;

interface LogSettings {
  /** The least urgent level that is written; `silent` writes none. */
  readonly most: Level | "silent";
  readonly format: (typeof logFormats)[number];
}

/** @param settings called for every line, because they may change. @param now ms since 1970 */
export function logger(settings: () => LogSettings, write: (line: string) => void, now: () => number): Log {
  return (level, event, facts = {}) => {
    const { most, format } = settings();
    if (most === "silent" || levels.indexOf(level) > levels.indexOf(most)) return;
    const time = new Date(now()).toISOString();
    write(
      `${format === "json" ? JSON.stringify({ time, level, event, ...facts }) : inWords(time, level, event, facts)}\n`,
    );
  };
}

function inWords(time: string, level: Level, event: string, facts: Facts): string {
  const words = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoted(String(value))}`);
  return [time, level, event, ...words].join(" ");
}

/** How many lines of one event `fewLines` writes in a second. */
const MOST_A_SECOND = 5;

/**
 * A log for events that strangers can cause as often as they like. It writes at most a few lines of an event in a second; the
 * next line of that event says how many were left out (`omitted`). @param elapsed ms
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

/** Quotes a value with a blank, a control character or the like, so that it cannot look like another fact or another line. */
function quoted(value: string): string {
  return /^[\w.:@/+,-]+$/.test(value) ? value : JSON.stringify(value);
}
