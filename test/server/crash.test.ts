/**
 * Nothing acknowledged is lost: the real server, killed with SIGKILL again and again while several
 * people send, and started again on what it left behind.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isOk, LinkError, type Reply } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";

/** With a log that takes its time it is the moments within a commit that are new: fewer will do. */
const KILLS = process.env["OBROL_TEST_LOG"] === "slow" ? 6 : 14;
const SPEAKERS = 4;
/** Requests under way on each connection. */
const WINDOW = 40;

interface Speaker {
  readonly name: string;
  readonly token: string;
  said: number;
  /** Acknowledged texts and the ids they were given. */
  readonly acknowledged: Map<string, string>;
  /** Sent with a client id and not acknowledged: to be sent again. */
  open: Map<string, string>;
}

interface Heard {
  readonly id: string;
  readonly message: string;
}

test(`every acknowledged message is there exactly once after ${KILLS} kills`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "obrol-crash-"));
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  let server = await startProcess(places);
  const speakers = await enter(server);
  const users: string[] = [];
  for (let round = 0; round < KILLS; round++) {
    // At a moment that no one has planned: after so many answers, whatever the disk is doing then.
    await speakUntil(server, speakers, Math.floor(1 + Math.random() * 400));
    const registering = register(server, `extra${round}`, users);
    await server.kill("SIGKILL");
    await registering;
    server = await startProcess(places);
    await expectSessions(server, speakers);
  }
  await repost(server, speakers);
  const reader = await server.connect();
  const [first] = speakers;
  for (const speaker of speakers) {
    const others = speaker === first ? [] : await history(reader, speaker.token, (first as Speaker).name);
    const group = (await history(reader, speaker.token, "#kelas")).filter(({ message }) =>
      message.startsWith(speaker.name),
    );
    const all = [...others, ...group].filter(({ message }) => message.startsWith(speaker.name));
    expect(new Set(all.map(({ message }) => message)).size, "nothing stands twice").toBe(all.length);
    const ids = new Map(all.map(({ message, id }) => [message, id]));
    for (const [text, id] of speaker.acknowledged) expect(ids.get(text), `${text} was acknowledged`).toBe(id);
    expect(group.map(({ id }) => id)).toEqual(group.map(({ id }) => id).toSorted());
  }
  const total = speakers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  expect(total, "thousands of messages were acknowledged").toBeGreaterThan(90 * KILLS);
  const known = (await reader.request("users")).data as string[];
  expect(known, "every acknowledged registration").toEqual(expect.arrayContaining(users));
  reader.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function enter(server: ServerProcess): Promise<Speaker[]> {
  const speakers: Speaker[] = [];
  for (let i = 0; i < SPEAKERS; i++) {
    const client = await server.connect();
    const name = `speaker${i}`;
    const { tokenid } = await client.request(`register ${name} rahasia Speaker indonesia`);
    await client.request(i === 0 ? "addgroup kelas" : "joingroup kelas");
    client.close();
    speakers.push({ name, token: String(tokenid), said: 0, acknowledged: new Map(), open: new Map() });
  }
  return speakers;
}

/** Everybody speaks, pipelined, until so many answers have come in all. */
async function speakUntil(server: ServerProcess, speakers: readonly Speaker[], answers: number): Promise<void> {
  let left = answers;
  const clients: Wire[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const speaker of speakers) {
      server.connect().then((client) => {
        clients.push(client);
        const next = (): void => {
          const clientId = `c${speaker.said++}`;
          const text = `${speaker.name} says ${clientId}`;
          const to = speaker.said % 3 === 0 || speaker === speakers[0] ? "#kelas" : (speakers[0] as Speaker).name;
          speaker.open.set(clientId, `${to} ${text}`);
          client.request(`post ${speaker.token} ${clientId} ${to} ${text}`).then(
            (reply) => {
              acknowledge(speaker, clientId, text, reply);
              left--;
              if (left <= 0) resolve();
              else next();
            },
            // The server was killed: whether it happened is not known.
            (error: unknown) => (error instanceof LinkError ? undefined : reject(error)),
          );
        };
        for (let i = 0; i < WINDOW; i++) next();
      }, reject);
    }
  });
}

function acknowledge(speaker: Speaker, clientId: string, text: string, reply: Reply): void {
  expect(isOk(reply), JSON.stringify(reply)).toBe(true);
  speaker.acknowledged.set(text, String(reply["id"]));
  speaker.open.delete(clientId);
}

/** Registers while the server is killed; remembered if it was acknowledged. */
async function register(server: ServerProcess, name: string, users: string[]): Promise<void> {
  try {
    const client = await server.connect();
    if (isOk(await client.request(`register ${name} x X y`))) users.push(name);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
  }
}

async function expectSessions(server: ServerProcess, speakers: readonly Speaker[]): Promise<void> {
  const client = await server.connect();
  for (const { name, token } of speakers) {
    expect(await client.request(`whoami ${token}`)).toMatchObject({ status: "OK", data: { username: name } });
  }
  client.close();
}

/** What was not acknowledged is sent again with its client id: it must stand once, whatever had happened. */
async function repost(server: ServerProcess, speakers: readonly Speaker[]): Promise<void> {
  const client = await server.connect();
  for (const speaker of speakers) {
    for (const [clientId, rest] of speaker.open) {
      const reply = await client.request(`post ${speaker.token} ${clientId} ${rest}`);
      acknowledge(speaker, clientId, rest.slice(rest.indexOf(" ") + 1), reply);
    }
  }
  client.close();
}

/** A whole conversation, page by page, oldest first. */
async function history(client: Wire, token: string, peer: string): Promise<Heard[]> {
  const all: Heard[] = [];
  for (let before = ""; ; ) {
    const reply = await client.request(`history ${token} ${peer}${before} limit 500`);
    all.unshift(...(reply.data as Heard[]));
    if (reply["more"] !== true) return all;
    before = ` before ${reply["before"]}`;
  }
}
