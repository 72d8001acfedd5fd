/** What the server itself tells somebody is a conversation as others are, but for saying something there. */
import { expect, test } from "vitest";
import { operatorOf } from "../support/admin.ts";
import { testFolder } from "../support/folder.ts";
import { history, newUser, ok, refused } from "../support/people.ts";
import { startServer } from "../support/server.ts";

test("an announcement stands in chats as said by *, and by that name it can be read and searched for", async () => {
  const server = await startServer(["--data", testFolder(), "--uploads", testFolder()]);
  const operator = await operatorOf(server);
  const { client } = await newUser(server, "alice");
  await ok(operator.request("admin announce ditutup jam 22"));
  expect(await ok(client.request("chats"))).toMatchObject({ data: [{ with: "*", unread: 1 }] });
  expect(await history(client, "*")).toEqual(["ditutup jam 22"]);
  expect(await ok(client.request("search in * ditutup"))).toMatchObject({ data: [{ from: "*" }] });
  for (const request of ["post 1 * halo", "send * halo", "mute *", "typing *"])
    expect(await refused(client.request(request))).toMatch(/^(bad-request|user-not-found)$/);
});
