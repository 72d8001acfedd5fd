/**
 * chat-client without a person: one command, or lines of them. Data on standard output, everything else on standard error.
 * What only some commands need is loaded by these: most of the time that one takes is its start.
 */
import { join } from "node:path";
import type { View } from "../client/files/running-transfers.ts";
import type { Transfers } from "../client/files/transfers.ts";
import { wording } from "../client/language/wording.ts";
import type { Program, Screen } from "../client/program.ts";
import { SavedLogins } from "../client/saved-logins.ts";
import { type Exit, ExitError, exits } from "../client/script/exits.ts";
import { type Identity, identify } from "../client/script/identity.ts";
import { commandsIn, commandsOf, untilLost } from "../client/script/input.ts";
import type { ListenFilter } from "../client/script/listen.ts";
import { logOut, logOutAnew, openOnce } from "../client/script/once.ts";
import { Output } from "../client/script/output.ts";
import { refuseSlip, Script, takesText } from "../client/script/script.ts";
import { secretFrom } from "../client/secrets.ts";
import { unknownWord } from "../client/spelling.ts";
import { stateFolder } from "../client/state-files.ts";
import { inAscii } from "../client/terminal/ascii.ts";
import { traceTo } from "../client/trace.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionSettings } from "../connection/connection-options.ts";
import { type ClientSettings, client, clientOptions } from "./client-options.ts";

/** What SIGINT and SIGTERM do while something is under way. @returns whether it ends by itself */
interface SignalHandlers {
  stop: (code: Exit) => boolean;
  /** What is done before it ends at once. */
  leave: (() => Promise<void>) | undefined;
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
  const interrupts: SignalHandlers = { stop: () => false, leave: undefined };
  for (const [signal, code] of [["SIGINT", exits.interrupted] as const, ["SIGTERM", exits.terminated] as const]) {
    program.onSignal(signal, () => {
      if (interrupts.stop(code)) return;
      // Who asks twice does not want to wait.
      const { leave } = interrupts;
      interrupts.leave = undefined;
      if (leave) void leave().finally(() => program.exit(code));
      else program.exit(code);
    });
  }
  return withConnection(options, program, output, interrupts, async (connection, identity, settings) => {
    if (wanted) return runListen(settings, output, identity, wanted, interrupts);
    const script = scriptOf(options, settings, program, output, connection, identity, eachLine, interrupts);
    if (command.length > 0) return script.run(command.join(" "), command);
    let worst: Exit = exits.done;
    for await (const line of untilLost(linesIn(options, program), connection.lost)) {
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

async function withConnection(
  options: ClientSettings,
  program: Program,
  output: Output,
  interrupts: SignalHandlers,
  run: (connection: Connection, identity: Identity, settings: ConnectionSettings) => Promise<Exit>,
): Promise<Exit> {
  const settings = await connectionSettings(options, program, output);
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
    if (!identity.temporary) return await run(connection, identity, settings);
    interrupts.leave = () => logOutAnew(settings, identity);
    try {
      return await run(connection, identity, settings);
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
  settings: ConnectionSettings,
  output: Output,
  { user, token }: Identity,
  wanted: ListenFilter,
  interrupts: SignalHandlers,
): Promise<Exit> {
  const { listen } = await import("../client/script/listen.ts");
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

function scriptOf(
  options: ClientSettings,
  settings: ConnectionSettings,
  program: Program,
  output: Output,
  connection: Connection,
  identity: Identity,
  eachLine: boolean,
  interrupts: SignalHandlers,
): Script {
  let login = identity.token === undefined ? undefined : { user: identity.user ?? "", token: identity.token };
  const { stderr, stdout } = program;
  const toScreen = stderr.isTTY && output.form === "words" && program.env["TERM"] !== "dumb" && !options.accessible;
  const view: View = output.form === "json" ? "json" : toScreen ? "bar" : "lines";
  const clear = view === "bar" ? "\r\u001b[K" : "";
  const drawn = options.ascii ? inAscii : (text: string) => text;
  let transfers: Transfers | undefined;
  const transfersHere = async (): Promise<Transfers> => {
    if (transfers) return transfers;
    const [{ Transfers }, { PausedUploads }] = await Promise.all([
      import("../client/files/transfers.ts"),
      import("../client/files/paused-uploads.ts"),
    ]);
    const made = new Transfers({
      view,
      plain: output.form === "plain",
      columns: () => stdout.columns,
      downloads: options.downloads ?? "downloads",
      account: () => login && { ...login, ...settings },
      // What is asked for goes to stdout, how it is going to stderr; a file's own bytes have stdout for themselves.
      say(text, kind, aside) {
        if (!aside && (view === "json" || kind === "answer")) stdout.write(`${text}\n`);
        else if (kind === "failure" || !options.quiet) stderr.write(`${clear}${drawn(text)}\n`);
      },
      onMoved: () => void stderr.write(clear + drawn(made.status(stderr.columns ?? 80))),
      output: (bytes) => written(stdout, bytes),
      paused: new PausedUploads(join(stateFolder(program.env), "uploads")),
    });
    transfers = made;
    return made;
  };
  let paused = false;
  const exporting = new AbortController();
  let isExporting = false;
  interrupts.stop = (code) => {
    if (isExporting && !exporting.signal.aborted) {
      exporting.abort(new ExitError(code, wording.files.interrupted));
      return true;
    }
    // Who asks twice does not want to wait.
    if (paused || code !== exits.interrupted || !transfers?.busy) return false;
    paused = true;
    transfers.pause();
    return true;
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
    transfers: transfersHere,
    async sendEach(to, texts) {
      const { sendEachLine } = await import("../client/script/each-line.ts");
      if (login === undefined) throw new ExitError(exits.login, wording.script.eachAsWhom);
      return sendEachLine(texts, to, { ...settings, login, output });
    },
    async export(wanted) {
      const { exportAllTo, exportTo } = await import("../client/script/export.ts");
      if (login === undefined) throw new ExitError(exits.login, wording.script.exportAsWhom);
      isExporting = true;
      const write = (text: string): Promise<void> => written(stdout, text);
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

async function connectionSettings(
  options: ClientSettings,
  { env, stderr }: Program,
  output: Output,
): Promise<ConnectionSettings> {
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

function written(stream: Screen, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
