/** Why a server cannot be reached, in a few words. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { openSocket } from "../../src/connection/open-socket.ts";
import { machine } from "../../src/world/world.ts";
import { freePort } from "../support/free-port.ts";

const SOON = 5_000;

test("nobody listens there: the address is named once", async () => {
  const port = await freePort();
  await expect(openSocket({ host: "127.0.0.1", port }, machine, SOON)).rejects.toThrow(
    `cannot reach 127.0.0.1:${port}: connection refused`,
  );
});

test("a name of several addresses, at none of which anybody listens, has a reason, too", async () => {
  const port = await freePort();
  const world: typeof machine = {
    ...machine,
    connect: (options) => connect({ ...options, lookup: (_, __, found) => found(null, bothAddresses) }),
  };
  await expect(openSocket({ host: "chat.example", port }, world, SOON)).rejects.toThrow(
    `cannot reach chat.example:${port}: connection refused`,
  );
});

test.each([
  ["ENOTFOUND", "there is no host of that name"],
  ["EAI_AGAIN", "the name cannot be looked up now"],
])("a name without an address (%s) is said to have none", async (code, why) => {
  const failed = Object.assign(new Error(`getaddrinfo ${code} chat.example`), { code });
  const world: typeof machine = {
    ...machine,
    connect: (options) => connect({ ...options, lookup: (_, __, found) => found(failed, []) }),
  };
  await expect(openSocket({ host: "chat.example", port: 1 }, world, SOON)).rejects.toThrow(
    `cannot reach chat.example:1: ${why}`,
  );
});

const bothAddresses = [
  { address: "127.0.0.1", family: 4 },
  { address: "127.0.0.2", family: 4 },
];
