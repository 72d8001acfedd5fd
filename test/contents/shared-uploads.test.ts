/** Several nodes that use one uploads folder. */
import { readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { Uploads } from "../../src/contents/uploads.ts";
import { PartTaken, StorageError } from "../../src/state/entities.ts";
import { machine } from "../../src/world/world.ts";
import { testFolder } from "../support/folder.ts";
import { sharedLeases, type Tenant } from "../support/leases.ts";
import { until } from "../support/until.ts";
import { contentsIn } from "../support/uploads.ts";

const KEY = "1-0123456789abcdef0123456789abcdef";
const HOUR_MS = 3600_000;

let folder: string;
let leasesOf: (node: string) => Tenant;

beforeEach(() => {
  folder = testFolder();
  leasesOf = sharedLeases();
});

interface Node {
  readonly uploads: Uploads;
  /** The others see that it is gone. It may not have noticed. */
  vanish(): void;
}

async function node(name: string, known: readonly string[] = [], at = folder): Promise<Node> {
  const leases = leasesOf(name);
  const uploads = await Uploads.shared(at, "mine", new Set(known), leases);
  return { uploads, vanish: () => leases.end() };
}

/** What lies in the folder of unfinished contents. */
function parts(): readonly string[] {
  return readdirSync(join(folder, "parts"));
}

async function begun({ uploads }: Node, text: string, key = KEY): Promise<Awaited<ReturnType<Uploads["part"]>>> {
  const part = await uploads.part(key, 0);
  await part.write(Buffer.from(text));
  await part.sync();
  return part;
}

async function left(at: Node, text: string, key = KEY): Promise<void> {
  await at.uploads.leave(key, await begun(at, text, key));
}

async function completed({ uploads }: Node, offset: number, rest: string): Promise<string> {
  const part = await uploads.part(KEY, offset);
  await part.write(Buffer.from(rest));
  const stored = await uploads.keep(KEY, part, "a.txt", Date.now());
  uploads.settle(stored);
  return readFileSync(join(folder, stored), "utf8");
}

function setAge(path: string, ms: number): void {
  const then = (Date.now() - ms) / 1000;
  utimesSync(path, then, then);
}

describe("a node", () => {
  it("starts on the folder that the others use", async () => {
    const nodes = [await node("a"), await node("b"), await node("c")];
    for (const { uploads } of nodes) uploads.close();
    expect(readdirSync(folder).toSorted()).toEqual([".obrol", "parts"]);
  });

  it("does not start on another folder, and leaves nothing in it", async () => {
    await node("a");
    const other = testFolder();
    await expect(node("b", [], other)).rejects.toThrow(
      `uploads folder ${other}: is not the one that the node a uses: all nodes share one (--uploads)`,
    );
    expect(readdirSync(other)).toEqual([]);
  });

  it("does not start on a copy of the folder that the others use", async () => {
    await node("a");
    const copy = testFolder();
    writeFileSync(join(copy, ".obrol"), readFileSync(join(folder, ".obrol")));
    await expect(node("b", [], copy)).rejects.toThrow("is not the one that the node a uses");
    // Nor is the other in its way later.
    await node("c");
  });

  it("starts in another folder once those that used the first are gone", async () => {
    const { vanish } = await node("a");
    const starting = node("b", [], testFolder());
    vanish();
    (await starting).uploads.close();
  });

  it("starts neither on another database's folder nor on one without its files", async () => {
    (await node("a")).uploads.close();
    const theirs = Uploads.shared(folder, "theirs", new Set(["2020_01_01_00_00_00_a"]), leasesOf("x"));
    await expect(theirs).rejects.toThrow("holds none of the 1 files of this database: is it the right folder?");
    writeFileSync(join(folder, "2020_01_01_00_00_00_b"), "isi");
    await expect(Uploads.shared(folder, "theirs", new Set(), leasesOf("x"))).rejects.toThrow(
      "holds the files of another database",
    );
  });

  it("is in the way of a process that wants the folder for itself", async () => {
    const { uploads } = await node("a");
    expect(() => Uploads.of(folder, "mine", new Set())).toThrow("is in use by nodes that share a store");
    uploads.close();
    Uploads.of(folder, "mine", new Set()).close();
  });
});

describe("an upload that was cut off on one node", () => {
  it("is there on another, which goes on with it", async () => {
    const [a, b] = [await node("a"), await node("b")];
    await left(a, "isi ");
    expect([b.uploads.partLength(KEY), b.uploads.partsOf("1-"), b.uploads.partsOf("2-")]).toEqual([4, 4, 0]);
    expect(await b.uploads.isFree(KEY)).toBe(true);
    expect(await completed(b, 4, "berkas")).toBe("isi berkas");
    expect([a.uploads.partLength(KEY), parts()]).toEqual([undefined, []]);
  });

  it("goes to one of two that want it at once", async () => {
    const [a, b, c] = [await node("a"), await node("b"), await node("c")];
    await left(a, "isi ");
    const opened = await Promise.allSettled([b, c].map(({ uploads }) => uploads.part(KEY, 4)));
    expect(opened.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    for (const one of opened) if (one.status === "fulfilled") await b.uploads.discard(KEY, one.value);
  });

  it.each([
    ["goes on", 4],
    ["begins anew", 0],
  ] as const)("is refused to one that %s with it when another has just taken it", async (_, length) => {
    const [a, b, c] = [await node("a"), await node("b"), await node("c")];
    await left(a, "isi ");
    const part = await b.uploads.part(KEY, 4);
    await expect(c.uploads.part(KEY, length)).rejects.toThrow(PartTaken);
    expect(c.uploads.isOthers(KEY)).toBe(true);
    await b.uploads.discard(KEY, part);
  });

  it("begins anew on another without its first bytes", async () => {
    const [a, b] = [await node("a"), await node("b")];
    await left(a, "yang lama");
    expect(await completed(b, 0, "baru")).toBe("baru");
    expect(parts()).toEqual([]);
  });

  it("can be removed on any of them", async () => {
    const [a, b] = [await node("a"), await node("b")];
    await left(a, "isi");
    b.uploads.removePart(KEY);
    expect(a.uploads.partLength(KEY)).toBeUndefined();
    await left(a, "isi");
    b.uploads.removeParts("1-");
    a.uploads.removeParts("1-");
    expect(a.uploads.partLength(KEY)).toBeUndefined();
  });

  it("goes on after some of it was lost with its machine", async () => {
    const [a, b] = [await node("a"), await node("b")];
    await left(a, "isi berkas");
    writeFileSync(join(folder, "parts", `${KEY}.part`), "isi");
    await expect(b.uploads.part(KEY, 10)).rejects.toThrow("shorter");
    expect(b.uploads.partLength(KEY)).toBe(3);
    expect(await completed(b, 3, " lagi")).toBe("isi lagi");
  });
});

describe("an upload that is under way on one node", () => {
  it("is not another's, and nobody removes it there", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const part = await begun(a, "isi");
    expect(await b.uploads.isFree(KEY)).toBe(false);
    expect([b.uploads.partLength(KEY), b.uploads.partsOf("1-"), a.uploads.partsOf("1-")]).toEqual([3, 3, 0]);
    b.uploads.removePart(KEY);
    b.uploads.removeParts("1-");
    b.uploads.expireParts(Date.now() + HOUR_MS);
    await b.uploads.reconcile(new Set(), () => false);
    expect(readFileSync(join(folder, await a.uploads.keep(KEY, part, "a", 0)), "utf8")).toBe("isi");
  });

  it("is so until there is a record of it; without one what has arrived is not lost", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const stored = await a.uploads.keep(KEY, await begun(a, "isi"), "a.txt", 0);
    expect(await b.uploads.isFree(KEY)).toBe(false);
    b.uploads.settle(stored);
    expect(await b.uploads.isFree(KEY)).toBe(false);
    a.vanish();
    expect(await completed(b, 3, " berkas")).toBe("isi berkas");
    a.uploads.settle(stored);
    expect([readFileSync(join(folder, stored), "utf8"), parts()]).toEqual(["isi", []]);
  });

  it("is another's as soon as there is a record of it, or there will be none", async () => {
    const [a, b] = [await node("a"), await node("b")];
    a.uploads.settle(await a.uploads.keep(KEY, await begun(a, "isi"), "a.txt", 0));
    expect([await b.uploads.isFree(KEY), parts()]).toEqual([true, []]);
    await a.uploads.remove(await a.uploads.keep(KEY, await begun(a, "isi"), "a.txt", 0));
    expect([await b.uploads.isFree(KEY), parts()]).toEqual([true, []]);
  });

  it("is waited for while its node may still be there", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const part = await begun(a, "isi");
    const free = b.uploads.isFree(KEY);
    await a.uploads.leave(KEY, part);
    a.vanish();
    expect(await free).toBe(true);
  });

  it("goes on on another when its node is gone; if that comes back it harms nothing, and its own comes to nothing", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const part = await begun(a, "isi ");
    a.vanish();
    expect(await b.uploads.isFree(KEY)).toBe(true);
    const rest = await b.uploads.part(KEY, 4);
    await part.write(Buffer.from("yang lain"));
    await part.sync();
    await rest.write(Buffer.from("berkas"));
    await expect(a.uploads.keep(KEY, part, "a.txt", 0)).rejects.toThrow("ENOENT");
    const stored = await b.uploads.keep(KEY, rest, "a.txt", 0);
    b.uploads.settle(stored);
    expect(contentsIn(folder).filter((name) => name !== "parts")).toEqual([stored]);
    expect([readFileSync(join(folder, stored), "utf8"), parts()]).toEqual(["isi berkas", []]);
  });

  it("stays whole when its node comes back and is cut off there", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const part = await begun(a, "isi ");
    a.vanish();
    const rest = await b.uploads.part(KEY, 4);
    await a.uploads.leave(KEY, part);
    await rest.write(Buffer.from("berkas"));
    await b.uploads.leave(KEY, rest);
    expect(await completed(a, 10, "!")).toBe("isi berkas!");
  });

  it("expires once its node is gone", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const part = await begun(a, "isi");
    a.vanish();
    b.uploads.expireParts(Date.now() - HOUR_MS);
    expect(b.uploads.partLength(KEY)).toBe(3);
    b.uploads.expireParts(Date.now() + HOUR_MS);
    await until("it is removed", () => parts().length === 0);
    await a.uploads.discard(KEY, part);
  });
});

it("a folder that is there no more is a fault of the storage", async () => {
  const { uploads } = await node("a");
  renameSync(join(folder, "parts"), join(folder, "elsewhere"));
  for (const look of [
    () => uploads.partLength(KEY),
    () => uploads.partsOf("1-"),
    () => uploads.isOthers(KEY),
    () => uploads.part(KEY, 0),
  ])
    await expect(async () => look()).rejects.toThrow(StorageError);
});

describe("when a node starts", () => {
  it("contents that have no record yet stay, those that never got one go", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const [young, old] = [
      await a.uploads.write("baru", Buffer.from("1"), 0),
      await a.uploads.write("lama", Buffer.from("2"), 0),
    ];
    setAge(join(folder, old), 2 * HOUR_MS);
    expect(await b.uploads.reconcile(new Set(["1970_01_01_00_00_00_x"]), () => false)).toEqual([
      "1970_01_01_00_00_00_x",
    ]);
    expect(contentsIn(folder)).toEqual(["parts", young].toSorted());
  });

  it("and stands still for hours meanwhile, what others store until it goes on stays", async () => {
    const a = await node("a");
    const [leases, taken] = [leasesOf("b"), Promise.withResolvers<boolean>()];
    const slow = { ...leases, take: (name: string) => (name === "uploads" ? taken.promise : leases.take(name)) };
    let ahead = 0;
    const world = { ...machine, now: () => machine.now() + ahead };
    const b = await Uploads.shared(folder, "mine", new Set(), slow, world);
    const reconciled = b.reconcile(new Set(), () => false);
    const stored = await a.uploads.write("baru", Buffer.from("1"), 0);
    a.uploads.settle(stored);
    await left(a, "isi");
    ahead = 3 * HOUR_MS;
    taken.resolve(true);
    await reconciled;
    expect(contentsIn(folder)).toEqual(["parts", stored].toSorted());
    expect(parts()).toEqual([`${KEY}.part`]);
  });

  it("unfinished uploads stay that somebody wants, or that are not old", async () => {
    const [a, b] = [await node("a"), await node("b")];
    const [wanted, young, old] = [KEY, `3-${"0".repeat(32)}`, `4-${"0".repeat(32)}`];
    for (const key of [wanted, young, old]) await left(a, "isi", key);
    for (const key of [wanted, old]) setAge(join(folder, "parts", `${key}.part`), 2 * HOUR_MS);
    await b.uploads.reconcile(new Set(), (key) => key === wanted);
    expect(parts().toSorted()).toEqual([`${wanted}.part`, `${young}.part`]);
  });

  it("only one of them looks through the folder", async () => {
    const b = await node("b");
    const leases = leasesOf("a");
    await leases.take("uploads");
    expect(await b.uploads.reconcile(new Set(["hilang"]), () => false)).toEqual([]);
    leases.end();
    expect(await b.uploads.reconcile(new Set(["hilang"]), () => false)).toEqual(["hilang"]);
  });

  it("what one process has left unfinished in the folder is gone on with", async () => {
    const alone = Uploads.of(folder, "mine", new Set());
    const part = await alone.part(KEY, 0);
    await part.write(Buffer.from("isi "));
    await alone.leave(KEY, part);
    alone.close();
    const a = await node("a");
    await a.uploads.reconcile(new Set(), () => true);
    expect(a.uploads.partLength(KEY)).toBe(4);
    expect(await completed(a, 4, "berkas")).toBe("isi berkas");
  });

  it("the files of nodes that were killed are forgotten, not those of nodes that are there", async () => {
    await node("a");
    const [here] = readdirSync(folder).filter((name) => name.startsWith(".node-"));
    for (const name of [".node-0123456789abcdef", ".node-fedcba9876543210"]) writeFileSync(join(folder, name), "");
    for (const name of [here as string, ".node-0123456789abcdef"]) setAge(join(folder, name), 2 * HOUR_MS);
    const b = await node("b");
    await b.uploads.reconcile(new Set(), () => false);
    b.uploads.close();
    const left = readdirSync(folder).filter((name) => name.startsWith(".node-"));
    expect(new Set(left)).toEqual(new Set([here, ".node-fedcba9876543210"]));
  });
});

it("a content that one node has stored is read and removed on another, as often as one likes", async () => {
  const [a, b] = [await node("a"), await node("b")];
  const stored = await a.uploads.write("a.txt", Buffer.from("isi"), 0);
  expect((await b.uploads.read(stored)).toString()).toBe("isi");
  await b.uploads.remove(stored);
  await a.uploads.remove(stored);
  expect(contentsIn(folder)).toEqual(["parts"]);
});

it("while a backup is made on one node a content stays, whichever removes it; then it goes", async () => {
  const [a, b] = [await node("a"), await node("b")];
  const stored = await a.uploads.write("a.txt", Buffer.from("isi"), 0);
  const done = await a.uploads.hold();
  for (const { uploads } of [a, b]) await uploads.remove(stored);
  expect(contentsIn(folder)).toContain(stored);
  done();
  await until("it is gone", () => !contentsIn(folder).includes(stored));
});

it("what one node removes late is not what another has stored meanwhile under the same name, in the same second", async () => {
  const [a, b] = [await node("a"), await node("b")];
  const old = await a.uploads.write("a.txt", Buffer.from("lama"), 0);
  await a.uploads.remove(old);
  const stored = await a.uploads.write("a.txt", Buffer.from("baru"), 0);
  await b.uploads.remove(old);
  expect(readFileSync(join(folder, stored), "utf8")).toBe("baru");
});

it("a backup begins once the other nodes know that every content stays", async () => {
  const [leases, known] = [leasesOf("a"), Promise.withResolvers<boolean>()];
  const a = await Uploads.shared(folder, "mine", new Set(), {
    ...leases,
    take: (name) => (name.startsWith("uploads-held:") ? known.promise : leases.take(name)),
  });
  let isHeld = false;
  const holding = a.hold().then(() => (isHeld = true));
  await nextTurn();
  expect(isHeld).toBe(false);
  known.resolve(true);
  await holding;
});

it("a backup that the other nodes cannot be told of holds nothing", async () => {
  const leases = leasesOf("a");
  const a = await Uploads.shared(folder, "mine", new Set(), {
    ...leases,
    take: (name) => (name.startsWith("uploads-held:") ? Promise.reject(new Error("cut off")) : leases.take(name)),
  });
  await expect(a.hold()).rejects.toThrow("cut off");
  await a.remove(await a.write("a.txt", Buffer.from("isi"), 0));
  expect(contentsIn(folder)).toEqual(["parts"]);
});

it("a content whose removal had begun before a backup of the same node stays until that is made", async () => {
  const [leases, asked] = [leasesOf("a"), Promise.withResolvers<[]>()];
  const a = await Uploads.shared(folder, "mine", new Set(), {
    ...leases,
    others: (start) => (start === "uploads-held:" ? asked.promise : leases.others(start)),
  });
  const stored = await a.write("a.txt", Buffer.from("isi"), 0);
  const removing = a.remove(stored);
  const done = await a.hold();
  asked.resolve([]);
  await removing;
  expect(contentsIn(folder)).toContain(stored);
  done();
  await until("it is gone", () => !contentsIn(folder).includes(stored));
});

describe("a content whose record was lost with its turn", () => {
  it("is given again", async () => {
    const { uploads } = await node("a");
    const stored = await uploads.write("a.txt", Buffer.from("isi"), 0);
    uploads.removeLater(stored);
    expect(uploads.reclaim(stored)).toBe(true);
    expect(contentsIn(folder)).toContain(stored);
  });

  it("is not given again once it is removed", async () => {
    const { uploads } = await node("a");
    const stored = await uploads.write("a.txt", Buffer.from("isi"), 0);
    uploads.removeLater(stored);
    const removing = uploads.remove(stored);
    expect(uploads.reclaim(stored)).toBe(false);
    await removing;
    expect(uploads.reclaim(stored)).toBe(false);
  });
});

it("a node that has lost its place takes it again with what it holds, once nobody has it any more", async () => {
  const leases = leasesOf("a");
  let lose = (_name: string): void => {};
  const a = await Uploads.shared(folder, "mine", new Set(), { ...leases, follow: (lost) => (lose = lost) });
  let hasLost = 0;
  a.whenLost(() => hasLost++);
  const name = readdirSync(folder)
    .find((one) => one.startsWith(".node-"))
    ?.slice(".node-".length);
  const done = await a.hold();
  lose("uploads");
  lose("realm:barca");
  expect(hasLost).toBe(0);
  leases.end();
  lose(`uploads:${name}`);
  expect(hasLost).toBe(1);
  const former = leasesOf("a, as it was");
  await former.take(`uploads:${name}`);
  await expect(a.rejoin()).rejects.toThrow("what this node was is still there");
  former.end();
  await a.rejoin();
  const b = await node("b");
  const stored = await b.uploads.write("a.txt", Buffer.from("isi"), 0);
  await b.uploads.remove(stored);
  expect(contentsIn(folder)).toContain(stored);
  done();
  await expect(node("c", [], testFolder())).rejects.toThrow("is not the one that the node");
});

it("a node that was taken for gone can be found again", async () => {
  const [a, other] = [await node("a"), testFolder()];
  a.vanish();
  await a.uploads.rejoin();
  await expect(node("b", [], other)).rejects.toThrow("is not the one that the node a uses");
});
