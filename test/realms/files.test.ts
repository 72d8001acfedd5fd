/** Files of any size between realms: over links and in servers that end in the middle of a content. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { download, type FileInfo, sha256, type Upload, upload, uploaded } from "../support/bodies.ts";
import { arrives, fileIn, isGone } from "../support/contents.ts";
import { House, type HouseProcess } from "../support/house.ts";
import { hasRead, history, inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { drained, link, pair, pairOfProcesses } from "../support/realms.ts";
import { meanwhile } from "../support/time.ts";
import { until } from "../support/until.ts";
import { contentsIn, hashesIn, partBytes, partsIn, storedBelow } from "../support/uploads.ts";

const MIB = 1024 * 1024;
const big = randomBytes(20 * MIB);
/** So that little of it is under way at once. */
const large = randomBytes(12 * MIB);
/** Of many pieces, and quicker: where it is not the size that counts. */
const middle = randomBytes(3 * MIB);
const small = randomBytes(2 * MIB);
/** Bytes that a content takes on a link, at least: as base64. */
const onLink = (content: Uint8Array): number => (content.length / 3) * 4;
/** What may be fetched twice after something has ended in the middle, of what a file takes on a link. */
const AGAIN = 0.1;
/** Nothing that any disk has. */
const ALL_THE_ROOM = "900000G";

let kampus: House;
let rumah: House;
let alice: Person;
let bob: Person;

/** What `files` tells of a file. */
interface Listed extends FileInfo {
  readonly to: readonly string[];
  readonly got: readonly string[];
}

async function twoRealms(...options: readonly string[]): Promise<void> {
  ({ kampus, rumah, alice, bob } = await pair(...options));
}

/** Of realms that are linked over a wire that can fail: nobody calls past it. */
const PAST_NOBODY = ["--advertise", "127.0.0.1:9"] as const;

async function overWire(): Promise<FaultyProxy> {
  const wire = await FaultyProxy.before(rumah);
  await link(kampus, rumah, wire);
  return wire;
}

interface Realms {
  readonly kampus: House;
  readonly rumah: House;
}

interface Processes extends Realms {
  readonly kampus: HouseProcess;
  readonly rumah: HouseProcess;
}

/** As `twoRealms`, for who kills them. */
async function twoProcesses(...options: readonly string[]): Promise<Processes> {
  const made = await pairOfProcesses(...options);
  ({ kampus, rumah, alice, bob } = made);
  return made;
}

/** alice is at kampus, and bob at a rumah that has these options. */
async function withRumah(...options: readonly string[]): Promise<void> {
  kampus = await House.of("kampus");
  rumah = await House.of("rumah", ...options);
  alice = await newUser(kampus, "alice");
  bob = await newUser(rumah, "bob");
  await link(kampus, rumah);
}

/** carl, at a third realm, which knows the two others. */
async function third(...options: readonly string[]): Promise<{ pasar: House; carl: Person }> {
  const pasar = await House.of("pasar", ...options);
  await link(kampus, pasar);
  await link(rumah, pasar);
  return { pasar, carl: await newUser(pasar, "carl") };
}

async function sentFile(client: Wire, id: string): Promise<Listed | undefined> {
  const { data } = await ok(client.request("files"));
  return (data as Listed[]).find((file) => file.id === id);
}

async function isFetched(client: Wire, id: string, realm: string): Promise<Listed> {
  return until(`${realm} has fetched it`, async () => {
    const file = await sentFile(client, id);
    return file?.got.includes(`*@${realm}`) && file;
  });
}

function berkas(to: string, content: Buffer): Upload {
  return { to, name: "berkas.bin", content };
}

async function queued(to: string, content: Buffer): Promise<string> {
  const reply = await upload(kampus, alice.token, { to, name: "berkas.bin", content });
  expect(reply).toMatchObject({ status: "OK", state: "queued" });
  return String(reply["id"]);
}

describe("a file of several megabytes", () => {
  it("to a user of another realm is whole there, also one of 20 MB", async () => {
    const killed = await twoProcesses();
    await link(kampus, rumah);
    const reply = await upload(kampus, alice.token, { to: "bob@rumah", name: "skripsi bab 1.pdf", content: big });
    expect(reply).toMatchObject({ status: "OK", file: { name: "skripsi bab 1.pdf", sha256: sha256(big) } });
    expect(reply).not.toHaveProperty("state");
    const file = await arrives(rumah, bob, "alice@kampus", big);
    expect(file).toMatchObject({ name: "skripsi bab 1.pdf", size: big.length, sha256: sha256(big) });
    const { body: rest } = await download(rumah, bob.token, file.id, 15 * MIB);
    expect(sha256(rest)).toBe(sha256(big.subarray(15 * MIB)));
    const { data } = await ok(bob.client.request("files received"));
    expect(data).toMatchObject([{ id: file.id, name: file.name, size: big.length, from: "alice@kampus" }]);
    // It is there for good, and nothing else of it.
    await killed.rumah.kill();
    await killed.kampus.kill();
    await rumah.start();
    bob = await loggedIn(rumah, "bob");
    await arrives(rumah, bob, "alice@kampus", big);
    expect(storedBelow(rumah.uploads)).toEqual([expect.stringMatching(/_skripsi bab 1\.pdf$/)]);
  });

  it("to a group of another realm is whole there, and with its sender", async () => {
    await twoRealms();
    await link(kampus, rumah);
    await ok(bob.client.request("addgroup kelas"));
    await ok(alice.client.request("joingroup kelas@rumah"));
    const { id } = (await uploaded(kampus, alice.token, berkas("#kelas@rumah", middle))).file;
    await arrives(rumah, bob, "#kelas", middle);
    await arrives(kampus, alice, "#kelas@rumah", middle);
    expect(await isFetched(alice.client, id, "rumah")).toMatchObject({ to: ["#kelas@rumah"] });
  });

  describe("to a group with members in three realms", () => {
    let pasar: House;
    let carl: Person;

    beforeEach(async () => {
      await twoRealms();
      await link(kampus, rumah);
      ({ pasar, carl } = await third());
      await ok(alice.client.request("addgroup kelas"));
      for (const { client } of [bob, carl]) await ok(client.request("joingroup kelas@kampus"));
    });

    it("from its home is whole in each", async () => {
      const { id } = (await uploaded(kampus, alice.token, berkas("#kelas", middle))).file;
      await arrives(rumah, bob, "#kelas@kampus", middle);
      await arrives(pasar, carl, "#kelas@kampus", middle);
      await isFetched(alice.client, id, "pasar");
      expect(await isFetched(alice.client, id, "rumah")).toMatchObject({ to: ["#kelas"] });
    });

    it("from a member elsewhere is whole in each", async () => {
      await uploaded(rumah, bob.token, berkas("#kelas@kampus", middle));
      await arrives(pasar, carl, "#kelas@kampus", middle);
      await arrives(kampus, alice, "#kelas", middle);
      await arrives(rumah, bob, "#kelas@kampus", middle);
      // What he has sent himself is not fetched when it comes back.
      expect(storedBelow(rumah.uploads)).toHaveLength(1);
      const { data } = await ok(carl.client.request("files received"));
      expect(data).toMatchObject([{ name: "berkas.bin", from: "bob@rumah", group: "kelas@kampus" }]);
    });
  });
});

describe("a file that is on its way", () => {
  let wire: FaultyProxy;

  beforeEach(async () => {
    await twoRealms(...PAST_NOBODY);
    wire = await overWire();
  });

  it.each([
    ["fast", big, 8 * MIB],
    ["slow", small, MIB / 2],
  ])("holds up no message in either direction, on a link that is %s", async (_, content, speed) => {
    wire.slow(speed);
    const { id } = (await uploaded(kampus, alice.token, berkas("bob@rumah", content))).file;
    const texts = Array.from({ length: 5 }, (_, i) => `pesan ${i}`);
    for (const text of texts) {
      // A reply without a state is that of the other realm, within 2 s.
      expect(await ok(alice.client.request(`send bob@rumah ${text}`))).not.toHaveProperty("state");
      expect(await ok(bob.client.request(`send alice@kampus ${text}`))).not.toHaveProperty("state");
    }
    expect(await inbox(bob.client, "all")).toEqual(["berkas.bin", ...texts]);
    expect(await inbox(alice.client, "all")).toEqual(texts);
    expect(await sentFile(alice.client, id)).toMatchObject({ to: ["bob@rumah"], got: [] });
    await arrives(rumah, bob, "alice@kampus", content);
    expect((await isFetched(alice.client, id, "rumah")).got).toEqual(["*@rumah"]);
  });

  it("is waited for by a download that comes too early", async () => {
    const most = wire.freezeAfter(0.9 * onLink(middle));
    await uploaded(kampus, alice.token, berkas("bob@rumah", middle));
    await most;
    const { id } = await fileIn(bob.client, "alice@kampus");
    const early = download(rumah, bob.token, id);
    await hasRead(rumah);
    wire.freeze(false);
    const { reply, body } = await early;
    expect(reply).toMatchObject({ status: "OK", size: middle.length, length: middle.length });
    expect(sha256(body)).toBe(sha256(middle));
  });

  it("is not waited for by a download for ever", async () => {
    const half = wire.freezeAfter(onLink(middle) / 2);
    await uploaded(kampus, alice.token, berkas("bob@rumah", middle));
    await half;
    const { id } = await fileIn(bob.client, "alice@kampus");
    const { reply } = await meanwhile(rumah, download(rumah, bob.token, id));
    expect(reply).toMatchObject({ status: "ERROR", code: "realm-unreachable" });
    wire.freeze(false);
    await arrives(rumah, bob, "alice@kampus", middle);
  });

  it("can be given on before it has come", async () => {
    const { pasar, carl } = await third();
    const half = wire.freezeAfter(onLink(middle) / 2);
    await uploaded(kampus, alice.token, berkas("bob@rumah", middle));
    await half;
    await fileIn(bob.client, "alice@kampus");
    await ok(bob.client.request("sendfile carl@pasar berkas.bin"));
    await fileIn(carl.client, "bob@rumah");
    wire.freeze(false);
    await arrives(pasar, carl, "bob@rumah", middle);
    await arrives(rumah, bob, "alice@kampus", middle);
  });

  it("is gone when it is withdrawn, and nothing is left of it", async () => {
    const half = wire.freezeAfter(onLink(middle) / 2);
    const { id } = (await uploaded(kampus, alice.token, berkas("bob@rumah", middle))).file;
    await half;
    await ok(alice.client.request(`unsend ${id}`));
    wire.freeze(false);
    await isGone(rumah, bob, "alice@kampus");
    await until("nothing is left of it", () => storedBelow(rumah.uploads).length === 0);
    expect(await history(bob.client, "alice@kampus")).toEqual(["berkas.bin"]);
  });
});

describe("a file that is on its way, and whose servers may end,", () => {
  let wire: FaultyProxy;

  type Happens<At> = (at: At) => Promise<void>;

  const ends: readonly (readonly [what: string, happens: Happens<Realms>])[] = [
    ["the link is cut", async () => wire.cut()],
    [
      "its receiver's server is stopped",
      async ({ rumah }) => {
        await rumah.stop();
        wire.cut();
        await rumah.start();
      },
    ],
  ];
  const kills: readonly (readonly [what: string, happens: Happens<Processes>])[] = [
    [
      "its receiver's server is killed",
      async ({ rumah }) => {
        await rumah.kill();
        wire.cut();
        await rumah.start();
      },
    ],
    [
      "its sender's server is killed",
      async ({ kampus }) => {
        await kampus.kill();
        wire.cut();
        await kampus.start();
      },
    ],
    [
      "both servers are killed",
      async ({ kampus, rumah }) => {
        await Promise.all([kampus.kill(), rumah.kill()]);
        wire.cut();
        await Promise.all([kampus.start(), rumah.start()]);
      },
    ],
  ];

  /** What has passed has been read and written, but for what may be fetched again: a busy server takes a while for that. */
  const ALMOST = 0.9 * AGAIN;
  async function isWritten(part: number): Promise<void> {
    await until("it is written", () => partBytes(rumah.uploads) > part * large.length);
  }

  async function goesOn(happens: () => Promise<void>): Promise<void> {
    wire = await overWire();
    const half = wire.freezeAfter(onLink(large) / 2);
    await uploaded(kampus, alice.token, berkas("bob@rumah", large));
    await half;
    await isWritten(1 / 2 - ALMOST);
    const before = wire.passed;
    await happens();
    wire.freeze(false);
    bob = await loggedIn(rumah, "bob");
    await arrives(rumah, bob, "alice@kampus", large);
    expect(wire.passed - before).toBeLessThan((1 / 2 + AGAIN) * onLink(large));
    expect(partsIn(rumah.uploads)).toEqual([]);
  }

  it.each(ends)("goes on where it was when %s", async (_, happens) => {
    await twoRealms(...PAST_NOBODY);
    await goesOn(() => happens({ kampus, rumah }));
  });

  it.each(kills)("goes on where it was when %s", async (_, happens) => {
    const at = await twoProcesses(...PAST_NOBODY);
    await goesOn(() => happens(at));
  });

  it("goes on where it was, whatever happens and however often", async () => {
    const at = await twoProcesses(...PAST_NOBODY);
    wire = await overWire();
    const endings = [...ends, ...kills];
    const sent = uploaded(kampus, alice.token, berkas("bob@rumah", large));
    for (const [i, [, happens]] of endings.entries()) {
      await wire.freezeAfter(onLink(large) / (endings.length + 1));
      await sent;
      await isWritten((i + 1) * (1 / (endings.length + 1) - ALMOST));
      await happens(at);
      wire.freeze(false);
    }
    bob = await loggedIn(rumah, "bob");
    await arrives(rumah, bob, "alice@kampus", large);
    expect(wire.passed).toBeLessThan((1 + endings.length * AGAIN) * onLink(large));
    expect(partsIn(rumah.uploads)).toEqual([]);
  });
});

describe("while the other realm is down", () => {
  beforeEach(async () => {
    await twoRealms();
    await link(kampus, rumah);
    await rumah.stop();
  });

  async function comeBack(): Promise<void> {
    await rumah.start();
    bob = await loggedIn(rumah, "bob");
  }

  it("a file for it is queued, and is fetched when it comes back", async () => {
    await queued("bob@rumah", middle);
    await comeBack();
    await arrives(rumah, bob, "alice@kampus", middle);
  });

  it("a queued file survives a restart of its sender's server", async () => {
    await queued("bob@rumah", middle);
    await kampus.stop();
    await kampus.start();
    await comeBack();
    await arrives(rumah, bob, "alice@kampus", middle);
  });

  it("a file that is withdrawn before it was fetched is gone there", async () => {
    await queued("bob@rumah", small);
    const { id } = await fileIn(alice.client, "bob@rumah");
    await ok(alice.client.request(`unsend ${id}`));
    await comeBack();
    await isGone(rumah, bob, "alice@kampus");
    await drained(alice.client, "rumah");
    expect(storedBelow(rumah.uploads)).toEqual([]);
    await until("its content is deleted here", () => storedBelow(kampus.uploads).length === 0);
  });
});

it("a file whose content its own server has lost is gone for the other realm", async () => {
  await twoRealms();
  await link(kampus, rumah);
  await rumah.stop();
  await queued("bob@rumah", small);
  await kampus.stop();
  for (const name of storedBelow(kampus.uploads)) rmSync(name);
  await Promise.all([kampus.start(), rumah.start()]);
  bob = await loggedIn(rumah, "bob");
  await isGone(rumah, bob, "alice@kampus");
  expect(storedBelow(rumah.uploads)).toEqual([]);
});

it("many files, in both directions at once, are whole", async () => {
  await twoRealms();
  await link(kampus, rumah);
  const names = [
    "a",
    "100% ü.txt",
    "写".repeat(85),
    "a b  c",
    "..c".slice(1),
    "-",
    "e\u0301",
    "\u00e9",
    "%2F",
    "z.part",
  ];
  const contents = names.map((_, i) => randomBytes(i * 100_000));
  const sent = contents.flatMap((content, i) => [
    uploaded(kampus, alice.token, { to: "bob@rumah", name: names[i] as string, content }),
    uploaded(rumah, bob.token, { to: "alice@kampus", name: names[i] as string, content }),
  ]);
  await Promise.all(sent);
  for (const [i, content] of contents.entries()) {
    await arrives(rumah, bob, "alice@kampus", content, names[i]);
    await arrives(kampus, alice, "bob@rumah", content, names[i]);
  }
  await rumah.stop();
  await rumah.start();
  bob = await loggedIn(rumah, "bob");
  for (const [i, content] of contents.entries()) await arrives(rumah, bob, "alice@kampus", content, names[i]);
  // Each has what it has sent under the same names: what is still on its way arrives, and nothing is there twice.
  for (const { uploads } of [kampus, rumah]) {
    await until(
      "all are there",
      () => contentsIn(uploads).length === 2 * contents.length && partsIn(uploads).length === 0,
    );
    expect(hashesIn(uploads)).toEqual([...contents, ...contents].map(sha256).toSorted());
  }
});

it("files of a group's messages that a realm had missed are fetched there, too", async () => {
  await twoRealms("--outbox-messages", "5");
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  await rumah.stop();
  const contents = Array.from({ length: 10 }, () => randomBytes(1000));
  for (const [i, content] of contents.entries()) {
    await uploaded(kampus, alice.token, { to: "#kelas", name: `berkas-${i}`, content });
  }
  await rumah.start();
  bob = await loggedIn(rumah, "bob");
  for (const [i, content] of contents.entries()) await arrives(rumah, bob, "#kelas@kampus", content, `berkas-${i}`);
});

it("a file that is withdrawn while its group's home is down is not given again when its message comes back", async () => {
  await twoRealms();
  await link(kampus, rumah);
  const [dina, tini] = [await newUser(kampus, "dina"), await newUser(kampus, "tini")];
  await ok(bob.client.request("addgroup kelas"));
  for (const { client } of [alice, dina]) await ok(client.request("joingroup kelas@rumah"));
  // tini passes it on: it is still there when alice withdraws it.
  const { id } = (await uploaded(kampus, alice.token, berkas("tini", small))).file;
  await ok(tini.client.request("sendfile alice berkas.bin"));
  await rumah.stop();
  expect(await ok(alice.client.request("sendfilegroup kelas@rumah berkas.bin"))).toMatchObject({ state: "queued" });
  await ok(alice.client.request(`unsend ${id}`));
  await rumah.start();
  await until("it has come back", async () => (await inbox(dina.client, "all")).length > 0);
  const gone = { status: "ERROR", code: "file-not-found" };
  expect((await download(kampus, dina.token, id)).reply).toMatchObject(gone);
  expect((await download(kampus, alice.token, id)).reply).toMatchObject({ status: "OK" });
});

it("a file that is withdrawn after it was fetched stays there", async () => {
  await twoRealms();
  await link(kampus, rumah);
  const { id } = (await uploaded(kampus, alice.token, berkas("bob@rumah", small))).file;
  await isFetched(alice.client, id, "rumah");
  await ok(alice.client.request(`unsend ${id}`));
  const file = await arrives(rumah, bob, "alice@kampus", small);
  expect(file).not.toHaveProperty("gone");
  await until("its content is deleted here", () => storedBelow(kampus.uploads).length === 0);
});

const refusals: readonly (readonly [code: string, ...options: string[]])[] = [
  ["too-large", "--max-file", "1M"],
  ["quota", "--quota", "1M"],
  ["disk-full", "--min-free", ALL_THE_ROOM],
];

it("nothing is kept of a file that another realm has refused", async () => {
  await withRumah("--max-file", "1M");
  for (const [to, code] of [
    ["bob@rumah", "too-large"],
    ["nobody@rumah", "user-not-found"],
    ["#takada@rumah", "group-not-found"],
  ] as const) {
    expect(await upload(kampus, alice.token, { to, name: "berkas.bin", content: small })).toMatchObject({
      status: "ERROR",
      code,
    });
  }
  expect((await ok(alice.client.request("files"))).data).toEqual([]);
  await until("its content is deleted", () => storedBelow(kampus.uploads).length === 0);
  // One that others have stays theirs, and was not given to whom it could not be given.
  await ok(alice.client.request("sendfile alice berkas.bin aGFsbw=="));
  expect(await refused(alice.client.request("sendfile nobody@rumah berkas.bin"))).toBe("user-not-found");
  const { data } = await ok(alice.client.request("files"));
  expect(data).toMatchObject([{ name: "berkas.bin", to: ["alice"] }]);
});

describe.each(refusals)("a file that the other realm refuses as %s", (code, ...options) => {
  beforeEach(() => withRumah(...options));

  it("is refused at once, and what comes after it arrives", async () => {
    const reply = await upload(kampus, alice.token, berkas("bob@rumah", small));
    expect(reply).toMatchObject({ status: "ERROR", code });
    await ok(alice.client.request("send bob@rumah sesudahnya"));
    expect(await inbox(bob.client, "all")).toEqual(["sesudahnya"]);
    expect(storedBelow(rumah.uploads)).toEqual([]);
  });

  it("is told of in its sender's inbox, if that realm was down", async () => {
    await rumah.stop();
    const id = await queued("bob@rumah", small);
    await ok(alice.client.request("send bob@rumah sesudahnya"));
    await rumah.start();
    const notices = await until("the notice is there", async () => {
      const texts = await inbox(alice.client, "all");
      return texts.length > 0 && texts;
    });
    expect(notices).toEqual([expect.stringMatching(`^not delivered: ${id} to bob@rumah: ${code} \\(.*\\)$`)]);
    bob = await loggedIn(rumah, "bob");
    await until("the next has arrived", async () => (await inbox(bob.client, "all")).length > 0);
    expect(await inbox(bob.client, "all")).toEqual(["sesudahnya"]);
  });
});

it("what one has sent to another realm counts there for oneself alone", async () => {
  await withRumah("--quota", "3M");
  const wati = await newUser(kampus, "wati");
  await uploaded(kampus, alice.token, { to: "bob@rumah", name: "satu.bin", content: small });
  expect(await upload(kampus, alice.token, { to: "bob@rumah", name: "dua.bin", content: small })).toMatchObject({
    code: "quota",
  });
  await uploaded(kampus, wati.token, { to: "bob@rumah", name: "tiga.bin", content: small });
  await uploaded(rumah, bob.token, { to: "alice@kampus", name: "empat.bin", content: small });
  await arrives(rumah, bob, "alice@kampus", small);
  await arrives(rumah, bob, "wati@kampus", small);
  await arrives(kampus, alice, "bob@rumah", small);
});

it.each(refusals)("a group's file that a member's realm finds %s is gone there alone", async (_, ...options) => {
  await twoRealms();
  await link(kampus, rumah);
  const { pasar, carl } = await third(...options);
  await ok(alice.client.request("addgroup kelas"));
  for (const { client } of [bob, carl]) await ok(client.request("joingroup kelas@kampus"));
  const { id } = (await uploaded(kampus, alice.token, berkas("#kelas", small))).file;
  await ok(alice.client.request("sendgroup kelas sesudahnya"));
  await arrives(rumah, bob, "#kelas@kampus", small);
  await isGone(pasar, carl, "#kelas@kampus");
  await until("the next has arrived", async () => (await inbox(carl.client, "all")).length === 2);
  expect(await history(carl.client, "#kelas@kampus")).toEqual(["berkas.bin", "sesudahnya"]);
  expect((await isFetched(alice.client, id, "rumah")).got).toEqual(["*@rumah"]);
  expect(storedBelow(pasar.uploads)).toEqual([]);
});
