/** Files up and down against a real server, through a network that fails, and against servers that lie. */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { PausedUploads } from "../../../src/client/files/paused-uploads.ts";
import type { View } from "../../../src/client/files/running-transfers.ts";
import { Transfers } from "../../../src/client/files/transfers.ts";
import type { Wire } from "../../../src/connection/wire.ts";
import { namesIn, testFolder } from "../../support/folder.ts";
import { Gate } from "../../support/gate.ts";
import { lyingServer, reply } from "../../support/lying.ts";
import { newUser, ok } from "../../support/people.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { started } from "../../support/started.ts";
import { until } from "../../support/until.ts";

const MIB = 1024 ** 2;
/** What requests and replies beside the bytes of a file may have. */
const TALK = 8192;

let server: TestServer;
let folder: string;
let users = 0;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());
beforeEach(() => {
  folder = testFolder();
  const before = process.env["XDG_STATE_HOME"];
  process.env["XDG_STATE_HOME"] = join(folder, "state");
  onTestFinished(() => {
    if (before === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before;
  });
});

interface Side {
  readonly name: string;
  readonly token: string;
  readonly client: Wire;
  readonly transfers: Transfers;
  /** What was said so far. */
  readonly said: string[];
  readonly downloads: string;
}

/** A new user with a client of his own, which may reach the server over another port. */
async function side(port = server.port, on = server, view: View = "lines"): Promise<Side> {
  const name = `user${++users}`;
  const { client, token } = await newUser(on, name);
  onTestFinished(() => client.close());
  return { name, token, client, ...at(port, name, token, view) };
}

function at(port: number, user: string, token: string, view: View = "lines") {
  const said: string[] = [];
  const downloads = join(folder, `downloads of ${user}`);
  const transfers = new Transfers({
    view,
    downloads,
    account: () => ({ host: "127.0.0.1", port, user, token }),
    say: (text) => said.push(text),
    onMoved() {},
    output: undefined,
  });
  return { transfers, said, downloads };
}

/** A file of random bytes. */
function fileOf(size: number, name = "a.iso"): string {
  const path = join(folder, name);
  writeFileSync(path, randomBytes(size));
  return path;
}

function send({ transfers }: Side, to: string, ...paths: readonly string[]): Promise<string> {
  return transfers.run({ does: "send", to, paths });
}

function get({ transfers }: Side, what: string): Promise<string> {
  return transfers.run({ does: "get", what });
}

/** Everything below a folder, hidden or not, but folders. */
function everythingIn(place: string): string[] {
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name);
}

/** How much the server has of the only upload that is not done. */
async function receivedOf({ client, name }: Side, port: number): Promise<number> {
  const [upload] = new PausedUploads().of(`${name}@127.0.0.1:${port}`);
  if (!upload) return 0;
  await client.request("dialect native");
  const { data } = await ok(client.request(`upload-status ${upload.id}`));
  return (data as { received: number }).received;
}

describe("a file arrives as it was sent", () => {
  test("to a user, in his folder", async () => {
    const [alice, bob] = [await side(), await side()];
    const path = fileOf(3 * MIB + 1);
    expect(await send(alice, bob.name, path)).toBe("done");
    expect(alice.said.at(-1)).toBe(`a.iso sent to ${bob.name}, 3.0 MiB`);
    expect(await get(bob, "a.iso")).toBe("done");
    const there = join(bob.downloads, bob.name, "a.iso");
    expect(bob.said.at(-1)).toBe(`a.iso → ${there}`);
    expect(readFileSync(there).equals(readFileSync(path))).toBe(true);
    expect(everythingIn(bob.downloads)).toEqual(["a.iso"]);
  });

  test("to a group, in the folder of groups", async () => {
    const [alice, bob] = [await side(), await side()];
    const group = `kelas${alice.name}`;
    await ok(alice.client.request(`addgroup ${group}`));
    await ok(bob.client.request(`joingroup ${group}`));
    const path = fileOf(1000);
    expect(await send(alice, `#${group}`, path)).toBe("done");
    expect(await bob.transfers.run({ does: "get", from: `#${group}`, what: "a.iso" })).toBe("done");
    expect(readFileSync(join(bob.downloads, "group", bob.name, "a.iso")).equals(readFileSync(path))).toBe(true);
  });

  test("its sender can fetch it back from a group by the older documents' words", async () => {
    const alice = await side();
    const group = `kelas${alice.name}`;
    await ok(alice.client.request(`addgroup ${group}`));
    await send(alice, `#${group}`, fileOf(1000));
    // The server itself does so: downloadgroup_file of a member.
    await ok(alice.client.request(`downloadgroup_file ${group} a.iso`));
    await alice.transfers.run({ does: "get", from: `#${group}`, what: "a.iso" });
    expect(alice.said.join("\n")).not.toContain("no such file");
  });

  test("also an empty one", async () => {
    const [alice, bob] = [await side(), await side()];
    await send(alice, bob.name, fileOf(0));
    expect(await get(bob, "a.iso")).toBe("done");
    expect(statSync(join(bob.downloads, bob.name, "a.iso")).size).toBe(0);
  });

  test.each(["100% sûr – 会議😀.txt", "my notes (2).pdf", "%41.txt", "#kelas", "-o", ".hidden", "a\tb"])(
    "under its name: %s",
    async (name) => {
      const [alice, bob] = [await side(), await side()];
      const outcome = await send(alice, bob.name, fileOf(10, name));
      if (name.includes("\t")) return expect(outcome).toBe("failed");
      expect(outcome).toBe("done");
      expect(await get(bob, name)).toBe("done");
      expect(readdirSync(join(bob.downloads, bob.name))).toEqual([name]);
    },
  );

  test("twice, and the second does not replace the first", async () => {
    const [alice, bob] = [await side(), await side()];
    await send(alice, bob.name, fileOf(10));
    await get(bob, "a.iso");
    await get(bob, "a.iso");
    expect(readdirSync(join(bob.downloads, bob.name)).sort()).toEqual(["a (2).iso", "a.iso"]);
  });

  test("where it is told to", async () => {
    const [alice, bob] = [await side(), await side()];
    await send(alice, bob.name, fileOf(10));
    expect(await bob.transfers.run({ does: "get", what: "a.iso", out: join(folder, "elsewhere.iso") })).toBe("done");
    expect(readFileSync(join(folder, "elsewhere.iso")).equals(readFileSync(join(folder, "a.iso")))).toBe(true);
    expect(await bob.transfers.run({ does: "get", what: "a.iso", out: "-" })).toBe("failed");
    expect(bob.said.at(-1)).toContain("-o - is for scripts");
  });
});

describe("an upload that was cut off", () => {
  test.each(["the connection", "the person"])(
    "by %s goes on where it was: no byte that is there is sent again",
    async (who) => {
      const gate = await Gate.before(server);
      const [alice, bob] = [await side(gate.port), await side()];
      const path = fileOf(8 * MIB);
      gate.allow("up", 3 * MIB);
      const first = send(alice, bob.name, path);
      await gate.full("up");
      const there = await until("the server has it", async () => {
        const received = await receivedOf(alice, gate.port);
        return received > 3 * MIB - TALK && received;
      });
      if (who === "the person") alice.transfers.pause();
      else gate.cut();
      expect(await first).toBe("paused");
      expect(alice.said.at(-1)).toMatch(/^a\.iso: paused.*; the same command goes on$/);
      expect(await alice.transfers.run({ does: "transfers" })).toBe("done");
      expect(alice.said.at(-1)).toMatch(/^paused {2}sendfile \w+ \S+ {2}\S+ [KM]iB of 8\.0 MiB have arrived$/);

      // What is on its way in a connection that nobody has any more does not count.
      gate.cut();
      await gate.idle();
      const before = gate.passed("up");
      gate.allow("up");
      expect(await send(alice, bob.name, path)).toBe("done");
      expect(gate.passed("up") - before).toBeLessThan(8 * MIB - there + TALK);
      expect(await get(bob, "a.iso")).toBe("done");
      expect(readFileSync(join(bob.downloads, bob.name, "a.iso")).equals(readFileSync(path))).toBe(true);
      await alice.transfers.run({ does: "transfers" });
      expect(alice.said.at(-1)).toBe("(nothing)");
    },
  );

  test("by the end of the server goes on after it has started again", async () => {
    const data = testFolder();
    const options = ["--data", join(data, "data"), "--uploads", join(data, "uploads")];
    const first = await startServer(options);
    const gate = await Gate.before(first);
    const [alice, bob] = [await side(gate.port, first), await side(gate.port, first)];
    const path = fileOf(4 * MIB);
    gate.allow("up", 2 * MIB);
    const sending = send(alice, bob.name, path);
    await gate.full("up");
    const id = `${alice.name}@127.0.0.1:${gate.port}`;
    await until("the server has much of it", async () => (await receivedOf(alice, gate.port)) > MIB);
    await first.end();
    expect({ outcome: await sending, said: alice.said.at(-1) }).toEqual({
      outcome: "paused",
      said: expect.stringMatching(/paused.*; the same command goes on$/),
    });
    expect(new PausedUploads().of(id)).toHaveLength(1);

    const second = await started(...options, "--port", String(first.port));
    expect(second.port).toBe(first.port);
    const before = gate.passed("up");
    gate.allow("up");
    expect(await send(alice, bob.name, path)).toBe("done");
    expect(gate.passed("up") - before).toBeLessThan(3 * MIB + TALK);
  });

  test("and whose file has changed since is sent anew, as it is now", async () => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(gate.port), await side()];
    const path = fileOf(2 * MIB);
    gate.allow("up", MIB);
    const first = send(alice, bob.name, path);
    await gate.full("up");
    gate.cut();
    await first;
    writeFileSync(path, randomBytes(2 * MIB));
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    gate.allow("up");
    expect(await send(alice, bob.name, path)).toBe("done");
    await get(bob, "a.iso");
    expect(readFileSync(join(bob.downloads, bob.name, "a.iso")).equals(readFileSync(path))).toBe(true);
    // What cannot be gone on with any more is no transfer.
    await alice.transfers.run({ does: "transfers" });
    expect(alice.said.at(-1)).toBe("(nothing)");
  });

  test("after its last byte, before the reply, is not sent twice", async () => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(gate.port), await side()];
    const path = fileOf(MIB);
    // The replies of `dialect` and `upload-status` pass, that of `upload` does not.
    const first = send(alice, bob.name, path);
    await until("it is asked about", () => gate.passed("up") > TALK || undefined);
    gate.allow("down", 0);
    await until("bob has it", async () => {
      const { data } = await ok(bob.client.request("files received"));
      return (data as unknown[]).length === 1;
    });
    gate.cut();
    const outcome = await first;
    gate.allow("down");
    if (outcome === "paused") {
      const before = gate.passed("up");
      expect(await send(alice, bob.name, path)).toBe("done");
      expect(gate.passed("up") - before).toBeLessThan(TALK);
    }
    const { data } = await ok(bob.client.request("files received"));
    expect(data).toHaveLength(1);
  });
});

describe("a download that was cut off", () => {
  test.each(["the connection", "the person"])("by %s goes on where it was", async (who) => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(), await side(gate.port)];
    const path = fileOf(8 * MIB);
    await send(alice, bob.name, path);
    gate.allow("down", 3 * MIB);
    const first = get(bob, "a.iso");
    await gate.full("down");
    const place = join(bob.downloads, bob.name);
    const part = await until("what has come is on the disk", () => {
      const [name] = existsSync(place) ? readdirSync(place) : [];
      return name !== undefined && statSync(join(place, name)).size > 3 * MIB - TALK && join(place, name);
    });
    if (who === "the person") bob.transfers.pause();
    else gate.cut();
    expect(await first).toBe("paused");
    expect(namesIn(place)).toEqual([]);
    await bob.transfers.run({ does: "transfers" });
    expect(bob.said.at(-1)).toBe("paused  getfile a.iso  3.0 MiB are here");

    // What is on its way in a connection that nobody has any more does not count.
    gate.cut();
    await gate.idle();
    const here = statSync(part).size;
    const before = gate.passed("down");
    gate.allow("down");
    expect(await get(bob, "a.iso")).toBe("done");
    expect(gate.passed("down") - before).toBeLessThan(8 * MIB - here + TALK);
    expect(everythingIn(bob.downloads)).toEqual(["a.iso"]);
    expect(readFileSync(join(place, "a.iso")).equals(readFileSync(path))).toBe(true);
  });

  test("and spoilt on the disk meanwhile is noticed, and fetched anew the next time", async () => {
    const [alice, bob] = [await side(), await side()];
    const path = fileOf(2 * MIB);
    await send(alice, bob.name, path);
    const { data } = await ok(bob.client.request("files received"));
    const id = (data as { id: string }[]).map((file) => file.id).join();
    const place = join(bob.downloads, bob.name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `.a.iso.${id.slice(0, 8)}.part`), randomBytes(MIB));
    expect(await get(bob, "a.iso")).toBe("failed");
    expect(bob.said.at(-1)).toContain("SHA-256");
    expect(everythingIn(bob.downloads)).toEqual([]);
    expect(await get(bob, "a.iso")).toBe("done");
    expect(readFileSync(join(place, "a.iso")).equals(readFileSync(path))).toBe(true);
  });
});

describe("several at once", () => {
  test("at most four, the others wait", async () => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(gate.port), await side()];
    const paths = Array.from({ length: 6 }, (_, i) => fileOf(100_000, `${i}.iso`));
    gate.allow("up", 50_000);
    const all = send(alice, bob.name, ...paths);
    await gate.full("up");
    expect(alice.transfers.busy).toBe(true);
    expect(alice.transfers.status(100)).toMatch(/^↑ \d\.iso .*\(\+\d\)$/);
    gate.allow("up");
    expect(await all).toBe("done");
    expect(gate.most).toBe(4);
    expect(alice.transfers.busy).toBe(false);
    expect(alice.transfers.status(100)).toBe("");
    const { data } = await ok(bob.client.request("files received"));
    expect(data).toHaveLength(6);
  });

  test("small ones say what became of them, and nothing before", async () => {
    const [alice, bob] = [await side(), await side()];
    // How long the program has run makes no difference.
    await until("it has run for a while", () => performance.now() > 3000);
    await send(alice, bob.name, fileOf(10));
    expect(alice.said).toEqual([`a.iso sent to ${bob.name}, 10 B`]);
  });

  test("are paused together, those that wait too", async () => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(gate.port), await side()];
    const paths = Array.from({ length: 6 }, (_, i) => fileOf(100_000, `${i}.iso`));
    gate.allow("up", 1000);
    const all = send(alice, bob.name, ...paths);
    await gate.full("up");
    alice.transfers.pause();
    expect(await all).toBe("paused");
    expect(alice.said.filter((line) => line.includes("paused"))).toHaveLength(6);
    gate.allow("up");
    expect(await send(alice, bob.name, ...paths)).toBe("done");
  });

  test("of which one cannot be sent: the others are", async () => {
    const [alice, bob] = [await side(), await side()];
    expect(await send(alice, bob.name, fileOf(10), folder, fileOf(10, "b.iso"))).toBe("failed");
    expect(alice.said.join("\n")).toContain(`${folder}: not a file`);
    const { data } = await ok(bob.client.request("files received"));
    expect((data as { name: string }[]).map(({ name }) => name).sort()).toEqual(["a.iso", "b.iso"]);
  });

  test("of the same file: nothing that has its name is broken, nothing is left beside", async () => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(), await side(gate.port)];
    const path = fileOf(4 * MIB);
    await send(alice, bob.name, path);
    gate.allow("down", MIB);
    const first = get(bob, "a.iso");
    await gate.full("down");
    const second = get(bob, "a.iso");
    gate.allow("down");
    await Promise.all([first, second]);
    const place = join(bob.downloads, bob.name);
    const content = readFileSync(path);
    const found = everythingIn(place).map((name) => {
      const bytes = readFileSync(join(place, name));
      return `${name}, ${bytes.length} bytes, ${bytes.equals(content) ? "right" : "wrong"}`;
    });
    expect(found.sort()).toEqual(
      ["a (2).iso", "a.iso"].slice(-found.length).map((name) => `${name}, ${content.length} bytes, right`),
    );
  });
});

describe("an upload that cannot be", () => {
  test("is not sent to its end once it is refused", async () => {
    const small = await started("--memory", "--max-file", "1M");
    const gate = await Gate.before(small);
    const [alice, bob] = [await side(gate.port, small), await side(gate.port, small)];
    const path = fileOf(0);
    truncateSync(path, 64 * MIB);
    gate.allow("up", 2 * MIB);
    expect(await send(alice, bob.name, path)).toBe("failed");
    expect(alice.said.at(-1)).toMatch(/1048576|1 ?M|too large|besar/i);
    await alice.transfers.run({ does: "transfers" });
    expect(alice.said.at(-1)).toBe("(nothing)");
  });

  test("is refused where there is nobody, and forgotten", async () => {
    const alice = await side();
    expect(await send(alice, "nobody", fileOf(100))).toBe("failed");
    expect(alice.said.at(-1)).toContain("there is no such user");
    await alice.transfers.run({ does: "transfers" });
    expect(alice.said.at(-1)).toBe("(nothing)");
  });

  test("for its name is refused, and forgotten", async () => {
    const [alice, bob] = [await side(), await side()];
    expect(await send(alice, bob.name, fileOf(100, "..a.iso"))).toBe("failed");
    await alice.transfers.run({ does: "transfers" });
    expect(alice.said.at(-1)).toBe("(nothing)");
  });

  test("is given up where the file has become shorter, and nobody gets it", async () => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(gate.port), await side()];
    const path = fileOf(0);
    truncateSync(path, 64 * MIB);
    gate.allow("up", MIB);
    const sending = send(alice, bob.name, path);
    await gate.full("up");
    truncateSync(path, MIB);
    gate.allow("up");
    expect(await sending).toBe("failed");
    expect(alice.said.at(-1)).toContain("has changed while it was sent");
    const { data } = await ok(bob.client.request("files received"));
    expect(data).toEqual([]);
  });

  test("as nobody is logged in says so", async () => {
    const said: string[] = [];
    const transfers = new Transfers({
      view: "lines",
      downloads: folder,
      account: () => undefined,
      say: (text) => said.push(text),
      onMoved() {},
      output: undefined,
    });
    expect(await transfers.run({ does: "send", to: "bob", paths: [fileOf(10)] })).toBe("failed");
    expect(said).toEqual(["log in first: auth NAME"]);
  });

  test("is remembered nowhere is sent all the same", async () => {
    const [alice, bob] = [await side(), await side()];
    writeFileSync(join(folder, "a file"), "");
    process.env["XDG_STATE_HOME"] = join(folder, "a file");
    const { transfers, said } = at(server.port, alice.name, alice.token);
    const outcome = await transfers.run({ does: "send", to: bob.name, paths: [fileOf(10)] });
    expect({ outcome, said: said.at(-1) }).toEqual({ outcome: "done", said: `a.iso sent to ${bob.name}, 10 B` });
  });
});

describe("a server that lies", () => {
  const content = randomBytes(5000);
  const honest = {
    id: "d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00",
    name: "a.iso",
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    time: "2026-11-21T11:15:00.000Z",
    from: "bob",
  };

  const { name: filename, size, sha256 } = honest;
  /** What is said of a download. */
  const announced = {
    status: "OK",
    data: filename,
    filename,
    size,
    sha256,
    offset: 0,
    length: size,
    file: { id: honest.id, name: filename, size, sha256 },
  };

  /** @param file of the list @param download what it says and sends of it */
  async function lies(
    file: Readonly<Record<string, unknown>>,
    download: { said?: Readonly<Record<string, unknown>>; bytes?: Uint8Array; hangUp?: boolean },
  ) {
    const { said = {}, bytes = content, hangUp = false } = download;
    const port = await lyingServer((request, socket) => {
      const [word] = request.split(" ");
      if (word === "files") return { status: "OK", data: [{ ...honest, ...file }] };
      if (word !== "download") return { status: "OK" };
      reply(socket, { ...announced, length: bytes.length, ...said });
      socket.write(bytes);
      if (hangUp) socket.end();
      return undefined;
    });
    const { transfers, said: words, downloads } = at(port, "alice", "token");
    const before = everythingIn(folder);
    const outcome = await transfers.run({ does: "get", what: String(file["name"] ?? honest.name) });
    const after = everythingIn(folder).filter((name) => !before.includes(name));
    return { outcome, said: words, downloads, left: after, inFolder: everythingIn(join(downloads, "alice")) };
  }

  test("is believed when it does not", async () => {
    const { outcome, left, inFolder } = await lies({}, {});
    expect({ outcome, left, inFolder }).toEqual({ outcome: "done", left: ["a.iso"], inFolder: ["a.iso"] });
  });

  test.each([
    ["other bytes", { bytes: randomBytes(content.length) }],
    ["fewer bytes, and says so", { bytes: content.subarray(0, 4000) }],
    ["more bytes, and says so", { bytes: Buffer.concat([content, content]) }],
    ["nothing", { bytes: Buffer.alloc(0) }],
  ])("and sends %s is found out, and nothing is left", async (_, download) => {
    const { outcome, said, left } = await lies({}, download);
    expect({ outcome, left }).toEqual({ outcome: "failed", left: [] });
    expect(said.at(-1)).toBe("a.iso: what came is not what was sent (SHA-256)");
  });

  test.each([-1, 1.5, "5000", null, 1e300])(
    "about how many bytes come (%s) is not listened to",
    { timeout: 10_000 },
    async (length) => {
      const { outcome, said, inFolder } = await lies({}, { said: { length } });
      expect(outcome).not.toBe("done");
      expect(said.at(-1)).toContain("the server sent something that is no reply");
      expect(inFolder.filter((name) => !name.startsWith("."))).toEqual([]);
    },
  );

  test("and goes away in the middle leaves nothing that looks whole", async () => {
    const { outcome, inFolder } = await lies(
      {},
      { bytes: content.subarray(0, 4000), said: { length: 5000 }, hangUp: true },
    );
    expect({ outcome, names: inFolder }).toEqual({ outcome: "paused", names: [".a.iso.d73fde9d.part"] });
  });

  test("and sends without end does not fill the disk", async () => {
    const download = { bytes: Buffer.alloc(4 * MIB), said: { length: 2 ** 50 }, hangUp: true };
    const { outcome, downloads } = await lies({}, download);
    expect(outcome).not.toBe("done");
    const place = join(downloads, "alice");
    for (const name of readdirSync(place)) expect(statSync(join(place, name)).size).toBeLessThanOrEqual(content.length);
  });

  test.each(["../../x", "/etc/passwd", "..", "a/b", "\u001b[2J\u202e.txt", "x".repeat(300)])(
    "about a name does not get out of the folder: %j",
    async (name) => {
      const { outcome, said, left, inFolder } = await lies({ name }, {});
      expect(outcome).toBe("done");
      expect(left).toHaveLength(1);
      expect(inFolder).toEqual(left);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
      expect(said.join("\n")).not.toMatch(/[\u001b\u202e]/);
    },
  );

  test.each(["/../../x", "a/../../../b"])("about an id does not get out of the folder: %j", async (id) => {
    // It stops in the middle: what is left is what has no name yet.
    const download = { bytes: content.subarray(0, 4000), said: { length: 5000 }, hangUp: true };
    const { left, downloads } = await lies({ id }, download);
    for (const name of left) {
      const found = readdirSync(downloads, { recursive: true, withFileTypes: true }).find((one) => one.name === name);
      expect(found?.parentPath).toBe(join(downloads, "alice"));
    }
  });

  test("about what the user is called does not get out of the folder of downloads", async () => {
    const port = await lyingServer((request, socket) => {
      if (request.startsWith("files")) return { status: "OK", data: [honest] };
      if (!request.startsWith("download")) return { status: "OK" };
      reply(socket, announced);
      socket.write(content);
      return undefined;
    });
    const said: string[] = [];
    const downloads = join(folder, "downloads");
    const transfers = new Transfers({
      view: "lines",
      downloads,
      account: () => ({ host: "127.0.0.1", port, user: "../..", token: "token" }),
      say: (text) => said.push(text),
      onMoved() {},
      output: undefined,
    });
    expect(await transfers.run({ does: "get", what: "a.iso" })).toBe("done");
    expect(everythingIn(downloads)).toEqual(["a.iso"]);
    expect(readdirSync(dirname(downloads))).toEqual(["downloads"]);
  });

  test("and says of an upload that more is there than was ever sent does not make it up", async () => {
    const port = await lyingServer((request) => {
      if (request.startsWith("upload-status")) return { status: "OK", data: { state: "partial", received: 10 ** 9 } };
      return request.startsWith("upload")
        ? { status: "ERROR", message: "not that", code: "bad-request" }
        : { status: "OK" };
    });
    const { transfers, said } = at(port, "alice", "token");
    expect(await transfers.run({ does: "send", to: "bob", paths: [fileOf(1000)] })).toBe("failed");
    expect(said.at(-1)).toContain("that is not how this is asked");
  });

  test("and lists what is no list is answered with one line", async () => {
    const port = await lyingServer(() => ({ status: "OK", data: "no list" }));
    const { transfers, said } = at(port, "alice", "token");
    expect(await transfers.run({ does: "list", received: true })).toBe("failed");
    expect(await transfers.run({ does: "get", what: "a.iso" })).toBe("failed");
    expect(said).toHaveLength(2);
  });
});

test("what is said is said for what it is: an answer, how it goes, what became of it, why it did not", async () => {
  const [alice, bob] = [await side(), await side()];
  const kinds: string[] = [];
  const transfers = new Transfers({
    view: "json",
    downloads: alice.downloads,
    account: () => ({ host: "127.0.0.1", port: server.port, user: alice.name, token: alice.token }),
    say: (_, kind, aside) => kinds.push(aside ? `${kind} aside` : kind),
    onMoved() {},
    output: async () => {},
  });
  await transfers.run({ does: "list", received: true });
  await transfers.run({ does: "transfers" });
  await transfers.run({ does: "send", to: alice.name, paths: [fileOf(10)] });
  await transfers.run({ does: "send", to: bob.name, paths: [folder] });
  await transfers.run({ does: "get", what: "nowhere" });
  await transfers.run({ does: "get", what: "nowhere", out: "-" });
  await transfers.run({ does: "get", what: "a.iso", out: "-" });
  expect(kinds.filter((kind) => !kind.startsWith("progress"))).toEqual([
    "answer",
    "outcome",
    "failure",
    "failure",
    "failure aside",
    "outcome aside",
  ]);
});

describe("for scripts", () => {
  test("there is an object a line, from the first to the last state", async () => {
    const gate = await Gate.before(server);
    const [alice, bob] = [await side(gate.port, server, "json"), await side(server.port, server, "json")];
    expect(await send(alice, bob.name, fileOf(MIB))).toBe("done");
    expect(await get(bob, "a.iso")).toBe("done");
    const up = alice.said.map((line) => JSON.parse(line) as Record<string, unknown>);
    const down = bob.said.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const one of [...up, ...down]) expect(one).toMatchObject({ type: "transfer", v: 1, name: "a.iso", size: MIB });
    expect(up.at(-1)).toMatchObject({ state: "done", direction: "upload", done: MIB, to: bob.name });
    expect(down.at(-1)).toMatchObject({ state: "done", direction: "download", done: MIB, id: up.at(-1)?.["id"] });
    expect(down.at(-1)?.["path"]).toBe(join(bob.downloads, bob.name, "a.iso"));
  });

  test("one that fails before its first byte still says which it is", async () => {
    const alice = await side(server.port, server, "json");
    await send(alice, "bob", folder);
    expect(alice.said.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ type: "transfer", state: "failed", direction: "upload", name: expect.any(String) }),
    ]);
  });
});
