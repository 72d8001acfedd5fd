/**
 * Options of a program: flags, then CHAT_… variables, then --config FILE (JSON), then defaults.
 * One table gives parsing, `--help`, and README's table.
 */
import { existsSync, readFileSync } from "node:fs";
import parse from "yargs-parser";

export interface Option<T> {
  readonly describe: string;
  readonly default: T | undefined;
  /** How the default is shown, where it is not itself. */
  readonly shown?: string;
  /** How a value is called in the help. */
  readonly value?: string;
  readonly flag?: boolean;
  /** The only values there are. */
  readonly choices?: readonly string[];
  readonly repeatable?: boolean;
  readonly alias?: string;
  /** Neither a variable nor a config file can set it: it says what to do this once. */
  readonly onlyByFlag?: boolean;
  /** @throws Error saying what is wanted. */
  read(text: string): T;
}

export type Table = Readonly<Record<string, Option<unknown>>>;
export type Settings<T extends Table> = { [K in keyof T]: T[K] extends Option<infer V> ? V : never };

/** What a person did wrong at the command line: shown as one line, without a stack. */
export class UsageError extends Error {}

export function text(describe: string, value: string, fallback?: string, shown?: string): Option<string | undefined> {
  return { describe, value, default: fallback, ...(shown !== undefined && { shown }), read: (given) => given };
}

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

/** Milliseconds, from days: `7`, `0.5`. */
export function days(describe: string, fallback: string): Option<number> {
  const read = (given: string): number => {
    if (!/^\d+(\.\d+)?$/.test(given) || Number(given) === 0) throw new Error("a number of days such as 7 or 0.5");
    return Number(given) * 86_400_000;
  };
  return { describe, value: "DAYS", default: read(fallback), shown: fallback, read };
}

/** As `days`; without a limit unless it is given. */
export function optionalDays(describe: string, shown: string): Option<number> {
  return { ...days(describe, "1"), default: Number.POSITIVE_INFINITY, shown };
}

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

export function list(describe: string, value: string): Option<readonly string[]> {
  return { describe, value, default: [], repeatable: true, read: (given) => given.split(",").filter(Boolean) };
}

export interface Invocation {
  readonly name: string;
  readonly usage: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Words that are not options are allowed, and kept. */
  readonly words?: boolean;
  readonly examples?: readonly (readonly [string, string])[];
  /** Read where there is one, and no other is named. */
  readonly usualConfig?: string;
  /** The config file may hold `profiles`, one of which is chosen by the option `profile`. */
  readonly profiles?: boolean;
}

/** A config file that cannot be used. */
export class ConfigFileError extends UsageError {}

const PARSING = {
  "duplicate-arguments-array": true,
  "camel-case-expansion": false,
  "dot-notation": false,
  "parse-numbers": false,
  "parse-positional-numbers": false,
  "boolean-negation": false,
};

/**
 * @returns the settings and the words given beside them; undefined when help or the version was asked for and printed.
 * @throws UsageError, ConfigFileError
 */
export async function settings<const T extends Table>(
  table: T,
  call: Invocation,
): Promise<{ settings: Settings<T>; words: readonly string[] } | undefined> {
  const given = parsed(table, call) ?? (await parsedByYargs(table, call));
  if (!given) return undefined;
  const path = given["config"] ?? call.env["CHAT_CONFIG"];
  const config = configAt(path, table, call);
  const profile = profileOf(
    config,
    given["profile"] ?? call.env["CHAT_PROFILE"] ?? (call.profiles ? config["profile"] : undefined),
    path ?? call.usualConfig,
    table,
  );
  const values = Object.entries(table).map(([name, option]) => {
    const variable = `CHAT_${name.toUpperCase().replaceAll("-", "_")}`;
    const sources: readonly [string, unknown][] = [
      [`--${name}`, given[name]],
      [variable, option.onlyByFlag ? undefined : call.env[variable]],
      [`profile: ${name}`, profile[name]],
      [`${path ?? call.usualConfig}: ${name}`, config[name]],
    ];
    const [source, value] = sources.find(([, candidate]) => candidate !== undefined) ?? [];
    return [name, source === undefined ? option.default : readValue(option, source, value)];
  });
  return { settings: Object.fromEntries(values) as Settings<T>, words: (given["_"] as string[]).map(String) };
}

/**
 * What nearly every call is: options there are, with values. By the parser of yargs alone, for the whole of it takes as
 * long to load as everything else that a program of one request does.
 * @returns undefined for anything else.
 */
function parsed(table: Table, call: Invocation): Record<string, unknown> | undefined {
  const names = Object.keys(table);
  const aliases = Object.fromEntries(
    names.flatMap((name) => (table[name]?.alias ? [[name, [table[name].alias]]] : [])),
  );
  const flags = names.filter((name) => table[name]?.flag);
  const flagWords = new Set(flags.flatMap((name) => [name, ...(aliases[name] ?? [])]));
  const given = parse([...call.args], {
    string: names.filter((name) => !table[name]?.flag),
    boolean: flags,
    alias: aliases,
    configuration: { ...PARSING, "halt-at-non-option": call.words ?? false },
  }) as Record<string, unknown>;
  const known = new Set(["_", ...names, ...Object.values(aliases).flat()]);
  const isUsual = Object.entries(given).every(([name, value]) => {
    if (!known.has(name)) return false;
    return flagWords.has(name) || name === "_" || [value].flat().every((one) => typeof one === "string" && one !== "");
  });
  const tooMany = !call.words && (given["_"] as unknown[]).length > 0;
  return isUsual && !tooMany ? given : undefined;
}

/** Help, the version, and what is wrong, as yargs says it. */
async function parsedByYargs(table: Table, call: Invocation): Promise<Record<string, unknown> | undefined> {
  const { default: yargs } = await import("yargs");
  let asked = false;
  let parser = yargs()
    .scriptName(call.name)
    .usage(call.usage)
    .version(call.version)
    .help()
    .alias("help", "h")
    .strictOptions()
    .exitProcess(false)
    .wrap(100)
    .parserConfiguration({ ...PARSING, "halt-at-non-option": call.words ?? false });
  if (!call.words) parser = parser.demandCommand(0, 0, "", "takes no words beside its options");
  for (const [name, option] of Object.entries(table)) {
    parser = parser.option(name, {
      describe: option.describe,
      type: option.flag ? "boolean" : "string",
      requiresArg: !option.flag,
      ...(option.alias !== undefined && { alias: option.alias }),
      ...(shownDefault(option) !== undefined && { defaultDescription: shownDefault(option) }),
    });
  }
  for (const [command, about] of call.examples ?? []) parser = parser.example(command, about);
  let given: Record<string, unknown> = {};
  await parser.parse([...call.args], {}, (error: Error | undefined, argv: Record<string, unknown>, output: string) => {
    if (error) throw new UsageError(error.message);
    asked = output !== "";
    if (asked) process.stdout.write(`${output}\n`);
    given = argv;
  });
  return asked ? undefined : given;
}

function configAt(path: unknown, table: Table, { usualConfig, profiles = false }: Invocation): Record<string, unknown> {
  if (typeof path === "string") return path === "none" && profiles ? {} : readConfig(path, table, profiles);
  return usualConfig !== undefined && existsSync(usualConfig) ? readConfig(usualConfig, table, profiles) : {};
}

function profileOf(
  config: Record<string, unknown>,
  name: unknown,
  path: unknown,
  table: Table,
): Record<string, unknown> {
  if (typeof name !== "string") return {};
  const profiles = config["profiles"] as Record<string, unknown> | undefined;
  const profile = profiles && Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (typeof profile !== "object" || profile === null)
    throw new ConfigFileError(`${path}: no profile is called ${name}`);
  return checked(profile as Record<string, unknown>, `${path}: profile ${name}`, table, ["config", "profile"]);
}

function readValue(option: Option<unknown>, source: string, value: unknown): unknown {
  const given: unknown[] = Array.isArray(value) ? value : [value];
  if (given.length !== 1 && !option.repeatable) throw new UsageError(`${source}: wants one value`);
  try {
    if (given.some((one) => typeof one === "object")) throw new Error("a text, a number, true or false");
    return option.repeatable ? given.flatMap((one) => option.read(String(one))) : option.read(String(given[0]));
  } catch (error) {
    throw new UsageError(`${source}: wants ${(error as Error).message}, not ${JSON.stringify(value)}`);
  }
}

function readConfig(path: string, table: Table, profiles: boolean): Record<string, unknown> {
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigFileError(`config ${path}: ${(error as Error).message}`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new ConfigFileError(`config ${path}: wants one JSON object`);
  }
  const { profiles: own, ...rest } = config as Record<string, unknown>;
  if (own === undefined || !profiles)
    return checked(config as Record<string, unknown>, `config ${path}`, table, ["config"]);
  return { ...checked(rest, `config ${path}`, table, ["config"]), profiles: own };
}

function checked(
  config: Record<string, unknown>,
  where: string,
  table: Table,
  not: readonly string[],
): Record<string, unknown> {
  const isOne = (name: string): boolean =>
    Object.hasOwn(table, name) && !not.includes(name) && !(table[name] as Option<unknown>).onlyByFlag;
  const unknown = Object.keys(config).filter((name) => !isOne(name));
  if (unknown.length > 0) throw new ConfigFileError(`${where}: unknown option ${unknown.join(", ")}`);
  for (const [name, value] of Object.entries(config)) {
    try {
      readValue(table[name] as Option<unknown>, `${where}: ${name}`, value);
    } catch (error) {
      throw new ConfigFileError((error as Error).message);
    }
  }
  return config;
}

/** As the help and README show it. */
export function shownDefault(option: Option<unknown>): string | undefined {
  if (option.shown !== undefined) return option.shown;
  const { default: value } = option;
  return value === undefined || value === false || Array.isArray(value) ? undefined : String(value);
}
