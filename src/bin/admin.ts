/** `chat-server admin COMMAND`: asks a server that runs, over its control socket. */
import { connect, type Socket } from "node:net";
import { resolve } from "node:path";
import { formatBytes, formatDayAndClock } from "../client/format.ts";
import { refusalInWords } from "../client/render.ts";
import { ExitError, exitOf, exitOfError, exits } from "../client/script/exits.ts";
import { table } from "../client/table.ts";
import { inert } from "../client/terminal/inert.ts";
import { RefusedRequest, type Reply } from "../connection/errors.ts";
import { Wire } from "../connection/wire.ts";
import { type BanTarget, readTarget } from "../contract/ban-target.ts";
import { Unsayable } from "../protocol/pattern.ts";
import type { ReplyTo } from "../protocol/replies.ts";
import { type AdminCommand, adminCommands, adminOptions } from "./admin-options.ts";
import { controlPath } from "./folders.ts";
import { type Settings, UsageError } from "./options.ts";
import { newPassword } from "./password-input.ts";
import { settings } from "./settings.ts";
import { version } from "./version.ts";

type AdminSettings = Settings<typeof adminOptions>;

/** What a command was answered, and how a person reads it. */
interface Answered {
  readonly reply: Reply;
  readonly words: string;
}

type Command = (wire: Wire, args: readonly string[], options: AdminSettings) => Promise<Answered>;

const commands: Readonly<Record<AdminCommand, Command>> = {
  async users(wire, [part]) {
    const reply = await wire.call("adminUsers", part === undefined ? {} : { part });
    return { reply, words: accounts(reply) };
  },
  async password(wire, [user = ""]) {
    const password = await newPassword(process.stdin, process.stderr);
    const reply = await wire.call("adminPassword", { user, password });
    return { reply, words: `the password of ${reply.user} is changed; sessions ended: ${reply.closed}` };
  },
  async register(wire, [user = ""]) {
    const password = await newPassword(process.stdin, process.stderr);
    const reply = await wire.call("register", { user, password, country: "-", name: user, session: "login" });
    await wire.call("logout", {});
    return { reply, words: `the account ${user} is made` };
  },
  async realms(wire) {
    const reply = await wire.call("realms", {});
    return { reply, words: realms(reply) };
  },
  async addrealm(wire, [realm = "", place, key]) {
    // A key has no colon.
    const [, host = "", digits] = /^(.+):(\d+)$/.exec(place ?? "") ?? [];
    const address = digits === undefined ? {} : { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(digits) };
    const given = digits === undefined ? place : key;
    if (digits === undefined && key !== undefined) throw new UsageError(`${place}: not HOST:PORT`);
    const reply = await wire.call("addRealm", { realm, ...address, ...(given !== undefined && { key: given }) });
    return { reply, words: `${reply.realm} is known now (${reply.state})` };
  },
  async delrealm(wire, [realm = ""]) {
    const reply = await wire.call("removeRealm", { realm });
    const stays = reply.as === undefined ? "" : `; what was said stays under @${reply.as}`;
    return { reply, words: `${reply.realm} is removed, ${reply.refused} that waited are refused${stays}` };
  },
  async invite(wire, _, { uses, days, group }) {
    const given = {
      ...(uses !== undefined && { uses }),
      ...(days !== undefined && { days }),
      ...(group !== undefined && { group }),
    };
    const reply = await wire.call("adminInvite", given);
    return { reply, words: howToCome(reply) };
  },
  async invitations(wire) {
    const reply = await wire.call("adminInvitations", {});
    return { reply, words: invitations(reply) };
  },
  async uninvite(wire, [id = ""]) {
    const reply = await wire.call("adminUninvite", { invitation: Number(id) });
    return { reply, words: `invitation ${reply.invitation} is ended` };
  },
  async ban(wire, [given = ""], { for: duration, reason }) {
    const target = targetOf(given);
    const input = { target, ...(duration !== undefined && { duration }), ...(reason !== undefined && { reason }) };
    const reply = await wire.call("adminBan", input);
    const until = reply.until === undefined ? "" : ` until ${formatDayAndClock(reply.until)}`;
    return { reply, words: `${reply.target} is banned${until}` };
  },
  async unban(wire, [given = ""]) {
    const reply = await wire.call("adminUnban", { target: targetOf(given) });
    return { reply, words: `${reply.target} is banned no longer` };
  },
  async bans(wire) {
    const reply = await wire.call("adminBans", {});
    return { reply, words: listOfBans(reply) };
  },
  async backup(wire, [folder = ""]) {
    const reply = await wire.call("adminBackup", { folder: resolve(folder) });
    return { reply, words: backup(reply) };
  },
  async reports(wire, [after]) {
    const reply = await wire.call("adminReports", after === undefined ? {} : { report: Number(after) });
    return { reply, words: reports(reply) };
  },
  async report(wire, [done, id = ""]) {
    if (done !== "done") throw new UsageError(`use: chat-server admin ${adminCommands.report[0]}`);
    const reply = await wire.call("adminReportDone", { report: Number(id) });
    return { reply, words: `report ${reply.report} is seen to` };
  },
};

/** @returns the exit code: as of chat-client */
export async function admin(args: readonly string[]): Promise<number> {
  try {
    return await commanded(args);
  } catch (error) {
    process.stderr.write(`chat-server: ${(error as Error).message.split("\n")[0]}\n`);
    return error instanceof UsageError || error instanceof Unsayable ? exits.usage : exitOfError(error);
  }
}

/** @throws UsageError, ExitError; what a connection throws */
async function commanded(args: readonly string[]): Promise<number> {
  const given = await settings(adminOptions, {
    name: "chat-server admin",
    usage: usage(),
    version,
    args,
    env: process.env,
    words: "among",
  });
  if (!given) return exits.done;
  const [name = "", ...rest] = given.words;
  if (!Object.hasOwn(adminCommands, name)) {
    throw new UsageError(`admin: one of ${Object.keys(adminCommands).join(", ")}; see chat-server admin --help`);
  }
  const command = name as AdminCommand;
  const [form] = adminCommands[command];
  const wanted = form.split(" ").slice(1);
  const least = wanted.filter((word) => !word.startsWith("[")).length;
  if (rest.length < least || rest.length > wanted.length) throw new UsageError(`use: chat-server admin ${form}`);
  const { uses, days, group } = given.settings;
  if (command !== "invite" && [uses, days, group].some((one) => one !== undefined)) {
    throw new UsageError("--uses, --days and --group are for invite");
  }
  const { for: duration, reason } = given.settings;
  if (command !== "ban" && (duration !== undefined || reason !== undefined)) {
    throw new UsageError("--for and --reason are for chat-server admin ban");
  }
  return ask(given.settings, command, rest);
}

async function ask(options: AdminSettings, command: AdminCommand, args: readonly string[]): Promise<number> {
  const path = controlPath({ ...options, memory: false }) as string;
  const wire = new Wire(await opened(path));
  try {
    const { reply, words } = await commands[command](wire, args, options);
    process.stdout.write(`${options.json ? JSON.stringify(reply) : words}\n`);
    return exits.done;
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    if (options.json) process.stdout.write(`${JSON.stringify(error.reply)}\n`);
    process.stderr.write(`chat-server: ${refusalInWords(error.reply)}\n`);
    return exitOf(error.reply);
  } finally {
    wire.close();
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

function accounts({ data }: ReplyTo<"adminUsers">): string {
  if (data.length === 0) return "nobody";
  const heads = ["user", "name", "since", "sessions", ""].map((title) => ({ title }));
  const rows = data.map((one) => [
    one.username,
    inert(one.name),
    formatDayAndClock(one.created),
    String(one.sessions),
    one.online ? "online" : "",
  ]);
  return table(heads, rows, process.stdout.columns);
}

function realms({ data }: ReplyTo<"realms">): string {
  const heads = [
    ...["realm", "state", "address", "waiting"].map((title) => ({ title })),
    { title: "key", whole: true },
    { title: "" },
  ];
  const rows = data.map(({ realm, own, state = "", host, port, queued = 0, key = "", error = "" }) => [
    ...[
      realm,
      own ? "this server" : state,
      host === undefined ? "" : `${host}:${port}`,
      String(queued),
      key,
      inert(error),
    ],
  ]);
  return table(heads, rows, process.stdout.columns);
}

function invitations({ data }: ReplyTo<"adminInvitations">): string {
  if (data.length === 0) return "none";
  const heads = ["id", "accounts", "until", "group", "by"].map((title) => ({ title }));
  const rows = data.map(({ id, uses, until, group = "", by = "" }) => [
    ...[String(id), String(uses), formatDayAndClock(until), group, by],
  ]);
  return table(heads, rows, process.stdout.columns);
}

/** @throws UsageError for what can be no target */
function targetOf(text: string): BanTarget {
  const target = readTarget(text);
  if (!target) throw new UsageError(`${text}: not a user, user@realm, @realm, address or network/prefix`);
  return target;
}

function listOfBans({ data }: ReplyTo<"adminBans">): string {
  if (data.length === 0) return "nobody";
  const heads = ["target", "until", "by", "reason"].map((title) => ({ title }));
  const rows = data.map(({ target, until, by = "operator", reason }) => [
    target,
    until === undefined ? "" : formatDayAndClock(until),
    by,
    inert(reason),
  ]);
  return table(heads, rows, process.stdout.columns);
}

function backup({ folder, files, size, last, wrong }: ReplyTo<"adminBackup">): string {
  const lines = wrong.map((name) => `the server does not have it as it was: ${inert(name)}`);
  const all = `${folder}: ${files} files, ${formatBytes(size)}, messages up to number ${last}`;
  return [all, ...lines, `to look at it: chat-server verify ${folder}`].join("\n");
}

/** Each as a paragraph: a message may have many lines. */
function reports({ data, more }: ReplyTo<"adminReports">): string {
  if (data.length === 0) return "none";
  const all = data.map(({ report, by, from, group, id, message, file, sent, why, time }) => {
    const place = group === undefined ? `to ${by}` : `in #${group}`;
    const head = `report ${report} by ${by}, ${formatDayAndClock(time)}${why === undefined ? "" : `: ${inert(why)}`}`;
    const said = `  ${from} ${place}, ${formatDayAndClock(sent)}, ${id}:`;
    const lines = inert(file === undefined ? message : `file ${file}`)
      .split("\n")
      .map((line) => `  > ${line}`);
    return [head, said, ...lines].join("\n");
  });
  const last = data.at(-1)?.report;
  return [...all, ...(more ? [`more: chat-server admin reports ${last}`] : [])].join("\n\n");
}

/** What the operator passes on; the code stands alone in the first line, for scripts. */
function howToCome({ data: { code, id, uses, until, group } }: ReplyTo<"adminInvite">): string {
  const accounts = uses === 1 ? "one account" : `${uses} accounts`;
  const joined = group === undefined ? "" : `, a member of ${group}`;
  return [
    code,
    "",
    `Invitation ${id}: ${accounts}${joined}, until ${formatDayAndClock(until)}. It is not shown again. Who has it says one of:`,
    "  chat-client --host HOST -u NAME        (and gives the code when it is asked for)",
    `  printf 'invited ${code} NAME PASSWORD FULL_NAME COUNTRY\\r\\n\\r\\n' | nc -N HOST PORT`,
    `  register NAME ${code}:PASSWORD FULL_NAME COUNTRY        (in any client: the code and : before the password)`,
  ].join("\n");
}

function usage(): string {
  const rows = Object.values(adminCommands).map(([form, about]) => `  ${form.padEnd(36)}${about}`);
  return `$0 COMMAND [options]\n\nAsks a running server on this machine, over its control socket.\n\n${rows.join("\n")}`;
}
