/** Files to and from a realm of somebody else's making, which gives out their pieces rightly, wrongly or never. */
import { randomBytes, randomUUID } from "node:crypto";
import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { download, type FileInfo, sha256, upload } from "../support/bodies.ts";
import { arrives, fileIn, isGone } from "../support/contents.ts";
import { Dialer } from "../support/dialer.ts";
import { canFillDisk } from "../support/disk.ts";
import { testFolder } from "../support/folder.ts";
import { type Answer, type Answers, but, type Peer, wellBehaved } from "../support/foreign.ts";
import { House, HouseProcess } from "../support/house.ts";
import { newIdentity } from "../support/identity.ts";
import { groupMessage, type Item, item, message, person, post } from "../support/items.ts";
import { Listener } from "../support/listener.ts";
import { history, inbox, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { linked } from "../support/realms.ts";
import { started } from "../support/started.ts";
import { meanwhile, passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { contentsIn, partBytes, partsIn, storedBelow } from "../support/uploads.ts";

const KIB = 1024;
/** Bytes that a piece may have. */
const PIECE = 128 * KIB;
const LAST_NUMBER = 2 ** 53 - 1;
const NOTHING = Buffer.alloc(0);
/** Nothing that any disk has. */
const ALL_THE_ROOM = "900000G";

interface Scene {
  readonly a: House;
  readonly alice: Person;
  readonly peer: Listener;
}

/** Realm a with alice, who knows rumah; that is the peer. */
async function scene(...options: readonly string[]): Promise<Scene> {
  return sceneAt(await House.of("a", ...options));
}

/** The same, with a realm that is a process of its own. */
async function sceneOfProcess(): Promise<Scene & { readonly a: HouseProcess }> {
  const a = await HouseProcess.of("a");
  return { ...(await sceneAt(a)), a };
}

async function sceneAt(a: House): Promise<Scene> {
  const alice = await newUser(a, "alice");
  const peer = await Listener.start(newIdentity("rumah"));
  await ok(alice.client.request(`addrealm rumah ${peer.host} ${peer.port}`));
  return { a, alice, peer };
}

/** What a peer says of a file of its own. */
function described(content: Uint8Array, values: Partial<FileInfo> = {}): FileInfo {
  return { id: randomUUID(), name: "berkas.bin", size: content.length, sha256: sha256(content), ...values };
}

function withFile(file: FileInfo, from = "wati"): Item {
  return message(from, ["alice"], file.name, { file });
}

/** What a peer says of one piece. */
type Piece = (content: Buffer, offset: number) => Answer | string | undefined;

const right: Piece = (content, offset) => piece(content.subarray(offset, offset + PIECE), content.length);

function piece(data: Uint8Array, size: unknown): Answer {
  return { data: { data: Buffer.from(data).toString("base64"), size } };
}

interface Part {
  readonly file: string;
  readonly offset: number;
}

/** Answers of a peer that has this file, and no other. */
function giving(file: FileInfo, content: Buffer, answer: Piece = right): Answers {
  return but("piece", ({ body }) => {
    const { file: id, offset } = body as Part;
    return id === file.id ? answer(content, offset) : { code: "file-not-found" };
  });
}

/** The offsets that a peer was asked for, in order. */
function asked(peer: Peer, file: FileInfo): readonly number[] {
  const parts = peer.calls.filter(({ method }) => method === "piece").map(({ body }) => body as Part);
  return parts.filter(({ file: id }) => id === file.id).map(({ offset }) => offset);
}

/** Where the pieces of a content begin. */
function offsets(content: Uint8Array): readonly number[] {
  return Array.from({ length: Math.ceil(content.length / PIECE) }, (_, i) => i * PIECE);
}

describe("a peer's file", () => {
  it("is fetched with one call for every piece, also where the peer dials", async () => {
    const { a, alice } = await scene();
    const peer = await Dialer.linked(a, newIdentity("kantor"));
    const content = randomBytes(10 * PIECE + 1);
    const file = described(content);
    peer.answers = giving(file, content);
    expect(await peer.deliver(withFile(file))).toEqual([{}]);
    await arrives(a, alice, "wati@kantor", content);
    expect(asked(peer, file)).toEqual(offsets(content));
    expect(storedBelow(a.uploads)).toEqual([expect.stringMatching(/_berkas\.bin$/)]);
  });

  it("is fetched with several calls under way", async () => {
    const { a, alice, peer } = await scene();
    const content = randomBytes(10 * PIECE);
    const file = described(content);
    const held: (() => void)[] = [];
    let holding = true;
    peer.answers = giving(file, content);
    peer.instead = (request, channel) => {
      if (!holding || !request.startsWith("link call piece ")) return false;
      const { offset } = JSON.parse(request.slice("link call piece ".length)) as Part;
      held.push(() => channel.send(JSON.stringify({ status: "OK", ...(right(content, offset) as Answer) })));
      return true;
    };
    await peer.deliver(withFile(file));
    await until("a second piece is asked for before the first is answered", () => held.length > 1);
    // All that were asked for are answered before any other, as the order of calls wants it.
    holding = false;
    for (const answer of held) answer();
    await arrives(a, alice, "wati@rumah", content);
  });

  it.each([
    ["single bytes", 40, (): number => 1],
    ["less than they may have", 3 * PIECE, (): number => 33_000],
    ["any length", 4 * PIECE, (): number => 1 + Math.floor(Math.random() * PIECE)],
  ])("comes whole in pieces of %s", async (_, size, length) => {
    const { a, alice, peer } = await scene();
    const content = randomBytes(size);
    const file = described(content);
    peer.answers = giving(file, content, (all, offset) => piece(all.subarray(offset, offset + length()), size));
    await peer.deliver(withFile(file));
    await arrives(a, alice, "wati@rumah", content);
    expect(partsIn(a.uploads)).toEqual([]);
  });

  it("without a byte is there", async () => {
    const { a, alice, peer } = await scene();
    const file = described(NOTHING);
    peer.answers = giving(file, NOTHING);
    await peer.deliver(withFile(file));
    await arrives(a, alice, "wati@rumah", NOTHING);
    expect(partsIn(a.uploads)).toEqual([]);
  });

  it("without a byte, but with the hash of some, is gone", async () => {
    const { a, alice, peer } = await scene();
    const file = described(NOTHING, { sha256: sha256(Buffer.of(1)) });
    peer.answers = giving(file, NOTHING);
    await peer.deliver(withFile(file));
    await isGone(a, alice, "wati@rumah");
    expect(storedBelow(a.uploads)).toEqual([]);
  });

  it("is fetched by a server without a database", async () => {
    const uploads = testFolder();
    const a = await started("--realm", "a", "--memory", "--uploads", uploads);
    const alice = await newUser(a, "alice");
    const peer = await Dialer.linked(a, newIdentity("kantor"));
    const content = randomBytes(10 * PIECE);
    const file = described(content);
    peer.answers = giving(file, content);
    await peer.deliver(withFile(file));
    await arrives(a, alice, "wati@kantor", content);
  });

  it("that is sent twice is there twice", async () => {
    const { a, alice, peer } = await scene();
    const content = randomBytes(2 * PIECE);
    const file = described(content);
    peer.answers = giving(file, content);
    expect(await peer.deliver(withFile(file, "wati"), withFile(file, "budi"))).toEqual([{}, {}]);
    await arrives(a, alice, "wati@rumah", content);
    await arrives(a, alice, "budi@rumah", content);
    expect(partsIn(a.uploads)).toEqual([]);
  });

  it("of a group is there for its members", async () => {
    const { a, alice, peer } = await scene();
    const content = randomBytes(2 * PIECE);
    const file = described(content);
    const home = await homeOfKelas(peer, alice, giving(file, content));
    await home(file);
    await arrives(a, alice, "#kelas@rumah", content);
    expect(asked(peer, file)).toEqual(offsets(content));
  });
});

describe("a peer's file that stops in the middle", () => {
  const PIECES = 40;
  const content = randomBytes(PIECES * PIECE);

  async function goesOn(at: Scene, happens: (file: FileInfo) => Promise<void>): Promise<void> {
    const { a, peer } = at;
    const file = described(content);
    // Then it says nothing any more.
    const stop = (PIECES / 2) * PIECE;
    peer.answers = giving(file, content, (all, offset) => (offset < stop ? right(all, offset) : undefined));
    await peer.deliver(withFile(file));
    await until("about half of it is here", () => partBytes(a.uploads) >= 0.8 * stop);
    const before = asked(peer, file).length;
    peer.answers = giving(file, content);
    await happens(file);
    await arrives(a, await loggedIn(a, "alice"), "wati@rumah", content);
    const again = new Set(asked(peer, file).slice(before));
    expect(Math.min(...again)).toBeGreaterThan(0);
    expect(again.size).toBeLessThan(0.7 * PIECES);
    expect(partsIn(a.uploads)).toEqual([]);
  }

  it("goes on where it was after the peer has hung up", async () => {
    const at = await scene();
    await goesOn(at, async () => at.peer.hangUp());
  });

  it("goes on where it was after this server was killed", async () => {
    const at = await sceneOfProcess();
    await goesOn(at, async () => {
      await at.a.kill();
      await at.a.start();
    });
  });

  it("goes on where it was after the peer could not read it for a while", async () => {
    const at = await scene();
    const { peer } = at;
    await goesOn(at, async (file) => {
      const before = asked(peer, file).length;
      peer.answers = giving(file, content, () => ({ code: "storage" }));
      peer.hangUp();
      await until("it is asked for again", () => asked(peer, file).length > before);
      peer.answers = giving(file, content);
    });
  });

  it("goes on over a new link while the old one hangs", async () => {
    const { a, alice } = await scene();
    const old = await Dialer.linked(a, newIdentity("kantor"));
    const file = described(content);
    const stop = 10 * PIECE;
    old.answers = giving(file, content, (all, offset) => (offset < stop ? right(all, offset) : undefined));
    await old.deliver(withFile(file));
    await until("no more comes", () => asked(old, file).includes(stop));
    const anew = await Dialer.linked(a, old.me, { received: old.received, answers: giving(file, content) });
    await arrives(a, alice, "wati@kantor", content);
    expect(Math.min(...asked(anew, file))).toBeGreaterThan(0);
  });

  it("goes on over the other of two links when one is lost", async () => {
    const { a, alice, peer } = await scene();
    const file = described(content);
    const stop = 10 * PIECE;
    peer.answers = giving(file, content, (all, offset) => (offset < stop ? right(all, offset) : undefined));
    const other = await Dialer.linked(a, peer.me, {
      answers: giving(file, content, (all, offset) => (offset < stop ? right(all, offset) : undefined)),
    });
    await peer.deliver(withFile(file));
    await until("no more comes", () => [...asked(peer, file), ...asked(other, file)].includes(stop));
    // The one that hung is lost; it does not come again.
    other.answers = giving(file, content);
    peer.instead = () => true;
    peer.hangUp();
    await arrives(a, alice, "wati@rumah", content);
  });

  it.each([
    ["was cut short", (path: string) => truncateSync(path, PIECE + 1)],
    ["has grown", (path: string) => truncateSync(path, content.length + 1)],
    ["holds something else", (path: string) => writeFileSync(path, Buffer.alloc((PIECES / 2) * PIECE, "x"))],
    ["has everything, but wrongly", (path: string) => truncateSync(path, content.length)],
    ["was removed", (path: string) => rmSync(path)],
  ])("comes whole also where what was left of it on disk %s", async (_, damage) => {
    const { a, peer } = await scene();
    const file = described(content);
    const stop = (PIECES / 2) * PIECE;
    peer.answers = giving(file, content, (all, offset) => (offset < stop ? right(all, offset) : undefined));
    await peer.deliver(withFile(file));
    await until("about half of it is here", () => partBytes(a.uploads) >= 0.8 * stop);
    await a.stop();
    for (const name of partsIn(a.uploads)) damage(join(a.uploads, name));
    peer.answers = giving(file, content);
    await a.start();
    await arrives(a, await loggedIn(a, "alice"), "wati@rumah", content);
    expect(storedBelow(a.uploads)).toHaveLength(1);
    expect(partsIn(a.uploads)).toEqual([]);
  });

  it.skipIf(!canFillDisk)("holds up nothing where the disk is full, and comes when there is room", async () => {
    const { a, alice, peer } = await sceneOfProcess();
    const file = described(content);
    const full = (PIECES / 2) * PIECE;
    a.fillDisk(full);
    peer.answers = giving(file, content);
    await peer.deliver(withFile(file));
    const asks = (): number => asked(peer, file).length;
    await until("it is asked for again and again", () => asks() > PIECES || partBytes(a.uploads) === full);
    expect(await peer.deliver(message("wati", ["alice"], "halo"))).toEqual([{}]);
    await ok(alice.client.request("send wati@rumah halo juga"));
    a.freeDisk();
    await arrives(a, alice, "wati@rumah", content);
    expect(partsIn(a.uploads)).toEqual([]);
  });

  it("is gone when there is no more of it, and nothing is left of it", async () => {
    const { a, alice, peer } = await scene();
    const file = described(content);
    const stop = (PIECES / 2) * PIECE;
    const none: Answer = { code: "file-not-found" };
    peer.answers = giving(file, content, (all, offset) => (offset < stop ? right(all, offset) : none));
    await peer.deliver(withFile(file));
    await isGone(a, alice, "wati@rumah");
    await until("nothing is left of it", () => storedBelow(a.uploads).length === 0);
    // It is not asked for again, not even over a new link.
    const before = asked(peer, file).length;
    peer.answers = giving(file, content);
    peer.hangUp();
    await hasForgotten(peer, alice);
    await a.stop();
    await a.start();
    await until("it is linked again", () => peer.isLinked);
    const other = described(content, { name: "lain.bin" });
    peer.answers = giving(other, content);
    await peer.deliver(withFile(other));
    await arrives(a, await loggedIn(a, "alice"), "wati@rumah", content, "lain.bin");
    expect(asked(peer, file)).toHaveLength(before);
  });

  /** Linked again, and a message has gone through. */
  async function hasForgotten(peer: Listener, { client }: Person): Promise<void> {
    const text = `halo ${randomUUID()}`;
    await ok(client.request(`send wati@rumah ${text}`));
    await until("it is linked again and heard", () => peer.items.some((given) => given["text"] === text));
    await linked(client, "rumah");
  }
});

describe("a peer that answers for its pieces with", () => {
  const content = randomBytes(2 * PIECE + 100);
  const size = content.length;
  const broken = Buffer.from(content);
  broken[size - 1] = (broken[size - 1] as number) ^ 1;

  const NEVER = "nothing, ever";
  const wrongs: readonly (readonly [what: string, answer: Piece])[] = [
    ["other bytes", (_, offset) => right(Buffer.alloc(size, "x"), offset)],
    ["one bit that is wrong", (_, offset) => right(broken, offset)],
    ["the first piece again and again", () => right(content, 0)],
    ["no bytes", () => piece(NOTHING, size)],
    ["bytes, and none at the end", (_, offset) => (offset === 0 ? right(content, 0) : piece(NOTHING, size))],
    ["more bytes than the file has", (_, offset) => piece(Buffer.alloc(PIECE), Math.max(size, offset))],
    ["more bytes than a piece may have", (_, offset) => piece(content.subarray(offset, offset + 2 * PIECE), size)],
    ["another size", (_, offset) => piece(content.subarray(offset, offset + PIECE), size + 1)],
    ["a size that is none", (_, offset) => piece(content.subarray(offset, offset + PIECE), "besar")],
    ["no size", (_, offset) => piece(content.subarray(offset, offset + PIECE), undefined)],
    ["no base64", () => ({ data: { data: "*".repeat(1000), size } })],
    ["bytes as a list", (_, offset) => ({ data: { data: [...content.subarray(offset, offset + 10)], size } })],
    ["nothing in it", () => ({ data: {} })],
    ["null", () => ({ data: null })],
    ["a text", () => ({ data: "isi" })],
    ["what is no JSON", () => "bukan JSON"],
    [
      "more than a reply may have",
      () => `{"status":"OK","data":{"size":${size},"data":"${"A".repeat(2 * KIB * KIB)}"}}`,
    ],
    ["that it cannot read it", () => ({ code: "storage" })],
    ["a code that nobody knows", () => ({ code: "terbang" })],
    ["that it is on its way there itself", () => ({ code: "realm-unreachable" })],
    [NEVER, () => undefined],
  ];

  it.each(wrongs)("%s delivers nothing wrong, and what is right once it behaves", async (what, answer) => {
    const { a, alice, peer } = await scene();
    const file = described(content);
    // What can be understood may be taken; what cannot is asked for again.
    const timesFromStart = (): number => asked(peer, file).filter((offset) => offset === 0).length;
    const isAgain = (): boolean => timesFromStart() > 1 || asked(peer, file).length > 5;
    peer.answers = giving(file, content, (...asked) => (isAgain() ? right : answer)(...asked));
    await peer.deliver(withFile(file));
    const { id } = await fileIn(alice.client, "wati@rumah");
    const early = download(a, alice.token, id);
    expect(await fileIn(alice.client, "wati@rumah")).not.toHaveProperty("gone");
    const whole = arrives(a, alice, "wati@rumah", content);
    await (what === NEVER ? meanwhile(a, whole) : whole);
    const { reply, body } = await early;
    if (reply.code !== "realm-unreachable") expect(sha256(body)).toBe(file.sha256);
    expect(storedBelow(a.uploads)).toHaveLength(1);
    expect(partsIn(a.uploads)).toEqual([]);
  });

  it("other bytes always is not asked for them for ever", async () => {
    const { a, alice, peer } = await scene();
    const file = described(content);
    peer.answers = giving(file, content, (_, offset) => right(broken, offset));
    await peer.deliver(withFile(file));
    await isGone(a, alice, "wati@rumah");
    await until("nothing is left of it", () => storedBelow(a.uploads).length === 0);
    const before = asked(peer, file).length;
    const good = described(content, { name: "benar.bin" });
    peer.answers = giving(good, content);
    await peer.deliver(withFile(good));
    await arrives(a, alice, "wati@rumah", content, "benar.bin");
    expect(asked(peer, file)).toHaveLength(before);
  });

  it("other bytes holds up none of its other files, and no message", async () => {
    const { a, alice, peer } = await scene();
    const files = [described(content, { name: "salah" }), described(content, { name: "tertahan" })] as const;
    const good = described(content, { name: "benar" });
    const answers = [
      giving(files[0], content, (_, offset) => right(broken, offset)),
      giving(files[1], content, () => ({ code: "realm-unreachable" })),
      giving(good, content),
    ];
    peer.answers = (call) => {
      const i = [...files, good].findIndex(({ id }) => id === (call.body as Partial<Part> | null)?.file);
      return (answers[i] ?? wellBehaved)(call);
    };
    expect(await peer.deliver(...[...files, good].map((file) => withFile(file)))).toEqual([{}, {}, {}]);
    await arrives(a, alice, "wati@rumah", content, "benar");
    expect(await peer.deliver(message("wati", ["alice"], "halo"))).toEqual([{}]);
    await ok(alice.client.request("send wati@rumah apa kabar"));
    expect(await history(alice.client, "wati@rumah")).toEqual(["salah", "tertahan", "benar", "halo", "apa kabar"]);
    expect(contentsIn(a.uploads)).toHaveLength(1);
  });
});

it("two files that a peer sends under one id are each what their message says, or not there", async () => {
  const { a, alice, peer } = await scene();
  const contents = { wati: randomBytes(1000), budi: randomBytes(2000) };
  const id = randomUUID();
  const first = described(contents.wati, { id });
  peer.answers = giving(first, contents.wati);
  await peer.deliver(withFile(first, "wati"), withFile(described(contents.budi, { id }), "budi"));
  await arrives(a, alice, "wati@rumah", contents.wati);
  const second = await fileIn(alice.client, "budi@rumah");
  const { reply, body } = await meanwhile(a, download(a, alice.token, second.id));
  if (reply.status === "OK") expect(sha256(body)).toBe(second.sha256);
  await arrives(a, alice, "wati@rumah", contents.wati);
});

describe("a file of this server's is given to a peer", () => {
  const content = randomBytes(10 * PIECE + 1);

  /** alice's file for wati, and a peer that was told of it. */
  async function given(to = "wati@rumah"): Promise<Scene & { readonly id: string }> {
    const at = await scene();
    const reply = await upload(at.a, at.alice.token, { to, name: "berkas.bin", content });
    expect(reply).toMatchObject({ status: "OK" });
    const { id } = reply["file"] as FileInfo;
    return { ...at, id };
  }

  const bytes = ({ data }: Answer): Buffer => Buffer.from((data as { data: string }).data, "base64");

  it("as its message tells of it, and in order where several pieces are asked for at once", async () => {
    const { peer, id } = await given();
    const [sent] = peer.items.filter(({ kind }) => kind === "message");
    const told = { id, name: "berkas.bin", size: content.length, sha256: sha256(content) };
    expect(sent).toMatchObject({ text: "berkas.bin", file: told });
    const answers = await Promise.all(offsets(content).map((offset) => peer.call("piece", { file: id, offset })));
    for (const answer of answers) {
      expect(answer.data).toMatchObject({ size: content.length });
      expect(bytes(answer).length).toBeLessThanOrEqual(PIECE);
      expect(bytes(answer).length).toBeGreaterThan(0);
    }
    expect(sha256(await fetched(peer, id))).toBe(sha256(content));
  });

  it("also where the peer dials, from any offset, as often as it likes", async () => {
    const { a, alice } = await scene();
    const peer = await Dialer.linked(a, newIdentity("kantor"));
    const reply = await upload(a, alice.token, { to: "budi@kantor", name: "berkas.bin", content });
    const { id } = reply["file"] as FileInfo;
    const anywhere = [7, PIECE - 1, 5 * PIECE + 3, content.length - 1, 0, 0];
    const answers = await Promise.all(anywhere.map((offset) => peer.call("piece", { file: id, offset })));
    for (const [i, offset] of anywhere.entries()) {
      const got = bytes(answers[i] as Answer);
      expect(got.length).toBeGreaterThan(0);
      expect(got.equals(content.subarray(offset, offset + got.length))).toBe(true);
    }
    expect(sha256(await fetched(peer, id))).toBe(sha256(content));
  });

  it("but nothing from beyond its end", async () => {
    const { peer, id } = await given();
    for (const offset of [content.length, content.length + 1, 2 ** 31, 2 ** 32, 2 ** 40, LAST_NUMBER]) {
      const answer = await peer.call("piece", { file: id, offset });
      if (answer.code === undefined) expect(bytes(answer), String(offset)).toHaveLength(0);
    }
    for (const offset of [2 ** 53, 1e300, -1, 0.5, "0", null]) {
      expect(await peer.call("piece", { file: id, offset })).toMatchObject({ code: "bad-request" });
    }
    expect(bytes(await peer.call("piece", { file: id, offset: 0 })).length).toBeGreaterThan(0);
  });

  it("but none that was not sent to it", async () => {
    const { a, alice, peer } = await scene();
    const bob = await newUser(a, "bob");
    await Dialer.linked(a, newIdentity("kantor"));
    for (const group of ["kita", "mereka"]) await ok(alice.client.request(`addgroup ${group}`));
    await ok(bob.client.request("joingroup kita"));
    const joined = await peer.deliver(item("join", { from: person("wati"), group: "mereka" }));
    expect(joined).toMatchObject([{ group: "mereka" }]);
    for (const to of ["bob", "budi@kantor", "#kita"]) {
      const { file } = await upload(a, alice.token, { to, name: "rahasia.bin", content });
      const { id } = file as FileInfo;
      expect(await peer.call("piece", { file: id, offset: 0 }), to).toMatchObject({ code: "file-not-found" });
    }
    const unknown = { file: randomUUID(), offset: 0 };
    expect(await peer.call("piece", unknown)).toMatchObject({ code: "file-not-found" });
    // Once somebody gives it on to that realm, it is its, too; so is one of a group with a member there.
    await ok(bob.client.request("sendfile wati@rumah rahasia.bin"));
    const passed = await until("it is given on", () => peer.items.find(({ kind }) => kind === "message"));
    expect(sha256(await fetched(peer, (passed["file"] as FileInfo).id))).toBe(sha256(content));
    await upload(a, alice.token, { to: "#mereka", name: "bersama.bin", content });
    const shared = await until("it is there", () => peer.items.find(({ kind }) => kind === "group"));
    expect(sha256(await fetched(peer, (shared["file"] as FileInfo).id))).toBe(sha256(content));
  });

  it("until it is withdrawn", async () => {
    const { alice, peer, id } = await given();
    expect(bytes(await peer.call("piece", { file: id, offset: 0 })).length).toBeGreaterThan(0);
    await ok(alice.client.request(`unsend ${id}`));
    expect(await peer.call("piece", { file: id, offset: PIECE })).toMatchObject({ code: "file-not-found" });
  });

  it("not while it is on its way here, and not when there is no more of it", async () => {
    const { a, alice, peer } = await scene();
    const kantor = await Dialer.linked(a, newIdentity("kantor"));
    const files = [described(content, { name: "datang" }), described(content, { name: "hilang" })] as const;
    peer.answers = but("piece", () => ({ code: "realm-unreachable" }));
    await peer.deliver(...files.map((file) => withFile(file)));
    const ids: string[] = [];
    for (const { name } of files) {
      await ok(alice.client.request(`sendfile budi@kantor ${name}`));
      const passed = await until("it is given on", () => kantor.items.find(({ text }) => text === name));
      ids.push((passed["file"] as FileInfo).id);
    }
    for (const file of ids) {
      expect(await kantor.call("piece", { file, offset: 0 })).toMatchObject({ code: "realm-unreachable" });
    }
    peer.answers = giving(files[0], content);
    await arrives(a, alice, "wati@rumah", content, "datang");
    await isGone(a, alice, "wati@rumah", "hilang");
    expect(sha256(await fetched(kantor, ids[0] as string))).toBe(sha256(content));
    expect(await kantor.call("piece", { file: ids[1], offset: 0 })).toMatchObject({ code: "file-not-found" });
  });

  /** The whole of it, piece after piece. */
  async function fetched(peer: Peer, file: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < content.length; offset += pieces.at(-1)?.length as number) {
      const answer = await peer.call("piece", { file, offset });
      expect(answer.code).toBeUndefined();
      pieces.push(bytes(answer));
      if (pieces.at(-1)?.length === 0) break;
    }
    return Buffer.concat(pieces);
  }
});

describe("there is no room here for a peer's file", () => {
  const content = randomBytes(700 * KIB);

  it.each([
    ["that is larger than any may be", "too-large", ["--max-file", "512K"]],
    ["that is more than its sender may have", "quota", ["--quota", "512K"]],
    ["that the disk cannot take", "disk-full", ["--min-free", ALL_THE_ROOM]],
  ])("%s", async (_, code, options) => {
    const { a, alice, peer } = await scene(...options);
    await ok(alice.client.request("addgroup klub"));
    const file = described(content);
    peer.answers = giving(file, content);
    const items = [withFile(file), post("wati", "klub", file.name, { file }), message("wati", ["alice"], "halo")];
    const results = await peer.deliver(...items);
    expect(results).toMatchObject([{ code }, { code }, {}]);
    expect(await peer.deliver(...items)).toEqual(results);
    expect(await inbox(alice.client, "all")).toEqual(["halo"]);
    expect(await history(alice.client, "#klub")).toEqual([]);
    expect(asked(peer, file)).toEqual([]);
    // The same with a message of a group comes without its content.
    const home = await homeOfKelas(peer, alice, peer.answers);
    await home(file);
    await isGone(a, alice, "#kelas@rumah");
    expect(asked(peer, file)).toEqual([]);
    expect(storedBelow(a.uploads)).toEqual([]);
  });

  it("whose size is the largest number there is", async () => {
    const { a, alice, peer } = await scene();
    const file = described(content, { size: LAST_NUMBER });
    expect(await peer.deliver(withFile(file))).toMatchObject([{ code: "too-large" }]);
    const home = await homeOfKelas(peer, alice, peer.answers);
    await home(file);
    await isGone(a, alice, "#kelas@rumah");
    expect(asked(peer, file)).toEqual([]);
  });

  it("after those of the same sender that are still on their way, but for another's", async () => {
    const { alice, peer } = await scene("--quota", "1M");
    peer.answers = but("piece", () => ({ code: "realm-unreachable" }));
    const items = [withFile(described(content)), withFile(described(content)), withFile(described(content), "budi")];
    expect(await peer.deliver(...items)).toMatchObject([{}, { code: "quota" }, {}]);
    expect(await inbox(alice.client, "all")).toHaveLength(2);
  });

  it("until what its sender has here is gone", async () => {
    const { a, alice, peer } = await scene("--quota", "1M");
    const [first, second] = [described(content), described(content)] as const;
    await peer.deliver(withFile(first));
    await isGone(a, alice, "wati@rumah");
    peer.answers = giving(second, content);
    expect(await peer.deliver(withFile(second))).toEqual([{}]);
    await arrives(a, alice, "wati@rumah", content);
  });
});

it("a peer that is away leaves its files on their way, and they come when it is back", async () => {
  const { a, alice, peer } = await scene();
  const content = randomBytes(PIECE + 1);
  const files = Array.from({ length: 20 }, (_, i) => described(content, { name: `berkas-${i}` }));
  peer.instead = (request, channel) => {
    if (!request.startsWith("link call piece ")) return false;
    channel.close();
    return true;
  };
  // Its answer may be lost with the link.
  await peer.deliver(...files.map((file) => withFile(file))).catch(() => {});
  await until("it has been tried often", () => peer.hellos.length > 3, passing(a));
  peer.answers = but("piece", ({ body }) => right(content, (body as Part).offset));
  peer.instead = () => false;
  for (const { name } of files) await meanwhile(a, arrives(a, alice, "wati@rumah", content, name));
  expect(storedBelow(a.uploads)).toHaveLength(files.length);
  expect(partsIn(a.uploads)).toEqual([]);
});

/** alice is in a group of the peer's. @returns what puts a file into it. */
async function homeOfKelas(peer: Peer, alice: Person, answers: Answers): Promise<(file: FileInfo) => Promise<void>> {
  const joined = { group: "kelas", owner: "wati@rumah", head: 0 };
  const results = (body: unknown): readonly object[] =>
    (body as readonly Item[]).map(({ kind }) => (kind === "join" ? joined : {}));
  peer.answers = (call) => (call.method === "deliver" ? { data: results(call.body) } : answers(call));
  await ok(alice.client.request("joingroup kelas@rumah"));
  await peer.deliver(item("members", { ...joined, add: ["wati@rumah", "alice@a"], remove: [], whole: true }));
  return async (file) => {
    const wati = { name: "wati", realm: "rumah" };
    expect(await peer.deliver(groupMessage(wati, "kelas", [0, 1], file.name, { file }))).toEqual([{}]);
  };
}
