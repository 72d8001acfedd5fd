/** What is measured: how a server is started, and what a user says to it. obrol is here, others are in others.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chatServer, cleanEnv, nodeFlags } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Watchdog } from "../support/watchdog.ts";

export interface Running {
  readonly port: number;
  readonly pid: number;
  /** Of several nodes: the ports of all of them, the processes of the others, and that of what they share. */
  readonly nodes?: {
    readonly ports: readonly number[];
    readonly pids: readonly number[];
    readonly engine: number;
    readonly url: string;
  };
  /** Ends it and removes what it has left. */
  stop(): Promise<void>;
}

/** What is said, and the bytes that show that it has been answered; undefined where nothing need be said. */
export type Said = { readonly say: string; readonly answered: string } | undefined;

/** A server's words. Every text ends as its protocol wants. */
export interface Bench {
  readonly name: string;
  /** @param users names that must exist. @param members those who are in the group `g`, the first is its owner */
  start(users: readonly string[], members?: readonly string[]): Promise<Running>;
  /** What a connection says first, by which one knows that the server has it: what it has not looked at yet may be dropped. */
  readonly arrive: Said;
  /** What a user says to log in. */
  enter(user: string): Said;
  /** What a user says so that messages come to him. */
  listen(user: string): Said;
  /** @param speaks whether he only speaks there */
  joinGroup(group: string, speaks: boolean): Said;
  send(to: string, text: string): string;
  sendGroup(group: string, text: string): string;
  readonly ping: Said;
  /** Said after a batch, where single messages are not answered; and how many answers a batch of n gets. */
  readonly barrier: string;
  answers(batch: number): number;
  /** What an answer ends with, and what a delivered message does that has this text. */
  readonly answerEnd: string;
  messageEnd(text: string): string;
}

/** More connections than an address may have: all of them come from one. */
export const LIFTED = ["--max-connections", "20000", "--max-connections-per-ip", "20000"] as const;

/** @param options of chat-server, that choose the store. */
export function obrol(name: string, options: (folder: string) => readonly string[]): Bench {
  return {
    name,
    async start(users, members = []) {
      const folder = mkdtempSync(join(tmpdir(), "obrol-bench-"));
      const seed = join(folder, "seed.json");
      const people = users.map((username) => ({ username, name: username, country: "id", password: "x" }));
      const groups = members.length > 0 ? [{ name: "g", members }] : [];
      writeFileSync(seed, JSON.stringify({ users: people, groups }));
      const args = ["--port", "0", "--password-memory", "64K", "--seed-users", seed, "--log-level", "warn", ...LIFTED];
      const own = options(folder);
      const uploads = own.includes("--uploads") ? [] : ["--uploads", join(folder, "up")];
      const child = spawn(process.execPath, [...nodeFlags, chatServer, ...args, ...uploads, ...own], {
        stdio: ["ignore", "pipe", "inherit"],
        env: cleanEnv(),
      });
      const guarded = guard(child, folder);
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const port = await until("it listens", () => /:(\d+) /.exec(output)?.[1]);
      return { port: Number(port), ...guarded };
    },
    arrive: undefined,
    enter: (user) => ({ say: `auth ${user} x\r\n\r\n`, answered: '"tokenid"' }),
    listen: () => ({ say: "watch on\r\n\r\n", answered: '"watching":true' }),
    joinGroup: () => undefined,
    send: (to, text) => `send ${to} ${text}\r\n\r\n`,
    sendGroup: (group, text) => `sendgroup ${group} ${text}\r\n\r\n`,
    ping: { say: "ping\r\n\r\n", answered: '"pong"' },
    barrier: "",
    answers: (batch) => batch,
    answerEnd: "\r\n\r\n",
    messageEnd: () => "\r\n\r\n",
  };
}

/** A server that was just started: it ends with the bench, whichever way that ends. @param folder of its own, removed with it */
export function guard(child: ChildProcess, folder: string): Omit<Running, "port"> {
  const watchdog = new Watchdog(folder);
  watchdog.guard(child.pid);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  return {
    pid: child.pid as number,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await watchdog.dismiss();
      rmSync(folder, { recursive: true });
    },
  };
}
