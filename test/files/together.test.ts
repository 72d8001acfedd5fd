/** One upload's id on several connections at once: one of them goes on, and what comes of it is whole. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import type { Reply } from "../../src/client/client.ts";
import { testFolder } from "../support/folder.ts";
import { inbox, newUser, ok, type Person } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import {
  arrived,
  begin,
  cut,
  expectWhole,
  fileId,
  sha256Of,
  Transfer,
  type Upload,
  upload,
  uploadRequest,
  uploadStatus,
} from "../support/transfer.ts";
import { until } from "../support/until.ts";
import { contentsIn, partsIn } from "../support/uploads.ts";

const SIZE = 300_000;

let uploads: string;
let server: TestServer;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  uploads = join(testFolder(), "uploads");
  server = await started("--uploads", uploads, "--max-transfers", "64");
  alice = await newUser(server, "alice");
  bob = await newUser(server, "bob");
});

function file(content: Uint8Array, id: string): Upload & { id: string } {
  return { to: "bob", name: "berkas", content, id };
}

async function expectOne(content: Uint8Array, reply: Reply): Promise<void> {
  await expectWhole(server, bob.token, fileId(reply), content);
  expect(await inbox(bob.client, "all")).toEqual(["berkas"]);
  expect(contentsIn(uploads)).toHaveLength(1);
  await until("no part is left", () => partsIn(uploads).length === 0);
}

it("an upload that another connection goes on with is ended there, and keeps what it has", async () => {
  const content = randomBytes(SIZE);
  const first = begin(server, alice.token, file(content, "a"), 100_000);
  await arrived(alice.client, "a", 100_000);
  const second = begin(server, alice.token, { ...file(content, "a"), offset: 100_000 }, 200_000);
  expect(await first.reply()).toMatchObject({ status: "ERROR", code: "incomplete" });
  await arrived(alice.client, "a", 200_000);
  // What the first still sends is read over, and belongs to nothing.
  void first.send(randomBytes(SIZE - 100_000));
  void first.request("ping");
  expect(await first.reply()).toMatchObject({ message: "pong" });
  expect(await uploadStatus(alice.client, "a")).toMatchObject({ state: "receiving", received: 200_000 });
  void second.send(content.subarray(200_000));
  await expectOne(content, await ok(second.reply()));
});

it("of many that begin at once one is sent, and it is what that one sent", async () => {
  const contents = Array.from({ length: 8 }, () => randomBytes(SIZE));
  const transfers = contents.map((content) => begin(server, alice.token, file(content, "a"), SIZE / 2));
  await until("all but one are ended", async () => (await uploadStatus(alice.client, "a")).received === SIZE / 2);
  for (const [i, transfer] of transfers.entries()) void transfer.send((contents[i] as Buffer).subarray(SIZE / 2));
  const replies = await Promise.all(transfers.map((transfer) => transfer.reply()));
  const done = replies.filter(({ status }) => status === "OK");
  expect(done.length).toBeGreaterThan(0);
  for (const { code } of replies.filter(({ status }) => status !== "OK"))
    expect(code).toMatch(/^(incomplete|bad-request)$/);
  expect(new Set(done.map(fileId)).size, "they tell of one file").toBe(1);
  const { sha256 } = (done[0] as unknown as { file: { sha256: string } }).file;
  const content = contents.find((one) => sha256Of(one) === sha256);
  expect(content, "it is one of those that were sent").toBeDefined();
  await expectOne(content as Buffer, done[0] as Reply);
});

it("of many that go on at once with one that stalls, one is sent", async () => {
  const content = randomBytes(SIZE);
  const stalled = begin(server, alice.token, file(content, "a"), 1000);
  await arrived(alice.client, "a", 1000);
  const rest = { ...file(content, "a"), offset: 1000 };
  const replies = await Promise.all(Array.from({ length: 12 }, () => upload(server, alice.token, rest)));
  const done = replies.filter(({ status }) => status === "OK");
  expect(done.length).toBeGreaterThan(0);
  for (const { code } of replies.filter(({ status }) => status !== "OK"))
    expect(code).toMatch(/^(incomplete|bad-request)$/);
  expect(new Set(done.map(fileId)).size).toBe(1);
  expect(await stalled.reply()).toMatchObject({ code: "incomplete" });
  stalled.close();
  await expectOne(content, done[0] as Reply);
});

it("one connection may send many, one after the other, also with one id", async () => {
  const contents = [randomBytes(SIZE), randomBytes(10), Buffer.alloc(0), randomBytes(SIZE / 3)];
  const transfer = new Transfer(server);
  for (const [i, content] of contents.entries()) {
    void transfer.request(uploadRequest(alice.token, file(content, `a${i}`)));
    void transfer.send(content);
    void transfer.request(uploadRequest(alice.token, file(content, `a${i}`)));
    void transfer.send(content);
    void transfer.request("ping");
  }
  for (const content of contents) {
    const first = await ok(transfer.reply());
    expect(fileId(await ok(transfer.reply()))).toBe(fileId(first));
    expect(await transfer.reply()).toMatchObject({ message: "pong" });
    await expectWhole(server, bob.token, fileId(first), content);
  }
  transfer.close();
  expect(await inbox(bob.client, "all")).toHaveLength(contents.length);
});

it("one who cuts and goes on again and again ends up with what he sent", async () => {
  const content = randomBytes(SIZE);
  let at = 0;
  while (at < SIZE) {
    const next = Math.min(SIZE, at + 37_000);
    if (next === SIZE) break;
    await cut(server, alice, { ...file(content, "a"), offset: at }, next);
    at = next;
  }
  await expectOne(content, await ok(upload(server, alice.token, { ...file(content, "a"), offset: at })));
});

it("one who goes on from earlier than he could sends that part again, perhaps with other bytes", async () => {
  const old = randomBytes(SIZE);
  const content = Buffer.concat([old.subarray(0, 1000), randomBytes(SIZE - 1000)]);
  await cut(server, alice, file(old, "a"), 200_000);
  await expectOne(content, await ok(upload(server, alice.token, { ...file(content, "a"), offset: 1000 })));
});
