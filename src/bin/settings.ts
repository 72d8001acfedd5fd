/**
 * Options of a program: flags, then CHAT_… variables, then --config FILE (JSON), then defaults.
 * One table gives parsing, `--help`, and README's table.
 */
import { existsSync, readFileSync } from "node:fs";
import parse from "yargs-parser";
import { type Option, type Settings, type Table, UsageError } from "./options.ts";

export interface Invocation {
  readonly name: string;
  readonly usage: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes help and the version; standard output unless given. */
  readonly print?: (text: string) => void;
  /** Words that are not options are allowed, and kept: behind the options, or among them. */
  readonly words?: "behind" | "among";
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
    configuration: { ...PARSING, "halt-at-non-option": call.words === "behind" },
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
  const { print = (text: string) => void process.stdout.write(text) } = call;
  let asked = false;
  let parser = yargs()
    .scriptName(call.name)
    .usage(call.usage)
    // What it explains is in English: what it says itself must not be in another language.
    .locale("en")
    .version(call.version)
    .help()
    .alias("help", "h")
    .strictOptions()
    .exitProcess(false)
    .wrap(100)
    .parserConfiguration({ ...PARSING, "halt-at-non-option": call.words === "behind" });
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
    if (asked) print(`${output}\n`);
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
