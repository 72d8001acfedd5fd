/** Bad requests get a clear code, harm nothing, and the connection goes on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { namesIn } from "../support/folder.ts";
import { newUser, ok, PASSWORD } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";

const END = "\r\n\r\n";
const UUID = "11111111-2222-4333-8444-555555555555";

let folder: string;
let uploads: string;
let server: TestServer;
let alice: Wire;
let bob: Wire;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
  uploads = join(folder, "uploads");
  server = await startServer(["--uploads", uploads]);
  alice = (await newUser(server, "alice")).client;
  bob = (await newUser(server, "bob")).client;
  await ok(alice.request("addgroup kelas"));
  await ok(bob.request("joingroup kelas"));
});

/** All that a request could have changed. */
async function world(): Promise<unknown> {
  const requests = ["inbox all", "my_file", "groups", "members kelas", "users", "realms", "whoami"];
  const of = (client: Wire): Promise<unknown[]> =>
    Promise.all(requests.map(async (request) => (await ok(client.request(request))).data));
  return { uploads: namesIn(uploads), alice: await of(alice), bob: await of(bob) };
}

let before: unknown;

beforeEach(async () => {
  before = await world();
});

afterEach(async () => {
  // Whatever was refused: nothing of it is there, and the connection goes on.
  expect(await world()).toEqual(before);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What alice is answered, in bytes of her own choice. */
async function answer(request: string | Uint8Array): Promise<unknown> {
  const [reply] = await alice.raw(typeof request === "string" ? request + END : request, 1);
  return reply;
}

describe("an unknown word is answered with unknown-request", () => {
  it.each(["sned bob halo", "teriak", "sendx", "send-bob", "{}", "?", "auth=alice", "é", "constructor", "__proto__"])(
    "%s",
    async (request) => {
      expect(await answer(request)).toMatchObject({ status: "ERROR", code: "unknown-request" });
    },
  );
});

describe("missing or extra parameters are answered with bad-request", () => {
  it.each([
    "send",
    "send bob",
    "send bob ",
    "sendgroup kelas",
    "addgroup",
    "addgroup satu dua",
    "joingroup",
    "auth alice",
    "auth alice rahasia lagi",
    "register zoe",
    "sendfile bob",
    "sendfile bob foto YQ== lagi",
    "sendprivaterealm pusat bob",
    "getrealminbox",
    "logout now",
    "inbox some",
    "ping pong",
    "watch",
    "watch maybe",
    "history",
    "history bob before",
    "history bob limit",
    "read",
    "post 1 bob",
    "passwd rahasia",
    "group set kelas posting",
    "download_file",
    "dialect",
  ])("%s", async (request) => {
    expect(await answer(request)).toMatchObject({ status: "ERROR", code: "bad-request" });
  });
});

describe("values that are none are answered with bad-request", () => {
  it.each([
    ["a user name that starts with a dot", "send .bob halo"],
    ["a user name with a mark", "send bob! halo"],
    ["a user name with a letter beyond ASCII", "register zoé rahasia zoe indonesia"],
    ["a user name of 33 characters", `register ${"z".repeat(33)} rahasia zoe indonesia`],
    ["a user name that reads as a token", `register ${UUID} rahasia zoe indonesia`],
    ["two realms", "send bob@a@b halo"],
    ["an empty realm", "send bob@ halo"],
    ["an empty user", "send @pusat halo"],
    ["a group name with a slash", "addgroup a/b"],
    ["a group name that starts with a dash", "addgroup -kelas"],
    ["a group name of 33 characters", `addgroup ${"g".repeat(33)}`],
    ["a realm name with dots in front", "addrealm ../pusat 127.0.0.1 9000"],
    ["a port that is no number", "addrealm pusat 127.0.0.1 http"],
    ["a port beyond 65535", "addrealm pusat 127.0.0.1 65536"],
    ["an id that is none", "read 17"],
    ["a limit of nothing", "history bob limit 0"],
    ["a limit below nothing", "history bob limit -1"],
    ["a dialect that is none", "dialect klingon"],
    ["a text with an escape character", "send bob \u001b[31mhalo"],
    ["a text with NUL", "send bob ha\0lo"],
    ["a text with a control character beyond ASCII", "send bob ha\u009blo"],
    ["a full name with a bell", "register zoe rahasia zo\u0007e indonesia"],
  ])("%s", async (_, request) => {
    expect(await answer(request)).toMatchObject({ status: "ERROR", code: "bad-request" });
  });
});

describe("a file is refused with bad-request", () => {
  it.each([
    ["content that is not base64", "foto @@@@"],
    ["base64 of no whole byte", "foto Y==="],
    ["base64 cut short", "foto YWJjZ"],
    ["base64 without its padding", "foto YQ"],
    ["base64 with padding in the middle", "foto YQ==YQ=="],
    ["base64 of URLs", "foto _-_-"],
    ["a name with a slash", "dir/foto YQ=="],
    ["a name from the root", "/etc/passwd YQ=="],
    ["a name with a backslash", "dir\\foto YQ=="],
    ["a name of two dots", ".. YQ=="],
    ["a name that climbs", "../foto YQ=="],
    ["a name that climbs as on Windows", "..\\foto YQ=="],
    ["a name of one dot", ". YQ=="],
    ["a name with NUL", "fo\0to YQ=="],
    ["a name with a line feed", "fo\nto YQ=="],
    ["a name of 300 characters", `${"f".repeat(300)} YQ==`],
    ["a name of 300 characters in 900 bytes", `${"写".repeat(300)} YQ==`],
  ])("%s", async (_, parameters) => {
    expect(await answer(`sendfile bob ${parameters}`)).toMatchObject({ status: "ERROR", code: "bad-request" });
    expect(await answer(`sendfilegroup kelas ${parameters}`)).toMatchObject({ status: "ERROR", code: "bad-request" });
  });

  it.each(["../../etc/passwd", "/etc/passwd", "uploads/foto", "..\\foto"])(
    "without content the server never looks at its disk: %s",
    async (name) => {
      expect(await answer(`sendfile bob ${name}`)).toMatchObject({ status: "ERROR", code: "bad-request" });
      expect(await answer(`download_file ${name}`)).toMatchObject({ status: "ERROR" });
    },
  );
});

describe("a request that is not UTF-8 is answered with bad-request, and the next one works", () => {
  it.each([
    ["a lone continuation byte", [0x80]],
    ["a byte that UTF-8 never has", [0xff]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["half a character", [0xe2, 0x82]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
  ])("%s", async (_, bytes) => {
    const request = Buffer.concat([Buffer.from("send bob halo "), Buffer.from(bytes), Buffer.from(END)]);
    expect(await answer(request)).toMatchObject({ status: "ERROR", code: "bad-request" });
    const both = await alice.raw(Buffer.concat([request, Buffer.from(`whoami${END}`)]), 2);
    expect(both).toMatchObject([
      { status: "ERROR", code: "bad-request" },
      { status: "OK", data: { username: "alice" } },
    ]);
  });
});

it("many bad requests at once leave a good one between them unharmed", async () => {
  const requests = ["sned", "send", "whoami", "sendfile bob .. YQ==", `auth alice ${PASSWORD}`, "read 17", "whoami"];
  const replies = await alice.raw(requests.map((request) => request + END).join(""), requests.length);
  expect(replies.map((reply) => reply.code ?? reply.status)).toEqual([
    "unknown-request",
    "bad-request",
    "OK",
    "bad-request",
    "OK",
    "bad-request",
    "OK",
  ]);
});
