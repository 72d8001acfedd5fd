/** What an option of a program is, and what kinds of values there are: each is read from a text. */

export interface Option<T> {
  readonly describe: string;
  readonly default: T | undefined;
  /** How the default is shown, where it is not itself. */
  readonly shown?: string;
  /** What the help calls a value: `FILE`, `N`. */
  readonly value?: string;
  readonly flag?: boolean;
  /** The only values there are. */
  readonly choices?: readonly string[];
  readonly repeatable?: boolean;
  readonly alias?: string;
  /** Neither a variable nor a config file can set it: it says what to do in this run. */
  readonly onlyByFlag?: boolean;
  /** A running server uses a new value as soon as it rereads its options. */
  readonly live?: boolean;
  /** @throws Error saying what is wanted. */
  read(text: string): T;
}

export type Table = Readonly<Record<string, Option<unknown>>>;
export type Settings<T extends Table> = { [K in keyof T]: T[K] extends Option<infer V> ? V : never };

/** An option that says what to do in this run: neither a variable nor a config file can set it. */
export function once<T>(option: Option<T>): Option<T> {
  return { ...option, onlyByFlag: true };
}

/** An option whose new value a running server uses as soon as it rereads its options. */
export function live<T>(option: Option<T>): Option<T> {
  return { ...option, live: true };
}

/** What a person did wrong at the command line: shown as one line, without a stack. */
export class UsageError extends Error {}

/** Any text. @param value what the help calls it. @param shown how the help shows the default, where that is not a text itself */
export function text(describe: string, value: string, fallback?: string, shown?: string): Option<string | undefined> {
  return { describe, value, default: fallback, ...(shown !== undefined && { shown }), read: (given) => given };
}

/** One of some words, in any case. */
export function choice<const C extends string>(describe: string, choices: readonly C[], fallback: C): Option<C> {
  return {
    describe: `${describe}: ${choices.join(", ")}`,
    choices,
    value: "NAME",
    default: fallback,
    read(given) {
      const found = choices.find((one) => one === given.toLowerCase());
      if (found === undefined) throw new Error(`one of ${choices.join(", ")}`);
      return found;
    },
  };
}

/** A whole number from `least` to `most`. */
export function integer(describe: string, least: number, most: number, fallback: number): Option<number> {
  return {
    describe,
    value: "N",
    default: fallback,
    read(given) {
      const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
      if (!(value >= least && value <= most)) throw new Error(`a number from ${least} to ${most}`);
      return value;
    },
  };
}

/** As `integer`; of the command line alone, and nothing unless it is given. */
export function optionalInteger(
  describe: string,
  least: number,
  most: number,
  shown: string,
): Option<number | undefined> {
  return { ...integer(describe, least, most, least), default: undefined, shown, onlyByFlag: true };
}

/** As `integer`; without a limit unless it is given. */
export function limit(describe: string, least: number, most: number): Option<number> {
  return { ...integer(describe, least, most, least), default: Number.POSITIVE_INFINITY, shown: "no limit" };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes: `65536`, `64K`, `16MiB`. */
export function size(describe: string, fallback: string): Option<number> {
  const read = (given: string): number => {
    const match = /^(\d+)\s*([kmgt]?)(?:i?b)?$/i.exec(given);
    if (!match) throw new Error("a size such as 65536, 64K or 16M");
    return Number(match[1]) * (UNITS[(match[2] as string).toLowerCase()] as number);
  };
  return { describe, value: "SIZE", default: read(fallback), shown: fallback, read };
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, "": 1, m: 60, h: 3600, d: 86_400 };

/** Milliseconds, from seconds or with a unit: `60`, `10m`, `500ms`. */
export function duration(describe: string, fallback: string): Option<number> {
  const read = (given: string): number => {
    const match = /^(\d+)(ms|s|m|h|d)?$/.exec(given);
    if (!match) throw new Error("a time such as 60, 10m or 500ms");
    return Math.round(Number(match[1]) * (SECONDS[match[2] ?? ""] as number) * 1000);
  };
  return { describe, value: "TIME", default: read(fallback), shown: fallback, read };
}

/** As `duration`; none unless it is given. */
export function optionalDuration(describe: string): Option<number | undefined> {
  const { shown: _, ...option } = duration(describe, "0");
  return { ...option, default: undefined };
}

/** Milliseconds, from days: `7`, `0.5`. */
export function days(describe: string, fallback: string): Option<number> {
  const read = (given: string): number => {
    if (!/^\d+(\.\d+)?$/.test(given) || Number(given) === 0) throw new Error("a number of days such as 7 or 0.5");
    return Number(given) * 86_400_000;
  };
  return { describe, value: "DAYS", default: read(fallback), shown: fallback, read };
}

/** As `days`, or 0. */
export function daysOrNone(describe: string, fallback: string): Option<number> {
  const some = days(describe, fallback);
  return { ...some, read: (given) => (/^0+(\.0+)?$/.test(given) ? 0 : some.read(given)) };
}

/** As `days`; without a limit unless it is given. */
export function optionalDays(describe: string, shown: string): Option<number> {
  return { ...days(describe, "1"), default: Number.POSITIVE_INFINITY, shown };
}

/** Given or not; in a variable or a file also `true`, `yes`, `on`, `1`, or their opposites. */
export function flag(describe: string): Option<boolean> {
  return {
    describe,
    default: false,
    flag: true,
    read(given) {
      if (!/^(1|true|yes|on|0|false|no|off)$/i.test(given)) throw new Error("true or false");
      return /^(1|true|yes|on)$/i.test(given);
    },
  };
}

/** Several texts: the option is repeated, or they stand with commas between them. */
export function list(describe: string, value: string): Option<readonly string[]> {
  return { describe, value, default: [], repeatable: true, read: (given) => given.split(",").filter(Boolean) };
}
