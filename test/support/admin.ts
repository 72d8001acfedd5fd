/** The operator of a server: over its control socket, and by `chat-server admin`. */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { Wire } from "../../src/connection/wire.ts";
import { ok, PASSWORD } from "./people.ts";
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

/** An account for an administrator, whose name only the operator can give; the password is that of everybody. */
export async function newAdmin(server: { readonly control: string }, name: string): Promise<void> {
  const operator = await operatorOf(server);
  await ok(operator.request(`register ${name} ${PASSWORD} ${name} indonesia`));
  operator.close();
}

/** `chat-server admin ARGS`, to its end. @param stdin what it can read there */
export function admin({ control }: { readonly control: string }, args: readonly string[], stdin = ""): Promise<Ended> {
  return program(chatServer, ["admin", ...args, "--control", control], undefined, stdin);
}

/** A program, to its end. @param folder that it runs in. @param stdin as of `admin` */
export function program(path: string, args: readonly string[], folder: string | undefined, stdin = ""): Promise<Ended> {
  const child = spawn(process.execPath, [path, ...args], { env: cleanEnv(), cwd: folder });
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
