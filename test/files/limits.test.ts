/** What there is room for: each limit has its code, is told before a body is sent, and gives room back. */
import { statfsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  begin,
  cut,
  download,
  expectWhole,
  reaches,
  sent,
  stalled,
  type Upload,
  upload,
  uploaded,
  uploadStatus,
} from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { contentsIn, partsIn, storedBelow } from "../support/uploads.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** More than the sockets of both sides take in. */
const LARGE = 24 * MIB;

interface Scene {
  readonly server: TestServer;
  readonly uploads: string;
  readonly alice: Person;
  readonly bob: Person;
}

/** What alice and bob are called in the test that runs. */
let names = { alice: "", bob: "" };
let number = 0;

async function newPeople(server: TestServer): Promise<Scene> {
  number++;
  names = { alice: `alice${number}`, bob: `bob${number}` };
  const [alice, bob] = [await newUser(server, names.alice), await newUser(server, names.bob)];
  return { server, uploads: server.uploads, alice, bob };
}

/** A server of the test's own, with folders that stay while it is started again. */
async function scene(...options: readonly string[]): Promise<Scene> {
  return newPeople(await started("--uploads", join(testFolder(), "uploads"), ...options));
}

/** One server for all tests of a group, and new people for each. */
function oneServer(...options: readonly string[]): () => Promise<Scene> {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(options);
  });
  afterAll(() => server.stop());
  return () => newPeople(server);
}

function bytes(length: number): Buffer {
  return Buffer.alloc(length, "isi berkas ");
}

function toBob<M extends Partial<Upload>>(length: number, more?: M): Upload & M {
  return { to: names.bob, name: "berkas", content: bytes(length), ...(more as M) };
}

function base64(length: number): string {
  return bytes(length).toString("base64");
}

async function code(server: TestServer, person: Person, file: Upload): Promise<string> {
  return refused(begin(server, person.token, file, 0).reply());
}

describe("the size of a file (--max-file)", () => {
  const shared = oneServer("--max-file", "64K");

  it("may be what the limit says; one byte more is told before the body is sent, and nothing is delivered", async () => {
    const { server, uploads, alice, bob } = await shared();
    const before = contentsIn(uploads).length;
    const reply = await ok(upload(server, alice.token, toBob(64 * KIB)));
    await expectWhole(server, bob.token, sent(reply).file.id, bytes(64 * KIB));
    expect(await code(server, alice, toBob(64 * KIB + 1, { name: "lebih" }))).toBe("too-large");
    expect(await code(server, alice, toBob(64 * KIB + 1, { name: "lebih", id: "a" }))).toBe("too-large");
    expect(await uploadStatus(server, alice.token, "a")).toMatchObject({ state: "none", received: 0 });
    expect(await inbox(bob.client, "all")).toEqual(["berkas"]);
    await until(
      "nothing but the first is kept",
      () => contentsIn(uploads).length === before + 1 && !partsIn(uploads).length,
    );
  });

  it("is 4 GiB unless it is set", async () => {
    const { server, alice } = await scene();
    const transfer = new RawWire(server).request(`upload ${alice.token} ${names.bob} besar ${4 * 2 ** 30 + 1}`);
    expect(await refused(transfer.reply())).toBe("too-large");
    transfer.close();
  });

  it("holds for a file inside a request too, and its connection goes on", async () => {
    const { uploads, alice, bob } = await shared();
    const before = contentsIn(uploads).length;
    await ok(alice.client.request(`sendfile ${names.bob} pas ${base64(64 * KIB)}`));
    expect(await refused(alice.client.request(`sendfile ${names.bob} lebih ${base64(64 * KIB + 1)}`))).toBe(
      "too-large",
    );
    await ok(alice.client.request("ping"));
    expect(await inbox(bob.client, "all")).toEqual(["pas"]);
    expect(contentsIn(uploads)).toHaveLength(before + 1);
  });
});

describe("the room of a user (--quota)", () => {
  const shared = oneServer("--quota", "100K");

  it("is used up by his files; another user has his own", async () => {
    const { server, alice, bob } = await shared();
    await ok(upload(server, alice.token, toBob(60 * KIB)));
    expect(await code(server, alice, toBob(40 * KIB + 1))).toBe("quota");
    await ok(upload(server, alice.token, toBob(40 * KIB)));
    expect(await code(server, alice, toBob(1))).toBe("quota");
    await ok(upload(server, bob.token, toBob(100 * KIB, { to: names.alice })));
    expect(await inbox(bob.client, "all")).toHaveLength(2);
  });

  it("is used up by files inside requests too", async () => {
    const { server, alice, bob } = await shared();
    await ok(alice.client.request(`sendfile ${names.bob} satu ${base64(60 * KIB)}`));
    expect(await refused(alice.client.request(`sendfile ${names.bob} dua ${base64(40 * KIB + 1)}`))).toBe("quota");
    expect(await code(server, alice, toBob(40 * KIB + 1))).toBe("quota");
    await ok(upload(server, alice.token, toBob(40 * KIB, { name: "tiga" })));
    expect(await refused(alice.client.request(`sendfile ${names.bob} empat ${base64(1)}`))).toBe("quota");
    expect(await inbox(bob.client, "all")).toEqual(["satu", "tiga"]);
  });

  it("is counted after a restart as before", async () => {
    const places = ["--data", join(testFolder(), "data"), "--quota", "100K"];
    const { server, uploads, alice } = await scene(...places);
    await ok(upload(server, alice.token, toBob(60 * KIB)));
    await cut(server, alice.token, toBob(40 * KIB, { id: "a" }), 30 * KIB);
    await server.end();
    const again = await started("--uploads", uploads, ...places);
    expect(await code(again, alice, toBob(10 * KIB + 1))).toBe("quota");
    await ok(upload(again, alice.token, toBob(10 * KIB)));
  });

  it("comes back when a file is withdrawn", async () => {
    const { server, alice } = await shared();
    const reply = await ok(upload(server, alice.token, toBob(80 * KIB)));
    expect(await code(server, alice, toBob(80 * KIB))).toBe("quota");
    await ok(alice.client.request(`unsend ${sent(reply).file.id}`));
    await ok(upload(server, alice.token, toBob(80 * KIB)));
  });

  it("holds what is kept of an unfinished upload, until that is resumed", async () => {
    const { server, alice } = await shared();
    await cut(server, alice.token, toBob(80 * KIB, { id: "a" }), 60 * KIB);
    expect(await code(server, alice, toBob(40 * KIB + 1))).toBe("quota");
    await ok(upload(server, alice.token, toBob(20 * KIB)));
    // What is there already needs no room a second time.
    await ok(upload(server, alice.token, toBob(80 * KIB, { id: "a", offset: 60 * KIB })));
    expect(await code(server, alice, toBob(1))).toBe("quota");
  });

  it("is not asked for twice by an upload that begins anew", async () => {
    const { server, alice, bob } = await shared();
    await cut(server, alice.token, toBob(80 * KIB, { id: "a" }), 60 * KIB);
    const reply = await ok(upload(server, alice.token, toBob(90 * KIB, { id: "a" })));
    await expectWhole(server, bob.token, sent(reply).file.id, bytes(90 * KIB));
    expect(await code(server, alice, toBob(10 * KIB + 1))).toBe("quota");
  });

  it("refuses to resume what has no room any more, and keeps what is there", async () => {
    const { server, alice } = await shared();
    await cut(server, alice.token, toBob(80 * KIB, { id: "a" }), 10 * KIB);
    const other = await ok(upload(server, alice.token, toBob(90 * KIB)));
    expect(await code(server, alice, toBob(80 * KIB, { id: "a", offset: 10 * KIB }))).toBe("quota");
    expect(await uploadStatus(server, alice.token, "a")).toMatchObject({ state: "partial", received: 10 * KIB });
    await ok(alice.client.request(`unsend ${sent(other).file.id}`));
    await ok(upload(server, alice.token, toBob(80 * KIB, { id: "a", offset: 10 * KIB })));
  });

  it("counts an upload that is under way with its whole size, and gives it back when it is cut", async () => {
    const { server, alice } = await shared();
    const slow = begin(server, alice.token, toBob(80 * KIB, { id: "a" }), 1);
    await reaches(server, alice.token, "a", "receiving", 1);
    expect(await code(server, alice, toBob(30 * KIB))).toBe("quota");
    expect(await refused(alice.client.request(`sendfile ${names.bob} dua ${base64(30 * KIB)}`))).toBe("quota");
    await ok(upload(server, alice.token, toBob(20 * KIB)));
    slow.close();
    await reaches(server, alice.token, "a", "partial", 1);
    await ok(upload(server, alice.token, toBob(80 * KIB - 1)));
  });

  it("has room for one of two uploads at once that fit only alone", async () => {
    const { server, alice } = await shared();
    const replies = await Promise.all([1, 2, 3, 4].map(() => upload(server, alice.token, toBob(60 * KIB))));
    expect(replies.map(({ status }) => status).toSorted()).toEqual(["ERROR", "ERROR", "ERROR", "OK"]);
    expect(new Set(replies.flatMap((reply) => reply.code ?? []))).toEqual(new Set(["quota"]));
  });

  it("does not stand in the way of one who repeats an upload that is done", async () => {
    const { server, alice, bob } = await shared();
    const first = await ok(upload(server, alice.token, toBob(80 * KIB, { id: "a" })));
    const second = await ok(upload(server, alice.token, toBob(80 * KIB, { id: "a" })));
    expect(sent(second).file.id).toBe(sent(first).file.id);
    expect(second["id"]).toBe(first["id"]);
    expect(await inbox(bob.client, "all")).toEqual(["berkas"]);
  });

  it("is not used up by what was refused for another cause", async () => {
    const { server, alice } = await shared();
    expect(await refused(upload(server, alice.token, toBob(80 * KIB, { to: "nobody" })))).toBe("user-not-found");
    const wrong = { sha256: "0".repeat(64) };
    expect(await refused(upload(server, alice.token, toBob(80 * KIB, wrong)))).toBe("checksum");
    expect(await refused(upload(server, alice.token, toBob(80 * KIB, { ...wrong, id: "a" })))).toBe("checksum");
    await ok(upload(server, alice.token, toBob(100 * KIB)));
  });
});

describe("room that stays free on the disk (--min-free)", () => {
  it("is not used: what would is told so before its body, inline too, and messages go on", async () => {
    const { server, uploads, alice, bob } = await scene("--min-free", "100000G");
    expect(await code(server, alice, toBob(1))).toBe("disk-full");
    expect(await code(server, alice, toBob(1, { id: "a" }))).toBe("disk-full");
    expect(await refused(alice.client.request(`sendfile ${names.bob} kecil YQ==`))).toBe("disk-full");
    await ok(alice.client.request(`send ${names.bob} halo`));
    expect(await inbox(bob.client, "all")).toEqual(["halo"]);
    expect(storedBelow(uploads)).toEqual([]);
  });

  it("is what would be left after the file", async () => {
    const { bavail, bsize } = statfsSync(testFolder());
    // Others write to this disk meanwhile: with some room to spare.
    const spare = 2 ** 30;
    const { server, alice } = await scene("--min-free", String(bavail * bsize - spare));
    const transfer = new RawWire(server).request(`upload ${alice.token} ${names.bob} besar ${3 * spare}`);
    expect(await refused(transfer.reply())).toBe("disk-full");
    transfer.close();
    await ok(upload(server, alice.token, toBob(KIB)));
  });
});

describe("transfers at once (--max-transfers)", () => {
  const shared = oneServer("--max-transfers", "1");

  it("beyond the limit are told so at once; others have their own, and one that ends makes room", async () => {
    const { server, alice, bob } = await scene("--max-transfers", "2");
    const { file } = await uploaded(server, alice.token, toBob(10));
    const [first, second] = ["a", "b"].map((id) => begin(server, alice.token, toBob(100, { id }), 10));
    for (const id of ["a", "b"]) await reaches(server, alice.token, id, "receiving", 10);
    expect(await code(server, alice, toBob(10))).toBe("too-many");
    expect((await download(server, alice.token, file.id)).reply.code).toBe("too-many");

    await ok(upload(server, bob.token, toBob(10, { to: names.alice })));
    await expectWhole(server, bob.token, file.id, bytes(10));

    first?.close();
    await reaches(server, alice.token, "a", "partial", 10);
    await ok(upload(server, alice.token, toBob(10)));
    second?.send(bytes(100).subarray(10));
    await ok(second?.reply() as Promise<never>);
    second?.close();
  });

  it("are not used up by the one that is gone on with: its link may be dead", async () => {
    const { server, alice, bob } = await shared();
    const dead = begin(server, alice.token, toBob(100, { id: "a" }), 10);
    await reaches(server, alice.token, "a", "receiving", 10);
    const reply = await ok(upload(server, alice.token, toBob(100, { id: "a", offset: 10 })));
    await expectWhole(server, bob.token, sent(reply).file.id, bytes(100));
    dead.close();
  });

  it("do not count files inside requests", async () => {
    const { server, alice, bob } = await shared();
    const slow = begin(server, alice.token, toBob(100, { id: "a" }), 10);
    await reaches(server, alice.token, "a", "receiving", 10);
    await ok(alice.client.request(`sendfile ${names.bob} kecil YQ==`));
    expect((await ok(alice.client.request("download_file kecil"))).data).toBe("YQ==");
    slow.close();
    expect(await inbox(bob.client, "all")).toEqual(["kecil"]);
  });

  it("count downloads that are not taken in", async () => {
    const { server, alice, bob } = await shared();
    const id = (await uploaded(server, alice.token, toBob(LARGE))).file.id;
    const idle = await stalled(server, bob.token, id);
    expect((await download(server, bob.token, id, LARGE)).reply.code).toBe("too-many");
    expect(await code(server, bob, toBob(1, { to: names.alice }))).toBe("too-many");
    idle.close();
    await until(
      "there is room again",
      async () => (await download(server, bob.token, id, LARGE)).reply.status === "OK",
    );
  });

  it("are given back by each that ends, however it ends", async () => {
    const { server, alice, bob } = await scene("--max-transfers", "1", "--max-file", "64K");
    for (let i = 0; i < 3; i++) {
      const id = (await uploaded(server, alice.token, toBob(10))).file.id;
      await expectWhole(server, alice.token, id, bytes(10));
      expect(await code(server, alice, toBob(64 * KIB + 1))).toBe("too-large");
      expect(await refused(upload(server, alice.token, toBob(10, { to: "nobody" })))).toBe("user-not-found");
      expect(await refused(upload(server, alice.token, toBob(10, { sha256: "0".repeat(64) })))).toBe("checksum");
      expect((await download(server, alice.token, "11111111-2222-4333-8444-555555555555")).reply.code).toBe(
        "file-not-found",
      );
      expect((await download(server, alice.token, id, 11)).reply.code).toBe("bad-request");
      await cut(server, alice.token, toBob(100, { id: `cut${i}` }), 10);
    }
    expect(await inbox(bob.client, "all")).toHaveLength(3);
  });
});

describe("a body that does not go on (--request-timeout)", () => {
  const shared = oneServer("--request-timeout", "300ms");

  it("ends its connection; what has arrived is kept and can be resumed", async () => {
    const { server, alice, bob } = await shared();
    const slow = begin(server, alice.token, toBob(2000, { id: "a" }), 1000);
    await slow.over();
    await reaches(server, alice.token, "a", "partial", 1000);
    expect(await uploadStatus(server, alice.token, "a")).toMatchObject({ received: 1000 });
    expect(await inbox(bob.client, "all")).toEqual([]);
    const reply = await ok(upload(server, alice.token, toBob(2000, { id: "a", offset: 1000 })));
    await expectWhole(server, bob.token, sent(reply).file.id, bytes(2000));
  });

  it("and has no id leaves nothing", async () => {
    const { server, uploads, alice } = await shared();
    const before = storedBelow(uploads);
    await begin(server, alice.token, toBob(2000), 1000).over();
    await until("nothing is left", () => isDeepStrictEqual(storedBelow(uploads), before));
  });

  it("ends its connection also when it was refused and does not come", async () => {
    const { server, alice } = await scene("--request-timeout", "300ms", "--max-file", "64K");
    const slow = begin(server, alice.token, toBob(MIB), 1000);
    expect(await refused(slow.reply())).toBe("too-large");
    await slow.over();
  });

  it("is not one that drips in for longer", async () => {
    const { server, alice, bob } = await scene("--request-timeout", "1s");
    const content = bytes(4000);
    const slow = begin(server, alice.token, toBob(content.length, { id: "a" }), 0);
    const begun = Date.now();
    let count = 0;
    await until("it took twice as long as a stalled one may", async () => {
      slow.send(content.subarray(count, ++count));
      await reaches(server, alice.token, "a", "receiving", count);
      return Date.now() - begun > 2000;
    });
    slow.send(content.subarray(count));
    const reply = await ok(slow.reply());
    slow.close();
    await expectWhole(server, bob.token, sent(reply).file.id, content);
  });

  it("ends a download that nobody takes in; who comes again goes on from there", async () => {
    const { server, alice, bob } = await scene("--request-timeout", "300ms", "--max-transfers", "1");
    const content = Buffer.alloc(LARGE, "panjang sekali ");
    const id = (await uploaded(server, alice.token, { to: names.bob, name: "besar", content })).file.id;
    const idle = await stalled(server, bob.token, id);
    await until("it is ended", async () => (await download(server, bob.token, id, LARGE)).reply.status === "OK");
    await idle.resume().over();
    const taken = idle.arrived;
    expect(idle.opened).toMatchObject({ length: LARGE });
    const rest = await download(server, bob.token, id, taken);
    expect(rest.reply).toMatchObject({ status: "OK", offset: taken, length: LARGE - taken });
    expect(rest.body).toHaveLength(LARGE - taken);
    await ok(bob.client.request("ping"));
  });
});

describe("an unfinished upload (--part-days)", () => {
  it("is removed in time while the server runs, gives its room back, and begins anew", async () => {
    const { server, uploads, alice, bob } = await scene("--part-days", "0.00003", "--quota", "100K");
    await cut(server, alice.token, toBob(80 * KIB, { id: "a" }), 60 * KIB);
    await until("the part is removed", () => partsIn(uploads).length === 0);
    expect(await uploadStatus(server, alice.token, "a")).toMatchObject({ state: "none", received: 0 });
    expect(await code(server, alice, toBob(80 * KIB, { id: "a", offset: 60 * KIB }))).toBe("bad-request");
    const reply = await ok(upload(server, alice.token, toBob(100 * KIB, { id: "a" })));
    await expectWhole(server, bob.token, sent(reply).file.id, bytes(100 * KIB));
  });

  it("is not removed while it is under way", async () => {
    const { server, uploads, alice, bob } = await scene("--part-days", "0.00003");
    const slow = begin(server, alice.token, toBob(2000, { id: "a" }), 1000);
    await reaches(server, alice.token, "a", "receiving", 1000);
    // Another one that is cut has gone since.
    await cut(server, alice.token, toBob(2000, { id: "b" }), 500);
    await until("the other is removed", () => partsIn(uploads).length === 1);
    expect(await uploadStatus(server, alice.token, "a")).toMatchObject({ state: "receiving", received: 1000 });
    slow.send(bytes(2000).subarray(1000));
    const reply = await ok(slow.reply());
    slow.close();
    await expectWhole(server, bob.token, sent(reply).file.id, bytes(2000));
  });

  it("too old when the server starts is removed; a younger one stays and is resumed", async () => {
    const places = ["--data", join(testFolder(), "data"), "--part-days", "1"];
    const { server, uploads, alice, bob } = await scene(...places);
    await cut(server, alice.token, toBob(2000, { id: "lama" }), 1000);
    const [old = ""] = partsIn(uploads);
    await cut(server, alice.token, toBob(2000, { id: "muda" }), 500);
    await server.end();
    const before = (days: number): number => Date.now() / 1000 - days * 86_400;
    for (const name of partsIn(uploads)) {
      const when = before(name === old ? 1.1 : 0.9);
      utimesSync(join(uploads, name), when, when);
    }
    const again = await started("--uploads", uploads, ...places);
    await until("the older is removed", () => !partsIn(uploads).includes(old));
    expect(await uploadStatus(again, alice.token, "lama")).toMatchObject({ state: "none", received: 0 });
    expect(await uploadStatus(again, alice.token, "muda")).toMatchObject({ state: "partial", received: 500 });
    const reply = await ok(upload(again, alice.token, toBob(2000, { id: "muda", offset: 500 })));
    await expectWhole(again, bob.token, sent(reply).file.id, bytes(2000));
    expect(partsIn(uploads)).toEqual([]);
  });
});

describe("a file (--file-days)", () => {
  it("older than that loses its content while the server runs; its message stays and says so", async () => {
    const { server, uploads, alice, bob } = await scene("--file-days", "0.00002", "--quota", "100K");
    const id = (await uploaded(server, alice.token, toBob(80 * KIB))).file.id;
    await ok(alice.client.request(`send ${names.bob} halo`));
    await until("the content is removed", () => contentsIn(uploads).length === 0);
    await expectGone(server, alice, bob, id);
    expect(await inbox(bob.client, "all")).toEqual(["berkas", "halo"]);
    await ok(upload(server, alice.token, toBob(80 * KIB)));
  });

  it("older than that loses its content at a start", async () => {
    const places = ["--data", join(testFolder(), "data")];
    const { server, uploads, alice } = await scene(...places);
    const id = (await uploaded(server, alice.token, toBob(80 * KIB))).file.id;
    await ok(alice.client.request(`sendfile ${names.bob} kecil ${base64(10)}`));
    await server.end();
    const kept = await started("--uploads", uploads, ...places, "--file-days", "1");
    expect(contentsIn(uploads)).toHaveLength(2);
    await kept.end();
    const again = await started("--uploads", uploads, ...places, "--file-days", "0.00001");
    await until("the contents are removed", () => contentsIn(uploads).length === 0);
    await expectGone(again, await loggedIn(again, names.alice), await loggedIn(again, names.bob), id);
  });

  async function expectGone(server: TestServer, alice: Person, bob: Person, id: string): Promise<void> {
    const { data } = await ok(bob.client.request("inbox all"));
    expect((data as { file?: unknown }[])[0]).toMatchObject({ message: "berkas", file: { id, gone: true } });
    for (const { token } of [alice, bob]) {
      expect((await download(server, token, id)).reply.code).toBe("file-not-found");
    }
    expect(await refused(bob.client.request("download_file berkas"))).toBe("file-not-found");
    expect((await ok(alice.client.request("files"))).data).toContainEqual(expect.objectContaining({ id, gone: true }));
    const received = (await ok(bob.client.request("files received"))).data;
    expect(received).toContainEqual(expect.objectContaining({ id, gone: true }));
  }
});
