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

/** A value that holds a blank or a control character cannot pass for another fact or line. */
function quoted(value: string): string {
  return /^[\w.:@/+,-]+$/.test(value) ? value : JSON.stringify(value);
}
