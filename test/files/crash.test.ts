/** A server that is killed at any moment: what it acknowledged is there with its bytes, and nothing else is on its disk. */
import { randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { download, type FileInfo, filesBelow, type Sent, sha256, upload } from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { inbox, loggedIn, newUser, ok } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const KILLS = 10;
const SENDERS = 4;

interface Outcome {
  /** Acknowledged, by id. */
  readonly sent: Map<string, FileInfo>;
  /** Taken back, and acknowledged. */
  readonly gone: Set<string>;
  /** Asked to be taken back, without an answer. */
  readonly unsure: Set<string>;
}

it(`after ${KILLS} kills every file that was acknowledged is whole, and no other content is left`, {
  timeout: 300_000,
}, async () => {
  const folder = testFolder();
  const uploads = join(folder, "uploads");
  const places = ["--data", join(folder, "data"), "--uploads", uploads];
  let server = await startServer(places);
  const { token } = await newUser(server, "alice");
  const { token: reader } = await newUser(server, "bob");
  const all: Outcome = { sent: new Map(), gone: new Set(), unsure: new Set() };
  for (let round = 0; round < KILLS; round++) {
    const before = all.sent.size;
    const senders = Array.from({ length: SENDERS }, (_, i) => send(server, token, all, `${round}-${i}`));
    const some = before + 1 + Math.floor(Math.random() * 20);
    await until("some are acknowledged", () => all.sent.size >= some);
    await server.kill("SIGKILL");
    await Promise.all(senders);
    server = await startServer(places);
  }
  try {
    await check(server, token, reader, uploads, all);
  } finally {
    await server.kill("SIGTERM");
  }
});

/** Uploads, in requests and as raw bytes, and takes some back, until the connection ends. */
async function send(server: TestServer, token: string, all: Outcome, name: string): Promise<void> {
  const wire = new RawWire(server);
  try {
    for (let i = 0; ; i++) {
      const body = randomBytes(1 + Math.floor(Math.random() ** 4 * 2_000_000));
      const file = `${name}-${i}.bin`;
      if (i % 3 === 2) wire.request(`sendfile ${token} bob ${file} ${body.subarray(0, 30_000).toString("base64")}`);
      else wire.send(upload(token, "bob", file, body, i % 3 === 1 ? `id ${name}-${i}` : ""));
      const reply = (await wire.reply()) as unknown as Sent;
      expect(reply, file).toMatchObject({ status: "OK" });
      all.sent.set(reply.file.id, reply.file);
      if (i % 4 !== 3) continue;
      all.unsure.add(reply.file.id);
      await ok(wire.request(`unsend ${token} ${reply.file.id}`).reply());
      all.unsure.delete(reply.file.id);
      all.gone.add(reply.file.id);
    }
  } catch (error) {
    if (!wire.hasEnded) throw error;
  } finally {
    wire.close();
  }
}

async function check(server: TestServer, token: string, reader: string, uploads: string, all: Outcome): Promise<void> {
  for (const [id, { sha256: sum }] of all.sent) {
    const { reply, body } = await download(server, reader, id);
    if (all.gone.has(id)) expect(reply, "taken back").toMatchObject({ code: "file-not-found" });
    else if (!all.unsure.has(id)) expect(sha256(body ?? "none"), "acknowledged").toBe(sum);
  }
  // Some more may have been sent whose answer was not heard: each of these is whole, too.
  const { client } = await loggedIn(server, "alice");
  const listed = ((await ok(client.request("files"))).data as FileInfo[]).filter(({ gone }) => !gone);
  for (const { id, sha256: sum } of listed) {
    const { body } = await download(server, token, id);
    expect(sha256(body ?? "none"), "listed").toBe(sum);
  }
  // Taken back or not, each was told of once.
  const names = (await inbox((await loggedIn(server, "bob")).client, "all")).toSorted();
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining([...all.sent.values()].map(({ name }) => name)));
  const contents = filesBelow(uploads).filter((path) => !path.endsWith(".part"));
  expect(contents.map((path) => basename(path).replace(/^[\d_]+_/, "")).toSorted()).toEqual(
    listed.map(({ name }) => name).toSorted(),
  );
}
