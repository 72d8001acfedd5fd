/** Behind a proxy: who a client is is what the proxy's header says, to every limit, log and policy; nobody else is asked or believed. */
import { connect as connectTls } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { newCertificate, written } from "../support/certificate.ts";
import { testFolder } from "../support/folder.ts";
import { type MovableWorld, movableWorld } from "../support/movable-world.ts";
import { loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { startHere } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { binary, inBinary, inText } from "../support/proxy-headers.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

/** Where the proxy is, and one from which nobody is believed. */
const PROXY = "127.0.0.1";
const ELSEWHERE = "127.0.0.2";
const ALICE = "203.0.113.7";
const BOB = "198.51.100.1";
const PING = "ping\r\n\r\n";

/** A server that believes one proxy. */
async function house(...options: readonly string[]): Promise<TestServer & { readonly world: MovableWorld }> {
  const world = movableWorld();
  const server = await startServer(
    ["--memory", "--log-level", "debug", "--proxy-from", PROXY, "--registration", "open", ...options],
    undefined,
    world,
  );
  onTestFinished(() => server.stop());
  return { ...server, world };
}

/** A connection that the proxy passes on, for whoever the header says. */
function through(server: TestServer, header: Buffer): Wire {
  return new Wire(server, PROXY).send(header);
}

/** The proxy; who connects to it comes, for the server, from this address. */
async function proxyFor(server: TestServer, address: string): Promise<{ connect: TestServer["connect"] }> {
  const { host, port } = await proxyWith(server, inBinary(address));
  return { connect: (options = {}) => server.connect({ ...options, host, port }) };
}

async function proxyWith(server: TestServer, header: Buffer): Promise<FaultyProxy> {
  const proxy = await FaultyProxy.before(server);
  proxy.introduce(header);
  return proxy;
}

/** What is answered to so many wrong passwords of alice's, one after the other. */
async function guesses(server: TestServer, from: string, count: number): Promise<readonly unknown[]> {
  const codes: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const [reply] = await through(server, inText(from)).request("auth alice salah").first(1);
    codes.push(reply?.code);
  }
  return codes;
}

describe("what comes behind the header is as if it had begun there", () => {
  test.each([
    ["version 1", inText(ALICE), `${ALICE}:4711`],
    ["version 1, IPv6", inText("2001:db8::7"), "2001:db8::7:4711"],
    ["version 2", inBinary(ALICE), `${ALICE}:4711`],
    [
      "version 2, IPv6, with more behind the addresses",
      inBinary("2001:db8::7", 1, Buffer.alloc(99, 4)),
      "2001:db8::7:1",
    ],
    ["version 2, IPv4 in IPv6", inBinary("::ffff:203.0.113.7"), `${ALICE}:4711`],
  ])("%s: the log tells the client's address", async (_, header, peer) => {
    const server = await house();
    expect(await through(server, header).request("ping").end().ended()).toMatchObject([{ data: "pong" }]);
    await until("it has gone", () => server.log().includes(` disconnected peer=${peer}\n`));
    expect(server.log()).toContain(` connected peer=${peer}\n`);
    expect(server.log()).toMatch(RegExp(` proxied peer=${peer} by=127\\.0\\.0\\.1:\\d+\n`));
  });

  test.each([
    ["version 1", inText(ALICE)],
    ["version 2", inBinary(ALICE)],
  ])("%s: however it comes", async (_, header) => {
    const server = await house();
    const all = Buffer.concat([header, Buffer.from(PING + PING)]);
    const pong = { data: "pong" };
    expect(await new Wire(server, PROXY).send(all).end().ended()).toMatchObject([pong, pong]);
    for (let at = 1; at < header.length + 8; at++) {
      const wire = new Wire(server, PROXY).send(all.subarray(0, at));
      // Who comes later is answered: the server has looked at what came before.
      await new Wire(server, ELSEWHERE).request("ping").end().ended();
      expect(await wire.send(all.subarray(at)).end().ended()).toMatchObject([pong, pong]);
    }
    const proxy = await proxyWith(server, header);
    proxy.split(true);
    expect(await new Wire(proxy).request("ping", "ping").first(2)).toMatchObject([pong, pong]);
  });

  test("a TLS handshake, too", async () => {
    const server = await house(...written(testFolder(), newCertificate()), "--tls-only");
    const proxy = await proxyWith(server, inBinary(ALICE));
    for (const bytewise of [false, true]) {
      proxy.split(bytewise);
      const { host, port } = proxy;
      const wire = new Wire(proxy, connectTls({ host, port, rejectUnauthorized: false }) as never);
      expect(await wire.request("ping").first(1)).toMatchObject([{ data: "pong" }]);
    }
    expect(server.log().match(RegExp(` connected peer=${ALICE}:4711 tls=TLSv1.3\n`, "g"))).toHaveLength(2);
    expect(await through(server, inText(BOB)).request("ping").ended()).toMatchObject([{ code: "tls-required" }]);
  });

  test("one more header is what the client says, and nobody is believed", async () => {
    const server = await house();
    const wire = through(server, inText(ALICE)).send(inText(BOB)).send("\r\n").end();
    expect(await wire.ended()).toMatchObject([{ code: "unknown-request" }]);
    expect(server.log()).not.toContain(BOB);
  });

  test.each([
    ["UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n")],
    ["LOCAL", binary(0x20, 0, Buffer.alloc(0))],
    ["an unspecified family", binary(0x21, 0, Buffer.alloc(0))],
    ["a unix socket", binary(0x21, 0x31, Buffer.alloc(216, 1))],
  ])("%s: the connection is the proxy's own", async (_, header) => {
    const server = await house();
    expect(await through(server, header).request("ping").end().ended()).toMatchObject([{ data: "pong" }]);
    expect(server.log()).toMatch(/ connected peer=127\.0\.0\.1:\d+\n/);
  });
});

describe("without its header", () => {
  test.each([
    ["a request", `register alice ${PASSWORD} alice indonesia\r\n\r\n`],
    ["a handshake", Buffer.of(0x16, 3, 1)],
    [
      "a header that is none",
      `PROXY TCP4 203.0.113.7 192.0.2.1 1\r\nregister alice ${PASSWORD} alice indonesia\r\n\r\n`,
    ],
    ["one that does not end", `PROXY UNKNOWN ${"x".repeat(200)}`],
    ["one that promises more than anybody needs", binary(0x21, 0x11, Buffer.alloc(60_000))],
  ])("%s closes a proxy's connection, and nothing of it is done", async (_, said) => {
    const server = await house();
    const wire = new Wire(server, PROXY).send(said);
    await wire.over();
    expect(wire.text).toBe("");
    expect(server.log()).toMatch(/ warn proxy-header-refused peer=127\.0\.0\.1:\d+ reason="no PROXY header"\n/);
    expect(server.log()).not.toContain(" connected ");
    await newUser(await proxyFor(server, ALICE), "alice");
  });

  test("a connection that has not said it within five seconds is closed, one that has is not", async () => {
    const server = await house();
    const wires = [new Wire(server, PROXY), through(server, inText(ALICE).subarray(0, 20))];
    const done = through(server, inText(BOB)).request("ping");
    await done.first(1);
    server.world.move(1000);
    await new Wire(server, ELSEWHERE).request("ping").end().ended();
    expect(wires.map((wire) => wire.hasEnded)).toEqual([false, false]);
    server.world.move(4001);
    for (const wire of wires) await wire.over();
    expect(wires.map(({ text }) => text)).toEqual(["", ""]);
    expect(server.log().match(/ proxy-header-refused peer=\S+ reason="no PROXY header in time"\n/g)).toHaveLength(2);
    expect(await done.request("ping").first(2)).toMatchObject([{ data: "pong" }, { data: "pong" }]);
  });

  test("who only looks whether the port is open is let go without a word, who has begun is written down", async () => {
    const server = await house();
    await new Wire(server, PROXY).end().over();
    expect(server.log()).not.toContain("proxy-header-refused");
    await through(server, inText(ALICE).subarray(0, 20)).end().over();
    expect(server.log()).toContain('reason="a PROXY header that is cut off"');
  });

  test("many that are wrong are few lines in the log", async () => {
    const server = await house();
    await Promise.all(Array.from({ length: 100 }, () => new Wire(server, PROXY).send("x").over()));
    const lines = server.log().match(/ proxy-header-refused /g)?.length ?? 0;
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThan(60);
  });

  test("who comes from elsewhere is served, and its header is a request like any other", async () => {
    const server = await house();
    expect(await new Wire(server, ELSEWHERE).request("ping").end().ended()).toMatchObject([{ data: "pong" }]);
    const wire = new Wire(server, ELSEWHERE).send(inText(ALICE)).send("\r\n").request("ping").end();
    expect(await wire.ended()).toMatchObject([{ code: "unknown-request" }, { data: "pong" }]);
    expect(server.log()).toMatch(/ connected peer=127\.0\.0\.2:\d+\n/);
    expect(server.log()).not.toContain(ALICE);
  });

  test("nobody is waited for when the server stops", async () => {
    const server = await house();
    const wires = [new Wire(server, PROXY), through(server, inText(ALICE).subarray(0, 20))];
    await through(server, inText(BOB)).request("ping").first(1);
    await server.end();
    for (const wire of wires) await wire.over();
    expect(wires.map(({ text }) => text)).toEqual(["", ""]);
  });
});

describe("limits are those of the client's address", () => {
  test("of connections, beyond which it is told so, and others behind the same proxy are not", async () => {
    const server = await house("--max-connections-per-ip", "2");
    const inside = [ALICE, ALICE, BOB].map((address) => through(server, inBinary(address)).request("ping"));
    for (const wire of inside) await wire.first(1);
    expect(await through(server, inBinary(ALICE)).request("ping").ended()).toMatchObject([{ code: "too-many" }]);
    expect(server.log()).toContain(` too-many-connections peer=${ALICE}`);
    expect(await through(server, inBinary(BOB)).request("ping").end().ended()).toMatchObject([{ data: "pong" }]);
    inside[0]?.close();
    await until("there is room", async () => {
      const [reply] = await through(server, inText(ALICE)).request("ping").end().ended();
      return reply?.status === "OK";
    });
  });

  test("of connections on which nobody has logged in: a crowd locks out neither others nor the proxy", async () => {
    const server = await house();
    const crowd = Array.from({ length: 64 }, () => through(server, inBinary(ALICE)).request("ping"));
    for (const wire of crowd) await wire.first(1);
    expect(await through(server, inBinary(ALICE)).request("ping").ended()).toMatchObject([{ code: "too-many" }]);
    // Its own address is not beyond loopback here, and has nobody on it.
    for (const header of [inBinary(BOB), Buffer.from("PROXY UNKNOWN\r\n")])
      expect(await through(server, header).request("ping").end().ended()).toMatchObject([{ data: "pong" }]);
  });

  test("of wrong passwords: five from one address refuse no other", async () => {
    const server = await house();
    (await newUser(await proxyFor(server, BOB), "alice")).client.close();
    const wrong = "bad-credentials";
    expect(await guesses(server, ALICE, 6)).toEqual([wrong, wrong, wrong, wrong, wrong, "rate-limited"]);
    await loggedIn(await proxyFor(server, BOB), "alice");
    expect(server.log()).toContain(` login-failed user=alice address=${ALICE}`);
    expect(server.log()).toContain(` logged-in user=alice address=${BOB}`);
  });

  test("of new accounts, also where the server itself listens on loopback", async () => {
    const server = await house();
    const accounts = async (address: string, count: number): Promise<readonly unknown[]> => {
      const requests = Array.from({ length: count }, (_, i) => `register u${i}-${address} ${PASSWORD} u indonesia`);
      const replies = await through(server, inText(address))
        .request(...requests)
        .end()
        .ended();
      return replies.map(({ code }) => code);
    };
    expect(await accounts(ALICE, 6)).toEqual([...Array.from({ length: 5 }, () => undefined), "rate-limited"]);
    expect(await accounts(BOB, 1)).toEqual([undefined]);
  });
});

describe("of connections whose header has not come", () => {
  test("there may be half of all, and the rest is for others", async () => {
    const server = await house("--max-connections", "4");
    const silent = [1, 2].map(() => new Wire(server, PROXY));
    expect(await new Wire(server, PROXY).ended()).toMatchObject([{ code: "too-many" }]);
    expect(await new Wire(server, ELSEWHERE).request("ping").first(1)).toMatchObject([{ data: "pong" }]);
    for (const wire of silent) wire.close();
    await until("there is room", async () => {
      const [reply] = await through(server, inText(ALICE)).request("ping").end().ended();
      return reply?.status === "OK";
    });
  });

  test("none counts as the proxy's own", async () => {
    const server = await house("--max-connections-per-ip", "1");
    const wires = [1, 2, 3].map(() => new Wire(server, PROXY));
    await through(server, inText(BOB)).request("ping").first(1);
    for (const [i, wire] of wires.entries())
      expect(
        await wire
          .send(inText(`203.0.113.${i}`))
          .request("ping")
          .first(1),
      ).toMatchObject([{ data: "pong" }]);
  });
});

describe("who is behind a proxy", () => {
  test("is not the operator, whatever the header says", async () => {
    const server = await house();
    const { client } = await newUser(await proxyFor(server, "127.0.0.1"), "alice");
    expect(await refused(client.request("admin users"))).toBe("forbidden");
  });

  test("is a stranger, also where the server itself listens on loopback", async () => {
    const invites = await startServer(["--memory", "--proxy-from", PROXY]);
    onTestFinished(() => invites.stop());
    const register = `register alice ${PASSWORD} alice indonesia`;
    expect(await through(invites, inText(ALICE)).request(register).first(1)).toMatchObject([{ code: "forbidden" }]);
    const server = await house();
    const proxy = await proxyFor(server, ALICE);
    const { client } = await newUser(proxy, "alice");
    const stranger = await proxy.connect();
    expect(await ok(stranger.request("list_users"))).toMatchObject({ users: [] });
    expect(await refused(client.request("addrealm lain 127.0.0.1 4000"))).toBe("forbidden");
  });

  test("with --trust-loopback is trusted only where the proxy says that he is on its machine", async () => {
    const server = await house("--trust-loopback");
    const addsRealm = async (address: string): Promise<unknown> => {
      const [reply] = await through(server, inText(address)).request("addrealm lain 127.0.0.1 4000").first(1);
      return reply?.code;
    };
    expect(await addsRealm(ALICE)).toBe("no-session");
    expect(await addsRealm("127.0.0.1")).not.toBe("no-session");
  });
});

test.each(["10.0.0.0/33", "proxy.example.org", "10.0.0.1,x", "127.0.0.1:80"])(
  "--proxy-from %s keeps the server from starting, in one line",
  async (given) => {
    const failed = startHere(["--memory", "--port", "0", "--proxy-from", given], { folder: testFolder() });
    await expect(failed).rejects.toThrow(/^--proxy-from: wants an address or a range such as [^\n]*$/);
  },
);

test("--proxy-from takes several, and ranges", async () => {
  const server = await house("--proxy-from", "127.0.1.0/24,::1");
  for (const from of [PROXY, "127.0.1.9"]) {
    expect(await new Wire(server, from).send(inText(ALICE)).request("ping").end().ended()).toMatchObject([
      { data: "pong" },
    ]);
    await new Wire(server, from).request("ping").over();
  }
  expect(await new Wire(server, "127.0.2.9").request("ping").end().ended()).toMatchObject([{ data: "pong" }]);
});
