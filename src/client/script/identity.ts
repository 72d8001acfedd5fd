/** Who acts in a script: by a password on the connection, or by a token with each request. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Call } from "../../connection/call.ts";
import { orRefusal, RefusedRequest } from "../../connection/errors.ts";
import { logIn } from "../../connection/login.ts";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { wording } from "../language/wording.ts";
import type { Program } from "../program.ts";
import { errorInWords } from "../refusal-words.ts";
import type { SavedLogins, ServerAddress } from "../saved-logins.ts";
import { isLogin, isPassword } from "../secrets.ts";
import { refuseReadableByOthers } from "../state-files.ts";
import { ExitError, exitOf, exits } from "./exits.ts";

export interface IdentitySources {
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly passwordCommand: string | undefined;
  readonly tokenFile: string | undefined;
  /** Asks the person; undefined where there is none. */
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
  readonly logins: SavedLogins;
  readonly address: ServerAddress;
  /** Whether a session that is opened is to be kept. */
  readonly save: boolean;
  readonly program: Pick<Program, "input" | "env">;
}

export interface Identity {
  readonly user: string | undefined;
  readonly token: string | undefined;
  /** The session was opened for this run and ends with it. */
  readonly temporary: boolean;
}

const NOBODY: Identity = { user: undefined, token: undefined, temporary: false };

/** Logs in, if anybody has said as whom. @throws ExitError, ConfigError, LinkError */
export async function identify(call: Call, sources: IdentitySources): Promise<Identity> {
  const { user, tokenFile, logins, address, save } = sources;
  if (tokenFile !== undefined) return identityOfToken(call, firstLineOf(tokenFile, sources.program));
  if (user === undefined) return NOBODY;
  if (sources.passwordFile === undefined && sources.passwordCommand === undefined) {
    const saved = logins.find(address, user);
    if (saved) {
      try {
        return await identityOfToken(call, saved.token);
      } catch (error) {
        if (!(error instanceof RefusedRequest && exitOf(error.reply) === exits.login)) throw error;
        logins.forget(saved);
      }
    }
  }
  const password = await passwordOf(sources);
  if (!isPassword(password)) throw new ExitError(exits.login, wording.enter.oneWord);
  const login = await orRefusal(logIn(call, user, password));
  if (login instanceof RefusedRequest) throw new ExitError(exits.login, `${user}: ${errorInWords(login)}`);
  if (save) logins.save({ ...address, ...login });
  return { ...login, temporary: !save };
}

/** A request that acts by this identity: the connection's own session, or a token in it. */
export function withIdentity(text: string, { token, temporary }: Identity): string {
  const isLogIn = isLogin(text.trimStart().split(/\s/, 1)[0] as string);
  return token === undefined || temporary || isLogIn ? text : dialectNamed("auto").withToken(text, token);
}

async function identityOfToken(call: Call, token: string): Promise<Identity> {
  const who = await call("whoami", {}, { token });
  return { user: who.data.username, token, temporary: false };
}

/** @throws ExitError, ConfigError, Error of the file system */
export async function passwordOf(
  sources: Pick<IdentitySources, "user" | "passwordFile" | "passwordCommand" | "ask" | "program">,
): Promise<string> {
  const { user, passwordFile, passwordCommand, ask, program } = sources;
  if (passwordFile !== undefined) return firstLineOf(passwordFile, program);
  if (passwordCommand !== undefined) return printedBy(passwordCommand, program);
  const answer = await ask?.(wording.enter.password(user ?? ""));
  if (answer === undefined) {
    throw new ExitError(exits.login, wording.enter.noTerminal);
  }
  return answer;
}

/** A file's first line: a password or a token; `-` is standard input. @throws ConfigError, Error of the file system */
export function firstLineOf(path: string, { input }: Pick<Program, "input">): string {
  if (path !== "-") refuseReadableByOthers(path);
  return firstLine(path === "-" ? input() : readFileSync(path, "utf8"));
}

async function printedBy(command: string, { env }: Pick<Program, "env">): Promise<string> {
  const child = spawn(command, { shell: true, env, stdio: ["inherit", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new ExitError(exits.login, wording.enter.commandFailed(String(code ?? wording.enter.bySignal)));
  return firstLine(text);
}

function firstLine(text: string): string {
  return (text.split(/\r?\n/, 1)[0] ?? "").trim();
}
