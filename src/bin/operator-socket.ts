/** The socket by which the operator controls a running server: `chat-server admin`. */
import type { Listener } from "../server/listener.ts";
import type { Log } from "../server/log.ts";
import { controlPath } from "./folders.ts";
import type { ServerSettings } from "./server-options.ts";

/** @throws Error in one line where a path was given that cannot be used; beside the data it is not worth a server that does not start. */
export async function listenForOperator(listener: Listener, options: ServerSettings, log: Log): Promise<void> {
  const path = controlPath(options);
  if (path === undefined) return;
  try {
    await listener.listenForOperator(path);
  } catch (error) {
    const { message } = error as Error;
    if (options.control !== undefined) throw new Error(`--control ${path}: ${message}`, { cause: error });
    log("warn", "no-control-socket", { path, reason: message });
  }
}
