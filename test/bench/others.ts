/** Servers of others that obrol is measured beside, each with its limits lifted, without lookups, in a folder of its own. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { type Bench, guard, type Running } from "./servers.ts";

interface Other {
  readonly bench: Bench;
  /** Its program, and the package of Debian that has it. */
  readonly program: string;
  readonly package: string;
}

/** What all servers of IRC (RFC 2812) are told. */
const irc = {
  // It is refused: nobody is registered yet.
  arrive: { say: "PING x\r\n", answered: " 451 " },
  listen: () => undefined,
  joinGroup: (group: string) => ({ say: `JOIN #${group}\r\n`, answered: " 366 " }),
  send: (to: string, text: string) => `PRIVMSG ${to} :${text}\r\n`,
  sendGroup: (group: string, text: string) => `PRIVMSG #${group} :${text}\r\n`,
  ping: { say: "PING x\r\n", answered: " PONG " },
  barrier: "PING x\r\n",
  answers: () => 1,
  answerEnd: "\r\n",
  messageEnd: () => "\r\n",
};

const ngircd: Bench = {
  ...irc,
  name: "ngircd",
  start: () =>
    started("ngircd", (port, folder) => {
      const path = join(folder, "ngircd.conf");
      const limits =
        "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\nPongTimeout = 600\n";
      const options = "[Options]\nIdent = no\nDNS = no\nPAM = no\nRequireAuthPing = no\n";
      writeFileSync(
        path,
        `[Global]\nName = irc.bench\nListen = 127.0.0.1\nPorts = ${port}\nInfo = bench\n${limits}${options}`,
      );
      return ["-n", "-f", path];
    }),
  enter: (user) => ({ say: `NICK ${user}\r\nUSER ${user} 0 * :${user}\r\n`, answered: " 376 " }),
};

const inspircd: Bench = {
  ...irc,
  name: "inspircd",
  start: () =>
    started("inspircd", (port, folder) => {
      const path = join(folder, "inspircd.conf");
      const noLimits =
        'timeout="60" pingfreq="600" softsendq="1073741824" hardsendq="1073741824" recvq="1048576" threshold="1000000" ' +
        'commandrate="1000000000" fakelag="no" localmax="100000" globalmax="100000" limit="100000"';
      writeFileSync(
        path,
        [
          '<server name="irc.bench" description="bench" network="bench">',
          '<admin name="bench" nick="bench" email="bench@irc.bench">',
          `<bind address="127.0.0.1" port="${port}" type="clients">`,
          `<connect allow="*" ${noLimits} resolvehostnames="no">`,
          '<performance softlimit="100000" somaxconn="1024">',
        ].join("\n"),
      );
      return ["--nofork", "--nolog", "--nopid", "--runasroot", `--config=${path}`];
    }),
  enter: (user) => ({ say: `NICK ${user}\r\nUSER ${user} 0 * :${user}\r\n`, answered: " 422 " }),
};

/** Publish and subscribe alone: a user is a channel, as a group is. */
const redis: Bench = {
  name: "redis",
  start: () =>
    started("redis-server", (port, folder) => {
      const noLimits = ["--maxclients", "19000", "--client-output-buffer-limit", "pubsub 0 0 0"];
      const nothingKept = ["--save", "", "--appendonly", "no", "--dir", folder];
      return ["--bind", "127.0.0.1", "--port", String(port), ...nothingKept, ...noLimits];
    }),
  arrive: undefined,
  // RESP3: with the older one a connection that subscribes could not publish.
  enter: () => ({ say: resp("HELLO", "3"), answered: "modules\r\n*0\r\n" }),
  listen: (user) => subscribed(user),
  joinGroup: (group, speaks) => (speaks ? undefined : subscribed(group)),
  send: (to, text) => resp("PUBLISH", to, text),
  sendGroup: (group, text) => resp("PUBLISH", group, text),
  ping: { say: resp("PING"), answered: "+PONG\r\n" },
  barrier: "",
  answers: (batch) => batch,
  answerEnd: "\r\n",
  messageEnd: (text) => `${text}\r\n`,
};

const others: readonly Other[] = [
  { bench: ngircd, program: "ngircd", package: "ngircd" },
  { bench: inspircd, program: "inspircd", package: "inspircd" },
  { bench: redis, program: "redis-server", package: "redis-server" },
];

const [there, missing] = [true, false].map((isThere) =>
  others.filter(({ program }) => !spawnSync(program, ["--version"]).error === isThere),
) as [Other[], Other[]];

export const installed: readonly Bench[] = there.map(({ bench }) => bench);

/** A line for each that is not installed: how to get it. */
export const howToInstall: readonly string[] = missing.map(
  ({ bench, package: name }) => `${bench.name} is not installed: apt-get install ${name}`,
);

/** @param prepare writes what it needs into its folder, and gives the options */
async function started(
  program: string,
  prepare: (port: number, folder: string) => readonly string[],
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), `${program}-bench-`));
  const port = await freePort();
  const child = spawn(program, prepare(port, folder), { stdio: "ignore" });
  const guarded = guard(child, folder);
  await until(`${program} listens`, () => tcpListens(port));
  return { port, ...guarded };
}

/** In the kernel's own table, so that the server sees no connection of ours. */
function tcpListens(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`;
  return readFileSync("/proc/net/tcp", "utf8").includes(local);
}

function subscribed(channel: string): { say: string; answered: string } {
  return { say: resp("SUBSCRIBE", channel), answered: "subscribe\r\n" };
}

/** A command as redis's own clients say it. */
function resp(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
