/** The operator of a server: over its control socket, and by `chat-server admin`. */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { Wire } from "../../src/connection/wire.ts";
import type { Ended } from "./program.ts";
import { chatServer, cleanEnv } from "./server.ts";

/** A connection over a control socket. */
export function operatorOf({ control }: { readonly control: string }): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: control });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new Wire(socket));
    });
  });
}

/** `chat-server admin ARGS`, to its end. @param stdin what it can read there */
export function admin({ control }: { readonly control: string }, args: readonly string[], stdin = ""): Promise<Ended> {
  const child = spawn(process.execPath, [chatServer, "admin", ...args, "--control", control], { env: cleanEnv() });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
