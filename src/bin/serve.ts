/** A server from its start until it is told to stop. A command reads none of it: what a server is made of takes as long to load as all else. */
import { Failure } from "../contract/result.ts";
import { assemble, type Surrounding } from "./assemble.ts";
import { onHangUp } from "./hang-up.ts";
import { collectWhenQuiet } from "./heap.ts";
import type { ServerSettings } from "./server-options.ts";
import { onStarterGone } from "./starter.ts";
import { Systemd, socketsGiven } from "./systemd.ts";
import { version } from "./version.ts";

/** From a request to stop to the exit, at the latest. */
const STOP_MS = 4900;

/** @returns the exit code: 1 for a server that could not go on */
export async function serve(options: ServerSettings, other: Omit<Surrounding, "write">): Promise<number> {
  // Who reads the log may go away; the server stays.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const hangUp = onHangUp();
  const told = new AbortController();
  void Promise.race([stopSignal(), starterGone(), hangUp.gone]).then((signal) => {
    limit(0);
    told.abort(signal);
  });
  const server = await assemble(options, {
    write: (line) => void process.stderr.write(line),
    sockets: socketsGiven(process.env),
    stop: told.signal,
    ...other,
  }).catch((error: unknown) => {
    if (told.signal.aborted) return;
    // What it has begun with may still wait for something.
    limit(1);
    throw error;
  });
  if (!server) return 0;
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
    limit(1);
    return "failed";
  });
  const signal = await Promise.race([toldIn(told.signal), failed]);
  log("info", "stopping", { signal });
  systemd.stopping();
  await server.close();
  log("info", "stopped");
  return signal === "failed" ? 1 : 0;
}

/** From now on the process ends in time, with this code, whatever still waits for something. */
function limit(code: number): void {
  setTimeout(() => process.exit(code), STOP_MS).unref();
}

/** @returns the reason, once there is one */
function toldIn(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });
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
