/** Raw bodies: where they begin and end, whatever is in them, however they arrive, and what happens around them. */
import { randomBytes } from "node:crypto";
import { setImmediate as breath } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { begin, content, download, sent, sha256, stalled, uploaded, withBody } from "../support/bodies.ts";
import { hasRead, inbox, newUser, ok, PASSWORD, type Person, textIn } from "../support/people.ts";
import { type Answer, RawWire } from "../support/raw.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

const END = "\r\n\r\n";
const PONG = { status: "OK", message: "pong" };
const STRANGER = "11111111-2222-4333-8444-555555555555";

let server: TestServer;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  server = await startServer(["--memory", "--max-connections-per-ip", "10000"]);
  alice = await newUser(server, "alice");
  bob = await newUser(server, "bob");
});
afterAll(() => server.stop());

/** What a file sent is told to be. */
function fileOf(body: Uint8Array | string, name?: string): object {
  const file = { size: Buffer.from(body).length, sha256: sha256(body), ...(name !== undefined && { name }) };
  return { status: "OK", file };
}

interface Framing {
  readonly what: string;
  /** What every request ends with. */
  readonly end: string;
  /** Settled by a request before, or by the upload itself. */
  readonly settled: boolean;
}

const framings: readonly Framing[] = [
  { what: "blank-line framing", end: END, settled: true },
  { what: "auto framing, as the first request", end: END, settled: false },
  { what: "line framing", end: "\n", settled: true },
  { what: "line framing with CR LF", end: "\r\n", settled: true },
];

/** A connection in this framing. */
async function wireIn({ end, settled }: Framing): Promise<RawWire> {
  const wire = new RawWire(server);
  if (settled) expect(await wire.send(`ping${end}`).reply()).toMatchObject(PONG);
  return wire;
}

describe.each(framings)("in $what", (framing) => {
  const { end, settled } = framing;

  it.each([
    ["requests", "ping\r\n\r\nwhoami\r\n\r\nping\n"],
    ["an empty line at its start", "\r\n\r\nhalo"],
    ["a line end at its start", "\nhalo"],
    ["blanks at its start and end", "  \t halo \t  "],
    ["a line end at its end", "halo\r\n"],
    ["the end of a request at its end", "halo\r\n\r\n"],
    ["half an end of a request at its end", "halo\r\n\r"],
    ["only line ends", "\n\r\n\r\r\n\r\n\n"],
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: kampus\r\n\r\n"],
    ["an HTTP answer", "HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nhalo"],
    ["a reply with a length", `{"status":"OK","length":1000000}${END}`],
    ["an event", `{"event":"message","data":{}}${END}`],
    ["another upload", `upload bob lagi.txt 100${END}isi`],
    ["half a character", Buffer.from([0xe2, 0x82])],
    ["every byte there is", Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ["NUL", "\0\0\0\0"],
    ["0xff", Buffer.alloc(300, 0xff)],
    ["one byte", "\n"],
  ])("a body may hold %s", async (_, body) => {
    const wire = await wireIn(framing);
    wire.send(Buffer.concat([withBody(`upload ${alice.token} bob isi.bin ${body.length}`, body, end)]));
    wire.send(`ping${end}`);
    const reply = await wire.reply();
    expect(reply).toMatchObject(fileOf(body, "isi.bin"));
    expect(await wire.reply()).toMatchObject(PONG);
    // Back, on the same connection, between two requests.
    wire.send(`ping${end}download ${bob.token} ${sent(reply).file.id}${end}ping${end}`);
    expect(await wire.reply()).toMatchObject(PONG);
    const fetched = await wire.answer();
    expect(fetched.reply).toMatchObject({ status: "OK", filename: "isi.bin", offset: 0, length: body.length });
    expect(fetched.body).toEqual(Buffer.from(body));
    expect(await wire.reply()).toMatchObject(PONG);
    wire.end();
    expect(await wire.ended()).toEqual([]);
  });

  it("request and body may be cut in two anywhere", async () => {
    const body = "a\r\n\r\n\xff\n{}";
    const bytes = Buffer.concat([
      withBody(`upload ${alice.token} bob dua.bin ${body.length}`, Buffer.from(body, "latin1"), end),
      Buffer.from(`ping${end}`),
    ]);
    // A first line end with a pause after it would settle the framing.
    const points = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1).filter(
      (at) => settled || at !== bytes.indexOf("\n") + 1,
    );
    let wire = await wireIn(framing);
    for (const at of points) {
      if (settled) {
        // Who answers this has read what stands right after it.
        wire.send(Buffer.concat([Buffer.from(`ping${end}`), bytes.subarray(0, at)]));
        expect(await wire.reply(), `cut at ${at}`).toMatchObject(PONG);
      } else {
        wire = await wireIn(framing);
        wire.send(bytes.subarray(0, at));
        await hasRead(server);
      }
      wire.send(bytes.subarray(at));
      expect(await wire.reply(), `cut at ${at}`).toMatchObject(fileOf(Buffer.from(body, "latin1"), "dua.bin"));
      expect(await wire.reply(), `cut at ${at}`).toMatchObject(PONG);
      if (!settled) wire.close();
    }
    wire.close();
  });

  it("request and body may come byte by byte", async () => {
    const body = Buffer.from("\nhalo\r\n\r\n\xffping\r\n\r\n", "latin1");
    const wire = await wireIn(framing);
    const bytes = withBody(`upload ${alice.token} bob satu.bin ${body.length}`, body, end);
    const clock = await server.connect();
    for (const [at, byte] of bytes.entries()) {
      wire.send(Buffer.of(byte));
      // A pause after a first line end would settle the framing.
      if (settled || at > bytes.indexOf(end)) await ok(clock.request("ping"));
      else await breath();
    }
    clock.close();
    expect(await wire.reply()).toMatchObject(fileOf(body, "satu.bin"));
    expect(await wire.send(`ping${end}`).reply()).toMatchObject(PONG);
    wire.close();
  });

  it("two uploads and a ping in one piece are answered in order", async () => {
    const [first, second] = [randomBytes(2000), randomBytes(300)];
    const wire = await wireIn(framing);
    wire.send(
      Buffer.concat([
        withBody(`upload ${alice.token} bob satu.bin ${first.length}`, first, end),
        withBody(`upload ${alice.token} bob dua.bin ${second.length}`, second, end),
        Buffer.from(`ping${end}`),
      ]),
    );
    expect(await wire.replies(3)).toMatchObject([fileOf(first, "satu.bin"), fileOf(second, "dua.bin"), PONG]);
    wire.close();
  });

  it("an upload of nothing has no body, and the next request follows at once", async () => {
    const wire = await wireIn(framing);
    wire.send(`upload ${alice.token} bob kosong 0${end}ping${end}`);
    const reply = await wire.reply();
    expect(reply).toMatchObject(fileOf("", "kosong"));
    expect(await wire.reply()).toMatchObject(PONG);
    wire.send(`download ${bob.token} ${sent(reply).file.id}${end}ping${end}`);
    const fetched = await wire.answer();
    expect(fetched.reply).toMatchObject({ status: "OK", size: 0, length: 0, offset: 0, sha256: sha256("") });
    expect(await wire.reply()).toMatchObject(PONG);
    wire.close();
  });

  it("a refused upload's body is dropped, and what looks like a request in it is none", async () => {
    const body = `\n\r\n\r\nsend ${alice.token} bob curang\r\n\r\nsend ${alice.token} bob curang\n`;
    const wire = await wireIn(framing);
    wire.send(
      Buffer.concat([
        withBody(`upload ${alice.token} nobody a.txt ${body.length}`, body, end),
        Buffer.from(`send ${alice.token} bob jujur${end}`),
      ]),
    );
    expect(await wire.replies(2)).toMatchObject([{ status: "ERROR", code: "user-not-found" }, { status: "OK" }]);
    wire.close();
    const texts = await inbox(bob.client, "all");
    expect(texts).toContain("jujur");
    expect(texts.join(" ")).not.toContain("curang");
  });
});

describe("who has sent everything may close his side, as `nc -N` does", () => {
  it("after the body", async () => {
    const body = randomBytes(5000);
    const wire = begin(server, alice.token, { to: "bob", name: "nc.bin", content: body }).end();
    expect(await wire.ended()).toMatchObject([{ reply: fileOf(body, "nc.bin") }]);
  });

  it("after a last request without an end, behind the body", async () => {
    const body = randomBytes(500);
    const wire = begin(server, alice.token, { to: "bob", name: "nc.bin", content: body }).send("ping").end();
    expect(await wire.ended()).toMatchObject([{ reply: fileOf(body) }, { reply: PONG }]);
  });

  it("after an upload of nothing, whose request has no end", async () => {
    const wire = new RawWire(server).send(`upload ${alice.token} bob kosong 0`).end();
    expect(await wire.ended()).toMatchObject([{ reply: fileOf("", "kosong") }]);
  });

  it("after a download, which is still sent whole", async () => {
    const body = randomBytes(3 * 2 ** 20);
    const { file } = await uploaded(server, alice.token, { to: "bob", name: "besar.bin", content: body });
    const wire = new RawWire(server).request(`download ${bob.token} ${file.id}`).end();
    const [answer, ...others] = await wire.ended();
    expect(others).toEqual([]);
    expect(answer?.reply).toMatchObject({ status: "OK", length: body.length });
    expect(sha256(answer?.body ?? "")).toBe(sha256(body));
  });

  it("too early: the reply says how much of the body has arrived, and nothing is delivered", async () => {
    const wire = new RawWire(server).send(withBody(`upload ${alice.token} bob pendek.bin 700`, randomBytes(321))).end();
    const answers = await wire.ended();
    expect(answers).toMatchObject([{ reply: { status: "ERROR", code: "incomplete" } }]);
    expect(JSON.stringify(answers[0]?.reply)).toMatch(/\b321\b/);
    expect(await inbox(bob.client, "all")).not.toContain("pendek.bin");
  });

  it.each([
    ["with an end", END],
    ["without one", ""],
  ])("before the body, after a request %s: nothing has arrived", async (_, end) => {
    const wire = new RawWire(server).send(`upload ${alice.token} bob pendek.bin 700${end}`).end();
    expect(await wire.ended()).toMatchObject([{ reply: { status: "ERROR", code: "incomplete" } }]);
    expect(await inbox(bob.client, "all")).not.toContain("pendek.bin");
  });

  it("too early, behind requests that take their time", async () => {
    const { file } = await uploaded(server, alice.token, {
      to: "bob",
      name: "besar.bin",
      content: randomBytes(2 ** 20),
    });
    const wire = new RawWire(server).request(`auth alice ${PASSWORD}`, `download ${file.id}`);
    wire.send(withBody("upload bob pendek.bin 700", randomBytes(321))).end();
    const [login, fetched, short, ...others] = await wire.ended();
    expect(login?.reply).toMatchObject({ status: "OK", user: "alice" });
    expect(fetched?.body).toHaveLength(file.size);
    expect(short?.reply).toMatchObject({ status: "ERROR", code: "incomplete" });
    expect(JSON.stringify(short?.reply)).toMatch(/\b321\b/);
    expect(others).toEqual([]);
    expect(await inbox(bob.client, "all")).not.toContain("pendek.bin");
  });

  it.each([1, 2, 3, 4, 5])(
    "too early by %d bytes, behind logins: nothing stands in for what is missing",
    async (missing) => {
      const body = randomBytes(700);
      const name = `kurang-${missing}.bin`;
      const wire = new RawWire(server).request(...Array<string>(5).fill(`auth alice ${PASSWORD}`));
      wire.send(withBody(`upload bob ${name} ${body.length}`, body.subarray(missing))).end();
      const answers = await wire.ended();
      expect(answers).toHaveLength(6);
      expect(answers[5]?.reply).toMatchObject({ status: "ERROR", code: "incomplete" });
      expect(JSON.stringify(answers[5]?.reply)).toContain(String(700 - missing));
      expect(await inbox(bob.client, "all")).not.toContain(name);
    },
  );

  it("after a login, an upload and its body in one piece, as a script does", async () => {
    const body = randomBytes(5000);
    const wire = new RawWire(server).request(`auth alice ${PASSWORD}`);
    wire
      .send(withBody(`upload bob skrip.bin ${body.length}`, body))
      .request("files limit 1")
      .end();
    expect(await wire.ended()).toMatchObject([
      { reply: { status: "OK", user: "alice" } },
      { reply: fileOf(body, "skrip.bin") },
      { reply: { status: "OK", data: [{ name: "skrip.bin" }] } },
    ]);
  });

  it("in the middle of a refused body, which gets its refusal only", async () => {
    const wire = new RawWire(server).send(withBody(`upload ${alice.token} nobody a.bin 700`, randomBytes(321))).end();
    expect(await wire.ended()).toMatchObject([{ reply: { status: "ERROR", code: "user-not-found" } }]);
  });
});

it("a body may be larger than any request, in pieces of any size", async () => {
  const body = randomBytes(20 * 2 ** 20);
  const wire = new RawWire(server).send(`upload ${alice.token} bob besar.bin ${body.length}${END}`);
  for (let at = 0; at < body.length; ) {
    const next = at + 1 + Math.floor(Math.random() * 300_000);
    wire.send(body.subarray(at, next));
    await breath();
    at = next;
  }
  wire.request("ping");
  const reply = await wire.reply();
  expect(reply).toMatchObject(fileOf(body, "besar.bin"));
  expect(await wire.reply()).toMatchObject(PONG);
  wire.close();
  expect(body.equals(await content(server, bob.token, sent(reply).file.id))).toBe(true);
});

describe("a refused upload is answered at once, its body dropped, and the requests after it answered", () => {
  let narrow: TestServer;
  let carol: Person;
  beforeAll(async () => {
    narrow = await startServer(["--memory", "--max-file", "100K"]);
    carol = await newUser(narrow, "carol");
    await ok((await newUser(narrow, "dedi")).client.request("addgroup kelas"));
  });
  afterAll(() => narrow.stop());

  it.each([
    ["to nobody", "upload TOKEN nobody a.txt SIZE", "user-not-found"],
    ["to no group", "upload TOKEN #nogroup a.txt SIZE", "group-not-found"],
    ["to a group of others", "upload TOKEN #kelas a.txt SIZE", "not-member"],
    ["to a realm that is not known", "upload TOKEN dedi@nowhere a.txt SIZE", "realm-not-found"],
    ["with a name that climbs", "upload TOKEN dedi ..%2fa.txt SIZE", "bad-request"],
    ["with a sha256 that is none", "upload TOKEN dedi a.txt SIZE sha256 abc", "bad-request"],
    ["with an id that is too long", `upload TOKEN dedi a.txt SIZE id ${"x".repeat(65)}`, "bad-request"],
    ["that goes on where nothing is", "upload TOKEN dedi a.txt 1000000 offset OFFSET", "bad-request"],
    ["with a token that is none", `upload ${STRANGER} dedi a.txt SIZE`, "no-session"],
    ["of nobody", "upload dedi a.txt SIZE", "no-session"],
  ])("%s", async (_, request, code) => {
    const body = `\r\n\r\nsend ${carol.token} dedi curang\r\n\r\n`.repeat(50);
    const words: Record<string, string | number> = {
      TOKEN: carol.token,
      SIZE: body.length,
      OFFSET: 1_000_000 - body.length,
    };
    const text = request.replace(/[A-Z]{4,}/g, (word) => String(words[word]));
    const wire = new RawWire(narrow);
    // The refusal comes before anything of the body is sent.
    expect(await wire.request(text).reply()).toMatchObject({ status: "ERROR", code });
    expect(await wire.send(body).request("ping").reply()).toMatchObject(PONG);
    // All in one piece.
    wire.send(Buffer.concat([withBody(text, body), Buffer.from(`ping${END}`)]));
    expect(await wire.replies(2)).toMatchObject([{ status: "ERROR", code }, PONG]);
    wire.end();
    expect(await wire.ended()).toEqual([]);
    const dedi = await narrow.connect();
    await ok(dedi.request(`auth dedi ${PASSWORD}`));
    expect(await inbox(dedi, "all")).toEqual([]);
    dedi.close();
  });

  it("too large for this server, with a body of several MB", async () => {
    const body = Buffer.alloc(5 * 2 ** 20, `\r\n\r\nsend ${carol.token} dedi curang\r\n\r\n`);
    const wire = new RawWire(narrow).send(withBody(`upload ${carol.token} dedi besar.bin ${body.length}`, body));
    wire.request("ping").end();
    const refusal = { status: "ERROR", code: "too-large" };
    expect(await wire.ended()).toMatchObject([{ reply: refusal }, { reply: PONG }]);
  });

  it("and who does not want to send the body closes the connection", async () => {
    const wire = new RawWire(narrow).request(`upload ${carol.token} nobody a.txt 1000`);
    expect(await wire.reply()).toMatchObject({ code: "user-not-found" });
    wire.end();
    expect(await wire.ended()).toEqual([]);
  });
});

describe("where it cannot be told how long the body is, the connection is closed after bad-request", () => {
  it.each([
    ["no size", "upload TOKEN bob a.txt"],
    ["neither size nor name", "upload TOKEN bob"],
    ["a size that is a word", "upload TOKEN bob a.txt besar"],
    ["a size below nothing", "upload TOKEN bob a.txt -1"],
    ["a size with a fraction", "upload TOKEN bob a.txt 1.5"],
    ["a size in hex", "upload TOKEN bob a.txt 0x10"],
    ["a size with an exponent", "upload TOKEN bob a.txt 1e3"],
    ["a size that starts as a number", "upload TOKEN bob a.txt 12kb"],
    ["an option where the size should be", "upload TOKEN bob a.txt id x1"],
    ["an offset beyond the size", "upload TOKEN bob a.txt 10 id x1 offset 11"],
    ["an offset that is a word", "upload TOKEN bob a.txt 10 id x1 offset awal"],
    ["an offset below nothing", "upload TOKEN bob a.txt 10 id x1 offset -1"],
  ])("%s", async (_, request) => {
    const before = await inbox(bob.client, "all");
    const wire = new RawWire(server).request("ping", request.replace("TOKEN", alice.token));
    wire.request(`send ${alice.token} bob curang`, "ping");
    const answers = await wire.ended();
    expect(answers).toMatchObject([{ reply: PONG }, { reply: { status: "ERROR", code: "bad-request" } }]);
    expect(await inbox(bob.client, "all")).toEqual(before);
  });

  it("in lines, too", async () => {
    const wire = await wireIn({ what: "lines", end: "\n", settled: true });
    wire.send(`upload ${alice.token} bob a.txt\nisi\nsend ${alice.token} bob curang\nping\n`);
    expect(await wire.ended()).toMatchObject([{ reply: { code: "bad-request" } }]);
    expect(await inbox(bob.client, "all")).not.toContain("curang");
  });
});

describe("whoever has logged in, in the words of", () => {
  it.each([
    ["basic", `auth alice ${PASSWORD}`],
    ["multirealm", `login alice ${PASSWORD}`],
    ["unix", `auth_login alice ${PASSWORD}`],
    ["native, chosen by name", `dialect native${END}auth alice ${PASSWORD}`],
  ])("%s, uploads and downloads by the connection's session", async (_, login) => {
    const body = Buffer.from("\r\n\r\nping\r\n\r\n\xff\0", "latin1");
    const wire = new RawWire(server);
    for (const request of login.split(END)) expect(await wire.request(request).reply()).toMatchObject({ status: "OK" });
    wire.send(withBody(`upload bob isi.bin ${body.length}`, body)).request("ping");
    const reply = await wire.reply();
    expect(reply).toMatchObject(fileOf(body, "isi.bin"));
    expect(await wire.reply()).toMatchObject(PONG);
    wire.request(`download ${sent(reply).file.id}`, "ping");
    expect(await wire.answer()).toMatchObject({ reply: { status: "OK", filename: "isi.bin" }, body });
    expect(await wire.reply()).toMatchObject(PONG);
    wire.close();
  });

  it("any dialect, has a token for every request, and is answered in ASCII with the same bytes", async () => {
    const body = Buffer.from("写\r\n\r\n\xff", "latin1");
    const wire = begin(server, alice.token, { to: "bob", name: "写é🎉.txt", content: body }).request("ping");
    const { file } = sent(await wire.reply());
    expect(await wire.reply()).toMatchObject(PONG);
    const answer = await wire.request(`download ${bob.token} ${file.id}`).answer();
    expect(answer).toMatchObject({ reply: { filename: "写é🎉.txt", length: body.length }, body });
    wire.close();
  });

  it("any dialect, may write the request's words in any case", async () => {
    const wire = new RawWire(server).send(
      withBody(`UPLOAD ${alice.token} bob isi.txt 4 SHA256 ${sha256("halo")} ID Kata`, "halo"),
    );
    const { file } = sent(await wire.reply());
    expect(await wire.request(`Download ${bob.token} ${file.id} Offset 2`).answer()).toMatchObject({
      reply: { status: "OK", offset: 2, length: 2 },
      body: Buffer.from("lo"),
    });
    wire.close();
  });
});

describe("a download", () => {
  it("is followed by the reply to the next request right after its bytes, many times over", async () => {
    const bodies = [randomBytes(70_000), Buffer.alloc(0), Buffer.from(END), randomBytes(1)];
    const files = [];
    for (const [i, body] of bodies.entries()) {
      files.push((await uploaded(server, alice.token, { to: "bob", name: `${i}.bin`, content: body })).file);
    }
    const wire = new RawWire(server);
    for (let i = 0; i < 5; i++) {
      for (const { id } of files) wire.request(`download ${bob.token} ${id}`, "ping");
    }
    for (let i = 0; i < 5; i++) {
      for (const [at, body] of bodies.entries()) {
        const answer = await wire.answer();
        expect(answer.reply).toMatchObject({ status: "OK", filename: `${at}.bin`, sha256: sha256(body) });
        expect(body.equals(answer.body)).toBe(true);
        expect(await wire.reply()).toMatchObject(PONG);
      }
    }
    wire.close();
  });

  it("that is refused has no length and no bytes", async () => {
    const wire = new RawWire(server).request(`download ${bob.token} ${STRANGER}`, "ping");
    const [refusal, pong] = await wire.replies(2);
    expect(refusal).toMatchObject({ status: "ERROR", code: "file-not-found" });
    expect(refusal).not.toHaveProperty("length");
    expect(pong).toMatchObject(PONG);
    wire.close();
  });

  it("keeps events until its bytes are out; then all of them are told, none of them in between", async () => {
    const here = await started("--memory");
    const sender = await newUser(here, "alice");
    const { token } = await newUser(here, "bob");
    const body = randomBytes(32 * 2 ** 20);
    const { file } = await uploaded(here, sender.token, { to: "bob", name: "besar.bin", content: body });
    const wire = new RawWire(here).request(`watch ${token} on`);
    expect(await wire.reply()).toMatchObject({ status: "OK" });
    wire.request(`download ${token} ${file.id}`, "ping");
    await wire.pauseAfterNext();
    const texts = Array.from({ length: 200 }, (_, i) => `kabar ${i}`);
    for (const text of texts) await ok(sender.client.request(`send bob ${text}`));
    await hasRead(here);
    expect(wire.arrived).toBeLessThan(body.length);
    expect(wire.events).toEqual([]);
    wire.resume();
    const { reply, body: received } = await wire.answer();
    expect(reply).toMatchObject({ status: "OK", length: body.length });
    expect(body.equals(received)).toBe(true);
    expect(await wire.reply()).toMatchObject(PONG);
    await until("all events are told", () => wire.events.length >= texts.length);
    expect(wire.events.map(textIn)).toEqual(texts);
    expect(wire.order.slice(0, 2)).toEqual(["reply", "reply"]);
    wire.close();
  });
});

it("while an upload is under way its connection is told what happens, in order", async () => {
  const body = Buffer.from("0123456789");
  const wire = new RawWire(server).request(`watch ${bob.token} on`);
  expect(await wire.reply()).toMatchObject({ status: "OK" });
  wire.send(withBody(`ping${END}upload ${bob.token} alice a.bin ${body.length}`, body.subarray(0, 5)));
  expect(await wire.reply()).toMatchObject(PONG);
  const texts = ["satu", "dua", "tiga"];
  for (const text of texts) await ok(alice.client.request(`send bob ${text}`));
  await until("all events are told", () => wire.events.length >= texts.length);
  expect(wire.events.map(textIn)).toEqual(texts);
  wire.send(body.subarray(5)).request("ping");
  expect(await wire.replies(2)).toMatchObject([fileOf(body, "a.bin"), PONG]);
  wire.close();
});

it("an upload that is under way holds back nobody else, nor is it seen by anyone before it is whole", async () => {
  const wire = new RawWire(server).send(withBody(`ping${END}upload ${alice.token} bob setengah.bin 10`, "01234"));
  expect(await wire.reply()).toMatchObject(PONG);
  await ok(alice.client.request("send bob sementara itu"));
  const texts = await inbox(bob.client, "all");
  expect(texts.at(-1)).toBe("sementara itu");
  expect(texts).not.toContain("setengah.bin");
  expect(await wire.send("56789").reply()).toMatchObject(fileOf("0123456789", "setengah.bin"));
  expect((await inbox(bob.client, "all")).at(-1)).toBe("setengah.bin");
  wire.close();
});

describe("requests, uploads and downloads in any mixture, in any pieces", () => {
  const stored = { body: Buffer.from("\r\n\r\n{}\n\xff\0ping\r\n\r\n", "latin1"), id: "" };
  beforeAll(async () => {
    stored.id = (await uploaded(server, alice.token, { to: "bob", name: "tetap.bin", content: stored.body })).file.id;
  });

  interface Step {
    readonly what: string;
    readonly bytes: (end: string) => Buffer;
    /** What of the answer must be there. */
    readonly answer: () => Partial<Answer> | { readonly reply: object };
  }

  const bit = fc.constantFrom("\r\n\r\n", "\r\n", "\n", "\r", "ping", "upload bob a 3", "\xff", "\0", " ", "{}", "写");
  const body = fc.oneof(
    fc.array(bit, { maxLength: 12 }).map((bits) => Buffer.from(bits.join(""), "latin1")),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  const plain = (request: () => string, reply: object): Step => ({
    what: JSON.stringify(reply),
    bytes: (end) => Buffer.from(request() + end, "latin1"),
    answer: () => ({ reply }),
  });
  const sending = (request: string, reply: (body: Buffer) => object): fc.Arbitrary<Step> => {
    return body.map((bytes) => ({
      what: `${request} ${JSON.stringify(bytes.toString("latin1"))}`,
      bytes: (end) => withBody(request.replace("TOKEN", alice.token).replace("SIZE", String(bytes.length)), bytes, end),
      answer: () => ({ reply: reply(bytes) }),
    }));
  };
  const step = fc.oneof(
    fc.constantFrom(
      plain(() => "ping", PONG),
      plain(() => `whoami ${bob.token}`, { data: { username: "bob" } }),
      // What takes its time holds back the ones after it.
      plain(() => `auth alice ${PASSWORD}`, { status: "OK", user: "alice" }),
      plain(() => "sned", { code: "unknown-request" }),
      plain(() => "ping \xff", { code: "bad-request" }),
      plain(() => `download ${bob.token} ${STRANGER}`, { code: "file-not-found" }),
    ),
    sending("upload TOKEN bob isi.bin SIZE", (bytes) => fileOf(bytes, "isi.bin")),
    sending("upload TOKEN nobody isi.bin SIZE", () => ({ code: "user-not-found" })),
    sending("upload TOKEN bob isi%zz.bin SIZE", () => ({ code: "bad-request" })),
    sending(`upload TOKEN bob isi.bin SIZE sha256 ${"0".repeat(64)}`, () => ({ code: "checksum" })),
    fc.constant<Step>({
      what: "download",
      bytes: (end) => Buffer.from(`download ${bob.token} ${stored.id}${end}`),
      answer: () => ({ reply: { status: "OK", length: stored.body.length }, body: stored.body }),
    }),
  );

  it.each([
    { what: "blank-line", end: END, settled: true },
    { what: "auto", end: END, settled: false },
    { what: "line", end: "\n", settled: true },
  ])("get the answers that each gets alone, in $what framing", async (framing) => {
    const places = fc.array(fc.nat(100_000), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), places, async (steps, cuts) => {
        const bytes = Buffer.concat(steps.map((one) => one.bytes(framing.end)));
        // A first line end with a pause after it would settle the framing.
        const settling = framing.settled ? -1 : bytes.indexOf("\n") + 1;
        const at = cuts.map((cut) => cut % (bytes.length + 1)).filter((cut) => cut !== settling);
        const wire = await wireIn(framing);
        let from = 0;
        for (const to of [...at, bytes.length].toSorted((a, b) => a - b)) {
          wire.send(bytes.subarray(from, to));
          await breath();
          from = to;
        }
        wire.end();
        const answers = await wire.ended();
        const sentWas = steps.map(({ what }) => what).join(", ");
        expect(answers, sentWas).toMatchObject(steps.map((one) => one.answer()));
      }),
      { numRuns: 60 },
    );
  });
});

it("a download to somebody who goes away in the middle harms nobody", async () => {
  const { file } = await uploaded(server, alice.token, {
    to: "bob",
    name: "besar.bin",
    content: randomBytes(24 * 2 ** 20),
  });
  for (let i = 0; i < 20; i++) {
    (await stalled(server, bob.token, file.id)).close();
  }
  await hasRead(server);
  expect((await download(server, bob.token, file.id, file.size - 3)).body).toHaveLength(3);
});
