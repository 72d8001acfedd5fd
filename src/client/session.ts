/** A person's requests over a connection: log in, ask, be told; how it is shown is the caller's. */
import { readFileSync } from "node:fs";
import { ChatClient, isOk, type Reply, type ServerEvent } from "./client.ts";

export interface Options {
  readonly host: string;
  readonly port: number;
  readonly onEvent?: (event: ServerEvent) => void;
  readonly onLost?: (reason: Error) => void;
}

/** Connects and makes sure that the words of every dialect are understood. @throws LinkError */
export async function open(options: Options): Promise<ChatClient> {
  const client = await ChatClient.connect(options);
  await client.request("dialect auto");
  return client;
}

/** @returns the reply, with a token. @throws Error in words when the server refuses. */
export async function logIn(client: ChatClient, user: string, password: string): Promise<Reply> {
  if (/\s/.test(password) || password === "") throw new Error("a password is one word");
  const reply = await client.request(`auth ${user} ${password}`);
  if (!isOk(reply)) throw new Error(`${user}: ${String(reply.message)}`);
  return reply;
}

/** Who a login is, and the token that other connections act for him with. */
export interface Login {
  readonly user: string;
  readonly token: string;
}

export function loginOf(reply: Reply): Login {
  return { user: String(reply["user"]), token: String(reply["tokenid"]) };
}

/** A file's first line: a password or a token, or `-` for standard input. @throws Error of the file system */
export function secretFrom(path: string): string {
  const text = readFileSync(path === "-" ? 0 : path, "utf8");
  return (text.split(/\r?\n/, 1)[0] ?? "").trim();
}

export function isLogin(reply: Reply): boolean {
  return isOk(reply) && typeof reply["tokenid"] === "string";
}
