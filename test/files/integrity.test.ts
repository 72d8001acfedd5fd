/** The SHA-256 of a file: announced, computed, compared, and told wherever the file is. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ask,
  content,
  cut,
  download,
  reaches,
  sent,
  sha256,
  upload,
  uploaded,
  uploadStatus,
  withBody,
} from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { HouseProcess } from "../support/house.ts";
import { inbox, newUser, ok, type Person } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { storedBelow } from "../support/uploads.ts";

const BODY = Buffer.from("isi berkas\r\n\r\n\xff\0", "latin1");
const ISI = { to: "bob", name: "isi.bin", content: BODY };
const SUM = sha256(BODY);
const WRONG = sha256("lain");
const PONG = { status: "OK", message: "pong" };
const CHECKSUM = { status: "ERROR", code: "checksum" };

let uploads: string;
let server: TestServer;
let alice: Person;
let bob: Person;
let told: Record<string, unknown>[];

beforeEach(async () => {
  uploads = join(testFolder(), "uploads");
  server = await started("--memory", "--uploads", uploads);
  told = [];
  alice = await newUser(server, "alice");
  bob = await newUser(server, "bob", {
    onEvent: ({ event, data }) => void (event === "file" && told.push({ ...data })),
  });
  await ok(bob.client.request("watch on"));
});

function request(more: string): string {
  return `upload ${alice.token} bob isi.bin ${BODY.length} ${more}`;
}

describe("an announced sha256", () => {
  it.each([
    ["in lower case", SUM],
    ["in upper case", SUM.toUpperCase()],
    ["in both", SUM.replace(/[a-f]/, (letter) => letter.toUpperCase())],
  ])("that is right is accepted %s, and told in lower case", async (_, sum) => {
    const { file } = sent(await upload(server, alice.token, { ...ISI, sha256: sum }));
    expect(file.sha256).toBe(SUM);
    expect(await content(server, bob.token, file.id)).toEqual(BODY);
  });

  it("of nothing is that of an empty file", async () => {
    const nothing = { to: "bob", name: "kosong", content: "", sha256: sha256("") };
    expect((await uploaded(server, alice.token, nothing)).file).toMatchObject({ size: 0 });
    expect(await upload(server, alice.token, { ...nothing, sha256: SUM })).toMatchObject(CHECKSUM);
  });

  it.each([
    ["without an id", ""],
    ["with an id, also for resuming", " id a1"],
  ])("that is wrong gets checksum: nothing is delivered and nothing kept, %s", async (_, more) => {
    const wire = new RawWire(server).send(withBody(request(`sha256 ${WRONG}${more}`), BODY)).request("ping");
    expect(await wire.replies(2)).toMatchObject([CHECKSUM, PONG]);
    wire.close();
    await until("nothing of it is on disk", () => storedBelow(uploads).length === 0);
    expect(await uploadStatus(server, alice.token, "a1")).toEqual({ state: "none", received: 0 });
    expect(await inbox(bob.client, "all")).toEqual([]);
    expect((await ok(alice.client.request("files"))).data).toEqual([]);
    expect((await ok(bob.client.request("files received"))).data).toEqual([]);
    expect((await ok(bob.client.request("my_file"))).data).toEqual({});
    expect(told).toEqual([]);
  });

  it("that was wrong may be right the next time, with the same id", async () => {
    expect(await upload(server, alice.token, { ...ISI, sha256: WRONG, id: "a1" })).toMatchObject(CHECKSUM);
    const refused = await upload(server, alice.token, { ...ISI, sha256: SUM, id: "a1", offset: 3 });
    expect(refused).toMatchObject({ code: "bad-request" });
    sent(await upload(server, alice.token, { ...ISI, sha256: SUM, id: "a1" }));
    expect(await inbox(bob.client, "all")).toEqual(["isi.bin"]);
  });

  it.each([
    ["63 digits", SUM.slice(1)],
    ["65 digits", `${SUM}0`],
    ["a letter that is no digit", `g${SUM.slice(1)}`],
    ["base64", Buffer.from(SUM, "hex").toString("base64")],
    ["an option's name", "id"],
  ])("of %s is bad-request, before its body", async (_, sum) => {
    const wire = new RawWire(server).request(request(`sha256 ${sum}`));
    expect(await wire.reply()).toMatchObject({ status: "ERROR", code: "bad-request" });
    expect(await wire.send(BODY).request("ping").reply()).toMatchObject(PONG);
    wire.close();
  });

  it("is that of all of a file that came in parts", async () => {
    for (const [sum, code] of [
      [SUM, undefined],
      [WRONG, "checksum"],
      [sha256(BODY.subarray(7)), "checksum"],
    ] as const) {
      const id = `bagian-${sum.slice(0, 5)}`;
      await cut(server, alice.token, { ...ISI, sha256: sum, id }, 7);
      const reply = await upload(server, alice.token, { ...ISI, sha256: sum, id, offset: 7 });
      expect(reply.code).toBe(code);
      if (code === undefined) expect(sent(reply).file.sha256).toBe(SUM);
      else expect(await uploadStatus(server, alice.token, id)).toEqual({ state: "none", received: 0 });
    }
    expect(await inbox(bob.client, "all")).toEqual(["isi.bin"]);
    await until("only the right one is on disk", () => storedBelow(uploads).length === 1);
  });

  it("may be said when the rest comes, though it was not at the start", async () => {
    await cut(server, alice.token, { ...ISI, id: "a1" }, 7);
    const reply = await upload(server, alice.token, { ...ISI, sha256: SUM, id: "a1", offset: 7 });
    expect(sent(reply).file.sha256).toBe(SUM);
  });

  it("is that of all of it when some was overwritten", async () => {
    await cut(server, alice.token, { ...ISI, content: Buffer.alloc(BODY.length, "x"), id: "a1" }, 12);
    const whole = Buffer.concat([Buffer.from("xxxxx"), BODY.subarray(5)]);
    const reply = await upload(server, alice.token, { ...ISI, sha256: sha256(whole), id: "a1", offset: 5 });
    expect(sent(reply).file.sha256).toBe(sha256(whole));
    expect(await content(server, bob.token, sent(reply).file.id)).toEqual(whole);
  });
});

it("the sha256 of a file that came in parts, before and after the server was killed, is that of all", async () => {
  const house = await HouseProcess.of("kampus");
  const { token } = await newUser(house, "alice");
  await newUser(house, "bob");
  const body = randomBytes(1_000_000);
  const text = `upload ${token} bob isi.bin ${body.length}`;
  for (const sum of [undefined, sha256(body), WRONG]) {
    const id = `id${sum ?? ""}`.slice(0, 9);
    const more = `${sum ? `sha256 ${sum} ` : ""}id ${id}`;
    const wire = new RawWire(house).send(withBody(`${text} ${more}`, body.subarray(0, 600_000)));
    await reaches(house, token, id, "receiving", 600_000);
    await house.kill();
    wire.close();
    await house.start();
    const { received } = await uploadStatus(house, token, id);
    const { reply } = await ask(house, `${text} ${more} offset ${received}`, body.subarray(received));
    if (sum === WRONG) expect(reply).toMatchObject(CHECKSUM);
    else expect(sent(reply).file).toMatchObject({ size: body.length, sha256: sha256(body) });
  }
});

describe("a file's sha256 stands", () => {
  it.each(["upload", "sendfile"])("in every place that tells of it, sent by %s", async (how) => {
    const reply =
      how === "upload"
        ? (await ask(server, `upload ${alice.token} bob isi.bin ${BODY.length}`, BODY)).reply
        : await ok(alice.client.request(`sendfile bob isi.bin ${BODY.toString("base64")}`));
    const { file, id } = sent(reply);
    expect(file).toEqual({ id: file.id, name: "isi.bin", size: BODY.length, sha256: SUM });
    expect((await ok(bob.client.request("inbox all"))).data).toMatchObject([{ id, message: "isi.bin", file }]);
    expect((await ok(bob.client.request("history alice"))).data).toMatchObject([{ id, file }]);
    expect((await ok(alice.client.request("files"))).data).toMatchObject([file]);
    expect((await ok(bob.client.request("files received"))).data).toMatchObject([file]);
    expect((await ok(bob.client.request("download_file isi.bin"))).file).toMatchObject(file);
    expect((await download(server, bob.token, file.id)).reply).toMatchObject({ sha256: SUM, size: BODY.length });
    await until("bob is told", () => told.length > 0);
    expect(told).toMatchObject([{ id, message: "isi.bin", file }]);
  });

  it("for a group, too", async () => {
    await ok(alice.client.request("addgroup kelas"));
    await ok(bob.client.request("joingroup kelas"));
    const { file } = await uploaded(server, alice.token, { ...ISI, to: "#kelas", sha256: SUM });
    await until("bob is told", () => told.length > 0);
    expect(told).toMatchObject([{ group: "kelas", file }]);
    expect((await download(server, bob.token, file.id)).reply).toMatchObject({ sha256: SUM });
  });
});
