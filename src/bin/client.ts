/** chat-client: options → a prompt where a person sits at a terminal; else one command, or a script of them. */
import { join } from "node:path";
import chalk, { supportsColor } from "chalk";
import { isAsciiLocale, languageOf, setLanguage } from "../client/language/wording.ts";
import { type Exit, exitOfError, exits } from "../client/script/exits.ts";
import { ConfigError, configFolder } from "../client/state-files.ts";
import { type ClientSettings, clientExamples, clientOptions, clientUsage } from "./client-options.ts";
import { UsageError } from "./options.ts";
import { ConfigFileError, settings } from "./settings.ts";
import { version } from "./version.ts";

/** @returns the exit code; what went wrong has been said in one line. */
export async function main(args: readonly string[]): Promise<Exit> {
  // A reader that goes away (`| head -1`) is no fault.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : exits.io));
  process.stderr.on("error", () => undefined);
  process.on("uncaughtException", (error) => process.exit(report(error)));
  try {
    return await run(args);
  } catch (error) {
    return report(error);
  }
}

async function run(args: readonly string[]): Promise<Exit> {
  const given = await settings(clientOptions, {
    name: "chat-client",
    usage: clientUsage.join("\n"),
    version,
    args,
    env: process.env,
    words: true,
    usualConfig: join(configFolder(), "client.json"),
    profiles: true,
    examples: clientExamples,
  });
  if (!given) return exits.done;
  const { lang, ascii } = given.settings;
  setLanguage(lang === "auto" ? languageOf(process.env) : lang);
  const drawn = { ...given.settings, ascii: ascii || isAsciiLocale(process.env) };
  const { settings: options, words } = behindListen(drawn, given.words);
  refuseTogether(options, words);
  setColor(options.color);
  const isScript = words.length > 0 || options.command.length > 0 || options.file !== undefined;
  const isPerson = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (isScript || !isPerson || options.json) {
    const { runScript } = await import("./client-script.ts");
    return runScript(options, words);
  }
  // What draws takes as long to load as all the rest: a script does without.
  const { runPrompt } = await import("./client-prompt.ts");
  return runPrompt(options);
}

/** `listen --from bob --json`: it takes no text, so what says how to print may stand behind it. */
function behindListen(
  options: ClientSettings,
  words: readonly string[],
): { settings: ClientSettings; words: readonly string[] } {
  if (words[0] !== "listen") return { settings: options, words };
  const found = words.flatMap((word) => BEHIND_LISTEN.get(word) ?? []);
  return {
    settings: { ...options, ...Object.fromEntries(found.map((name) => [name, true])) },
    words: words.filter((word) => !BEHIND_LISTEN.has(word)),
  };
}

const BEHIND_LISTEN: ReadonlyMap<string, keyof ClientSettings> = new Map([
  ["--json", "json"],
  ["--plain", "plain"],
  ["--quiet", "quiet"],
  ["-q", "quiet"],
  ["--trace", "trace"],
  ["--no-reconnect", "no-reconnect"],
]);

function refuseTogether(options: ClientSettings, words: readonly string[]): void {
  const ways = [words.length > 0, options.command.length > 0, options.file !== undefined].filter(Boolean);
  if (ways.length > 1) throw new UsageError("a command, -c and -f: one of them");
  if (options["token-file"] !== undefined && options.user !== undefined) {
    throw new UsageError("--token-file says who acts: without --user");
  }
  if (options.json && options.plain) throw new UsageError("--json and --plain: one of them");
  if (options["save-login"] && options["no-save-login"])
    throw new UsageError("--save-login and --no-save-login: one of them");
}

function report(error: unknown): Exit {
  const [line] = String((error as Error).message ?? error).split("\n");
  process.stderr.write(`chat-client: ${line}\n`);
  if (error instanceof ConfigFileError || error instanceof ConfigError) return exits.config;
  return error instanceof UsageError ? exits.usage : exitOfError(error);
}

/** Once, for all of the program: chalk alone would not know of `--color`. */
function setColor(color: ClientSettings["color"]): void {
  const plain = process.env["NO_COLOR"] || process.env["TERM"] === "dumb";
  const found = typeof supportsColor === "object" && !plain ? supportsColor.level : 0;
  const most = Math.max(1, found) as typeof chalk.level;
  chalk.level = color === "always" ? most : color === "never" ? 0 : (found as typeof chalk.level);
}
