/** The operator of a server: over its control socket, and by `chat-server admin`. */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { admin as commanded } from "../../src/bin/admin.ts";
import { Wire } from "../../src/connection/wire.ts";
import { ok, PASSWORD } from "./people.ts";
import type { Ended } from "./program.ts";
import { startedHere } from "./program-here.ts";
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

/** `chat-server admin ARGS` in this process, to its end. @param stdin what it can read there */
export async function admin(server: { readonly control: string }, args: readonly string[], stdin = ""): Promise<Ended> {
  const running = startedHere(commanded, [...args, "--control", server.control], cleanEnv(), stdin);
  const { code, stdout, stderr } = await running.ended;
  return { code, stdout, stderr };
}

/** The same as a process of its own. */
export function adminProcess(
  server: { readonly control: string },
  args: readonly string[],
  stdin = "",
): Promise<Ended> {
  return program(chatServer, ["admin", ...args, "--control", server.control], undefined, stdin);
}

/** A program, to its end. @param folder that it runs in. @param stdin as of `admin` */
function program(path: string, args: readonly string[], folder: string | undefined, stdin = ""): Promise<Ended> {
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
