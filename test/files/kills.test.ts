/**
 * The real server, killed with SIGKILL while files go up and down and are withdrawn: what was acknowledged is there
 * and intact, what was not whole can be resumed, and nothing else is left in the folder.
 */
import { randomBytes, randomInt } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { isOk } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import {
  begin,
  content,
  download,
  expectWhole,
  reaches,
  sent,
  sha256,
  stalled,
  upload,
  uploaded,
  uploadRequest,
  uploadStatus,
} from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { inbox, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import type { ServerProcess } from "../support/server.ts";
import { startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";
import { contentsIn, hashesIn, partsIn } from "../support/uploads.ts";

const KIB = 1024;

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly got?: readonly string[];
  readonly gone?: true;
}

let places: readonly string[];
let uploads: string;

beforeEach(() => {
  const folder = testFolder();
  uploads = join(folder, "uploads");
  places = ["--data", join(folder, "data"), "--uploads", uploads, "--max-transfers", "64"];
});

async function filesOf(client: Wire, request = "files"): Promise<readonly Listed[]> {
  return (await ok(client.request(request))).data as readonly Listed[];
}

describe("a server that is killed", () => {
  let server: ServerProcess;
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    server = await startedProcess(...places);
    alice = await newUser(server, "alice");
    bob = await newUser(server, "bob");
  });

  async function restart(signal: NodeJS.Signals): Promise<void> {
    await server.kill(signal);
    server = await startedProcess(...places);
    alice = await loggedIn(server, "alice");
    bob = await loggedIn(server, "bob");
  }

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "by %s in the middle of many uploads keeps those with an id, and nothing of the others",
    async (signal) => {
      const content = randomBytes(100 * KIB);
      const files = Array.from({ length: 20 }, (_, i) => ({ to: "bob", name: `berkas ${i}`, content }));
      for (const file of files) begin(server, alice.token, file, 50 * KIB);
      for (const [i, file] of files.entries()) begin(server, alice.token, { ...file, id: `a${i}` }, 1000 + i);
      await Promise.all(files.map((_, i) => reaches(server, alice.token, `a${i}`, "receiving", 1000 + i)));
      await until("the others are there", () => partsIn(uploads).length === 2 * files.length);
      await restart(signal);

      expect(await inbox(bob.client, "all")).toEqual([]);
      expect(await filesOf(alice.client)).toEqual([]);
      expect(contentsIn(uploads)).toEqual([]);
      await until("only those with an id are left", () => partsIn(uploads).length === files.length);
      for (const [i, file] of files.entries()) {
        const id = `a${i}`;
        const { state, received } = await uploadStatus(server, alice.token, id);
        expect(state).toBe("partial");
        // What has arrived is on its way to the disk; one that is killed may not have come to that.
        if (signal === "SIGTERM") expect(received).toBe(1000 + i);
        else expect(received).toBeLessThanOrEqual(1000 + i);
        const reply = await ok(upload(server, alice.token, { ...file, id, offset: received }));
        await expectWhole(server, bob.token, sent(reply).file.id, content);
      }
      expect(partsIn(uploads)).toEqual([]);
      expect(await inbox(bob.client, "all")).toEqual(files.map(({ name }) => name));
    },
  );

  it("in the middle of downloads has lost nothing; they go on from where they were", async () => {
    const content = randomBytes(24 * KIB * KIB);
    const id = (await uploaded(server, alice.token, { to: "bob", name: "besar", content })).file.id;
    const wires = [await stalled(server, alice.token, id), await stalled(server, bob.token, id)];
    await restart("SIGKILL");
    const got = async (): Promise<unknown> => (await filesOf(alice.client))[0]?.got;
    expect(await got(), "who has only a part of it does not have it").toEqual([]);
    for (const wire of wires) {
      await wire.resume().over();
      const { arrived } = wire;
      expect(wire.opened).toMatchObject({ length: content.length });
      const rest = await download(server, bob.token, id, arrived);
      expect(sha256(rest.body)).toBe(sha256(content.subarray(arrived)));
    }
    await until("he has it", async () => isDeepStrictEqual(await got(), ["bob"]));
    await expectWhole(server, alice.token, id, content);
  });

  it("right after its reply has the file, and has delivered it once", async () => {
    const content = randomBytes(10 * KIB);
    for (let i = 0; i < 3; i++) {
      const file = { to: "bob", name: `berkas ${i}`, content, id: `a${i}` };
      const first = await ok(upload(server, alice.token, file));
      await restart("SIGKILL");
      const again = await ok(upload(server, alice.token, file));
      expect([sent(again).file.id, again["id"]]).toEqual([sent(first).file.id, first["id"]]);
      await expectWhole(server, bob.token, sent(first).file.id, content);
    }
    expect(await inbox(bob.client, "all")).toHaveLength(3);
    expect(contentsIn(uploads)).toHaveLength(3);
  });

  it("right after something was withdrawn does not have it again", async () => {
    const kept = (await uploaded(server, alice.token, { to: "bob", name: "a", content: Buffer.from("a") })).file.id;
    const content = Buffer.from("b");
    const withdrawn = (await uploaded(server, alice.token, { to: "bob", name: "b", content })).file.id;
    await ok(alice.client.request(`unsend ${withdrawn}`));
    await restart("SIGKILL");
    expect((await download(server, bob.token, withdrawn)).reply.code).toBe("file-not-found");
    await expectWhole(server, bob.token, kept, Buffer.from("a"));
    await until("its content is removed", () => contentsIn(uploads).length === 1);
  });
});

/** Somebody who sends, fetches and withdraws files, and knows what of it was acknowledged. */
interface Sender {
  readonly name: string;
  readonly token: string;
  /** Files that were acknowledged, by their ids, with their SHA-256. */
  readonly sent: Map<string, string>;
  /** Uploads with an id of his own that were not acknowledged. */
  readonly open: Map<string, Buffer>;
  /** Withdrawn; true if that was acknowledged. */
  readonly withdrawn: Map<string, boolean>;
}

const ROUNDS = 5;
/** Transfers of each sender at once. */
const WINDOW = 4;
/** After how many bytes of all of them the server is killed, at the most. */
const PATIENCE = 4 * KIB * KIB;
const PIECE = 16 * KIB;

it(`files are whole or resumable, and none is lost or left over, after ${ROUNDS} kills at any moment`, async () => {
  let server = await startedProcess(...places);
  const bob = await newUser(server, "bob");
  const senders: Sender[] = [];
  for (const name of ["alice", "carol", "dina"]) {
    const { token } = await newUser(server, name);
    senders.push({ name, token, sent: new Map(), open: new Map(), withdrawn: new Map() });
  }
  for (let round = 0; round < ROUNDS; round++) {
    await work(server, senders, randomInt(PATIENCE / 4, PATIENCE));
    server = await startedProcess(...places);
    await expectNoneLost(server, senders);
    await resume(server, senders);
  }
  for (const sender of senders) {
    for (const [id, content] of sender.open) await finish(server, sender, id, content);
  }
  await expectNoneLost(server, senders);
  expect(partsIn(uploads)).toEqual([]);

  const reader = await loggedIn(server, "bob");
  const received = await filesOf(reader.client, "files received");
  expect(new Set(received.map(({ id }) => id)).size, "nothing stands twice").toBe(received.length);
  for (const { sent, withdrawn } of senders) {
    for (const [id, hash] of sent) {
      if (withdrawn.has(id)) continue;
      expect(sha256(await content(server, bob.token, id))).toBe(hash);
    }
  }
  const total = senders.reduce((sum, { sent }) => sum + sent.size, 0);
  expect(total, "files were acknowledged in every round").toBeGreaterThan(ROUNDS);
});

/** Everybody works until so many bytes have gone out, wherever the server is then: it is killed. */
async function work(server: ServerProcess, senders: readonly Sender[], patience: number): Promise<void> {
  let left = patience;
  let killed: Promise<unknown> | undefined;
  const spend = (bytes: number): void => {
    left -= bytes;
    if (left <= 0) killed ??= server.kill("SIGKILL");
  };
  const workers = senders.flatMap((sender) => {
    return Array.from({ length: WINDOW }, async () => {
      try {
        while (!killed) await act(server, sender, spend);
      } catch (error) {
        if (!killed) throw error;
      }
    });
  });
  await Promise.all(workers);
  await killed;
}

/** One thing or another, picked by chance. @throws Error when the server is killed meanwhile. */
async function act(server: ServerProcess, sender: Sender, spend: (bytes: number) => void): Promise<void> {
  const chance = Math.random();
  const [old] = [...sender.sent.keys()].filter((id) => !sender.withdrawn.has(id));
  if (chance < 0.1 && old !== undefined) {
    sender.withdrawn.set(old, false);
    const client = await server.connect();
    if (isOk(await client.request(`unsend ${sender.token} ${old}`))) sender.withdrawn.set(old, true);
    client.close();
  } else if (chance < 0.2 && old !== undefined) {
    const { reply, body } = await download(server, sender.token, old);
    if (isOk(reply)) expect(sha256(body)).toBe(sender.sent.get(old));
    spend(body.length);
  } else {
    // Small ones most of all: between their steps there are the most moments to be killed in.
    const content = randomBytes(Math.random() < 0.5 ? randomInt(200) : randomInt(300 * KIB));
    const clientId = Math.random() < 0.5 ? randomBytes(8).toString("hex") : undefined;
    if (clientId !== undefined) sender.open.set(clientId, content);
    await send(server, sender, content, clientId, spend);
  }
}

async function send(
  server: ServerProcess,
  sender: Sender,
  content: Buffer,
  clientId: string | undefined,
  spend: (bytes: number) => void,
): Promise<void> {
  const wire = new RawWire(server);
  try {
    const file = { to: "bob", name: `dari ${sender.name}`, content, ...(clientId !== undefined && { id: clientId }) };
    wire.request(uploadRequest(sender.token, file));
    for (let at = 0; at < content.length; at += PIECE) {
      const piece = content.subarray(at, at + PIECE);
      await wire.pour(piece);
      spend(piece.length);
    }
    sender.sent.set(sent(await wire.reply()).file.id, sha256(content));
    if (clientId !== undefined) sender.open.delete(clientId);
  } finally {
    wire.close();
  }
}

async function expectNoneLost(server: ServerProcess, senders: readonly Sender[]): Promise<void> {
  const client = await server.connect();
  const expected: string[] = [];
  let partial = 0;
  for (const { token, sent, open, withdrawn } of senders) {
    const listed = await filesOf(client, `files ${token}`);
    const ids = new Map(listed.map((file) => [file.id, file]));
    for (const [id, sha256] of sent) {
      if (!withdrawn.has(id)) expect(ids.get(id), "an acknowledged file").toMatchObject({ sha256 });
      if (withdrawn.get(id) === true) expect(ids.get(id)?.gone ?? true, "a withdrawn file is gone").toBe(true);
    }
    for (const { id, gone, sha256 } of listed) {
      if (gone === true) expect([...withdrawn.keys()], "what was not withdrawn is not gone").toContain(id);
      else expected.push(sha256);
    }
    for (const [id, content] of open) {
      const { data } = await ok(client.request(`upload-status ${token} ${id}`));
      const { state, received } = data as { state: string; received: number };
      expect(["none", "partial", "done"]).toContain(state);
      if (state === "partial") partial++;
      if (state === "done") expect(listed.map(({ sha256 }) => sha256)).toContain(sha256(content));
      else expect(received).toBeLessThanOrEqual(content.length);
    }
  }
  expect(hashesIn(uploads), "every content has its record, and every record its content").toEqual(expected.toSorted());
  expect(partsIn(uploads), "every part can be resumed").toHaveLength(partial);
  client.close();
}

/** Half of what was cut goes on; the rest waits for another kill. */
async function resume(server: ServerProcess, senders: readonly Sender[]): Promise<void> {
  for (const sender of senders) {
    for (const [id, content] of sender.open) {
      if (Math.random() < 0.5) await finish(server, sender, id, content);
    }
  }
}

async function finish(server: ServerProcess, sender: Sender, id: string, content: Buffer): Promise<void> {
  const client = await server.connect();
  const { data } = await ok(client.request(`upload-status ${sender.token} ${id}`));
  client.close();
  const { state, received } = data as { state: string; received: number };
  const file = { to: "bob", name: `dari ${sender.name}`, content, id };
  const offset = state === "done" ? {} : { offset: received };
  const reply = await ok(upload(server, sender.token, { ...file, ...offset }));
  expect(reply).toMatchObject({ file: { size: content.length, sha256: sha256(content) } });
  sender.sent.set(sent(reply).file.id, sha256(content));
  sender.open.delete(id);
}
