/** chat-client with a person: which console, who he is, and what stays when he leaves. */
import { join } from "node:path";
import chalk from "chalk";
import { browserIn } from "../client/browser.ts";
import { Chat } from "../client/chat/chat.ts";
import { agreed, logInByAsking } from "../client/chat/login.ts";
import { detectNotificationKind, notificationSequence } from "../client/chat/notification.ts";
import { drawnSymbols, spokenSymbols } from "../client/chat/symbols.ts";
import { PausedUploads } from "../client/files/paused-uploads.ts";
import { Transfers } from "../client/files/transfers.ts";
import { wording } from "../client/language/wording.ts";
import type { Program } from "../client/program.ts";
import { errorInWords } from "../client/refusal-words.ts";
import { SavedLogins, type ServerAddress } from "../client/saved-logins.ts";
import { type Exit, ExitError, exits } from "../client/script/exits.ts";
import { firstLineOf, passwordOf } from "../client/script/identity.ts";
import { isPassword } from "../client/secrets.ts";
import { stateFolder } from "../client/state-files.ts";
import type { Console } from "../client/terminal/console.ts";
import { inert } from "../client/terminal/inert.ts";
import { InputHistory } from "../client/terminal/input-history.ts";
import { LinearConsole } from "../client/terminal/linear.ts";
import { LiveConsole } from "../client/terminal/live.ts";
import { traceTo } from "../client/trace.ts";
import { LinkError, orRefusal, RefusedRequest } from "../connection/errors.ts";
import { type Login, logIn } from "../connection/login.ts";
import type { TlsSettings } from "../connection/tls.ts";
import type { Trace } from "../connection/wire-options.ts";
import { type ClientSettings, client } from "./client-options.ts";
import { tlsSettings } from "./client-tls.ts";
import { UsageError } from "./options.ts";

/** @param program one whose input and output are a terminal. @throws ExitError, ConfigError, LinkError, Error of the file system */
export async function runPrompt(options: ClientSettings, program: Program): Promise<Exit> {
  const { env, stdin: input } = program;
  const output = program.stdout as NodeJS.WriteStream;
  const linear = options.accessible || options.plain || isSet(env["ACCESSIBLE"]) || env["TERM"] === "dumb";
  // Before the terminal is ours: whatever prints the password may ask for another one.
  const password = await givenPassword(options, program);
  const { ascii } = options;
  // Who hears what is said, hears escape sequences too.
  if (linear && options.color !== "always") chalk.level = 0;
  const console = linear
    ? new LinearConsole({ input, output, ascii })
    : new LiveConsole({ input, output, ascii, leftOut });
  const run = new PromptRun(options, console, linear, password, program);
  for (const [signal, code] of ENDS) {
    program.onSignal(signal, () => {
      // Accessible, Ctrl-C is a signal, and the chat's; in an editor it is the editor's.
      if (signal === "SIGINT" && (linear || console.isLent)) return;
      run.close();
      program.exit(code);
    });
  }
  try {
    return await run.run();
  } finally {
    console.close();
  }
}

/** How long, in ms, a connection may take before it is said that it does. */
const SLOW_MS = 700;

const ENDS: readonly (readonly [NodeJS.Signals, Exit])[] = [
  ["SIGINT", exits.interrupted],
  ["SIGHUP", exits.terminated],
  ["SIGTERM", exits.terminated],
];

/** @throws ExitError, ConfigError, Error of the file system */
async function givenPassword(options: ClientSettings, program: Program): Promise<string | undefined> {
  const { user, "password-file": passwordFile, "password-command": passwordCommand } = options;
  if (passwordFile === "-" || options["token-file"] === "-") {
    throw new UsageError("-: on a terminal the password is asked for, and a token comes from a file");
  }
  if (user === undefined || (passwordFile === undefined && passwordCommand === undefined)) return undefined;
  const password = await passwordOf({ user, passwordFile, passwordCommand, ask: undefined, program });
  if (!isPassword(password)) throw new ExitError(exits.login, wording.enter.oneWord);
  return password;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !/^(0|no|false|)$/i.test(value);
}

/** What is said of messages that came faster than the terminal shows them. */
function leftOut(counts: ReadonlyMap<string, number>): string {
  const list = [...counts].map(([name, count]) => wording.chat.leftOut(count, inert(name))).join(", ");
  return wording.chat.tooFast(list);
}

/** From the first question to the last word. */
class PromptRun {
  readonly #options: ClientSettings;
  readonly #console: Console;
  readonly #linear: boolean;
  /** From a file or a command. */
  readonly #password: string | undefined;
  readonly #program: Program;
  readonly #logins: SavedLogins;
  readonly #tls: TlsSettings | undefined;
  #login: Login | undefined;
  #chat: Chat | undefined;
  /** The session is to outlast the program. */
  #kept = false;

  constructor(
    options: ClientSettings,
    console: Console,
    linear: boolean,
    password: string | undefined,
    program: Program,
  ) {
    this.#password = password;
    this.#program = program;
    this.#logins = new SavedLogins(join(stateFolder(program.env), "logins.json"));
    this.#options = options;
    this.#console = console;
    this.#linear = linear;
    this.#tls = tlsSettings(options, program.env, (text) => console.print(text));
  }

  async run(): Promise<Exit> {
    try {
      return await this.#stay();
    } finally {
      await this.#console.settled();
    }
  }

  /** At once, whatever is under way. */
  close(): void {
    this.#console.close();
    this.#chat?.close();
  }

  async #stay(): Promise<Exit> {
    const { host = "", port, user, "token-file": tokenFile } = this.#options;
    const usual = { host, port };
    const isFirst = user === undefined && tokenFile === undefined && !this.#logins.find(usual);
    for (;;) {
      const address = isFirst ? await this.#askAddress(usual) : usual;
      if (!address) return exits.done;
      const chat = this.#newChat(address);
      this.#chat = chat;
      const slow = setTimeout(
        () => this.#console.print(wording.connection.connectingTo(`${inert(address.host)}:${address.port}`)),
        SLOW_MS,
      );
      try {
        await chat.session.connect().finally(() => clearTimeout(slow));
        await this.#enter(chat, address, isFirst);
        const how = await chat.run();
        await this.#console.settled();
        this.#console.close();
        if (!this.#kept) await chat.logOut();
        return how === "lost" ? exits.unknownFate : exits.done;
      } catch (error) {
        if (!isFirst || !(error instanceof LinkError) || this.#login) throw error;
        this.#console.print(inert(error.message));
      } finally {
        chat.close();
      }
    }
  }

  async #askAddress({ host, port }: ServerAddress): Promise<ServerAddress | undefined> {
    const usual = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const answer = await this.#console.ask(wording.enter.server(usual));
    if (answer === undefined) return undefined;
    const [, bracketed, plain, given] = /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d+))?$/.exec(answer.trim() || usual) ?? [];
    const name = bracketed ?? plain;
    if (name !== undefined) return { host: name, port: Number(given ?? port) };
    this.#console.print(wording.enter.noServer);
    return this.#askAddress({ host, port });
  }

  #newChat(address: ServerAddress): Chat {
    const { options, console } = { options: this.#options, console: this.#console };
    const { env } = this.#program;
    const state = stateFolder(env);
    const { downloads = "downloads" } = options;
    const keepsHistory = !options["no-history"] && !this.#linear;
    const kind = options.notify === "auto" ? detectNotificationKind(env) : options.notify;
    return new Chat({
      ...address,
      tls: this.#tls,
      client,
      console,
      history: new InputHistory(keepsHistory ? join(state, "history") : undefined),
      state,
      downloads,
      browser: browserIn(env),
      emoji: !options.ascii,
      symbols: this.#linear ? spokenSymbols() : drawnSymbols(),
      reconnect: !options["no-reconnect"],
      timeout: options.timeout,
      transfers: ({ login, say, onMoved }) =>
        new Transfers({
          view: this.#linear ? "lines" : "bar",
          downloads,
          columns: () => console.columns,
          account: () => {
            const one = login();
            return (
              one && { ...one, ...address, tls: this.#tls, client, timeout: options.timeout, trace: this.#trace() }
            );
          },
          say,
          onMoved,
          output: undefined,
          paused: new PausedUploads(join(state, "uploads")),
        }),
      notification: (title, body) => notificationSequence(kind, title, body),
      onLogin: (login) => {
        if (!login && this.#login) this.#forget({ ...address, user: this.#login.user });
        if (login && this.#login && login.token !== this.#login.token) this.#kept = false;
        this.#login = login;
      },
      trace: this.#trace(),
    });
  }

  /** A login that is none any more. Where it cannot be taken out, it is found to be none the next time. */
  #forget(login: ServerAddress & { readonly user: string }): void {
    try {
      this.#logins.forget(login);
    } catch {
      // As it says.
    }
  }

  #trace(): Trace | undefined {
    if (!this.#options.trace) return undefined;
    const { stderr } = this.#program;
    const write = (text: string): void => void stderr.write(text);
    // On the same terminal it is one of the things that are said.
    return traceTo(stderr.isTTY ? (text) => this.#console.print(inert(text.trimEnd())) : write);
  }

  async #enter(chat: Chat, address: ServerAddress, isFirst: boolean): Promise<void> {
    const { user, "token-file": tokenFile } = this.#options;
    if (tokenFile !== undefined) return this.#byToken(chat, firstLineOf(tokenFile, this.#program));
    const saved = this.#logins.find(address, user);
    if (saved && this.#password === undefined) {
      if (await chat.session.resume({ user: saved.user, token: saved.token })) {
        this.#kept = true;
        return;
      }
      this.#logins.forget(saved);
    }
    const name = user ?? (await this.#console.ask(wording.enter.name))?.trim();
    if (name === undefined || name === "") return;
    if (this.#password !== undefined) await this.#byPassword(chat, name, this.#password);
    else {
      const login = await logInByAsking(this.#console, chat.session.call, name, true);
      if (!login) {
        if (user !== undefined) throw new ExitError(exits.login, wording.enter.notLoggedIn(name));
        return;
      }
      await chat.session.loggedIn(login);
    }
    await this.#maySave(address, isFirst);
  }

  async #byToken(chat: Chat, token: string): Promise<void> {
    this.#kept = true;
    const who = await orRefusal(chat.session.call("whoami", {}, { token }));
    if (who instanceof RefusedRequest) throw new ExitError(exits.login, errorInWords(who));
    await chat.session.resume({ user: who.data.username, token });
  }

  async #byPassword(chat: Chat, user: string, password: string): Promise<void> {
    const login = await orRefusal(logIn(chat.session.call, user, password));
    if (login instanceof RefusedRequest) throw new ExitError(exits.login, `${user}: ${errorInWords(login)}`);
    await chat.session.loggedIn(login);
  }

  async #maySave(address: ServerAddress, isFirst: boolean): Promise<void> {
    const login = this.#login;
    const { "save-login": save, "no-save-login": not } = this.#options;
    if (!login || not) return;
    if (!save && !(isFirst && (await agreed(this.#console, wording.enter.stay)))) return;
    try {
      this.#logins.save({ ...address, ...login });
      this.#kept = true;
    } catch (error) {
      this.#console.print(wording.enter.notKept(errorInWords(error as Error)));
    }
  }
}
