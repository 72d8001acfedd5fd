/**
 * A disk fills while people send: what they are told, what still works, and what is there after a kill. Started by disks.ts, with
 * the folder where the disk is.
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../../src/connection/errors.ts";
import { range } from "../bench/load.ts";
import { operatorOf } from "../support/admin.ts";
import { history, loggedIn, newUser, type Person } from "../support/people.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";

const SENDERS = 8;
/** Behind each message's number. */
const LONG = "x".repeat(30_000);
/** So long they go on once they are refused. */
const STUBBORN_MS = 3000;

interface Sender extends Person {
  readonly name: string;
  /** What was acknowledged. */
  readonly texts: Set<string>;
}

const [disk = ""] = process.argv.slice(2);
const filler = join(disk, "somebody-elses");
const options = ["--data", join(disk, "data"), "--uploads", join(disk, "up"), "--min-free", "100M"];

let server = await startProcess(options);
for (const name of ["bob", "carol"]) await newUser(server, name);
/** Sessions that there were before: one for each look. */
const sessions: string[] = [];
for (const _ of range(4)) sessions.push((await loggedIn(server, "bob")).token);
const senders = await Promise.all(
  range(SENDERS).map(async (i) => ({ name: `s${i}`, texts: new Set<string>(), ...(await newUser(server, `s${i}`)) })),
);

await allSend(senders);
await tellWhatWorks(server);
console.log("  somebody else takes what is left, to the last byte");
fill();
await allSend(senders);
await tellWhatWorks(server);

await server.kill("SIGKILL");
const again = await startProcess(options).catch((error: Error) => error);
console.log(`  killed and started again on the full disk: ${again instanceof Error ? again.message : "it starts"}`);
if (!(again instanceof Error)) {
  await tellWhatWorks(again);
  await again.kill("SIGKILL");
}
rmSync(filler);
server = await startProcess(options);
console.log("  what somebody else had there is removed, and the server is started again");
await tellWhatWorks(server);
await tellLost(server, senders);
await server.stop();

/** To the last byte. */
function fill(): void {
  const file = openSync(filler, "w");
  for (let size = 2 ** 20; size >= 1; ) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch {
      size /= 2;
    }
  }
  closeSync(file);
}

/** Each sends one message after the other, until all were refused for a while. */
async function allSend(senders: readonly Sender[]): Promise<void> {
  const answers: Record<string, number> = {};
  let taken = performance.now();
  const sending = senders.map(async ({ client, texts }) => {
    while (performance.now() - taken < STUBBORN_MS) {
      const text = `${texts.size} ${LONG}`;
      const reply = await client.request(`send bob ${text}`);
      answers[codeOf(reply)] = (answers[codeOf(reply)] ?? 0) + 1;
      if (reply.status === "OK") {
        texts.add(text);
        taken = performance.now();
      } else await sleep(20);
    }
  });
  await Promise.all(sending);
  console.log(`    messages were answered ${JSON.stringify(answers)}`);
}

async function tellWhatWorks(server: ServerProcess): Promise<void> {
  const wire = await server.connect();
  const session = sessions.pop() ?? "";
  const operator = await operatorOf(server);
  const asked: readonly (readonly [what: string, reply: () => Promise<Reply>])[] = [
    ["ping", () => wire.request("ping")],
    ["login", () => wire.request("auth bob rahasia")],
    ["history", () => wire.request(`history ${session} s0 limit 5`)],
    ["file", () => wire.request(`sendfile ${session} s0 a.txt YWJjZGU=`)],
    ["logout", () => wire.request(`logout ${session}`)],
    ["admin users", () => operator.request("admin users")],
    ["admin password", () => operator.request("admin password carol rahasia")],
    ["admin invite", () => operator.request("admin invite")],
  ];
  const answers: string[] = [];
  for (const [what, reply] of asked) answers.push(`${what} ${codeOf(await reply())}`);
  console.log(`    ${answers.join(", ")}`);
  wire.close();
  operator.close();
}

async function tellLost(server: ServerProcess, senders: readonly Sender[]): Promise<void> {
  const { client } = await loggedIn(server, "bob");
  let [acknowledged, lost, twice, more] = [0, 0, 0, 0];
  for (const { name, texts } of senders) {
    const there = await history(client, name);
    const once = new Set(there);
    acknowledged += texts.size;
    lost += texts.difference(once).size;
    twice += there.length - once.size;
    more += once.difference(texts).size;
  }
  console.log(
    `    ${acknowledged} messages were acknowledged: ${lost} are lost, ${twice} there twice, ${more} there that were not`,
  );
  client.close();
}

function codeOf(reply: Reply): string {
  return reply.status === "OK" ? "OK" : String(reply.code);
}
