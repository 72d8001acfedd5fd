/** The servers that are measured: how each is started, and what a user says to it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFlags } from "../support/server.ts";
import { until } from "../support/until.ts";

export interface Running {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A server's words. Every text ends as its protocol wants. */
export interface Bench {
  readonly name: string;
  /** @param users names that must exist. */
  start(users: readonly string[]): Promise<Running>;
  /** What a user says first, and the bytes that show that it has been answered. */
  enter(user: string): { say: string; answered: string };
  joinGroup(group: string): { say: string; answered: string };
  send(to: string, text: string): string;
  sendGroup(group: string, text: string): string;
  /** Said after a batch, where single messages are not answered; and how many answers a batch of n gets. */
  readonly barrier: string;
  answers(batch: number): number;
  /** What ends an answer or a delivered message. */
  readonly end: string;
}

const server = new URL("../../src/bin/chat-server.ts", import.meta.url).pathname;

/** @param options of chat-server, that choose the store. */
export function obrol(name: string, options: (folder: string) => readonly string[]): Bench {
  return {
    name,
    async start(users) {
      const folder = mkdtempSync(join(tmpdir(), "obrol-bench-"));
      const seed = join(folder, "seed.json");
      const people = users.map((username) => ({ username, name: username, country: "id", password: "x" }));
      writeFileSync(seed, JSON.stringify({ users: people, groups: [{ name: "g", members: [users[0]] }] }));
      const args = [server, "--port", "0", "--password-memory", "64K", "--seed-users", seed, "--log-level", "warn"];
      const child = spawn(
        process.execPath,
        [...nodeFlags, ...args, "--uploads", join(folder, "up"), ...options(folder)],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const port = await until("it listens", () => /:(\d+) /.exec(output)?.[1]);
      return running(child, Number(port));
    },
    enter: (user) => ({ say: `auth ${user} x\r\n\r\nwatch on\r\n\r\n`, answered: '"watching":true' }),
    joinGroup: (group) => ({ say: `joingroup ${group}\r\n\r\n`, answered: "group" }),
    send: (to, text) => `send ${to} ${text}\r\n\r\n`,
    sendGroup: (group, text) => `sendgroup ${group} ${text}\r\n\r\n`,
    barrier: "",
    answers: (batch) => batch,
    end: "\r\n\r\n",
  };
}

/** `apt-get install ngircd`; undefined where it is not there. */
export function ngircd(): Bench | undefined {
  if (spawnSync("ngircd", ["--version"]).error) return undefined;
  return {
    name: "ngircd",
    async start() {
      const folder = mkdtempSync(join(tmpdir(), "ngircd-bench-"));
      const port = await freePort();
      const path = join(folder, "ngircd.conf");
      const limits =
        "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\n";
      const options = "[Options]\nIdent = no\nDNS = no\nPAM = no\nRequireAuthPing = no\n";
      writeFileSync(
        path,
        `[Global]\nName = irc.bench\nListen = 127.0.0.1\nPorts = ${port}\nInfo = bench\n${limits}${options}`,
      );
      const child = spawn("ngircd", ["-n", "-f", path], { stdio: "ignore" });
      await until("it listens", () => tcpListens(port));
      return running(child, port);
    },
    enter: (user) => ({ say: `NICK ${user}\r\nUSER ${user} 0 * :${user}\r\n`, answered: " 376 " }),
    joinGroup: (group) => ({ say: `JOIN #${group}\r\n`, answered: " 366 " }),
    send: (to, text) => `PRIVMSG ${to} :${text}\r\n`,
    sendGroup: (group, text) => `PRIVMSG #${group} :${text}\r\n`,
    barrier: "PING x\r\n",
    answers: () => 1,
    end: "\r\n",
  };
}

/** Seconds of processor time that a process has used; Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory in MB; Linux only. */
export function residentMb(pid: number): number {
  const match = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) / 1024;
}

function running(child: ChildProcess, port: number): Running {
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  return {
    port,
    pid: child.pid as number,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** In the kernel's own table, so that the server sees no connection of ours. */
function tcpListens(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`;
  return readFileSync("/proc/net/tcp", "utf8").includes(local);
}
