/** How long a request may be, how long it may take, and how many may come. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inbox, loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const LOGIN = `auth alice ${PASSWORD}`;

/** A request of exactly so many bytes. */
function padded(start: string, bytes: number): string {
  return start + "x".repeat(bytes - start.length);
}

describe("the longest request", () => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await startServer();
    ({ token } = await newUser(server, "alice"));
  });
  afterAll(() => server.stop());

  it("has 64 KiB, and arrives whole", async () => {
    const bob = await newUser(server, "bob");
    const { client } = await loggedIn(server, "alice");
    const request = padded("send bob ", 64 * KIB);
    await ok(client.request(request));
    expect(await inbox(bob.client, "new")).toEqual([request.slice("send bob ".length)]);
  });

  it("has 64 KiB also when its end arrives in pieces", async () => {
    await newUser(server, "berta");
    const { client } = await loggedIn(server, "alice");
    const other = await server.connect();
    const reply = client.raw(`${padded("send berta ", 64 * KIB)}\r\n\r`, 1);
    // Whoever answers these has read what came before.
    for (let i = 0; i < 5; i++) await ok(other.request("ping"));
    void client.raw("\n");
    expect(await reply).toMatchObject([{ status: "OK" }]);
  });

  it("is measured in bytes", async () => {
    const wire = new Wire(server).request(LOGIN, `send alice ${"é".repeat(33 * KIB)}`);
    expect(await wire.ended()).toMatchObject([{ status: "OK" }, { status: "ERROR", code: "too-large" }]);
  });

  it("one byte longer is too large: nothing is sent and the connection closes", async () => {
    const carol = await newUser(server, "carol");
    const wire = new Wire(server).request(LOGIN, padded("send carol ", 64 * KIB + 1), "send carol after");
    expect(await wire.ended()).toMatchObject([{ status: "OK" }, { status: "ERROR", code: "too-large" }]);
    expect(await inbox(carol.client, "all")).toEqual([]);
    await ok(carol.client.request("ping"));
  });

  it("with a file has 16 MiB", async () => {
    const dina = await newUser(server, "dina");
    const { client } = await loggedIn(server, "alice");
    const start = "sendfile dina foto1 ";
    const content = "QUJD".repeat((16 * MIB - start.length) / 4);
    expect(start.length + content.length).toBe(16 * MIB);
    await ok(client.request(start + content));
    const { data } = await ok(dina.client.request("download_file foto1"));
    expect(data === content, "the content comes back as it was sent").toBe(true);
  });

  it("with a file one byte longer is too large", async () => {
    const edo = await newUser(server, "edo");
    const wire = new Wire(server).request(LOGIN, padded("sendfile edo foto ", 16 * MIB + 1));
    expect(await wire.ended()).toMatchObject([{ status: "OK" }, { status: "ERROR", code: "too-large" }]);
    expect(await inbox(edo.client, "all")).toEqual([]);
  });

  it("without a session has 8 KiB", async () => {
    const client = await server.connect();
    expect(await refused(client.request(padded("send bob ", 8 * KIB)))).toBe("no-session");
    await ok(client.request("ping"));
    const wire = new Wire(server).request(padded("send bob ", 8 * KIB + 1));
    expect(await wire.ended()).toMatchObject([{ status: "ERROR", code: "too-large" }]);
  });

  it("without a session has 8 KiB also when it would carry a file or a token that is none", async () => {
    for (const start of ["sendfile bob foto ", "send 11111111-2222-4333-8444-555555555555 bob "]) {
      const wire = new Wire(server).request(padded(start, 8 * KIB + 1));
      expect(await wire.ended()).toMatchObject([{ status: "ERROR", code: "too-large" }]);
    }
  });

  it("with a token has as much as with a session", async () => {
    const farah = await newUser(server, "farah");
    const client = await server.connect();
    await ok(client.request(padded(`send ${token} farah `, 64 * KIB)));
    await ok(client.request(`sendfile ${token} farah foto ${"QUJD".repeat(64 * KIB)}`));
    expect(await inbox(farah.client, "new")).toHaveLength(2);
    const wire = new Wire(server).request(padded(`send ${token} farah `, 64 * KIB + 1));
    expect(await wire.ended()).toMatchObject([{ status: "ERROR", code: "too-large" }]);
  });

  it("may follow its login at once", async () => {
    const wire = new Wire(server).request(LOGIN, padded("send alice ", 64 * KIB), "ping");
    expect(await wire.first(3)).toMatchObject([{ status: "OK" }, { status: "OK" }, { status: "OK" }]);
    wire.close();
  });

  it("is refused before its end has come", async () => {
    const wire = new Wire(server).send("x".repeat(8 * KIB + 8));
    expect(await wire.ended()).toMatchObject([{ status: "ERROR", code: "too-large" }]);
  });

  it("is refused so that the peer hears it, even one that goes on sending", async () => {
    const wire = new Wire(server).send("x".repeat(4 * MIB));
    expect(await wire.ended()).toMatchObject([{ status: "ERROR", code: "too-large" }]);
  });
});

describe("time", () => {
  it("a request begun and not finished in time is refused, and the connection closes; idle ones stay", async () => {
    const server = await started("--request-timeout", "200ms");
    const { client: idle } = await newUser(server, "alice");
    const wire = new Wire(server).request(LOGIN).send("send alice hal");
    expect(await wire.ended()).toMatchObject([{ status: "OK" }, { status: "ERROR", code: "bad-request" }]);
    expect(await inbox(idle, "all")).toEqual([]);
  });

  it("a request that drips in is refused too", async () => {
    const server = await started("--request-timeout", "200ms");
    const wire = new Wire(server).request("ping");
    await wire.first(1);
    await until("the server has had enough", () => {
      if (!wire.hasEnded) wire.send("x");
      return wire.hasEnded;
    });
    expect(wire.replies).toMatchObject([{ status: "OK" }, { status: "ERROR", code: "bad-request" }]);
  });

  it("a connection on which nobody logs in is closed; a session or a token keeps it open", async () => {
    const server = await started("--login-timeout", "1s");
    const { client: alice, token } = await newUser(server, "alice");
    const byToken = new Wire(server).request(`inbox ${token}`);
    await byToken.first(1);
    // Busy, but nobody.
    const nobody = new Wire(server).request("ping", "auth alice wrong", "inbox 11111111-2222-4333-8444-555555555555");
    expect((await nobody.ended()).at(-1)).toMatchObject({ status: "ERROR", code: "no-session" });
    await ok(alice.request("ping"));
    await byToken.request("ping").first(2);
  });
});

describe("connections", () => {
  it("beyond --max-connections are told so and closed; the others go on, and one that leaves makes room", async () => {
    const server = await started("--max-connections", "3");
    const inside = [await server.connect(), await server.connect(), await server.connect()];
    for (const client of inside) await ok(client.request("ping"));
    const fourth = new Wire(server);
    expect(await fourth.ended()).toMatchObject([{ status: "ERROR", code: "too-many" }]);
    for (const client of inside) await ok(client.request("ping"));
    inside[0]?.close();
    await until("there is room again", async () => {
      const replies = await new Wire(server).request("ping").end().ended();
      return replies[0]?.status === "OK";
    });
  });

  it("beyond --max-connections-per-ip are told so and closed", async () => {
    const server = await started("--max-connections-per-ip", "2");
    const inside = [await server.connect(), await server.connect()];
    for (const client of inside) await ok(client.request("ping"));
    expect(await new Wire(server).ended()).toMatchObject([{ status: "ERROR", code: "too-many" }]);
    for (const client of inside) await ok(client.request("ping"));
  });

  // Only Linux has more loopback addresses than one without set-up.
  it.skipIf(process.platform !== "linux")("from another address do not count", async () => {
    const server = await started("--max-connections-per-ip", "1");
    await ok((await server.connect()).request("ping"));
    expect(await new Wire(server, "127.0.0.1").ended()).toMatchObject([{ code: "too-many" }]);
    expect(await new Wire(server, "127.0.0.2").request("ping").first(1)).toMatchObject([{ status: "OK" }]);
  });
});
