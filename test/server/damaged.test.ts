/** A server whose database is damaged in some messages: what reads these is refused, all else goes on. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { operatorOf } from "../support/admin.ts";
import { testFolder } from "../support/folder.ts";
import { history, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { damagePiece, lastPiece } from "../support/pieces.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

test("whose messages are damaged is shown with the other conversations, and is written to and read from there on", async () => {
  const data = join(testFolder(), "data");
  const before = await started("--data", data);
  const alice = await newUser(before, "alice");
  await newUser(before, "bob");
  const carol = await newUser(before, "carol");
  await ok(carol.client.request("send bob halo"));
  const server = await damaged(before, data, alice, "send bob");
  const { client } = await loggedIn(server, "bob");
  expect((await ok(client.request("chats")))["data"]).toMatchObject([
    { with: "alice", unread: 0 },
    { with: "carol", unread: 1, last: { message: "halo" } },
  ]);
  expect(await refused(client.request("history alice"))).toBe("storage");
  expect(await history(client, "carol")).toEqual(["halo"]);
  await ok(client.request("send alice apa kabar"));
  expect((await ok(client.request("chats")))["data"]).toMatchObject([{ with: "alice" }, { with: "carol" }]);
});

test("a group whose newest messages are damaged can be deleted, and what an operator asks for goes on", async () => {
  const data = join(testFolder(), "data");
  const before = await started("--data", data);
  const alice = await newUser(before, "alice");
  await ok(alice.client.request("addgroup kelas"));
  const server = await damaged(before, data, alice, "sendgroup kelas");
  const { client } = await loggedIn(server, "alice");
  expect(await refused(client.request("history #kelas"))).toBe("storage");
  await ok(client.request("group delete kelas"));
  const operator = await operatorOf(server);
  expect(await ok(operator.request("admin announce halo"))).toMatchObject({ users: 1 });
});

/** A server that goes on where another ended; the last messages are damaged, all of which one has said by a request. */
async function damaged(server: TestServer, data: string, { client }: Person, request: string): Promise<TestServer> {
  // Of how many turns they are depends on how fast the machine is.
  const last = await until("the last of all messages is in a piece", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => ok(client.request(`${request} nomor${i}`))));
    return lastPiece(data);
  });
  await server.stop();
  damagePiece(data, last);
  return started("--data", data);
}
