/**
 * chat-client without a person: one command, or lines of them. Data on standard output, everything else on standard error.
 * What only some commands need is loaded by these: most of the time that one takes is its start.
 */
import { join } from "node:path";
import { wording } from "../client/language/wording.ts";
import { type Program, written } from "../client/program.ts";
import { SavedLogins } from "../client/saved-logins.ts";
import { type Exit, ExitError, exits } from "../client/script/exits.ts";
import { type Identity, identify } from "../client/script/identity.ts";
import { commandsIn, commandsOf, untilLost } from "../client/script/input.ts";
import { Interrupts } from "../client/script/interrupts.ts";
import type { ListenFilter } from "../client/script/listen.ts";
import { logOut, logOutAnew, openOnce } from "../client/script/once.ts";
import { Output } from "../client/script/output.ts";
import { refuseSlip, Script, takesText } from "../client/script/script.ts";
import { ScriptTransfers } from "../client/script/script-transfers.ts";
import { secretFrom } from "../client/secrets.ts";
import { unknownWord } from "../client/spelling.ts";
import { stateFolder } from "../client/state-files.ts";
import { traceTo } from "../client/trace.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionSettings } from "../connection/connection-options.ts";
import { type ClientSettings, client, clientOptions } from "./client-options.ts";

/** One run of the program. */
interface Run {
  readonly options: ClientSettings;
  readonly program: Program;
  readonly output: Output;
  readonly interrupts: Interrupts;
}

/** A connection, and who acts over it. */
interface Acting {
  readonly connection: Connection;
  readonly settings: ConnectionSettings;
  readonly identity: Identity;
}

/** @throws ExitError, ConfigError, LinkError, Error of the file system */
export async function runScript(options: ClientSettings, words: readonly string[], program: Program): Promise<Exit> {
  const form = options.json ? "json" : options.plain ? "plain" : "words";
  const { stdout, stderr } = program;
  const output = new Output({ form, ascii: options.ascii, quiet: options.quiet, stdout, stderr, name: "chat-client" });
  const [first, ...rest] = words;
  if (first === "help") {
    output.text("help", await help(rest[0]));
    return exits.done;
  }
  if (first === "completion" || first === "man") {
    const { documented } = await import("./documented.ts");
    output.text(first, documented(first, rest[0]));
    return exits.done;
  }
  const secret = [words.join(" "), ...options.command].find((text) => secretFrom(text) !== undefined);
  if (secret !== undefined) {
    throw new ExitError(exits.usage, wording.enter.onCommandLine);
  }
  // `send bob - --each-line`: options stand before the command, but this one is as natural behind it.
  const isEachLine = words.at(-1) === "--each-line" && words.at(-2) === "-";
  const command = isEachLine ? words.slice(0, -1) : words;
  const eachLine = options["each-line"] || isEachLine;
  if (options["dry-run"]) return runDry(options, command, eachLine, program);
  const wanted = first === "listen" ? (await import("../client/script/listen.ts")).parseListen(rest) : undefined;
  if (command.length > 0 && !wanted) {
    refuseOptionBehind(command);
    refuseSlip(command.join(" "), command);
  }
  const run = { options, program, output, interrupts: new Interrupts(program) };
  return withConnection(run, async (acting) => {
    if (wanted) return runListen(run, acting, wanted);
    const script = scriptOf(run, acting, eachLine);
    if (command.length > 0) return script.run(command.join(" "), command);
    let worst: Exit = exits.done;
    for await (const line of untilLost(linesIn(options, program), acting.connection.lost)) {
      const code = await script.run(line);
      worst ||= code;
      if (code === exits.interrupted || (code !== exits.done && !options["keep-going"])) break;
    }
    return worst;
  });
}

/** An option behind a command is text; where no text is wanted, it was meant as an option. @throws ExitError */
function refuseOptionBehind(command: readonly string[]): void {
  if (command[0] === "admin") return;
  const option = command.slice(1).find((word) => optionWords.has(word));
  const text = command.join(" ");
  if (option === undefined || takesText(text, command)) return;
  const rest = command.filter((word) => word !== option).join(" ");
  throw new ExitError(exits.usage, wording.script.before(option, rest));
}

const optionWords: ReadonlySet<string> = new Set(
  Object.entries(clientOptions).flatMap(([name, { alias }]: [string, { alias?: string }]) => [
    `--${name}`,
    ...(alias === undefined ? [] : [`-${alias}`]),
  ]),
);

async function help(word: string | undefined): Promise<string> {
  const { helpFor } = await import("../client/help.ts");
  const text = helpFor(word, "shell");
  if (text === undefined) throw new ExitError(exits.usage, unknownWord(word as string));
  return text;
}

function linesIn({ command, file = "-" }: ClientSettings, { stdin }: Program): AsyncIterable<string> {
  return command.length > 0 ? commandsOf(command) : commandsIn(file, stdin);
}

async function runDry(
  options: ClientSettings,
  command: readonly string[],
  eachLine: boolean,
  program: Program,
): Promise<Exit> {
  const { dryRun } = await import("../client/script/dry-run.ts");
  const dryRunOptions = { tokenFile: options["token-file"], eachLine, program };
  if (options.user !== undefined) program.stderr.write(`chat-client: ${wording.script.logInForDryRun(options.user)}\n`);
  if (command.length > 0) await dryRun(command.join(" "), command, dryRunOptions);
  else for await (const line of linesIn(options, program)) await dryRun(line, undefined, dryRunOptions);
  return exits.done;
}

async function withConnection(run: Run, act: (acting: Acting) => Promise<Exit>): Promise<Exit> {
  const { options, program, output, interrupts } = run;
  const settings = await connectionSettings(run);
  const address = { host: settings.host, port: settings.port };
  const connection = await openOnce({ ...settings, onEvent: (event) => output.event(event) });
  try {
    const identity = await identify(connection.call, {
      user: options.user,
      passwordFile: options["password-file"],
      passwordCommand: options["password-command"],
      tokenFile: options["token-file"],
      ask: program.stdin.isTTY ? (question) => askHidden(question, program) : undefined,
      logins: new SavedLogins(join(stateFolder(program.env), "logins.json")),
      address,
      save: options["save-login"],
      program,
    });
    output.me = identity.user;
    const acting = { connection, settings, identity };
    if (!identity.temporary) return await act(acting);
    interrupts.leave = () => logOutAnew(settings, identity);
    try {
      return await act(acting);
    } finally {
      await logOut(settings, connection, identity);
    }
  } finally {
    connection.close();
    // Whoever still holds its other end keeps nobody here.
    program.stdin.destroy();
  }
}

async function runListen(
  { output, interrupts }: Run,
  { settings, identity }: Acting,
  wanted: ListenFilter,
): Promise<Exit> {
  const { listen } = await import("../client/script/listen.ts");
  const { user, token } = identity;
  if (token === undefined) throw new ExitError(exits.login, wording.script.asWhom);
  const { promise: stopped, resolve } = Promise.withResolvers<Exit>();
  interrupts.stop = (code) => {
    resolve(code);
    return true;
  };
  return listen(wanted, {
    ...settings,
    login: { user: user ?? "", token },
    output,
    stopped,
  });
}

function scriptOf(run: Run, { connection, settings, identity }: Acting, eachLine: boolean): Script {
  const { options, program, output, interrupts } = run;
  let login = identity.token === undefined ? undefined : { user: identity.user ?? "", token: identity.token };
  const transfers = new ScriptTransfers({
    output,
    program,
    quiet: options.quiet,
    ascii: options.ascii,
    accessible: options.accessible,
    downloads: options.downloads ?? "downloads",
    account: () => login && { ...login, ...settings },
  });
  const exporting = new AbortController();
  let isExporting = false;
  interrupts.stop = (code) => {
    if (isExporting && !exporting.signal.aborted) {
      exporting.abort(new ExitError(code, wording.files.interrupted));
      return true;
    }
    return code === exits.interrupted && transfers.pause();
  };
  return new Script({
    output,
    identity,
    call: connection.call,
    request: (text) => connection.request(text),
    lost: connection.lost,
    onLogin(one) {
      login = one;
      output.me = one.user;
    },
    transfers: () => transfers.load(),
    async sendEach(to, texts) {
      const { sendEachLine } = await import("../client/script/each-line.ts");
      if (login === undefined) throw new ExitError(exits.login, wording.script.eachAsWhom);
      return sendEachLine(texts, to, { ...settings, login, output });
    },
    async export(wanted) {
      const { exportAllTo, exportTo } = await import("../client/script/export.ts");
      if (login === undefined) throw new ExitError(exits.login, wording.script.exportAsWhom);
      isExporting = true;
      const write = (text: string): Promise<void> => written(program.stdout, text);
      try {
        const to = { ...settings, login, output, signal: exporting.signal, write };
        return await ("folder" in wanted ? exportAllTo(wanted.folder, to) : exportTo(wanted, to));
      } finally {
        isExporting = false;
      }
    },
    stdin: program.stdin,
    eachLine,
  });
}

async function connectionSettings({ options, program, output }: Run): Promise<ConnectionSettings> {
  const { env, stderr } = program;
  const { host = "", port, timeout, trace, "no-reconnect": once } = options;
  const isSecure = options.tls || options["tls-ca"] !== undefined || options["tls-pin"] !== undefined;
  const tls = isSecure
    ? (await import("./client-tls.ts")).tlsSettings(options, env, (text) => output.aside(text))
    : undefined;
  const write = (text: string): void => void stderr.write(text);
  return { host, port, tls, client, timeout, reconnect: !once, trace: trace ? traceTo(write) : undefined };
}

async function askHidden(question: string, { stdin, stderr }: Program): Promise<string | undefined> {
  const { readHidden } = await import("../client/terminal/linear.ts");
  const answer = await readHidden(stdin, () => stderr.write(question));
  stderr.write("\n");
  return answer;
}
