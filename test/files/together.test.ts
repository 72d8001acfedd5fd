/** One upload's id on several connections at once: one of them goes on, and what comes of it is whole. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import {
  begin,
  expectWhole,
  reaches,
  sent,
  sha256,
  type Upload,
  upload,
  uploadRequest,
  uploadStatus,
  withBody,
} from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { inbox, newUser, ok, type Person } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
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
  await expectWhole(server, bob.token, sent(reply).file.id, content);
  expect(await inbox(bob.client, "all")).toEqual(["berkas"]);
  expect(contentsIn(uploads)).toHaveLength(1);
  await until("no part is left", () => partsIn(uploads).length === 0);
}

it("an upload that another connection goes on with is ended there, and keeps what it has", async () => {
  const content = randomBytes(SIZE);
  const first = begin(server, alice.token, file(content, "a"), 100_000);
  await reaches(server, alice.token, "a", "receiving", 100_000);
  const second = begin(server, alice.token, { ...file(content, "a"), offset: 100_000 }, 200_000);
  expect(await first.reply()).toMatchObject({ status: "ERROR", code: "incomplete" });
  await reaches(server, alice.token, "a", "receiving", 200_000);
  // What the first still sends is read over, and belongs to nothing.
  expect(
    await first
      .send(randomBytes(SIZE - 100_000))
      .request("ping")
      .reply(),
  ).toMatchObject({ message: "pong" });
  expect(await uploadStatus(server, alice.token, "a")).toMatchObject({ state: "receiving", received: 200_000 });
  second.send(content.subarray(200_000));
  await expectOne(content, await ok(second.reply()));
});

it("of many that begin at once one is sent, and it is what that one sent", async () => {
  const contents = Array.from({ length: 8 }, () => randomBytes(SIZE));
  const transfers = contents.map((content) => begin(server, alice.token, file(content, "a"), SIZE / 2));
  await until(
    "all but one are ended",
    async () => (await uploadStatus(server, alice.token, "a")).received === SIZE / 2,
  );
  for (const [i, transfer] of transfers.entries()) transfer.send((contents[i] as Buffer).subarray(SIZE / 2));
  const replies = await Promise.all(transfers.map((transfer) => transfer.reply()));
  const done = replies.filter(({ status }) => status === "OK");
  expect(done.length).toBeGreaterThan(0);
  for (const { code } of replies.filter(({ status }) => status !== "OK"))
    expect(code).toMatch(/^(incomplete|bad-request)$/);
  expect(new Set(done.map((reply) => sent(reply).file.id)).size, "they tell of one file").toBe(1);
  const { file: told } = sent(done[0] as Reply);
  const content = contents.find((one) => sha256(one) === told.sha256);
  expect(content, "it is one of those that were sent").toBeDefined();
  await expectOne(content as Buffer, done[0] as Reply);
});

it("of many that go on at once with one that stalls, one is sent", async () => {
  const content = randomBytes(SIZE);
  const first = begin(server, alice.token, file(content, "a"), 1000);
  await reaches(server, alice.token, "a", "receiving", 1000);
  const rest = { ...file(content, "a"), offset: 1000 };
  const replies = await Promise.all(Array.from({ length: 12 }, () => upload(server, alice.token, rest)));
  const done = replies.filter(({ status }) => status === "OK");
  expect(done.length).toBeGreaterThan(0);
  for (const { code } of replies.filter(({ status }) => status !== "OK"))
    expect(code).toMatch(/^(incomplete|bad-request)$/);
  expect(new Set(done.map((reply) => sent(reply).file.id)).size).toBe(1);
  expect(await first.reply()).toMatchObject({ code: "incomplete" });
  first.close();
  await expectOne(content, done[0] as Reply);
});

it("one connection may send many, one after the other, also with one id", async () => {
  const contents = [randomBytes(SIZE), randomBytes(10), Buffer.alloc(0), randomBytes(SIZE / 3)];
  const wire = new RawWire(server);
  for (const [i, content] of contents.entries()) {
    const bytes = withBody(uploadRequest(alice.token, file(content, `a${i}`)), content);
    wire.send(bytes).send(bytes).request("ping");
  }
  for (const content of contents) {
    const { file: told } = sent(await wire.reply());
    expect(sent(await wire.reply()).file.id).toBe(told.id);
    expect(await wire.reply()).toMatchObject({ message: "pong" });
    await expectWhole(server, bob.token, told.id, content);
  }
  wire.close();
  expect(await inbox(bob.client, "all")).toHaveLength(contents.length);
});
