/** What was cut off goes on where it was: uploads by a client's own id, downloads by an offset. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import {
  ask,
  begin,
  content,
  cut,
  download,
  reaches,
  sent,
  sha256,
  stalled,
  upload,
  uploaded,
  uploadStatus,
  withBody,
} from "../support/bodies.ts";
import { HouseProcess } from "../support/house.ts";
import { inbox, newUser, ok, type Person } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { storedBelow } from "../support/uploads.ts";

const BODY = Buffer.from("0123456789\r\n\r\nabcdefghij\xff\0", "latin1");
const ISI = { to: "bob", name: "isi.bin", content: BODY };
/** Bytes that may be lost with a server that is killed. */
const JUST_ARRIVED = 4 * 2 ** 20;

const REFUSED = { status: "ERROR", code: "bad-request" };
/** Its bytes have ended before all had come. */
const CUT = { status: "ERROR", code: "incomplete" };

let server: TestServer;
let alice: Person;
let bob: Person;
let number = 0;

beforeAll(async () => {
  server = await startServer(["--memory"]);
  alice = await newUser(server, "alice");
  bob = await newUser(server, "bob");
});
afterAll(() => server.stop());

/** An id that no test has used. */
function newId(): string {
  number++;
  return `kiriman-${number}`;
}

/** The request for an upload of `BODY` from alice to bob. */
function request(more: string, name = "isi.bin"): string {
  return `upload ${alice.token} bob ${name} ${BODY.length} ${more}`;
}

/** Begins an upload with an id, which is under way when this resolves. */
async function begun(id: string, count: number): Promise<RawWire> {
  const wire = begin(server, alice.token, { ...ISI, id }, count);
  await reaches(server, alice.token, id, "receiving", count);
  return wire;
}

/** An upload with an id that was cut off after so many bytes. */
async function cutOff(id: string, count: number): Promise<void> {
  await cut(server, alice.token, { ...ISI, id }, count);
}

/** How often bob was sent a file of this name. */
async function times(name: string): Promise<number> {
  return (await inbox(bob.client, "all")).filter((text) => text === name).length;
}

describe("upload-status tells", () => {
  it("none of an id that was never used", async () => {
    expect(await uploadStatus(server, alice.token, newId())).toEqual({ state: "none", received: 0 });
  });

  it("receiving while it is under way, with what has arrived so far", async () => {
    const id = newId();
    const wire = await begun(id, 3);
    wire.send(BODY.subarray(3, 9));
    await reaches(server, alice.token, id, "receiving", 9);
    wire.close();
  });

  it("partial when its connection has gone", async () => {
    const id = newId();
    await cutOff(id, 7);
    expect(await uploadStatus(server, alice.token, id)).toEqual({ state: "partial", received: 7 });
  });

  it("partial, even if nothing of the body has arrived, or none", async () => {
    const id = newId();
    const wire = await begun(id, 0);
    wire.close();
    const { received } = await until("it is under way no longer", async () => {
      const status = await uploadStatus(server, alice.token, id);
      return status.state !== "receiving" && status;
    });
    expect(received).toBe(0);
  });

  it("done, with what the upload was answered", async () => {
    const id = newId();
    const reply = await upload(server, alice.token, { ...ISI, id });
    const { id: message, time, file } = sent(reply);
    expect(await uploadStatus(server, alice.token, id)).toEqual({
      state: "done",
      received: BODY.length,
      id: message,
      time,
      file,
    });
  });

  it("who has no session nothing", async () => {
    expect((await ask(server, `upload-status ${newId()}`)).reply).toMatchObject({ code: "no-session" });
  });

  it("of an id of more than 64 characters that it is none", async () => {
    const { reply } = await ask(server, `upload-status ${alice.token} ${"x".repeat(65)}`);
    expect(reply).toMatchObject(REFUSED);
    await ask(server, request(`id ${"x".repeat(64)}`), BODY);
    expect(await uploadStatus(server, alice.token, "x".repeat(64))).toMatchObject({ state: "done" });
  });
});

describe("an upload with an id goes on", () => {
  it.each([1, BODY.length - 1, BODY.length / 2])("where it was cut off, after %d bytes", async (count) => {
    const id = newId();
    await cutOff(id, count);
    const reply = await upload(server, alice.token, { ...ISI, id, offset: count });
    expect(reply).toMatchObject({ file: { size: BODY.length, sha256: sha256(BODY) } });
    expect(await content(server, bob.token, sent(reply).file.id)).toEqual(BODY);
    expect(await uploadStatus(server, alice.token, id)).toMatchObject({ state: "done", received: BODY.length });
  });

  it("where its sender has closed his side too early", async () => {
    const id = newId();
    const wire = begin(server, alice.token, { ...ISI, id }, 13).end();
    const answers = await wire.ended();
    expect(answers).toMatchObject([{ reply: CUT }]);
    expect(JSON.stringify(answers[0]?.reply)).toMatch(/\b13\b/);
    expect(await uploadStatus(server, alice.token, id)).toEqual({ state: "partial", received: 13 });
    const reply = await upload(server, alice.token, { ...ISI, id, offset: 13 });
    expect(reply).toMatchObject({ file: { sha256: sha256(BODY) } });
  });

  it("before where it was cut off: what was there after it is forgotten", async () => {
    const id = newId();
    await cutOff(id, 20);
    const rest = Buffer.alloc(BODY.length - 7, "Z");
    const whole = Buffer.concat([BODY.subarray(0, 5), Buffer.from("XY"), rest]);
    await cut(server, alice.token, { ...ISI, content: whole, id, offset: 5 }, 7);
    const reply = await upload(server, alice.token, { ...ISI, content: whole, id, offset: 7 });
    expect(reply).toMatchObject({ file: { sha256: sha256(whole) } });
    expect(await content(server, bob.token, sent(reply).file.id)).toEqual(whole);
  });

  it("with all of its bytes there and only the end missing", async () => {
    const id = newId();
    const whole = Buffer.concat([BODY, Buffer.from("!")]);
    await cut(server, alice.token, { ...ISI, content: whole, id }, BODY.length);
    const reply = await upload(server, alice.token, { ...ISI, content: whole, id, offset: BODY.length });
    expect(reply).toMatchObject({ file: { size: whole.length, sha256: sha256(whole) } });
  });

  it("anew without offset, and with offset 0", async () => {
    for (const more of [{}, { offset: 0 }]) {
      const id = newId();
      await cutOff(id, 20);
      const other = Buffer.alloc(BODY.length, "b");
      await cut(server, alice.token, { ...ISI, content: other, id, ...more }, 4);
      const reply = await upload(server, alice.token, { ...ISI, content: other, id, offset: 4 });
      expect(reply).toMatchObject({ file: { sha256: sha256(other) } });
    }
  });

  it("not beyond what is there: refused, its body dropped, and what is there stays", async () => {
    const id = newId();
    for (const there of [0, 6]) {
      if (there > 0) await cutOff(id, there);
      const wire = new RawWire(server);
      wire.send(withBody(request(`id ${id} offset ${there + 1}`), BODY.subarray(there + 1))).request("ping");
      expect(await wire.replies(2)).toMatchObject([REFUSED, { message: "pong" }]);
      wire.close();
      expect((await uploadStatus(server, alice.token, id)).received).toBe(there);
    }
    const reply = await upload(server, alice.token, { ...ISI, id, offset: 6 });
    expect(reply).toMatchObject({ file: { sha256: sha256(BODY) } });
  });

  it("in many pieces, each on a connection of its own", async () => {
    const id = newId();
    const body = randomBytes(300_000);
    const file = { to: "bob", name: "potongan.bin", content: body, id };
    let offset = 0;
    for (const next of [1, 2, 70_000, 70_001, 180_000, 299_999]) {
      await cut(server, alice.token, { ...file, offset }, next);
      offset = next;
    }
    const reply = await upload(server, alice.token, { ...file, offset });
    expect(reply).toMatchObject({ file: { size: body.length, sha256: sha256(body) } });
    expect(body.equals(await content(server, bob.token, sent(reply).file.id))).toBe(true);
    expect(await times("potongan.bin")).toBe(1);
  });

  it("by another login of the same user", async () => {
    const id = newId();
    await cutOff(id, 10);
    const again = await server.connect();
    const { tokenid } = await ok(again.request("auth alice rahasia"));
    again.close();
    const more = `upload ${tokenid} bob isi.bin ${BODY.length} id ${id} offset 10`;
    expect((await ask(server, more, BODY.subarray(10))).reply).toMatchObject({ file: { sha256: sha256(BODY) } });
  });

  it.each([
    ["climbs", "../../../tmp/luar"],
    ["is a path", "/etc/passwd"],
    ["climbs as on Windows", "..\\luar"],
    ["is two dots", ".."],
    ["is a device on Windows", "CON"],
    ["is a word of scripts", "__proto__"],
    ["is in Unicode", "写é🎉"],
    ["is percent-encoded", "%2e%2e%2f"],
    ["is a word of the request", "offset"],
  ])("whatever its id is: one that %s", async (_, id) => {
    await cutOff(id, 4);
    const reply = await upload(server, alice.token, { ...ISI, id, offset: 4 });
    expect(reply).toMatchObject({ file: { sha256: sha256(BODY) } });
    expect(await uploadStatus(server, alice.token, id)).toMatchObject({ state: "done" });
  });

  it("with ids that differ in their case only, apart", async () => {
    await cutOff("Sama", 4);
    await cutOff("sama", 9);
    expect(await uploadStatus(server, alice.token, "Sama")).toEqual({ state: "partial", received: 4 });
  });
});

describe("until it is whole", () => {
  it("nothing of it is told to its receiver, nor listed, nor counted as sent", async () => {
    const id = newId();
    const name = "belum.bin";
    const wire = begin(server, alice.token, { ...ISI, name, id }, 9);
    await reaches(server, alice.token, id, "receiving", 9);
    const lists = async (): Promise<string> => {
      const requests = ["files", "files received", "my_file", "inbox all"];
      const all = requests.flatMap((one) => [alice.client.request(one), bob.client.request(one)]);
      return JSON.stringify(await Promise.all(all.map((reply) => ok(reply))));
    };
    expect(await lists()).not.toContain(name);
    wire.close();
    await reaches(server, alice.token, id, "partial", 9);
    expect(await lists()).not.toContain(name);
  });
});

describe("the same id once more after it is done", () => {
  it("sends nothing twice and gives the first reply, whatever comes as the body", async () => {
    const id = newId();
    const name = `sekali-${id}.bin`;
    const first = await upload(server, alice.token, { ...ISI, name, id });
    sent(first);
    const wire = new RawWire(server);
    wire.send(withBody(request(`id ${id}`, name), BODY)).request("ping");
    wire.send(withBody(request(`id ${id}`, name), Buffer.alloc(BODY.length, "\r\n\r\n"))).request("ping");
    wire.send(withBody(request(`id ${id} offset 5`, name), BODY.subarray(5))).request("ping");
    wire.request(request(`id ${id} offset ${BODY.length}`, name), "ping").end();
    const answers = (await wire.ended()).map(({ reply }) => reply);
    expect(answers).toHaveLength(8);
    for (const [i, reply] of answers.entries()) {
      expect(reply).toEqual(i % 2 === 0 ? first : expect.objectContaining({ message: "pong" }));
    }
    expect(await times(name)).toBe(1);
    expect(await content(server, bob.token, sent(first).file.id)).toEqual(BODY);
  });

  it("at the same moment on many connections: one message, one reply for all that get one", async () => {
    const id = newId();
    const name = `serentak-${id}.bin`;
    const wires = Array.from({ length: 8 }, () => begin(server, alice.token, { ...ISI, name, id }));
    const replies = await Promise.all(wires.map((wire) => wire.reply()));
    for (const wire of wires) wire.close();
    const done = replies.filter(({ status }) => status === "OK");
    expect(done.length).toBeGreaterThan(0);
    for (const reply of done) expect(reply).toEqual(done[0]);
    for (const reply of replies) if (reply.status !== "OK") expect(reply.code).toMatch(/^(incomplete|bad-request)$/);
    expect(await times(name)).toBe(1);
  });
});

describe("an upload that another connection takes over", () => {
  it("is answered incomplete, and goes on there where it was", async () => {
    const id = newId();
    const first = await begun(id, 12);
    const second = begin(server, alice.token, { ...ISI, id, offset: 12 });
    expect(await second.reply()).toMatchObject({ file: { sha256: sha256(BODY) } });
    expect(await first.reply()).toMatchObject(CUT);
    second.close();
    first.close();
  });

  it("keeps what it had received, also when the other is cut off at once", async () => {
    const id = newId();
    const first = await begun(id, 12);
    const second = new RawWire(server).request(request(`id ${id} offset 12`));
    expect(await first.reply()).toMatchObject(CUT);
    second.close();
    await reaches(server, alice.token, id, "partial", 12);
    first.close();
  });

  it("may begin anew there", async () => {
    const id = newId();
    const first = await begun(id, 12);
    const other = Buffer.alloc(BODY.length, "baru");
    expect((await ask(server, request(`id ${id}`), other)).reply).toMatchObject({ file: { sha256: sha256(other) } });
    expect(await first.reply()).toMatchObject(CUT);
    first.close();
  });

  it("has the rest of its body dropped, and its next requests answered", async () => {
    const id = newId();
    const first = await begun(id, 12);
    expect(await upload(server, alice.token, { ...ISI, id, offset: 12 })).toMatchObject({ status: "OK" });
    first.send(BODY.subarray(12)).request("ping");
    expect(await first.replies(2)).toMatchObject([CUT, { message: "pong" }]);
    first.close();
  });

  it("by several at the same moment, goes on on one of them: what is stored is what one has sent", async () => {
    for (let round = 0; round < 10; round++) {
      const id = newId();
      const name = `bersamaan-${id}.bin`;
      const first = await begun(id, 5);
      const bodies = [randomBytes(400_000), randomBytes(400_000), randomBytes(400_000)];
      const wires = bodies.map((body) => {
        const text = `upload ${alice.token} bob ${name} ${body.length} id ${id}`;
        return new RawWire(server).send(withBody(text, body.subarray(0, 300_000)));
      });
      for (const [i, wire] of wires.entries()) wire.send((bodies[i] as Buffer).subarray(300_000));
      const replies = await Promise.all(wires.map((wire) => wire.reply()));
      const [done, ...same] = replies.filter(({ status }) => status === "OK");
      for (const reply of same) expect(reply).toEqual(done);
      for (const reply of replies) if (reply.status !== "OK") expect(reply.code).toMatch(/^(incomplete|bad-request)$/);
      const { file } = sent(done as Reply);
      expect(bodies.map(sha256)).toContain(file.sha256);
      expect(sha256(await content(server, bob.token, file.id))).toBe(file.sha256);
      expect(await times(name)).toBe(1);
      expect(await first.reply()).toMatchObject(CUT);
      for (const wire of [first, ...wires]) wire.close();
    }
  });

  it("again and again, by whoever comes next, is whole in the end and sent once", async () => {
    const id = newId();
    const name = `berebut-${id}.bin`;
    const wires: RawWire[] = [];
    for (let at = 0; at < BODY.length - 1; at++) {
      const wire = begin(server, alice.token, { ...ISI, name, id, offset: at }, at + 1);
      await reaches(server, alice.token, id, "receiving", at + 1);
      wires.push(wire);
    }
    const last = request(`id ${id} offset ${BODY.length - 1}`, name);
    expect((await ask(server, last, BODY.subarray(-1))).reply).toMatchObject({ file: { sha256: sha256(BODY) } });
    for (const wire of wires) {
      expect(await wire.reply()).toMatchObject(CUT);
      wire.close();
    }
    expect(await times(name)).toBe(1);
  });
});

describe("ids are one's own", () => {
  it("two users upload with the same id, and neither sees the other's", async () => {
    const id = newId();
    await cutOff(id, 11);
    expect(await uploadStatus(server, bob.token, id)).toEqual({ state: "none", received: 0 });
    const text = `upload ${bob.token} alice balasan.bin 7 id ${id}`;
    expect((await ask(server, `${text} offset 1`, "alasan")).reply).toMatchObject(REFUSED);
    expect((await ask(server, text, "balasan")).reply).toMatchObject({ file: { sha256: sha256("balasan") } });
    expect(await uploadStatus(server, alice.token, id)).toEqual({ state: "partial", received: 11 });
    const reply = await upload(server, alice.token, { ...ISI, id, offset: 11 });
    expect(reply).toMatchObject({ file: { sha256: sha256(BODY) } });
    expect(await uploadStatus(server, bob.token, id)).toMatchObject({ state: "done", received: 7 });
  });

  it("one of a post says nothing of an upload, nor the other way round", async () => {
    const [id, other] = [newId(), newId()];
    await ok(alice.client.request(`post ${id} bob lebih dulu`));
    expect(await uploadStatus(server, alice.token, id)).toEqual({ state: "none", received: 0 });
    const name = `sesudah-${id}.bin`;
    sent(await upload(server, alice.token, { ...ISI, name, id }));
    expect(await times(name)).toBe(1);
    sent(await upload(server, alice.token, { ...ISI, id: other }));
    const { id: message } = await ok(alice.client.request(`post ${other} bob kemudian ${other}`));
    expect(message).not.toBe((await uploadStatus(server, alice.token, other)).id);
    expect(await times(`kemudian ${other}`)).toBe(1);
  });
});

describe("on the server's disk", () => {
  it("nothing is left of an upload without an id that was cut off", async () => {
    const here = await started("--memory");
    const { token } = await newUser(here, "alice");
    await newUser(here, "bob");
    const text = `upload ${token} bob isi.bin 3000000`;
    for (const end of ["close", "end"] as const) {
      const wire = new RawWire(here).send(withBody(text, randomBytes(2_000_000)));
      await until("something of it is on disk", () => storedBelow(here.uploads).length > 0);
      wire[end]();
      if (end === "end") expect(await wire.reply()).toMatchObject(CUT);
      await until("nothing of it is left", () => storedBelow(here.uploads).length === 0);
    }
  });

  it("what is kept of one with an id is all there is, and is gone when it is whole", async () => {
    const here = await started("--memory");
    const { token } = await newUser(here, "alice");
    await newUser(here, "bob");
    const body = randomBytes(500_000);
    const file = { ...ISI, content: body, id: "a1" };
    await cut(here, token, file, 400_000);
    expect(storedBelow(here.uploads)).not.toEqual([]);
    await uploaded(here, token, { ...file, offset: 400_000 });
    await until("only the file is there", () => storedBelow(here.uploads).length === 1);
  });
});

describe("a server that is killed and started again on the same folders", () => {
  it("has what had arrived of an upload, and it goes on", async () => {
    const house = await HouseProcess.of("kampus");
    const { token } = await newUser(house, "alice");
    const { token: reader } = await newUser(house, "bob");
    const body = randomBytes(9_000_000);
    const text = `upload ${token} bob isi.bin ${body.length} sha256 ${sha256(body)} id a1`;
    new RawWire(house).send(withBody(text, body.subarray(0, 8_000_000)));
    await reaches(house, token, "a1", "receiving", 8_000_000);
    await house.kill();
    await house.start();
    const { state, received } = await uploadStatus(house, token, "a1");
    expect(state).toBe("partial");
    // What had arrived a moment ago may not have been written.
    expect(received).toBeGreaterThan(8_000_000 - JUST_ARRIVED);
    expect(received).toBeLessThanOrEqual(8_000_000);
    const { reply } = await ask(house, `${text} offset ${received}`, body.subarray(received));
    expect(reply).toMatchObject({ file: { size: body.length, sha256: sha256(body) } });
    expect(body.equals(await content(house, reader, sent(reply).file.id))).toBe(true);
  });

  it("again and again in the middle of an upload still gets the whole file, once", async () => {
    const house = await HouseProcess.of("kampus");
    const { token } = await newUser(house, "alice");
    const bob = await newUser(house, "bob");
    const body = randomBytes(24 * 2 ** 20);
    const text = `upload ${token} bob besar.bin ${body.length} id a1`;
    let known = 0;
    for (let kills = 0; kills < 4; kills++) {
      const end = known + JUST_ARRIVED + 2 ** 20;
      const wire = new RawWire(house).send(withBody(`${text} offset ${known}`, body.subarray(known, end)));
      await reaches(house, token, "a1", "receiving", end);
      await house.kill();
      wire.close();
      await house.start();
      const { state, received } = await uploadStatus(house, token, "a1");
      expect(state).toBe("partial");
      expect(received).toBeGreaterThan(known);
      expect(received).toBeLessThanOrEqual(end);
      known = received;
    }
    const { reply } = await ask(house, `${text} offset ${known}`, body.subarray(known));
    expect(reply).toMatchObject({ file: { sha256: sha256(body) } });
    await house.kill();
    await house.start();
    // Acknowledged: there, also after this; and sent once.
    const { token: reader, client } = bob;
    client.close();
    const again = await house.connect();
    await ok(again.request("auth bob rahasia"));
    expect(await inbox(again, "all")).toEqual(["besar.bin"]);
    again.close();
    expect(body.equals(await content(house, reader, sent(reply).file.id))).toBe(true);
    expect(await uploadStatus(house, token, "a1")).toMatchObject({ state: "done", file: sent(reply).file });
    // The reply was lost: the same once more.
    const repeated = await ask(house, `${text} offset ${body.length - 1}`, body.subarray(-1));
    expect(repeated.reply).toMatchObject({ id: sent(reply).id, time: sent(reply).time, file: sent(reply).file });
  });
});

describe("a download", () => {
  it.each([0, 1, 13, BODY.length - 1])("goes on at offset %d", async (offset) => {
    const { file } = await uploaded(server, alice.token, ISI);
    const answer = await download(server, bob.token, file.id, offset);
    expect(answer).toMatchObject({
      reply: { status: "OK", filename: "isi.bin", size: BODY.length, offset, length: BODY.length - offset },
      body: BODY.subarray(offset),
    });
    expect(answer.reply).toMatchObject({ sha256: sha256(BODY) });
  });

  it("at an offset equal to the size has no bytes, and the next request is answered", async () => {
    const { file } = await uploaded(server, alice.token, ISI);
    const wire = new RawWire(server).request(`download ${bob.token} ${file.id} offset ${BODY.length}`, "ping");
    expect((await wire.answer()).reply).toMatchObject({ status: "OK", length: 0, offset: BODY.length });
    expect(await wire.reply()).toMatchObject({ message: "pong" });
    wire.close();
  });

  it.each([`offset ${BODY.length + 1}`, "offset -1", "offset awal", "offset 1.5", "offset", "dari 3"])(
    "with %s is refused, and the next request is answered",
    async (more) => {
      const { file } = await uploaded(server, alice.token, ISI);
      const wire = new RawWire(server).request(`download ${bob.token} ${file.id} ${more}`, "ping");
      expect(await wire.replies(2)).toMatchObject([REFUSED, { message: "pong" }]);
      wire.close();
    },
  );

  it("of an empty file has no bytes at offset 0, and none beyond", async () => {
    const { file } = await uploaded(server, alice.token, { to: "bob", name: "kosong", content: "" });
    expect((await download(server, bob.token, file.id, 0)).reply).toMatchObject({ status: "OK", length: 0 });
    expect((await download(server, bob.token, file.id, 1)).reply).toMatchObject(REFUSED);
  });

  it("that was cut off goes on on another connection, whoever began it", async () => {
    const body = randomBytes(24 * 2 ** 20);
    const { file } = await uploaded(server, alice.token, { to: "bob", name: "besar.bin", content: body });
    const wire = await stalled(server, alice.token, file.id);
    const { arrived } = wire;
    wire.close();
    expect(arrived).toBeLessThan(body.length);
    const rest = await download(server, bob.token, file.id, arrived);
    expect(rest.reply).toMatchObject({ status: "OK", offset: arrived, sha256: sha256(body) });
    expect(body.subarray(arrived).equals(rest.body)).toBe(true);
  });
});
