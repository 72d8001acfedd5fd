/** Tokens: what a changed password ends, and what a token that is none may ask for. */
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Wire } from "../../src/connection/wire.ts";
import { testFolder } from "../support/folder.ts";
import { loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { type Launched, launch } from "../support/program.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { started } from "../support/started.ts";

describe("a password is changed", () => {
  /** A check of a password takes long enough for others to begin meanwhile. */
  function server(): Promise<Launched> {
    return launch(["--port", "0", "--memory", "--password-memory", "16M"], { folder: testFolder() });
  }

  it("while many log in with the old one: none of their tokens is valid afterwards", async () => {
    const running = await server();
    const { client } = await newUser(running, "alice");
    const tokens: string[] = [];
    const oldLogins = Array.from({ length: 4 }, async () => {
      const other = await running.connect();
      for (;;) {
        const reply = await other.request(`auth alice ${PASSWORD}`);
        if (reply.status !== "OK") return reply.code;
        tokens.push(String(reply["tokenid"]));
      }
    });
    await ok(client.request(`passwd ${PASSWORD} baru`));
    expect(new Set(await Promise.all(oldLogins))).toEqual(new Set(["bad-credentials"]));
    const stranger = await running.connect();
    const codes = await Promise.all(tokens.map((token) => refused(stranger.request(`whoami ${token}`))));
    expect(new Set(codes)).toEqual(new Set(tokens.length > 0 ? ["no-session"] : []));
    expect((await ok(client.request("sessions"))).data).toHaveLength(1);
    await ok(stranger.request("auth alice baru"));
  });

  it("twice at once: one of them is told that it was changed, and that one holds", async () => {
    const running = await server();
    const { client } = await newUser(running, "alice");
    const other = await loggedIn(running, "alice");
    const words = ["satu", "dua"];
    const asked = [client, other.client].map((one, i) => one.request(`passwd ${PASSWORD} ${words[i]}`));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual(["ERROR", "OK"]);
    const stranger = await running.connect();
    for (const [i, word] of words.entries()) {
      expect((await stranger.request(`auth alice ${word}`)).status).toBe(statuses[i]);
    }
    expect(await refused(stranger.request(`auth alice ${PASSWORD}`))).toBe("bad-credentials");
  });
});

describe("where sessions are used", () => {
  const listed = async (client: Wire): Promise<readonly object[]> => {
    const { data } = await ok(client.request("sessions"));
    return (data as { client: string; address: string }[]).map(({ client: what, address }) => ({ what, address }));
  };

  /** A connection that comes from an address of loopback. */
  async function from({ port }: LocalServer, localAddress: string): Promise<Wire> {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    await once(socket, "connect");
    const wire = new Wire(socket, {});
    onTestFinished(() => wire.close());
    return wire;
  }

  it("is shown by address and client, follows a token that goes elsewhere, and is known after a restart", async () => {
    const data = testFolder();
    const server = await startServer(["--data", data]);
    const { client, token } = await newUser(server, "alice");
    const tablet = await from(server, "127.0.0.3");
    await ok(tablet.request("client tablet 1.0"));
    await ok(tablet.request(`auth alice ${PASSWORD}`));
    const tabletHere = { what: "tablet 1.0", address: "127.0.0.3" };
    expect(await listed(client)).toEqual([{ what: "auto", address: "127.0.0.1" }, tabletHere]);
    const script = await from(server, "127.0.0.2");
    await ok(script.request("client skrip"));
    await ok(script.request(`whoami ${token}`));
    const moved = [{ what: "skrip", address: "127.0.0.2" }, tabletHere];
    expect(await listed(tablet)).toEqual(moved);
    await server.stop();
    const again = await started("--data", data);
    const later = await from(again, "127.0.0.3");
    await ok(later.request("client tablet 1.0"));
    await ok(later.request(`auth alice ${PASSWORD}`));
    expect(await listed(later)).toEqual([...moved, tabletHere]);
  });

  it("one of them is ended from another: it is told nothing more", async () => {
    const server = await started("--memory");
    const { client } = await newUser(server, "alice");
    const bob = await newUser(server, "bob");
    const events: string[] = [];
    const lost = await loggedIn(server, "alice", { onEvent: ({ event }) => void events.push(event) });
    await ok(lost.client.request("watch on"));
    const { data } = await ok(client.request("sessions"));
    const other = (data as { id: number; current: boolean }[]).find(({ current }) => !current);
    await ok(client.request(`logout ${other?.id}`));
    expect(await refused(lost.client.request("inbox"))).toBe("no-session");
    expect(await refused(client.request(`whoami ${lost.token}`))).toBe("no-session");
    await ok(bob.client.request("send alice rahasia"));
    await ok(lost.client.request("ping"));
    expect(events).toEqual([]);
    expect(await refused(bob.client.request("logout 1"))).toBe("session-not-found");
    await ok(client.request("whoami"));
  });
});

describe("a token that is not valid", () => {
  const NO_TOKEN = "11111111-2222-4333-8444-555555555555";

  it.each([
    `ping ${NO_TOKEN}`,
    `hello ${NO_TOKEN}`,
    `users ${NO_TOKEN}`,
    `list_users ${NO_TOKEN}`,
    `ls ${NO_TOKEN}`,
    `dialect ${NO_TOKEN} multirealm`,
    `addrealm ${NO_TOKEN} pusat 127.0.0.1 9000`,
    `inbox ${NO_TOKEN}`,
  ])("is refused and nothing is done, session or not: %s", async (request) => {
    const server = await started("--memory");
    const alice = await newUser(server, "alice");
    const realms = (await ok(alice.client.request("realms"))).data;
    for (const client of [await server.connect(), alice.client]) {
      expect(await refused(client.request(request))).toBe("no-session");
      expect(await client.request("ping")).toMatchObject({ status: "OK" });
    }
    expect((await ok(alice.client.request("realms"))).data).toEqual(realms);
  });

  it.each([
    [`help ${NO_TOKEN}`, "unknown-request"],
    [`help ${NO_TOKEN} ping`, "no-session"],
    [`download ${NO_TOKEN} ${NO_TOKEN}`, "no-session"],
    [`read ${NO_TOKEN}`, "message-not-found"],
  ])("is a word like any other where one may stand, and fits: %s", async (request, code) => {
    const server = await started("--memory");
    const { client } = await newUser(server, "alice");
    expect(await refused(client.request(request))).toBe(code);
  });
});

it("the number of a session that has ended is no other's, also after a restart: by it nobody ends another one", async () => {
  const folder = join(testFolder(), "data");
  const before = await startServer(["--data", folder]);
  const { client } = await newUser(before, "alice");
  const other = await loggedIn(before, "alice");
  const numbers = async (client: Wire): Promise<readonly number[]> => {
    const { data } = await ok(client.request("sessions"));
    return (data as readonly { id: number }[]).map(({ id }) => id);
  };
  const [, last] = await numbers(client);
  await ok(other.client.request("logout"));
  await before.stop();
  const after = await started("--data", folder);
  const again = await loggedIn(after, "alice");
  expect(await numbers(again.client)).not.toContain(last);
  expect(await refused(again.client.request(`logout ${last}`))).toBe("session-not-found");
});
