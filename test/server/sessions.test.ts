/** Tokens: what a changed password ends, and what a token that is none may ask for. */
import { describe, expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import { loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { type Launched, launch } from "../support/program.ts";
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
