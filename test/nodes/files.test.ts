/** Nodes that share a folder of files: what was sent to one is fetched from any, also what one of them has not lived to finish. */
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import {
  begin,
  content,
  cut,
  download,
  expectWhole,
  reaches,
  type Sent,
  sent,
  upload,
  uploaded,
  uploadStatus,
} from "../support/bodies.ts";
import type { Place } from "../support/connection.ts";
import { testFolder } from "../support/folder.ts";
import { type Cluster, clusterOn, engineOfFile } from "../support/nodes.ts";
import { inbox, loggedIn, newUser, ok } from "../support/people.ts";
import type { LocalServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { contentsIn, partBytes } from "../support/uploads.ts";

const engine = engineOfFile();

const BODY = randomBytes(4 * 2 ** 20);
const ISI = { to: "bob", name: "isi.bin", content: BODY, id: "kiriman" };
/** So much of it that some is on disk. */
const MOST = 3 * 2 ** 20;
/** Which of two nodes comes first is chance: tried so often. */
const TIMES = 4;

/** What lies in the folder of files but for the folder of those that are not whole. */
function contents({ uploads }: Pick<Cluster, "uploads">): readonly string[] {
  return contentsIn(uploads).filter((name) => name !== "parts");
}

function parts({ uploads }: Pick<Cluster, "uploads">): readonly string[] {
  return readdirSync(join(uploads, "parts"));
}

/** Two nodes, with alice and bob on them; alice's token is good on either. */
async function two(): Promise<{ cluster: Cluster; a: LocalServer; b: LocalServer; token: string }> {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.node(), await cluster.node()];
  const { token } = await newUser(a, "alice");
  await newUser(b, "bob");
  return { cluster, a, b, token };
}

/** Sends the rest, once the node that has had the beginning is taken for gone. */
async function goneOnWith(at: Place, token: string, offset: number): Promise<Sent> {
  const reply = await until("it goes on", async () => {
    const said = await upload(at, token, { ...ISI, offset });
    return said.code !== "incomplete" && said;
  });
  return sent(reply);
}

/** Waits until a node knows that an upload is under way. @returns how much of it is on disk */
async function underWay(at: Place, token: string, id: string): Promise<number> {
  const status = await until(`${id} is under way`, async () => {
    const one = await uploadStatus(at, token, id);
    return one.state === "receiving" && one.received > 0 && one;
  });
  return status.received;
}

/** How many messages bob has. */
async function messages(at: LocalServer): Promise<number> {
  const bob = await loggedIn(at, "bob");
  return (await inbox(bob.client, "all")).length;
}

test("a file that was sent on one node is fetched on another at once", async () => {
  const { a, b, token } = await two();
  for (let n = 0; n < 5; n++) {
    const { file } = await uploaded(a, token, { to: "bob", name: `${n}`, content: `isi ${n}` });
    expect((await content(b, token, file.id)).toString()).toBe(`isi ${n}`);
  }
});

test("an upload that was cut off on one node goes on on another, and is fetched from either", async () => {
  const { cluster, a, b, token } = await two();
  await cut(a, token, ISI, MOST);
  await reaches(b, token, ISI.id, "partial", MOST);
  const { file } = await uploaded(b, token, { ...ISI, offset: MOST });
  for (const node of [a, b]) await expectWhole(node, token, file.id, BODY);
  expect([contents(cluster).length, parts(cluster), await messages(a)]).toEqual([1, [], 1]);
});

test("an upload that was done on one node is not sent again on another", async () => {
  const { a, b, token } = await two();
  const first = await upload(a, token, ISI);
  expect(await upload(b, token, ISI)).toEqual(first);
  expect(await uploadStatus(b, token, ISI.id)).toMatchObject({ state: "done", id: sent(first).id });
  expect(await messages(b)).toBe(1);
});

test("an upload that is under way on one node is ended by another that goes on with it, and every node says what becomes of it", async () => {
  const { a, b, token } = await two();
  const wire = begin(a, token, ISI, MOST);
  const offset = await underWay(b, token, ISI.id);
  const other = begin(b, token, { ...ISI, offset }, MOST);
  expect(await wire.reply()).toMatchObject({
    ...{ status: "ERROR", code: "incomplete" },
    detail: expect.stringMatching(/^it goes on on another connection: \d+ of 4194304 bytes have arrived$/),
  });
  await underWay(a, token, ISI.id);
  other.send(BODY.subarray(MOST));
  const { file } = sent(await other.reply());
  for (const one of [wire, other]) one.close();
  for (const node of [a, b]) await expectWhole(node, token, file.id, BODY);
});

test("an upload that is done on one node as another goes on with it is sent once", async () => {
  const { a, b, token } = await two();
  for (let n = 1; n <= TIMES; n++) {
    const file = { ...ISI, id: `berdua-${n}` };
    const wire = begin(a, token, file, MOST);
    const offset = await underWay(b, token, file.id);
    const other = begin(b, token, { ...file, offset });
    wire.send(BODY.subarray(MOST));
    const [first, second] = [await wire.reply(), sent(await other.reply())];
    if (first.status === "OK") expect(sent(first)).toEqual(second);
    else expect(first.code).toBe("incomplete");
    await expectWhole(b, token, second.file.id, BODY);
    for (const one of [wire, other]) one.close();
  }
  expect(await messages(b)).toBe(TIMES);
});

test("an upload that comes on two nodes at the same time is sent once", async () => {
  const { cluster, a, b, token } = await two();
  for (let n = 1; n <= TIMES; n++) {
    const both = [a, b].map((node) => upload(node, token, { ...ISI, id: `sekaligus-${n}` }));
    const replies = await Promise.all(both);
    const done = replies.filter(({ status }) => status === "OK");
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map((reply) => sent(reply).file.id)).size).toBe(1);
    for (const reply of replies) if (reply.status !== "OK") expect(reply.code).toBe("incomplete");
    expect([await messages(a), await messages(b)]).toEqual([n, n]);
    await until("nothing else is there", () => contents(cluster).length === n && parts(cluster).length === 0);
  }
});

test("an upload that was cut off goes on on two nodes at the same time: one of them has it, the other says so", async () => {
  const { cluster, a, b, token } = await two();
  for (let n = 1; n <= TIMES; n++) {
    const file = { ...ISI, id: `lanjut-${n}` };
    await cut(a, token, file, MOST);
    await reaches(b, token, file.id, "partial", MOST);
    const replies = await Promise.all([a, b].map((node) => upload(node, token, { ...file, offset: MOST })));
    expect(replies.filter(({ status }) => status === "OK").length).toBeGreaterThan(0);
    for (const reply of replies) if (reply.status !== "OK") expect(reply.code).toBe("incomplete");
    await until("nothing else is there", () => contents(cluster).length === n && parts(cluster).length === 0);
  }
  expect(await messages(b)).toBe(TIMES);
});

test("whose upload another node goes on with, though it was under way here, is told that, and that is no fault", async () => {
  const { cluster, a, token } = await two();
  const wire = begin(a, token, ISI, MOST);
  await underWay(a, token, ISI.id);
  // As the other does when it begins at the same moment.
  for (const part of parts(cluster)) rmSync(join(cluster.uploads, "parts", part));
  wire.send(BODY.subarray(MOST));
  expect(await wire.reply()).toMatchObject({ status: "ERROR", code: "incomplete" });
  wire.close();
  expect(a.log()).not.toContain(" fault ");
  expect([contents(cluster), parts(cluster)]).toEqual([[], []]);
});

test("an upload whose node is killed goes on on another, with what was on disk", async () => {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.process(), await cluster.node()];
  const { token } = await newUser(b, "alice");
  await newUser(b, "bob");
  const wire = begin(a, token, ISI, MOST);
  await until("some of it is on disk", () => partBytes(join(cluster.uploads, "parts")) > 0);
  await a.kill("SIGKILL");
  wire.close();
  const { received } = await until("it is taken for gone", async () => {
    const status = await uploadStatus(b, token, ISI.id);
    return status.state === "partial" && status;
  });
  expect(received).toBeGreaterThan(0);
  const { file } = await goneOnWith(b, token, received);
  const c = await cluster.node();
  for (const node of [b, c]) await expectWhole(node, token, file.id, BODY);
  expect(parts(cluster)).toEqual([]);
});

test("an upload whose node stood still is done on another; what the first still writes comes to nothing", async () => {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.process(), await cluster.node()];
  const { token } = await newUser(b, "alice");
  await newUser(b, "bob");
  const wire = begin(a, token, ISI, MOST);
  await until("some of it is on disk", () => partBytes(join(cluster.uploads, "parts")) > 0);
  process.kill(a.pid, "SIGSTOP");
  const { received } = await uploadStatus(b, token, ISI.id);
  const { file, id } = await goneOnWith(b, token, received);
  process.kill(a.pid, "SIGCONT");
  // Other bytes than the other node has had.
  wire.send(Buffer.alloc(BODY.length - MOST, "x"));
  const reply = await wire.reply().catch(() => undefined);
  wire.close();
  if (reply?.status === "OK") expect(sent(reply).id).toBe(id);
  await expectWhole(b, token, file.id, BODY);
  await until("nothing else is there", () => contents(cluster).length === 1 && parts(cluster).length === 0);
  expect(await messages(b)).toBe(1);
});

test("a file that is withdrawn on one node is gone on every other", async () => {
  const { cluster, a, b, token } = await two();
  const { file } = await uploaded(a, token, ISI);
  const alice = await b.connect();
  await ok(alice.request(`unsend ${token} ${file.id}`));
  for (const node of [a, b] as Place[]) {
    expect((await download(node, token, file.id)).reply).toMatchObject({ code: "file-not-found" });
  }
  await until("its content is gone", () => contents(cluster).length === 0);
  await until("each node has heard of it", async () => (await messages(a)) === 1);
  expect([a.log(), b.log()].join("")).not.toMatch(/ (error|fault) /);
});

test("a node that has another folder of files does not start, and says whose the right one is", async () => {
  const { cluster } = await two();
  const other = testFolder();
  await expect(cluster.node("--uploads", other)).rejects.toThrow(
    /^uploads folder \S+: is not the one that the node \S+ uses: all nodes share one \(--uploads\)$/,
  );
  await cluster.node();
});

test("who asks for an upload while PostgreSQL does not say who is there is answered storage, and that is no fault", async () => {
  const { cluster, a, b, token } = await two();
  const wire = begin(a, token, ISI, MOST);
  await underWay(b, token, ISI.id);
  const { client } = await loggedIn(b, "alice");
  const [database, admin] = [
    new URL(cluster.url).pathname.slice(1),
    new Client({ connectionString: (await engine()).url }),
  ];
  await admin.connect();
  onTestFinished(() => admin.end());
  // Turns still come through on the connections that are there; nobody gets a new one.
  await admin.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
  const beating = "datname = $1 AND query LIKE '%FROM nodes WHERE seen%'";
  await until("no node has its other connection", async () => {
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${beating}`, [database]);
    return (await client.request(`upload-status ${ISI.id}`)).status === "ERROR";
  });
  expect(await client.request(`upload-status ${ISI.id}`)).toMatchObject({ status: "ERROR", code: "storage" });
  expect(b.log()).toContain("warn store-unanswered part=uploadStatus");
  expect(b.log()).not.toContain(" fault ");
  wire.close();
});
