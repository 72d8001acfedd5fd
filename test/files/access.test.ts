/** Who has a file: who may fetch it, in whose words, what is listed of it, and how it is taken back. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { machine } from "../../src/world/world.ts";
import {
  content,
  download,
  type FileInfo,
  reaches,
  type Sent,
  sent,
  sha256,
  stalled,
  uploaded,
  uploadStatus,
  withBody,
} from "../support/bodies.ts";
import { House } from "../support/house.ts";
import { inbox, loggedIn, newUser, ok, PASSWORD, type Person, refused } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { storedBelow } from "../support/uploads.ts";

const BODY = Buffer.from("isi berkas\r\n\r\n\xff\0", "latin1");
const ISI = { to: "bob", name: "isi.bin", content: BODY };
const STRANGER = "11111111-2222-4333-8444-555555555555";
const NOT_FOUND = { status: "ERROR", code: "file-not-found" };

let server: TestServer;
let alice: Person;
let bob: Person;
let carol: Person;

/** alice, bob and carol, and nothing else, on a new server. @returns what ends it. */
async function scene(): Promise<() => Promise<void>> {
  server = await startServer(["--memory"]);
  alice = await newUser(server, "alice");
  bob = await newUser(server, "bob");
  carol = await newUser(server, "carol");
  const here = server;
  return () => here.stop();
}

/** A line of `files` or `files received`. */
interface Listed extends FileInfo {
  readonly time: string;
  readonly to?: readonly string[];
  readonly got?: readonly string[];
  readonly from?: string;
  readonly group?: string;
}

async function files(client: Wire, request = "files"): Promise<readonly Listed[]> {
  return (await ok(client.request(request))).data as readonly Listed[];
}

/** What a user is answered who asks for the content of a file. */
async function fetched({ token }: Person, { file }: Sent): Promise<"whole" | string> {
  const { reply, body } = await download(server, token, file.id);
  if (reply.status !== "OK") return String(reply.code);
  expect(sha256(body)).toBe(file.sha256);
  return "whole";
}

async function kelas(...members: readonly Person[]): Promise<void> {
  const [owner, ...others] = members as [Person, ...Person[]];
  await ok(owner.client.request("addgroup kelas"));
  for (const { client } of others) await ok(client.request("joingroup kelas"));
}

describe("a file may be downloaded", () => {
  beforeEach(scene);

  it("by its sender and its receiver, again and again, and by nobody else", async () => {
    const file = await uploaded(server, alice.token, ISI);
    for (let i = 0; i < 3; i++) {
      expect(await fetched(alice, file)).toBe("whole");
      expect(await fetched(bob, file)).toBe("whole");
      expect(await fetched(carol, file)).toBe("file-not-found");
    }
  });

  it("by nobody without a session, nor with a token that is none", async () => {
    const { file } = await uploaded(server, alice.token, ISI);
    const wire = new RawWire(server).request(`download ${file.id}`, `download ${STRANGER} ${file.id}`, "ping");
    expect(await wire.replies(3)).toMatchObject([{ code: "no-session" }, { code: "no-session" }, { message: "pong" }]);
    wire.close();
  });

  it("by nobody where there is none of that id", async () => {
    const { id } = await uploaded(server, alice.token, ISI);
    expect((await download(server, bob.token, STRANGER)).reply).toMatchObject(NOT_FOUND);
    // A message is no file.
    expect((await download(server, bob.token, id)).reply).toMatchObject(NOT_FOUND);
    for (const word of ["17", "isi.bin", "../isi.bin", `${STRANGER}0`]) {
      expect((await download(server, bob.token, word)).reply).toMatchObject({ code: "bad-request" });
    }
  });

  it("by a group's members, also those who join later, not by who has left nor by anybody else", async () => {
    await kelas(alice, bob);
    const file = await uploaded(server, alice.token, { ...ISI, to: "#kelas" });
    expect(await fetched(alice, file)).toBe("whole");
    expect(await fetched(bob, file)).toBe("whole");
    expect(await fetched(carol, file)).toBe("file-not-found");
    await ok(carol.client.request("joingroup kelas"));
    expect(await fetched(carol, file)).toBe("whole");
    await ok(bob.client.request("leave kelas"));
    expect(await fetched(bob, file)).toBe("file-not-found");
    await ok(bob.client.request("joingroup kelas"));
    expect(await fetched(bob, file)).toBe("whole");
  });

  it("by the one to whom it was passed on, with the same id and bytes", async () => {
    const file = await uploaded(server, alice.token, ISI);
    expect(await fetched(carol, file)).toBe("file-not-found");
    const passed = sent(await ok(bob.client.request("sendfile carol isi.bin")));
    expect(passed.file).toEqual(file.file);
    expect(await fetched(carol, file)).toBe("whole");
  });

  it("by its sender, though it was sent to oneself", async () => {
    const file = await uploaded(server, alice.token, { to: "alice", name: "catatan", content: BODY });
    expect(await fetched(alice, file)).toBe("whole");
    expect(await files(alice.client)).toMatchObject([{ id: file.file.id, to: ["alice"] }]);
  });
});

describe("the receiver", () => {
  beforeEach(scene);

  it("has a message whose text is the name, and is told of it while watching", async () => {
    const events: unknown[] = [];
    const watcher = await loggedIn(server, "bob", { onEvent: (event) => events.push(event) });
    await ok(watcher.client.request("watch on"));
    const { id, time, file } = await uploaded(server, alice.token, {
      to: "bob",
      name: "laporan akhir.pdf",
      content: BODY,
    });
    const message = { id, from: "alice", to: "bob", message: "laporan akhir.pdf", time, file };
    await until("bob is told", () => events.length > 0);
    expect(events).toEqual([{ event: "file", data: expect.objectContaining(message) }]);
    expect((await ok(bob.client.request("inbox"))).data).toEqual([expect.objectContaining(message)]);
    expect((await ok(bob.client.request("history alice"))).data).toEqual([expect.objectContaining(message)]);
    expect((await ok(alice.client.request("history bob"))).data).toMatchObject([{ id, file }]);
    expect(await inbox(alice.client, "all")).toEqual([]);
  });

  it("that is a group: every member but the sender", async () => {
    const events: string[] = [];
    await kelas(alice, bob, carol);
    for (const who of ["alice", "bob", "carol"]) {
      const { client } = await loggedIn(server, who, {
        onEvent: ({ event, data }) => void (event === "file" && events.push([who, data.group, data.message].join(" "))),
      });
      await ok(client.request("watch on"));
    }
    const { id, file } = await uploaded(server, alice.token, { to: "#kelas", name: "tugas.pdf", content: BODY });
    await until("both are told", () => events.length >= 2);
    for (const { client } of [bob, carol]) {
      expect((await ok(client.request("inbox"))).data).toMatchObject([{ id, from: "alice", group: "kelas", file }]);
      await ok(client.request("ping"));
    }
    expect(events.toSorted()).toEqual(["bob kelas tugas.pdf", "carol kelas tugas.pdf"]);
    expect(await inbox(alice.client, "all")).toEqual([]);
  });
});

describe("`files` lists what one has sent", () => {
  beforeEach(scene);

  it("oldest first, with those it was given to and those who have it", async () => {
    await kelas(alice, bob, carol);
    expect(await files(alice.client)).toEqual([]);
    const first = await uploaded(server, alice.token, { ...ISI, name: "satu.bin" });
    const second = await uploaded(server, alice.token, { to: "#kelas", name: "dua.bin", content: "dua" });
    const third = sent(await ok(alice.client.request(`sendfile carol tiga.bin ${BODY.toString("base64")}`)));
    expect(await files(alice.client)).toEqual([
      { ...first.file, time: expect.any(String), to: ["bob"], got: [] },
      { ...second.file, time: expect.any(String), to: ["#kelas"], got: [] },
      { ...third.file, time: expect.any(String), to: ["carol"], got: [] },
    ]);
    await content(server, bob.token, first.file.id);
    await content(server, carol.token, second.file.id);
    await content(server, bob.token, second.file.id);
    const listed = await until("all who have it are listed", async () => {
      const now = await files(alice.client);
      return now[0]?.got?.length === 1 && now[1]?.got?.length === 2 && now;
    });
    expect(listed.map(({ got = [] }) => got.toSorted())).toEqual([["bob"], ["bob", "carol"], []]);
    expect(await files(bob.client)).toEqual([]);
  });

  it("once, with all it was given to, when it was given again by its name", async () => {
    await kelas(alice, bob);
    const { file } = await uploaded(server, alice.token, ISI);
    await ok(alice.client.request("sendfile carol isi.bin"));
    await ok(alice.client.request("sendfilegroup kelas isi.bin"));
    const [listed, ...others] = await files(alice.client);
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ id: file.id, got: [] });
    expect(listed?.to?.toSorted()).toEqual(["#kelas", "bob", "carol"]);
  });

  it("who has it only when he has it to its end, from wherever he went on", async () => {
    const body = randomBytes(24 * 2 ** 20);
    const { file } = await uploaded(server, alice.token, { to: "bob", name: "besar.bin", content: body });
    const wire = await stalled(server, bob.token, file.id);
    const { arrived } = wire;
    wire.close();
    // Who answers this has seen that bob has gone: another download of his comes after it.
    await download(server, carol.token, file.id);
    expect(await files(alice.client)).toMatchObject([{ got: [] }]);
    await download(server, bob.token, file.id, arrived);
    await until("bob is listed", async () => (await files(alice.client))[0]?.got?.includes("bob"));
    expect(await files(alice.client)).toMatchObject([{ got: ["bob"] }]);
  });

  it("who has it, also in the words of another dialect", async () => {
    await uploaded(server, alice.token, ISI);
    await ok(bob.client.request("download_file isi.bin"));
    await until("bob is listed", async () => (await files(alice.client))[0]?.got?.includes("bob"));
  });

  it("to nobody without a session", async () => {
    const guest = await server.connect();
    expect(await refused(guest.request("files"))).toBe("no-session");
    expect(await refused(guest.request("files received"))).toBe("no-session");
    expect(await refused(guest.request(`unsend ${STRANGER}`))).toBe("no-session");
    guest.close();
  });
});

describe("`files received` lists what was given to one", () => {
  beforeEach(scene);

  it("and to one's groups, oldest first", async () => {
    await kelas(alice, bob);
    const first = await uploaded(server, alice.token, { ...ISI, name: "satu.bin" });
    const second = await uploaded(server, alice.token, { to: "#kelas", name: "dua.bin", content: "dua" });
    const third = sent(await ok(carol.client.request(`sendfile bob tiga.bin ${BODY.toString("base64")}`)));
    expect(await files(bob.client, "files received")).toEqual([
      { ...first.file, time: expect.any(String), from: "alice" },
      { ...second.file, time: expect.any(String), from: "alice", group: "kelas" },
      { ...third.file, time: expect.any(String), from: "carol" },
    ]);
    expect(await files(alice.client, "files received")).toEqual([]);
    expect(await files(carol.client, "files received")).toEqual([]);
  });

  it("by those who passed it on", async () => {
    const { file } = await uploaded(server, alice.token, ISI);
    await ok(bob.client.request("sendfile carol isi.bin"));
    expect(await files(carol.client, "files received")).toMatchObject([{ id: file.id, from: "bob" }]);
    expect(await files(bob.client)).toMatchObject([{ id: file.id, to: ["carol"] }]);
  });
});

describe.each(["files", "files received"])("`%s`", (request) => {
  beforeAll(scene);

  const reader = (): Wire => (request === "files" ? alice : bob).client;

  it("is paged: the newest page first, the oldest first in it", async () => {
    const names = Array.from({ length: 7 }, (_, i) => `berkas-${i}`);
    for (const name of names) await uploaded(server, alice.token, { to: "bob", name, content: name });
    const pages: string[][] = [];
    let before: unknown;
    do {
      const page = await ok(reader().request(`${request}${before === undefined ? "" : ` before ${before}`} limit 3`));
      pages.push((page.data as Listed[]).map(({ name }) => name));
      expect(page["more"] ?? false).toBe(pages.length < 3);
      ({ before } = page);
    } while (before !== undefined && pages.length < 10);
    expect(pages).toEqual([names.slice(4), names.slice(1, 4), names.slice(0, 1)]);
    expect((await files(reader(), request)).map(({ name }) => name)).toEqual(names);
    const all = await ok(reader().request(`${request} limit 7`));
    expect(all).not.toHaveProperty("more");
    expect(all).not.toHaveProperty("before");
  });

  it.each(["limit 0", "limit -1", "limit x", "limit", "before", "before x", "limit 3 before", "semua"])(
    "with `%s` is refused",
    async (more) => {
      expect(await refused(reader().request(`${request} ${more}`))).toBe("bad-request");
    },
  );
});

describe("unsend", () => {
  beforeEach(scene);

  it("takes it from the receiver, who is told; the message stays, and says that it is gone", async () => {
    const events: unknown[] = [];
    const watcher = await loggedIn(server, "bob", { onEvent: (event) => events.push(event) });
    await ok(watcher.client.request("watch on"));
    const message = await uploaded(server, alice.token, ISI);
    const { file } = message;
    await ok(alice.client.request(`unsend ${file.id}`));
    await until("bob is told", () => events.length >= 2);
    expect(events[1]).toEqual({ event: "unsend", data: { file: file.id, name: "isi.bin", from: "alice" } });
    expect(await fetched(bob, message)).toBe("file-not-found");
    expect(await refused(bob.client.request("download_file isi.bin"))).toBe("file-not-found");
    const gone = { ...file, gone: true };
    expect((await ok(bob.client.request("inbox all"))).data).toMatchObject([{ message: "isi.bin", file: gone }]);
    expect((await ok(bob.client.request("history alice"))).data).toMatchObject([{ file: gone }]);
    expect((await ok(alice.client.request("history bob"))).data).toMatchObject([{ file: gone }]);
    await until("its content is deleted", () => storedBelow(server.uploads).length === 0);
  });

  it("takes it from a group, whose members are told", async () => {
    const events: unknown[] = [];
    await kelas(alice, bob);
    const watcher = await loggedIn(server, "bob", { onEvent: ({ event, data }) => void events.push([event, data]) });
    await ok(watcher.client.request("watch on"));
    const message = await uploaded(server, alice.token, { ...ISI, to: "#kelas" });
    await ok(alice.client.request(`unsend ${message.file.id}`));
    await until("bob is told", () => events.length >= 2);
    expect(events[1]).toEqual(["unsend", { file: message.file.id, name: "isi.bin", from: "alice", group: "kelas" }]);
    expect(await fetched(bob, message)).toBe("file-not-found");
    await ok(carol.client.request("joingroup kelas"));
    expect(await fetched(carol, message)).toBe("file-not-found");
    expect(await refused(bob.client.request("downloadgroup_file kelas isi.bin"))).toBe("file-not-found");
  });

  it("takes it from all whom one gave it to", async () => {
    await kelas(alice, bob);
    const message = await uploaded(server, alice.token, ISI);
    await ok(alice.client.request("sendfile carol isi.bin"));
    await ok(alice.client.request("sendfilegroup kelas isi.bin"));
    await ok(alice.client.request(`unsend ${message.file.id}`));
    for (const person of [bob, carol]) expect(await fetched(person, message)).toBe("file-not-found");
    await until("its content is deleted", () => storedBelow(server.uploads).length === 0);
  });

  it("leaves it to whom somebody else has passed it on, until he takes it back, too", async () => {
    const message = await uploaded(server, alice.token, ISI);
    await ok(bob.client.request("sendfile carol isi.bin"));
    await ok(alice.client.request(`unsend ${message.file.id}`));
    expect(await fetched(carol, message)).toBe("whole");
    expect((await ok(carol.client.request("download_file isi.bin"))).data).toBe(BODY.toString("base64"));
    // Who passed it on still shares it.
    expect(await fetched(bob, message)).toBe("whole");
    const [kept] = await files(carol.client, "files received");
    expect(kept).not.toHaveProperty("gone");
    expect((await ok(carol.client.request("inbox all"))).data).toMatchObject([{ file: message.file }]);
    expect(storedBelow(server.uploads)).toHaveLength(1);
    await ok(bob.client.request(`unsend ${message.file.id}`));
    expect(await fetched(carol, message)).toBe("file-not-found");
    await until("its content is deleted", () => storedBelow(server.uploads).length === 0);
    expect((await ok(carol.client.request("inbox all"))).data).toMatchObject([{ file: { gone: true } }]);
  });

  it("of one who passed it on leaves it to whom the first sender gave it", async () => {
    const message = await uploaded(server, alice.token, ISI);
    await ok(bob.client.request("sendfile carol isi.bin"));
    await ok(bob.client.request(`unsend ${message.file.id}`));
    expect(await fetched(carol, message)).toBe("file-not-found");
    expect(await fetched(bob, message)).toBe("whole");
    expect(await fetched(alice, message)).toBe("whole");
  });

  it("is for one's own only: anybody else's is not found, and stays", async () => {
    const message = await uploaded(server, alice.token, ISI);
    for (const { client } of [bob, carol]) {
      expect(await refused(client.request(`unsend ${message.file.id}`))).toBe("file-not-found");
    }
    expect(await refused(alice.client.request(`unsend ${STRANGER}`))).toBe("file-not-found");
    expect(await refused(alice.client.request("unsend isi.bin"))).toBe("bad-request");
    expect(await fetched(bob, message)).toBe("whole");
  });

  it("of one of two files with the same name and bytes leaves the other", async () => {
    const first = await uploaded(server, alice.token, ISI);
    const second = await uploaded(server, alice.token, ISI);
    expect(first.file.id).not.toBe(second.file.id);
    await ok(alice.client.request(`unsend ${first.file.id}`));
    expect(await fetched(bob, first)).toBe("file-not-found");
    expect(await fetched(bob, second)).toBe("whole");
    expect((await ok(bob.client.request("download_file isi.bin"))).data).toBe(BODY.toString("base64"));
  });

  it("leaves nothing in the lists that looks as if it could be had", async () => {
    const { file } = await uploaded(server, alice.token, ISI);
    const { file: other } = await uploaded(server, alice.token, { ...ISI, name: "lain.bin" });
    await ok(alice.client.request(`unsend ${file.id}`));
    const there = (list: readonly Listed[]): readonly string[] => list.filter(({ gone }) => !gone).map(({ id }) => id);
    expect(there(await files(alice.client))).toEqual([other.id]);
    expect(there(await files(bob.client, "files received"))).toEqual([other.id]);
    expect((await ok(bob.client.request("my_file"))).data).toEqual({ alice: ["lain.bin"] });
  });

  it("works for a file sent in a request as for any", async () => {
    const message = sent(await ok(alice.client.request(`sendfile bob isi.bin ${BODY.toString("base64")}`)));
    await ok(alice.client.request(`unsend ${message.file.id}`));
    expect(await refused(bob.client.request("download_file isi.bin"))).toBe("file-not-found");
    await until("its content is deleted", () => storedBelow(server.uploads).length === 0);
  });

  it("is not forgotten by the id it was uploaded with: nothing is sent again", async () => {
    const message = await uploaded(server, alice.token, { ...ISI, id: "a1" });
    await ok(alice.client.request(`unsend ${message.file.id}`));
    await uploaded(server, alice.token, { ...ISI, id: "a1" });
    expect(await uploadStatus(server, alice.token, "a1")).toMatchObject({ state: "done", id: message.id });
    expect(await inbox(bob.client, "all")).toEqual(["isi.bin"]);
    expect(await fetched(bob, message)).toBe("file-not-found");
  });

  it("holds after the server was started again", async () => {
    const house = await House.of("kampus");
    const sender = await newUser(house, "alice");
    const reader = await newUser(house, "bob");
    const first = await uploaded(house, sender.token, { ...ISI, name: "satu.bin" });
    const second = await uploaded(house, sender.token, { ...ISI, name: "dua.bin" });
    await ok(sender.client.request(`unsend ${first.file.id}`));
    await content(house, reader.token, second.file.id);
    await until("bob is listed", async () => (await files(sender.client)).at(-1)?.got?.includes("bob"));
    const listed = await files(sender.client);
    const received = await files(reader.client, "files received");
    await house.stop();
    await house.start();
    expect((await download(house, reader.token, first.file.id)).reply).toMatchObject(NOT_FOUND);
    expect(await content(house, reader.token, second.file.id)).toEqual(BODY);
    const again = await loggedIn(house, "alice");
    expect(await files(again.client)).toEqual(listed);
    const { client } = await loggedIn(house, "bob");
    expect(await files(client, "files received")).toEqual(received);
    expect((await ok(client.request("inbox all"))).data).toMatchObject([
      { file: { gone: true } },
      { file: second.file },
    ]);
  });
});

describe("nobody gets a file from one who, before all of it was there,", () => {
  beforeEach(scene);

  it("has left the group", async () => {
    await kelas(bob, alice);
    const wire = await begun("#kelas");
    await ok(alice.client.request("leave kelas"));
    expect(await wire.send("56789").reply()).toMatchObject({ status: "ERROR", code: "not-member" });
    wire.close();
    expect(await inbox(bob.client, "all")).toEqual([]);
  });

  it("has logged out", async () => {
    const wire = await begun("bob");
    await ok(alice.client.request("logout"));
    expect(await wire.send("56789").reply()).toMatchObject({ status: "ERROR", code: "no-session" });
    wire.close();
    expect(await inbox(bob.client, "all")).toEqual([]);
  });

  async function begun(to: string): Promise<RawWire> {
    const wire = new RawWire(server).send(withBody(`upload ${alice.token} ${to} isi.bin 10 id a1`, "01234"));
    await reaches(server, alice.token, "a1", "receiving", 5);
    return wire;
  }
});

describe("a file that was uploaded is fetched", () => {
  const base64 = BODY.toString("base64");

  beforeAll(async () => {
    const end = await scene();
    await kelas(alice, bob);
    await uploaded(server, alice.token, ISI);
    await uploaded(server, alice.token, { ...ISI, to: "#kelas" });
    return end;
  });

  it.each([
    ["native", "download_file isi.bin", { filename: "isi.bin", data: base64 }],
    ["native", "downloadgroup_file kelas isi.bin", { filename: "isi.bin", data: base64 }],
    ["unix", "download_file isi.bin", { filename: "isi.bin", data: base64 }],
    ["unix", "downloadgroup_file kelas isi.bin", { filename: "isi.bin", data: base64 }],
    ["token", "DOWNLOAD FILE TOKEN alice isi.bin", { "nama file": "isi.bin", data: base64 }],
    ["token", "download_file TOKEN alice isi.bin", { "nama file": "isi.bin", data: base64 }],
    ["token", "download_file TOKEN kelas isi.bin", { "nama file": "isi.bin", data: base64 }],
    ["auto", "download_file isi.bin", { filename: "isi.bin", data: base64 }],
    ["auto", "DOWNLOAD FILE TOKEN alice isi.bin", { "nama file": "isi.bin", data: base64 }],
    ["auto", "downloadgroup_file kelas isi.bin", { filename: "isi.bin", data: base64 }],
  ])("in the words of %s by `%s`", async (dialect, request, answer) => {
    const client = await server.connect();
    await ok(client.request(`dialect ${dialect}`));
    const { tokenid } = await ok(client.request(`${dialect === "unix" ? "auth_login" : "auth"} bob ${PASSWORD}`));
    expect(await client.request(request.replace("TOKEN", String(tokenid)))).toMatchObject({ status: "OK", ...answer });
    client.close();
  });

  it("by existing clients of application in their inbox", async () => {
    await uploaded(server, alice.token, ISI);
    const client = await server.connect();
    await ok(client.request("dialect application"));
    await ok(client.request(`auth bob ${PASSWORD}`));
    expect(JSON.stringify(await ok(client.request("inbox")))).toContain(base64);
    client.close();
  });
});

describe("a file that was sent in a request is downloaded as raw bytes", () => {
  beforeAll(async () => {
    const end = await scene();
    await kelas(alice, bob);
    return end;
  });

  it.each([
    ["native", "auth", `sendfile bob isi.bin CONTENT`],
    ["native", "auth", `sendfilegroup kelas isi.bin CONTENT`],
    ["multirealm", "login", `sendfile bob isi.bin CONTENT`],
    ["multirealm", "login", `sendfilegroup kelas isi.bin CONTENT`],
    ["application", "auth", `send_file bob isi.bin CONTENT`],
    ["application", "auth", `send_group_file kelas isi.bin CONTENT`],
    ["unix", "auth_login", `send_file bob isi.bin CONTENT`],
    ["unix", "auth_login", `sendgroup_file kelas isi.bin CONTENT`],
    ["token", "auth", `SEND FILE TOKEN bob isi.bin CONTENT`],
    ["token", "auth", `send_group_file TOKEN kelas isi.bin CONTENT`],
  ])("in the words of %s, after %s, by `%s`", async (dialect, login, request) => {
    const client = await server.connect();
    await client.request(`dialect ${dialect}`);
    const { tokenid } = await client.request(`${login} alice ${PASSWORD}`);
    const text = request.replace("TOKEN", String(tokenid)).replace("CONTENT", BODY.toString("base64"));
    const { file } = (await client.request(text)) as unknown as Sent;
    expect(await content(server, bob.token, file.id)).toEqual(BODY);
    expect(await content(server, alice.token, file.id)).toEqual(BODY);
    expect((await download(server, carol.token, file.id)).reply).toMatchObject(NOT_FOUND);
    client.close();
  });
});

describe("a file too large for one reply", () => {
  let narrow: TestServer;
  let sender: Person;
  let reader: Person;
  let file: FileInfo;
  const body = randomBytes(300_000);

  beforeAll(async () => {
    narrow = await startServer(["--memory", "--max-file-request", "128K"]);
    sender = await newUser(narrow, "alice");
    reader = await newUser(narrow, "bob");
    await ok(sender.client.request("addgroup kelas"));
    await ok(reader.client.request("joingroup kelas"));
    ({ file } = await uploaded(narrow, sender.token, { to: "#kelas", name: "besar.bin", content: body }));
    await ok(sender.client.request("sendfile bob besar.bin"));
    await uploaded(narrow, sender.token, { to: "bob", name: "kecil.bin", content: body.subarray(0, 90_000) });
  });
  afterAll(() => narrow.stop());

  it.each([
    ["native", "download_file besar.bin"],
    ["native", "downloadgroup_file kelas besar.bin"],
    ["unix", "download_file besar.bin"],
    ["unix", "downloadgroup_file kelas besar.bin"],
    ["token", "DOWNLOAD FILE TOKEN alice besar.bin"],
    ["token", "download_file TOKEN kelas besar.bin"],
    ["auto", "download_file besar.bin"],
  ])("gets in the words of %s by `%s` too-large and the download that would do", async (dialect, request) => {
    const client = await narrow.connect();
    await ok(client.request(`dialect ${dialect}`));
    const { tokenid } = await ok(client.request(`${dialect === "unix" ? "auth_login" : "auth"} bob ${PASSWORD}`));
    const reply = await client.request(request.replace("TOKEN", String(tokenid)));
    expect(reply).toMatchObject({ status: "ERROR", code: "too-large" });
    expect(reply.detail).toContain(`download ${file.id}`);
    client.close();
  });

  it("is downloaded as raw bytes, and a smaller one by its name as ever", async () => {
    expect(body.equals(await content(narrow, reader.token, file.id))).toBe(true);
    const { data } = await ok(reader.client.request("download_file kecil.bin"));
    expect(data).toBe(body.subarray(0, 90_000).toString("base64"));
  });

  it("does not stand in an inbox of application, whose other messages do", async () => {
    const client = await narrow.connect();
    await ok(client.request("dialect application"));
    await ok(client.request(`auth bob ${PASSWORD}`));
    expect(JSON.stringify(await ok(client.request("inbox all")))).toContain("besar.bin");
    client.close();
  });
});

it("files of one millisecond are listed in the order in which they were given, to a user or to his group", async () => {
  const server = await startServer([], undefined, { ...machine, now: () => 1_800_000_000_000 });
  onTestFinished(() => server.stop());
  const [from, to] = [await newUser(server, "alice"), await newUser(server, "bob")];
  await ok(from.client.request("addgroup kelas"));
  await ok(to.client.request("joingroup kelas"));
  const receivers = ["bob", "#kelas", "bob", "#kelas"];
  for (const [i, receiver] of receivers.entries())
    await uploaded(server, from.token, { to: receiver, name: `berkas-${i}`, content: "isi" });
  const { data } = await ok(to.client.request("files received"));
  expect((data as Listed[]).map(({ name }) => name)).toEqual(receivers.map((_, i) => `berkas-${i}`));
});
