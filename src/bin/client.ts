/** chat-client: options → a prompt where a person sits at a terminal; else one command, or a script of them. */
import { join } from "node:path";
import chalk from "chalk";
import { isAsciiLocale, languageOf, setLanguage } from "../client/language/wording.ts";
import { type Program, thisProcess } from "../client/program.ts";
import { errorInWords } from "../client/refusal-words.ts";
import { type Exit, exitOfError, exits } from "../client/script/exits.ts";
import { ConfigError, configFolder } from "../client/state-files.ts";
import { type ClientSettings, clientExamples, clientOptions, clientUsage } from "./client-options.ts";
import { UsageError } from "./options.ts";
import { ConfigFileError, settings } from "./settings.ts";
import { version } from "./version.ts";

/**
 * The language and the colours are set once for all of the process: of several programs in one, those that run at the
 * same time have the same. What stops or hands over the terminal itself (Ctrl-Z, an editor) does so to the process's own.
 * @returns the exit code; what went wrong has been said in one line.
 */
export async function main(args: readonly string[], program = thisProcess): Promise<Exit> {
  // A reader that goes away (`| head -1`) is no fault.
  program.stdout.on("error", (error: NodeJS.ErrnoException) => program.exit(error.code === "EPIPE" ? 0 : exits.io));
  program.stderr.on("error", () => undefined);
  program.onFault((error) => program.exit(report(error, program)));
  try {
    return await run(args, program);
  } catch (error) {
    return report(error, program);
  }
}

async function run(args: readonly string[], program: Program): Promise<Exit> {
  const { env } = program;
  const given = await settings(clientOptions, {
    name: "chat-client",
    usage: clientUsage.join("\n"),
    version,
    args,
    env,
    print: (text) => void program.stdout.write(text),
    words: "behind",
    usualConfig: join(configFolder(env), "client.json"),
    profiles: true,
    examples: clientExamples,
  });
  if (!given) return exits.done;
  const { lang, ascii } = given.settings;
  setLanguage(lang === "auto" ? languageOf(env) : lang);
  const drawn = { ...given.settings, ascii: ascii || isAsciiLocale(env) };
  const { settings: options, words } = behindTextless(drawn, given.words);
  refuseTogether(options, words);
  setColor(options.color, program);
  const isScript = words.length > 0 || options.command.length > 0 || options.file !== undefined;
  const { stdin, stdout } = program;
  const isPerson = stdin.isTTY === true && stdout.isTTY === true;
  if (isScript || !isPerson || options.json) {
    const { runScript } = await import("./client-script.ts");
    return runScript(options, words, program);
  }
  // What draws takes as long to load as all the rest: a script does without.
  const { runPrompt } = await import("./client-prompt.ts");
  return runPrompt(options, program);
}

/** `listen --from bob --json`, `export bob --json`: they take no text, so what says how to print may stand behind them. */
function behindTextless(
  options: ClientSettings,
  words: readonly string[],
): { settings: ClientSettings; words: readonly string[] } {
  if (words[0] !== "listen" && words[0] !== "export") return { settings: options, words };
  const found = words.flatMap((word) => BEHIND_TEXTLESS.get(word) ?? []);
  return {
    settings: { ...options, ...Object.fromEntries(found.map((name) => [name, true])) },
    words: words.filter((word) => !BEHIND_TEXTLESS.has(word)),
  };
}

const BEHIND_TEXTLESS: ReadonlyMap<string, keyof ClientSettings> = new Map([
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

function report(error: unknown, { stderr }: Program): Exit {
  const [line] = (error instanceof Error ? errorInWords(error) : String(error)).split("\n");
  stderr.write(`chat-client: ${line}\n`);
  if (error instanceof ConfigFileError || error instanceof ConfigError) return exits.config;
  return error instanceof UsageError ? exits.usage : exitOfError(error);
}

/** Once, for all of the program: chalk alone would not know of `--color`. */
function setColor(color: ClientSettings["color"], { env, colors }: Program): void {
  const plain = env["NO_COLOR"] || env["TERM"] === "dumb";
  const found = plain ? 0 : colors;
  const most = Math.max(1, found) as typeof chalk.level;
  chalk.level = color === "always" ? most : color === "never" ? 0 : found;
}
