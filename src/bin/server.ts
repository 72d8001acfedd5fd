/** chat-server: a command, or options for a server that runs until it is told to stop. */
import type { Surrounding } from "./assemble.ts";
import { UsageError } from "./options.ts";
import { type ServerSettings, serverOptions } from "./server-options.ts";
import { settings } from "./settings.ts";
import { version } from "./version.ts";

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
  if (!given) return 0;
  const { serve } = await import("./serve.ts");
  return serve(given, { reread, ...other });
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
