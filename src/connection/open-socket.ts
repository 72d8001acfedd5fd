/** A socket to a server that is connected, or why it is not. */
import type { Socket } from "node:net";
import { getSystemErrorMessage } from "node:util";
import type { World } from "../world/world.ts";
import { connectionTexts, LinkError } from "./errors.ts";
import type { WireOptions } from "./wire-options.ts";

/** Why a name has no address: the system's own words for it are of no use to who has typed it. */
const OF_NAMES: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "the name cannot be looked up now",
};

/** @param connectTimeout ms. @throws LinkError */
export async function openSocket(
  { host, port, signal }: Pick<WireOptions, "host" | "port" | "signal">,
  world: World,
  connectTimeout: number,
): Promise<Socket> {
  const socket = world.connect({ host, port, noDelay: true });
  socket.setTimeout(connectTimeout);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(new LinkError(connectionTexts.unreachable(`${host}:${port}`, reasonOf(error)), { cause: error }));
    };
    const stop = (): void => fail(new Error(connectionTexts.here));
    signal?.addEventListener("abort", stop);
    socket.once("close", () => signal?.removeEventListener("abort", stop));
    socket.once("error", fail);
    socket.once("timeout", () => fail(new Error(connectionTexts.late(connectTimeout / 1000))));
    socket.once("connect", () => {
      socket.removeAllListeners();
      signal?.removeEventListener("abort", stop);
      socket.setTimeout(0);
      resolve();
    });
  });
  return socket;
}

/** What the system says. The error's own message has a code, and names the address once more; of a host with several it is empty. */
export function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  const { errno, code = "", message } = (first ?? error) as NodeJS.ErrnoException;
  return OF_NAMES[code] ?? (errno === undefined ? message : getSystemErrorMessage(errno));
}
