/** Who is here is no business of strangers: names, full names, countries and who is online need a session. */
import { expect, it } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { newUser, ok, refused } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";

/** Reached at the same address, wherever it listens. */
async function reach(server: TestServer): Promise<Wire> {
  return server.connect({ host: "127.0.0.1" });
}

async function namesTo(client: Wire, request: string): Promise<unknown> {
  const { users, data } = await ok(client.request(request));
  return ((users ?? data) as string[]).toSorted((a, b) => a.localeCompare(b));
}

it.each([
  ["127.0.0.1", ["alice", "bob"]],
  ["0.0.0.0", []],
])("on a server that listens on %s", async (host, shown) => {
  const server = await started("--memory", "--host", host, "--registration", "open");
  const here = { connect: (options = {}) => server.connect({ ...options, host: "127.0.0.1" }) };
  const alice = await newUser(here, "alice");
  await newUser(here, "bob");
  const stranger = await reach(server);
  for (const dialect of ["auto", "native", "basic", "unix", "application"]) {
    await ok(stranger.request(`dialect ${dialect}`));
    for (const request of ["users", "ls", "logininfo", "info", "info alice", "info bob", "connectedrealm", "whoami"]) {
      const reply = await stranger.request(request);
      expect([reply.status, ["no-session", "unknown-request"].includes(String(reply.code))]).toEqual(["ERROR", true]);
      expect(JSON.stringify(reply)).not.toMatch(/alice|bob|indonesia/);
    }
  }
  await ok(stranger.request("dialect auto"));
  for (const request of ["users", "ls", "logininfo", "info alice", "connectedrealm"]) {
    expect(await refused(stranger.request(request))).toBe("no-session");
  }
  // Spec 002 knows no failure for this one: beyond this machine it is an empty list.
  expect(await namesTo(stranger, "list_users")).toEqual(shown);
  expect(await stranger.request("list_users 11111111-2222-4333-8444-555555555555")).toMatchObject({
    code: "no-session",
  });
  // With a session, by login or by token, all are told.
  for (const request of [`list_users ${alice.token}`, `users ${alice.token}`]) await ok(stranger.request(request));
  expect(await namesTo(stranger, `list_users ${alice.token}`)).toEqual(["alice", "bob"]);
  expect(await namesTo(alice.client, "list_users")).toEqual(["alice", "bob"]);
  expect((await ok(alice.client.request("users"))).data).toHaveLength(2);
  expect((await ok(alice.client.request("ls"))).data).toEqual(["bob"]);
});
