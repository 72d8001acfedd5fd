/**
 * A server that others than this machine reach: in a network namespace of its own (unshare(1), ip(8)), from which nothing can
 * leave. Its clients have addresses that are set aside for documents (RFC 5737, RFC 3849).
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Wire } from "../../src/connection/wire.ts";
import type { WireOptions } from "../../src/connection/wire-options.ts";
import { testFolder } from "./folder.ts";
import { program } from "./programs.ts";
import { cleanEnv } from "./server.ts";

/** All of 192.0.2.0/24, and these: IPv6 has each address to be named. The first two are of one /64. */
export const SIX = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1"] as const;

const SET_UP = [
  "ip link set lo up",
  "ip route add local 192.0.2.0/24 dev lo",
  ...SIX.map((address) => `ip -6 addr add ${address}/128 dev lo nodad`),
].join(" && ");

const UNSHARE = ["--user", "--map-root-user", "--net", "sh", "-c"];

/** Why there can be no such network here; undefined where there can. */
export const noNetwork: string | undefined = (() => {
  try {
    execFileSync("unshare", [...UNSHARE, SET_UP], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `needs a network namespace (unshare and ip, util-linux and iproute2, allowed): ${(error as Error).message.split("\n").at(-1)}`;
  }
})();

/** A server beyond loopback. */
export interface Beyond {
  /** A client that comes from an address: of 192.0.2.0/24, or of SIX. */
  connect(from: string, options?: Partial<WireOptions>): Promise<Wire>;
  /** Its control socket. */
  readonly control: string;
}

/** Started on all addresses, and ended with the test. @param options of chat-server */
export async function beyondLoopback(...options: readonly string[]): Promise<Beyond> {
  const door = join(testFolder(), "door");
  const words = [process.execPath, program("beyond-door"), door, "--host", "::", ...options];
  const child = spawn("unshare", [...UNSHARE, `${SET_UP} && exec "$@"`, "sh", ...words], {
    env: cleanEnv(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const [, port, control = ""] = line.toString().trim().split(" ");
  return {
    control,
    async connect(from, more = {}) {
      const socket = connect({ path: door });
      await once(socket, "connect");
      const host = from.includes(":") ? SIX[0] : "192.0.2.1";
      socket.write(`${from} ${host} ${port}\n`);
      return new Wire(socket, more);
    },
  };
}
