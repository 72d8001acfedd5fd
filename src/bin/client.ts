/** Options → a connection → one request, or a prompt. Exit code 0, or 1 when something was refused. */
import chalk, { supportsColor } from "chalk";
import { type ChatClient, isOk, type Reply } from "../client/client.ts";
import { type FileCommand, fileCommand } from "../client/files.ts";
import { Prompt } from "../client/prompt.ts";
import { repl, shown, told } from "../client/repl.ts";
import { type Login, logIn, loginOf, open, secretFrom } from "../client/session.ts";
import { Transfers, type View } from "../client/transfers.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { clientOptions } from "./client-options.ts";
import { type Settings, settings, UsageError } from "./settings.ts";
import { version } from "./version.ts";

/** Exit code of what was interrupted: 128 and SIGINT. */
const PAUSED = 130;

/** Columns of the prompt that stay free when a transfer is told of before it. */
const ROOM_TO_TYPE = 20;

/** How long, in ms, a logout may take. */
const LOGOUT_MS = 2000;

type ClientSettings = Settings<typeof clientOptions>;

/** @throws Error in one line: usage, no connection, login refused, connection lost. */
export async function main(args: readonly string[]): Promise<number> {
  const given = await settings(clientOptions, {
    name: "chat-client",
    usage:
      "$0 [options]                    a prompt\n$0 [options] REQUEST [PARAM …]  one request, as the protocols have it",
    version,
    args,
    env: process.env,
    words: true,
    examples: [
      ["$0 -u alice", "log in and chat"],
      ["$0 -u alice --password-file pw send bob halo", "one message"],
      ["$0 -u alice --password-file pw sendfile bob a.iso", "a file of any size; Ctrl-C pauses it"],
      ["$0 -u bob --password-file pw getfile a.iso -o -", "its bytes on standard output"],
    ],
  });
  if (!given) return 0;
  const options = given.settings;
  if (options["token-file"] !== undefined && (options.user !== undefined || given.words.length === 0)) {
    throw new UsageError("--token-file goes with one request, and without --user");
  }
  setColor(options.color);
  // A reader that goes away (`| head -1`) is no fault.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  return given.words.length > 0 ? once(options, given.words) : prompted(options);
}

async function once(options: ClientSettings, words: readonly string[]): Promise<number> {
  const client = await open({ host: options.host ?? "", port: options.port });
  try {
    const command = fileCommand(words);
    const login = await loginFor(client, options, command !== undefined);
    if (command) {
      const code = await transferred(options, login, command);
      if (options.user !== undefined) await logOut(client);
      return code;
    }
    const reply = await client.request(withToken(words, options["token-file"]));
    if (options.user !== undefined) await logOut(client);
    const text = shown(reply, options.json);
    if (isOk(reply) || options.json) process.stdout.write(`${text}\n`);
    else process.stderr.write(`${text}\n`);
    return isOk(reply) ? 0 : 1;
  } finally {
    client.close();
  }
}

/** A session for one request would stay for a month. It does no harm where the server does not answer any more. */
async function logOut(client: ChatClient): Promise<void> {
  const patience = setTimeout(() => client.close(), LOGOUT_MS);
  await client.request("logout").catch(() => undefined);
  clearTimeout(patience);
}

/** Who acts, if anybody has said so. @param wanted also by a token: who it is for is asked */
async function loginFor(client: ChatClient, options: ClientSettings, wanted: boolean): Promise<Login | undefined> {
  const { user, "token-file": file } = options;
  if (user !== undefined) return loginOf(await logIn(client, user, await password(options)));
  if (file === undefined || !wanted) return undefined;
  const token = secretFrom(file);
  const reply = await client.request(`whoami ${token}`);
  return isOk(reply) ? { user: (reply.data as { username: string }).username, token } : { user: "", token };
}

/** One command about files. Ctrl-C pauses it. */
async function transferred(options: ClientSettings, login: Login | undefined, command: FileCommand): Promise<number> {
  const toScreen = process.stderr.isTTY && !options.plain && process.env["TERM"] !== "dumb";
  const view: View = options.json ? "json" : toScreen ? "bar" : "lines";
  // What is asked for goes to stdout, how it is going to stderr; a file's own bytes have stdout for themselves.
  const isAnswer = view === "json" || command.does === "list" || command.does === "transfers";
  const clear = view === "bar" ? "\r\u001b[K" : "";
  const transfers = new Transfers({
    view,
    downloads: options.downloads ?? "downloads",
    account: () => login && { ...login, host: options.host ?? "", port: options.port },
    say(text, aside) {
      const isAside = aside || !isAnswer;
      process[isAside ? "stderr" : "stdout"].write(`${isAside ? clear : ""}${text}\n`);
    },
    onMoved: () => void process.stderr.write(`${clear}${transfers.status(process.stderr.columns ?? 80)}`),
    output: (bytes) => written(process.stdout, bytes),
  });
  let stopped = false;
  const stop = (): void => {
    // Who asks twice does not want to wait.
    if (stopped) process.exit(PAUSED);
    stopped = true;
    transfers.pause();
  };
  process.on("SIGINT", stop);
  try {
    const outcome = await transfers.run(command);
    return outcome === "done" ? 0 : outcome === "paused" ? PAUSED : 1;
  } finally {
    process.off("SIGINT", stop);
  }
}

function written(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

async function prompted(options: ClientSettings): Promise<number> {
  const prompt = new Prompt(process.stdin, process.stdout);
  let lost: Error | undefined;
  let login: Login | undefined;
  const { interactive } = prompt;
  const transfers = new Transfers({
    view: options.json ? "json" : interactive && !options.plain ? "bar" : "lines",
    downloads: options.downloads ?? "downloads",
    account: () => login && { ...login, host: options.host ?? "", port: options.port },
    say: (text, aside) => (aside ? void process.stderr.write(`${text}\n`) : prompt.print(text)),
    onMoved: () => {
      prompt.status = transfers.status(prompt.columns - ROOM_TO_TYPE);
    },
    output: interactive ? undefined : (bytes) => written(process.stdout, bytes),
  });
  let client: ChatClient | undefined;
  try {
    client = await open({
      host: options.host ?? "",
      port: options.port,
      onEvent: (event) => prompt.print(told(event, options.json)),
      onLost(reason) {
        lost = reason;
        prompt.close();
      },
    });
    if (options.user !== undefined) {
      login = loginOf(await logIn(client, options.user, await password(options, prompt)));
      await client.request("watch on");
    }
    const onLogin = (reply: Reply): void => {
      login = loginOf(reply);
    };
    const good = await repl({ client, prompt, transfers, json: options.json, onLogin });
    if (lost) throw lost;
    return good || prompt.interactive ? 0 : 1;
  } finally {
    prompt.close();
    client?.close();
  }
}

async function password(options: ClientSettings, prompt?: Prompt): Promise<string> {
  const file = options["password-file"];
  if (file !== undefined) return secretFrom(file);
  if (!process.stdin.isTTY) throw new UsageError("no terminal to ask for the password on: give --password-file");
  const asking = prompt ?? new Prompt(process.stdin, process.stderr);
  try {
    return await asking.secret(`password of ${options.user}: `);
  } finally {
    if (!prompt) asking.close();
  }
}

function withToken(words: readonly string[], file: string | undefined): string {
  const request = words.join(" ");
  return file === undefined ? request : dialectNamed("auto").withToken(request, secretFrom(file));
}

/** Once, for all of the program: chalk alone would not know of `--color`. */
function setColor(color: ClientSettings["color"]): void {
  const plain = process.env["NO_COLOR"] !== undefined || process.env["TERM"] === "dumb";
  const found = typeof supportsColor === "object" && !plain ? supportsColor.level : 0;
  chalk.level = color === "always" ? 1 : color === "never" ? 0 : (found as typeof chalk.level);
}
