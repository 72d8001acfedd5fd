/** A file's name is data: whatever it is comes back byte for byte, and what would lead elsewhere is refused. */
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, content, download, sent, uploaded, withBody } from "../support/bodies.ts";
import { inbox, newUser, ok, PASSWORD, type Person } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { storedBelow } from "../support/uploads.ts";

const BODY = Buffer.from("isi\r\n\r\n\xff", "latin1");
const STAMP = /^\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d_/;

/** Percent-encoded wherever it must be, and nowhere else. */
function least(name: string): string {
  return name.replace(/[ %]/g, (letter) => (letter === " " ? "%20" : "%25"));
}

/** Every byte of it percent-encoded. */
function most(name: string): string {
  return Buffer.from(name)
    .toString("hex")
    .replace(/../g, (pair) => `%${pair}`);
}

describe("a name that is any comes back", () => {
  let server: TestServer;
  let number = 0;
  let called: { readonly alice: string; readonly bob: string };
  let alice: Person;
  let bob: Person;
  let before: readonly string[];

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    number++;
    called = { alice: `alice${number}`, bob: `bob${number}` };
    alice = await newUser(server, called.alice);
    bob = await newUser(server, called.bob);
    before = storedBelow(server.uploads);
  });

  /** What the test has stored. */
  function stored(): readonly string[] {
    return storedBelow(server.uploads).filter((path) => !before.includes(path));
  }

  it.each([
    ["plain", "laporan.pdf"],
    ["with blanks", "laporan akhir  2026 .pdf"],
    ["that is a blank", " "],
    ["with blanks at both ends", "  halo  "],
    ["with percent signs", "100% %20 %%.txt"],
    ["that looks percent-encoded", "a%2fb"],
    ["with every sign of ASCII that is allowed", "!\"#$%&'()*+,-.:;<=>?@[]^_`{|}~"],
    ["in Unicode", "日本語-é-🎉-ß.txt"],
    ["with marks composed and apart", "e\u0301-\u00e9.txt"],
    ["with signs that are not seen", "a\u200b\u202e\ufeff\u2028b\u00ad"],
    ["that begins with a byte order mark", "\ufeffa.txt"],
    ["with the sign for a broken character", "a\ufffdb"],
    ["with characters that mean nothing", "a\uffff\u{10ffff}"],
    ["with a blank that is none of ASCII", "a\u00a0b\u3000c"],
    ["that starts with a dot", ".profile"],
    ["that starts with a dash", "-rf"],
    ["with dots in it", "a..b...tar.gz"],
    ["that ends in dots", "a..."],
    ["that ends in a blank", "a "],
    ["of a device on Windows", "CON"],
    ["of a device on Windows, with an extension", "com1.txt"],
    ["with a colon", "a:b"],
    ["that a server may use itself", ".obrol"],
    ["of a database", "obrol.db"],
    ["that is a home", "~"],
    ["that is a word of scripts", "__proto__"],
    ["that is another one", "constructor"],
    ["that is a number", "17"],
    ["that is a word of the request", "sha256"],
    ["that reads as a token", "11111111-2222-4333-8444-555555555555"],
    ["of 255 bytes", `${"n".repeat(251)}.txt`],
    ["of 255 bytes in Unicode", "写".repeat(85)],
    ["of 255 bytes in characters of four bytes", `${"🎉".repeat(63)}abc`],
  ])("%s", async (_, name) => {
    for (const encoded of [least(name), most(name), most(name).toUpperCase(), encodeURIComponent(name)]) {
      const { reply } = await ask(server, `upload ${alice.token} ${called.bob} ${encoded} ${BODY.length}`, BODY);
      const { file } = sent(reply);
      expect(file.name).toBe(name);
      expect((await download(server, bob.token, file.id)).reply).toMatchObject({ filename: name });
      expect(await content(server, bob.token, file.id)).toEqual(BODY);
    }
    const { data } = await ok(bob.client.request("files received"));
    expect((data as { name: string }[]).map((file) => file.name)).toEqual(Array(4).fill(name));
    expect(new Set(await inbox(bob.client, "all"))).toEqual(new Set([name]));
    const my = (await ok(bob.client.request("my_file"))).data as Record<string, readonly string[]>;
    expect(new Set(my[called.alice])).toEqual(new Set([name]));
    // On disk: one file each, in the folder itself, beginning with its time.
    expect(stored()).toHaveLength(4);
    for (const path of stored()) {
      expect(dirname(path)).toBe(server.uploads);
      expect(basename(path)).toMatch(STAMP);
      expect(Buffer.byteLength(basename(path))).toBeLessThanOrEqual(255);
      expect(readFileSync(path)).toEqual(BODY);
    }
  });

  it("many of one name in the same second, each with its own content", async () => {
    const contents = Array.from({ length: 12 }, (_, i) => Buffer.from(`isi ${i}`));
    const name = "catatan harian.txt";
    const files = await Promise.all(
      contents.map((body, i) => {
        const [from, to] = i % 2 === 0 ? [alice, called.bob] : [bob, called.alice];
        return uploaded(server, from.token, { to, name, content: body });
      }),
    );
    expect(new Set(files.map(({ file }) => file.id)).size).toBe(contents.length);
    for (const [i, { file }] of files.entries()) {
      expect(await content(server, alice.token, file.id)).toEqual(contents[i]);
      expect(await content(server, bob.token, file.id)).toEqual(contents[i]);
    }
    for (const path of stored()) expect(basename(path)).toMatch(STAMP);
    const found = stored().map((path) => readFileSync(path, "utf8"));
    expect(found.toSorted()).toEqual(contents.map(String).toSorted());
  });

  it("names too long for the disk that differ only in their end or their case stay apart", async () => {
    const long = "n".repeat(254);
    const names = [
      `${long}a`,
      `${long}b`,
      `${long}A`,
      `${"写".repeat(84)}abc`,
      `${"写".repeat(84)}abd`,
      "a.txt",
      "A.TXT",
    ];
    const files = await Promise.all(
      names.map((name) => uploaded(server, alice.token, { to: called.bob, name, content: `isi ${name}` })),
    );
    for (const [i, { file }] of files.entries()) {
      expect(file.name).toBe(names[i]);
      expect(String(await content(server, bob.token, file.id))).toBe(`isi ${names[i]}`);
    }
    expect(stored()).toHaveLength(names.length);
  });
});

describe("a name that is none is refused, its body dropped, and nothing is stored", () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    server = await startServer(["--memory"]);
    alice = await newUser(server, "alice");
    bob = await newUser(server, "bob");
  });
  afterAll(() => server.stop());

  it.each([
    ["with a slash", "a/b"],
    ["with a slash, encoded", "a%2fb"],
    ["with a slash, encoded in upper case", "a%2Fb"],
    ["with a slash at its end", "a%2f"],
    ["from the root", "/etc/passwd"],
    ["from the root, encoded", "%2fetc%2fpasswd"],
    ["with a backslash", "a\\b"],
    ["with a backslash, encoded", "a%5cb"],
    ["of one dot", "."],
    ["of one dot, encoded", "%2e"],
    ["of two dots", ".."],
    ["of two dots, encoded", "%2e%2e"],
    ["of two dots, half encoded", ".%2e"],
    ["that starts with two dots", "..a"],
    ["that climbs", "%2e%2e%2fa"],
    ["with NUL", "a%00b"],
    ["with a line feed", "a%0ab"],
    ["with the end of a request", "a%0d%0a%0d%0aping"],
    ["with a tab", "a%09b"],
    ["with an escape", "a%1bb"],
    ["with DEL", "a%7fb"],
    ["with a control character beyond ASCII", "a%c2%9bb"],
    ["of 256 bytes", "n".repeat(256)],
    ["of 256 bytes, encoded", "%6e".repeat(256)],
    ["of 258 bytes in Unicode", "写".repeat(86)],
    ["of 86 characters in 258 bytes, encoded", "%e5%86%99".repeat(86)],
    ["of a percent sign", "%"],
    ["that ends in a percent sign", "100%"],
    ["with a percent sign and one digit", "a%2"],
    ["with a percent sign and no hex", "a%zzb"],
    ["with a percent sign and half a hex number", "a%2gb"],
    ["with two percent signs", "a%%20"],
    ["with a signed hex number", "a%+1b"],
    ["of a byte that UTF-8 never has", "a%ffb"],
    ["of a lone continuation byte", "a%80b"],
    ["of half a character", "a%e2%82"],
    ["of an overlong slash", "a%c0%afb"],
    ["of a surrogate", "a%ed%a0%80b"],
    ["of a character beyond Unicode", "a%f4%90%80%80b"],
  ])("%s", async (_, encoded) => {
    const wire = new RawWire(server);
    for (const to of ["bob", "nobody"]) {
      wire.send(withBody(`upload ${alice.token} ${to} ${encoded} ${BODY.length}`, BODY)).request("ping");
      expect(await wire.replies(2)).toMatchObject([{ status: "ERROR" }, { message: "pong" }]);
    }
    expect(wire.answers[0]?.reply).toMatchObject({ code: "bad-request" });
    wire.close();
    expect(storedBelow(server.uploads)).toEqual([]);
    expect(await inbox(bob.client, "all")).toEqual([]);
  });
});

describe("a name with blanks is fetched by name", () => {
  const name = "laporan akhir  tahun 2026.txt";
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    server = await startServer(["--memory"]);
    alice = await newUser(server, "alice");
    bob = await newUser(server, "bob");
    await ok(alice.client.request("addgroup kelas"));
    await ok(bob.client.request("joingroup kelas"));
    await uploaded(server, alice.token, { to: "bob", name, content: BODY });
    await uploaded(server, alice.token, { to: "#kelas", name, content: Buffer.from("isi kelas") });
    await uploaded(server, alice.token, { to: "bob", name: "laporan", content: Buffer.from("lain") });
  });
  afterAll(() => server.stop());

  it.each([
    ["native", `auth bob ${PASSWORD}`, `downloadgroup_file kelas ${name}`, "isi kelas"],
    ["unix", `auth_login bob ${PASSWORD}`, `downloadgroup_file kelas ${name}`, "isi kelas"],
    ["auto", `auth bob ${PASSWORD}`, `downloadgroup_file kelas ${name}`, "isi kelas"],
    ["token", `auth bob ${PASSWORD}`, `DOWNLOAD FILE TOKEN alice ${name}`, BODY],
    ["token", `auth bob ${PASSWORD}`, `download_file TOKEN alice ${name}`, BODY],
    ["token", `auth bob ${PASSWORD}`, `download_file TOKEN kelas ${name}`, "isi kelas"],
    ["auto", `auth bob ${PASSWORD}`, `download_file TOKEN alice ${name}`, BODY],
  ])("in %s, after `%s`, by `%s`", async (dialect, login, request, body) => {
    const client = await server.connect();
    await ok(client.request(`dialect ${dialect}`));
    const { tokenid } = await ok(client.request(login));
    const reply = await ok(client.request(request.replace("TOKEN", String(tokenid))));
    expect(reply).toMatchObject({ filename: name, data: Buffer.from(body).toString("base64") });
    client.close();
  });

  it.each(["native", "unix", "auto"])("in %s, by `download_file NAME`", async (dialect) => {
    const client = await server.connect();
    await ok(client.request(`dialect ${dialect}`));
    await ok(client.request(dialect === "unix" ? `auth_login bob ${PASSWORD}` : `auth bob ${PASSWORD}`));
    await uploaded(server, alice.token, { to: "bob", name, content: BODY });
    const reply = await ok(client.request(`download_file ${name}`));
    expect(reply).toMatchObject({ filename: name, data: BODY.toString("base64") });
    // Another number of blanks is another name.
    const other = await client.request("download_file laporan akhir tahun 2026.txt");
    expect(other).toMatchObject({ status: "ERROR", code: "file-not-found" });
    client.close();
  });
});
