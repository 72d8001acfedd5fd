/** chat-server: options → a server → running until it is told to stop. */
import { Failure } from "../contract/result.ts";
import { assemble, type Surrounding } from "./assemble.ts";
import { onHangUp } from "./hang-up.ts";
import { collectWhenQuiet } from "./heap.ts";
import { UsageError } from "./options.ts";
import { type ServerSettings, serverOptions } from "./server-options.ts";
import { settings } from "./settings.ts";
import { onStarterGone } from "./starter.ts";
import { Systemd, socketsGiven } from "./systemd.ts";
import { version } from "./version.ts";

/** From a request to stop to the exit, at the latest. */
const STOP_MS = 4900;

/** What may be another than a process has. */
type Other = Omit<Surrounding, "write">;

/** @throws UsageError and Error with one clear line when it cannot start. */
export async function main(args: readonly string[], other: Other = {}): Promise<number> {
  if (args[0] === "admin") {
    const { admin } = await import("./admin.ts");
    return admin(args.slice(1));
  }
  if (args[0] === "dump") {
    const { dump } = await import("./dump.ts");
    return dump(args.slice(1));
  }
  if (args[0] === "export") {
    const { exportData } = await import("./export.ts");
    return exportData(args.slice(1));
  }
  if (args[0] === "import") {
    const { importData } = await import("./import.ts");
    return importData(args.slice(1));
  }
  if (args[0] === "nodes") {
    const { nodes } = await import("./nodes.ts");
    return nodes(args.slice(1));
  }
  if (args[0] === "print") return print(args.slice(1));
  if (args[0] === "verify") {
    const { verify } = await import("./verify.ts");
    return verify(args.slice(1));
  }
  const given = await serverSettings(args, process.env);
  const reread = async (): Promise<ServerSettings> =>
    (await serverSettings(args, process.env)) ?? (given as ServerSettings);
  return given ? serve(given, { reread, sockets: socketsGiven(process.env), ...other }) : 0;
}

/** @throws UsageError for options that a server could not be started with */
async function print([what, ...args]: readonly string[]): Promise<number> {
  // A service has none of the variables that are here.
  const options = await serverSettings(args, {});
  const { fileFor } = await import("./print.ts");
  if (options) process.stdout.write(`${fileFor(what, { args, options })}\n`);
  return 0;
}

/** @returns undefined when help or the version was asked for, and printed. @throws UsageError */
export async function serverSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ServerSettings | undefined> {
  const given = await settings(serverOptions, {
    name: "chat-server",
    usage:
      "$0 [options]\n$0 admin COMMAND\n$0 dump [--data DIR] [--from SEQ]\n$0 verify DIR [--uploads DIR]\n$0 import [--data DIR] [--uploads DIR] --store URL\n$0 export --store URL --data DIR\n$0 nodes --store URL [--json]\n$0 print systemd|containerfile|fail2ban|logrotate|nginx-stream [options]\n\nA chat server over raw TCP that speaks five protocols. Options can also stand in\n--config FILE (JSON, the same names) and in CHAT_… variables (CHAT_MAX_REQUEST=64K).",
    version,
    args,
    env,
  });
  if (args.includes("--memory") && args.some((arg) => /^--data(=|$)/.test(arg))) {
    throw new UsageError("--memory and --data exclude each other");
  }
  return given?.settings;
}

/** @returns the exit code: 1 for a server that could not go on */
async function serve(options: ServerSettings, other: Other): Promise<number> {
  // Who reads the log may go away; the server stays.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const hangUp = onHangUp();
  const server = await assemble(options, { write: (line) => void process.stderr.write(line), ...other });
  const told = stopSignal();
  const { place, realm, log } = server;
  const { dialect, framing } = options;
  process.stdout.write(
    `listening on ${place} realm=${realm} dialect=${dialect} store=${options.memory ? "memory" : "disk"}\n`,
  );
  const systemd = new Systemd(log);
  const status = `listening on ${place}`;
  systemd.ready(status);
  systemd.watch((ms) => server.keeps(ms));
  hangUp.reload(async () => {
    systemd.reloading();
    systemd.ready((await server.reload()) instanceof Failure ? `${status}; the new options cannot be used` : status);
  });
  log("info", "started", { version, pid: process.pid, place, realm, dialect, framing });
  collectWhenQuiet();
  const failed = server.failed.then((reason) => {
    log("error", "failed", { reason });
    return "failed";
  });
  const signal = await Promise.race([told, starterGone(), hangUp.gone, failed]);
  log("info", "stopping", { signal });
  systemd.stopping();
  const code = signal === "failed" ? 1 : 0;
  setTimeout(() => process.exit(code), STOP_MS).unref();
  await server.close();
  log("info", "stopped");
  return code;
}

/** Resolves when the npx that has started this server has ended: a reason to stop, as a signal is one. */
function starterGone(): Promise<string> {
  return new Promise((resolve) => {
    onStarterGone(() => resolve("npx is gone"));
  });
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    // For good: a second signal (npm passes on a Ctrl-C that the terminal has sent too) must not cut the first short.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve(signal));
  });
}
