/** `chat-server admin COMMAND`: asks a server that runs, over its control socket. */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline/promises";
import {
  type AdminOptions,
  AdminSlip,
  adminCommands,
  type TypedAdmin,
  typedAdmin,
  wrongOption,
} from "../client/admin/commands.ts";
import { wording } from "../client/language/wording.ts";
import * as lists from "../client/lists.ts";
import { type Program, thisProcess } from "../client/program.ts";
import { refusalInWords } from "../client/refusal-words.ts";
import { replyInWords } from "../client/render.ts";
import { ExitError, exitOf, exitOfError, exits } from "../client/script/exits.ts";
import { isOk } from "../connection/errors.ts";
import { Wire } from "../connection/wire.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { kinds } from "../protocol/values.ts";
import { adminOptions } from "./admin-options.ts";
import { controlPath } from "./folders.ts";
import { type Settings, UsageError } from "./options.ts";
import { newPassword } from "./password-input.ts";
import { settings } from "./settings.ts";
import { version } from "./version.ts";

type AdminSettings = Settings<typeof adminOptions>;

const native = dialectNamed("native");

/** @returns the exit code: as of chat-client */
export async function admin(args: readonly string[], program = thisProcess): Promise<number> {
  try {
    return await commanded(args, program);
  } catch (error) {
    program.stderr.write(`chat-server: ${(error as Error).message.split("\n")[0]}\n`);
    return error instanceof UsageError ? exits.usage : exitOfError(error);
  }
}

/** @throws UsageError, ExitError; what a connection throws */
async function commanded(args: readonly string[], program: Program): Promise<number> {
  const given = await settings(adminOptions, {
    name: "chat-server admin",
    usage: usage(),
    version,
    args,
    env: program.env,
    print: (text) => void program.stdout.write(text),
    words: "among",
  });
  if (!given) return exits.done;
  const options = optionsOf(given.settings);
  const typed = commandOf(given.words);
  const wrong = wrongOption(typed.command, options);
  if (wrong) throw new UsageError(wording.admin.notFor(wrong.option, wrong.of));
  const path = controlPath({ ...given.settings, memory: false }) as string;
  // Of what is wrong nobody is asked anything first.
  if (!typed.command.password) requestOf(typed, options, "");
  if (typed.command.irreversible && !given.settings.yes) await confirm(given.words.join(" "), program);
  const wire = new Wire(await opened(path));
  try {
    const password = typed.command.password ? await newPassword(program.stdin, program.stderr) : "";
    return await ask(wire, requestOf(typed, options, password), given.settings.json, program);
  } finally {
    wire.close();
  }
}

/** @throws UsageError */
function commandOf(words: readonly string[]): TypedAdmin {
  try {
    const typed = typedAdmin(words);
    if (typed) return typed;
  } catch (error) {
    if (error instanceof AdminSlip) throw new UsageError(`use: chat-server admin ${error.message}`);
    throw error;
  }
  const names = [...new Set(adminCommands.map(({ usage: form }) => form.split(" ")[0]))].join(", ");
  throw new UsageError(`admin: one of ${names}; see chat-server admin --help`);
}

/** As they are written in a request. */
function optionsOf({ uses, days, group, for: duration, reason, since, messages }: AdminSettings): AdminOptions {
  return {
    uses: uses?.toString(),
    days: days?.toString(),
    group,
    for: duration === undefined ? undefined : kinds.duration.write(duration),
    reason,
    since,
    messages: messages ? "" : undefined,
  };
}

interface Asked {
  readonly text: string;
  readonly operation: Parameters<typeof replyInWords>[2];
}

/** @throws UsageError for what no request can say */
function requestOf({ command, words }: TypedAdmin, options: AdminOptions, password: string): Asked {
  try {
    const text = command.says(words, options, password);
    const read = native.decode(text, { isToken: () => false, isRealm: () => true });
    if (!("input" in read)) throw new UsageError(read.failure.detail ?? `use: chat-server admin ${command.usage}`);
    return { text, operation: read.row.operation };
  } catch (error) {
    throw error instanceof AdminSlip ? new UsageError(error.message) : error;
  }
}

async function ask(
  wire: Wire,
  { text, operation }: Asked,
  json: boolean,
  { stdout, stderr }: Program,
): Promise<number> {
  const reply = await wire.request(text);
  if (!isOk(reply)) {
    if (json) stdout.write(`${JSON.stringify(reply)}\n`);
    stderr.write(`chat-server: ${refusalInWords(reply)}\n`);
    return exitOf(reply);
  }
  // The account is made for somebody else.
  if (operation === "register") await wire.request("logout");
  const words =
    operation === "register"
      ? (wording.done.register as string)
      : replyInWords(reply, { columns: stdout.columns, lists }, operation);
  stdout.write(`${json ? JSON.stringify(reply) : words}\n`);
  return exits.done;
}

/** Only somebody at a terminal can be asked. @throws UsageError unless he says yes */
async function confirm(command: string, { stdin, stderr }: Program): Promise<void> {
  if (!stdin.isTTY || !stderr.isTTY) throw new UsageError(wording.admin.irreversible(command));
  const asking = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await asking.question(`${command}: this cannot be undone. Do it? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError("nothing was done");
  } finally {
    asking.close();
  }
}

function opened(path: string): Promise<Socket> {
  const socket = connect({ path });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => {
      const why = (error as NodeJS.ErrnoException).code === "EACCES" ? "it is another's" : "no server listens there";
      const say = "--data DIR or --control PATH says where the server's is";
      reject(new ExitError(exits.unavailable, `${path}: ${why}; ${say}`));
    });
  });
}

function usage(): string {
  const rows = adminCommands.map(({ usage: form, about }) => `  ${form.padEnd(36)}${about}`);
  return `$0 COMMAND [options]\n\nAsks a running server on this machine, over its control socket.\n\n${rows.join("\n")}`;
}
