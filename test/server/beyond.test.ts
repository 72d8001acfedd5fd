/** A server that others than this machine reach: what holds there and not on loopback. */
import { describe, expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { operatorOf } from "../support/admin.ts";
import { beyondLoopback, noNetwork, SIX } from "../support/beyond.ts";
import { newUser, ok, refused } from "../support/people.ts";

/** Connections that one address may have without a session. */
const ANONYMOUS = 64;

if (noNetwork !== undefined) console.warn(`beyond loopback: skipped, ${noNetwork}`);

describe.skipIf(noNetwork !== undefined)("on a server that others reach", () => {
  test("64 connections of one address may be without a session, and those of others are not concerned", async () => {
    const server = await beyondLoopback();
    const crowd: Wire[] = [];
    for (let i = 0; i < ANONYMOUS; i++) crowd.push(await server.connect("192.0.2.5"));
    for (const one of crowd) await ok(one.request("ping"));
    expect(await refused((await server.connect("192.0.2.5")).request("ping"))).toBe("too-many");
    await ok((await server.connect("192.0.2.6")).request("ping"));
    crowd.pop()?.close();
    await ok((await comesIn(() => server.connect("192.0.2.5"))).request("ping"));
  });

  test("a /64 of IPv6 is one address, the next is another", async () => {
    const server = await beyondLoopback();
    for (let i = 0; i < ANONYMOUS; i++) await ok((await server.connect(SIX[i % 2] as string)).request("ping"));
    for (const from of SIX.slice(0, 2)) {
      expect(await refused((await server.connect(from)).request("ping"))).toBe("too-many");
    }
    await ok((await server.connect(SIX[2])).request("ping"));
  });

  test("who guesses from one address is refused there, and the right password is taken from another", async () => {
    const server = await beyondLoopback("--registration", "open");
    await newUser({ connect: () => server.connect("192.0.2.9") }, "alice");
    const guesser = await server.connect("192.0.2.5");
    for (let i = 0; i < 5; i++) expect(await refused(guesser.request("auth alice salah"))).toBe("bad-credentials");
    expect(await refused(guesser.request("auth alice rahasia"))).toBe("rate-limited");
    await ok((await server.connect("192.0.2.6")).request("auth alice rahasia"));
  });

  test("five accounts an hour are made from one address", async () => {
    const server = await beyondLoopback("--registration", "open");
    const client = await server.connect("192.0.2.5");
    for (let i = 0; i < 5; i++) await ok(client.request(`register u${i} rahasia nama negeri`));
    const sixth = await client.request("register u5 rahasia nama negeri");
    expect(sixth).toMatchObject({ code: "rate-limited", retry: expect.any(Number) });
    await ok((await server.connect("192.0.2.6")).request("register u5 rahasia nama negeri"));
  });

  test("a stranger is told no names", async () => {
    const server = await beyondLoopback("--registration", "open");
    await newUser({ connect: () => server.connect("192.0.2.9") }, "alice");
    expect(await ok((await server.connect("192.0.2.5")).request("list_users"))).toMatchObject({ users: [] });
  });

  test("realms are for administrators to add, and a server that nobody has named is refused", async () => {
    const server = await beyondLoopback("--registration", "open");
    const { client } = await newUser({ connect: () => server.connect("192.0.2.9") }, "alice");
    expect(await refused(client.request("addrealm rumah 198.51.100.1 8889"))).toBe("forbidden");
    const [key, nonce] = [Buffer.alloc(32, 1).toString("base64url"), Buffer.alloc(32, 2).toString("base64url")];
    const hello = `link hello 1 rumah ${key} ${nonce}`;
    expect(await refused((await server.connect("192.0.2.5")).request(hello))).toBe("forbidden");
    await ok((await operatorOf(server)).request("addrealm rumah"));
  });

  test("no user leads it into its own network, also where users may add realms", async () => {
    const server = await beyondLoopback("--registration", "open", "--realm-policy", "users");
    const { client } = await newUser({ connect: () => server.connect("192.0.2.9") }, "alice");
    for (const host of ["127.0.0.1", "10.0.0.1", "64:ff9b::7f00:1", "::ffff:127.0.0.1", "::1", SIX[0]]) {
      const { code } = await client.request(`addrealm rumah ${host} 8889`);
      expect([host, code]).toEqual([host, "forbidden"]);
    }
  });
});

/** Somebody whose connection is let in: one that has gone counts until the server has seen it. */
async function comesIn(connect: () => Promise<Wire>): Promise<Wire> {
  for (;;) {
    const client = await connect();
    const reply = await client.request("ping").catch(() => undefined);
    if (reply?.status === "OK") return client;
  }
}
