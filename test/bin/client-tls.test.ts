/** chat-client over TLS: which servers it speaks to, and what it remembers of them. */
import { readFileSync, statSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { exits } from "../../src/client/script/exits.ts";
import type { Wire } from "../../src/connection/wire.ts";
import { newAuthority, newCertificate, type TestCertificate, written } from "../support/certificate.ts";
import { newScene } from "../support/chat-client.ts";
import { testFolder } from "../support/folder.ts";
import { House } from "../support/house.ts";
import { loggedIn, newUser } from "../support/people.ts";
import { began } from "../support/prompt.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { path, run, start, write } = scene;
const KEY = /sha256:[\w+/]{43}=/;

/** A server that shows this. */
async function showing(certificate: TestCertificate, ...options: readonly string[]): Promise<TestServer> {
  const server = await startServer(["--memory", ...written(testFolder(), certificate), ...options]);
  onTestFinished(() => server.stop());
  return server;
}

/** One that comes back with another certificate on the same port. */
interface Changing {
  readonly port: number;
  connect(): Promise<Wire>;
  show(next: TestCertificate): Promise<void>;
}

async function changing(first: TestCertificate): Promise<Changing> {
  const folder = testFolder();
  const house = await House.of("rumah", ...written(folder, first));
  return {
    port: house.port,
    connect: () => house.connect(),
    async show(next) {
      await house.stop();
      written(folder, next);
      await house.start();
    },
  };
}

function known(): Record<string, string> {
  return JSON.parse(readFileSync(path("state/obrol/known-hosts.json"), "utf8")).hosts;
}

describe("a server that no authority confirms", () => {
  test("is told of in one line the first time, and remembered where nobody else reads", async () => {
    const certificate = newCertificate();
    const { port } = await showing(certificate);
    const first = await run(["--tls", "ping"], { port });
    expect(first).toMatchObject({ code: exits.done, stdout: "pong\n" });
    expect(first.stderr).toBe(`127.0.0.1:${port} is new, and has the public key sha256:${certificate.pin}\n`);
    expect(known()).toEqual({ [`127.0.0.1:${port}`]: certificate.pin });
    expect((statSync(path("state/obrol/known-hosts.json")).mode & 0o777).toString(8)).toBe("600");
    expect(await run(["--tls", "ping"], { port })).toMatchObject({ code: exits.done, stderr: "" });
  });

  test("is refused when its key has changed, and it is said what to do", async () => {
    const server = await changing(newCertificate());
    await run(["--tls", "ping"], { port: server.port });
    const before = known();
    const other = newCertificate();
    await server.show(other);
    const { code, stdout, stderr } = await run(["--tls", "ping"], { port: server.port });
    expect({ code, stdout }).toEqual({ code: exits.identity, stdout: "" });
    expect(stderr).toContain("has another public key than before");
    expect(stderr).toContain(`sha256:${other.pin}`);
    expect(stderr).toContain(`take 127.0.0.1:${server.port} out of ${path("state/obrol/known-hosts.json")}`);
    expect(known()).toEqual(before);
    const inIndonesian = await run(["--lang", "id", "--tls", "ping"], { port: server.port });
    expect(inIndonesian.stderr).toContain("punya kunci publik lain dari sebelumnya");
  });

  test("is refused also when it comes back with another key, and is not tried again", async () => {
    const server = await changing(newCertificate());
    (await newUser(server, "alice")).client.close();
    const listening = start([...scene.as("alice"), "--tls", "listen"], { port: server.port });
    await until("it listens", () => listening.stderr.includes("listening\n"));
    await server.show(newCertificate());
    const { code, stderr } = await listening.ended;
    expect(code).toBe(exits.identity);
    expect(stderr).toContain("has another public key than before");
  });

  test("with the same key is the same, whatever its certificate says", async () => {
    const first = newCertificate();
    const server = await changing(first);
    await run(["--tls", "ping"], { port: server.port });
    await server.show(newCertificate({ key: first.secret, names: ["elsewhere"], until: new Date(Date.now() - 1000) }));
    expect(await run(["--tls", "ping"], { port: server.port })).toMatchObject({ code: exits.done, stderr: "" });
  });

  test("is the same also when its authority is looked for among those of the system, and not found", async () => {
    const certificate = newCertificate({ by: newAuthority() });
    const { port } = await showing(certificate);
    const first = await run(["--tls", "ping"], { port });
    expect(first).toMatchObject({ code: exits.done, stdout: "pong\n" });
    expect(first.stderr).toMatch(KEY);
    expect(await run(["--tls", "ping"], { port })).toMatchObject({ code: exits.done, stderr: "" });
  });

  test("is not forgotten because the file of servers is broken", async () => {
    const { port } = await showing(newCertificate());
    await run(["--tls", "ping"], { port });
    write("state/obrol/known-hosts.json", "{");
    expect(await run(["--tls", "ping"], { port })).toMatchObject({ code: exits.config, stdout: "" });
  });
});

describe("--tls-ca", () => {
  test("a server that it confirms is accepted without a word, also when its certificate is renewed with another key", async () => {
    const authority = newAuthority();
    const ca = write("ca.pem", authority.cert);
    const server = await changing(newCertificate({ by: authority }));
    const command = ["--tls-ca", ca, "ping"];
    expect(await run(command, { port: server.port })).toMatchObject({ code: exits.done, stderr: "" });
    await server.show(newCertificate({ by: authority }));
    expect(await run(command, { port: server.port })).toMatchObject({ code: exits.done, stderr: "" });
  });

  test("one that was confirmed and is not any more is refused, without --tls-ca too", async () => {
    const authority = newAuthority();
    const server = await changing(newCertificate({ by: authority }));
    await run(["--tls-ca", write("ca.pem", authority.cert), "ping"], { port: server.port });
    await server.show(newCertificate());
    expect(await run(["--tls", "ping"], { port: server.port })).toMatchObject({ code: exits.identity, stdout: "" });
  });

  test.each([
    ["of another authority", /tidak dikenal/, () => newCertificate({ by: newAuthority() })],
    ["that confirms itself", /sendiri/, () => newCertificate()],
    [
      "for another name",
      /nama lain/,
      (by: ReturnType<typeof newAuthority>) => newCertificate({ by, names: ["chat.example.org"] }),
    ],
    ["that has expired", /kedaluwarsa/, (by) => newCertificate({ by, until: new Date(Date.now() - 1000) })],
    [
      "that does not count yet",
      /belum berlaku/,
      (by) =>
        newCertificate({ by, from: new Date(Date.now() + 86_400_000), until: new Date(Date.now() + 2 * 86_400_000) }),
    ],
  ] as [string, RegExp, (by: ReturnType<typeof newAuthority>) => TestCertificate][])(
    "refuses a certificate %s, and says in words why, and what to do",
    async (_, inIndonesian, make) => {
      const authority = newAuthority();
      const certificate = make(authority);
      const { port } = await showing(certificate);
      const ended = await run(["--tls-ca", write("ca.pem", authority.cert), "ping"], { port });
      expect(ended).toMatchObject({ code: exits.identity, stdout: "" });
      expect(ended.stderr).toMatch(
        /^chat-client: no authority confirms 127\.0\.0\.1:\d+ \([a-z ]+\); its public key is [^\n]+; --tls-pin [^\n]+\n$/,
      );
      const said = await run(["--lang", "id", "--tls-ca", path("ca.pem"), "ping"], { port });
      expect(said.stderr).toMatch(inIndonesian);
      expect(said.stderr).toContain("--tls-pin");
      expect(ended.stderr).toContain(certificate.pin);
    },
  );

  test("must be a file with certificates", async () => {
    expect((await run(["--tls-ca", "none.pem", "ping"])).code).toBe(exits.noInput);
    expect((await run(["--tls-ca", write("ca.pem", "nothing"), "ping"])).code).toBe(exits.config);
  });
});

describe("--tls-pin", () => {
  const hex = (pin: string): string => Buffer.from(pin, "base64").toString("hex");

  test.each([
    ["in base64", (pin: string) => pin],
    ["as it is shown", (pin: string) => `sha256:${pin}`],
    ["in hexadecimal", hex],
    [
      "in hexadecimal with colons",
      (pin: string) =>
        hex(pin)
          .toUpperCase()
          .replace(/..(?=.)/g, "$&:"),
    ],
  ])("%s alone says who is meant", async (_, form) => {
    const certificate = newCertificate({ names: ["elsewhere"], until: new Date(Date.now() - 1000) });
    const { port } = await showing(certificate);
    const ended = await run(["--tls-pin", form(certificate.pin), "ping"], { port });
    expect(ended).toMatchObject({ code: exits.done, stderr: "", stdout: "pong\n" });
  });

  test("refuses any other key", async () => {
    const { port } = await showing(newCertificate());
    const ended = await run(["--tls-pin", newCertificate().pin, "ping"], { port });
    expect(ended).toMatchObject({ code: exits.identity, stdout: "" });
    expect(ended.stderr).toMatch(KEY);
  });

  test("must be a SHA-256, and stands without --tls-ca", async () => {
    expect(await run(["--tls-pin", "AAAA", "ping"])).toMatchObject({ code: exits.usage });
    const both = ["--tls-pin", newCertificate().pin, "--tls-ca", "ca.pem", "ping"];
    expect(await run(both)).toMatchObject({ code: exits.usage, stderr: expect.stringContaining("one of them") });
  });
});

describe("over TLS", () => {
  test("a profile logs in, keeps the login, sends files and shows what goes over the wire", async () => {
    const certificate = newCertificate();
    const server = await showing(certificate, "--tls-only");
    const tls = { tls: { pin: certificate.pin } };
    for (const name of ["alice", "bob"]) (await newUser(server, name, tls)).client.close();
    const profile = { host: "127.0.0.1", port: server.port, "tls-pin": certificate.pin };
    const config = write("client.json", JSON.stringify({ profiles: { aman: profile } }));
    const as = (name: string, ...words: readonly string[]) =>
      run(["--config", config, "-P", "aman", ...scene.as(name), ...words], { port: server.port });
    expect(await as("alice", "--save-login", "send", "bob", "halo")).toMatchObject({ stdout: "sent\n" });
    const saved = await run(["--config", config, "-P", "aman", "-u", "alice", "send", "bob", "lagi"], {
      port: server.port,
    });
    expect(saved).toMatchObject({ code: exits.done, stdout: "sent\n" });
    write("a.bin", Buffer.alloc(3_000_000, "isi"));
    expect(await as("alice", "sendfile", "bob", "a.bin")).toMatchObject({ code: exits.done });
    const got = await as("bob", "getfile", "a.bin", "-o", "-");
    expect(got.bytes.equals(readFileSync(path("a.bin")))).toBe(true);
    const traced = await as("bob", "--trace", "inbox");
    expect(traced.stderr).toContain("> auth bob •••");
    expect(traced.stdout).toContain("halo");
  });

  test("listen hears what is said", async () => {
    const certificate = newCertificate();
    const server = await showing(certificate);
    for (const name of ["alice", "bob"]) (await newUser(server, name)).client.close();
    const listening = start([...scene.as("bob"), "--tls", "listen", "-C", "1"], { port: server.port });
    await until("it listens", () => listening.stderr.includes("listening\n"));
    const { client } = await loggedIn(server, "alice");
    await client.request("send bob halo");
    expect((await listening.ended).stdout).toContain("halo");
  });

  test("the prompt says the key of a new server, and goes on", async () => {
    const server = await showing(newCertificate());
    (await newUser(server, "alice")).client.close();
    const pty = began({ port: server.port, user: "alice", args: ["--tls"] });
    await pty.shows(/^127\.0\.0\.1:\d+ is new, and has the public key/);
    await pty.stands(/^alice (\[.*\] )?[›>]$/);
  });
});

describe("one speaks TLS and the other does not", () => {
  test("a client without --tls is told to use it", async () => {
    const { port } = await showing(newCertificate(), "--tls-only");
    const ended = await run(["ping"], { port });
    expect(ended).toMatchObject({ code: exits.usage, stdout: "" });
    expect(ended.stderr).toBe("chat-client: this server speaks TLS only: --tls\n");
  });

  test("a server without a certificate is told apart from one that is down", async () => {
    const ended = await run(["--tls", "ping"]);
    expect(ended.code).toBe(exits.unavailable);
    expect(ended.stderr).toMatch(
      /^chat-client: no TLS with 127\.0\.0\.1:\d+: the server has no certificate, [a-z ]+\n$/,
    );
    expect((await run(["--lang", "id", "--tls", "ping"])).stderr).toContain("server tidak punya sertifikat");
  });
});
