/** What became of messages reaches a search: it finds what they say now, and nothing of what is gone. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { started } from "../support/started.ts";
import { found } from "./support.ts";

describe.each([
  ["on disk", []],
  ["in memory", ["--memory"]],
])("%s", (_, options) => {
  test("an edited message is found by what it says now, and no longer by what it said", async () => {
    const server = await started(...options);
    const { client: alice } = await newUser(server, "alice");
    const { client: bob } = await newUser(server, "bob");
    const { id } = await ok(alice.request("send bob rapat hari senin"));
    expect(await found(bob, "senin")).toEqual(["rapat hari senin"]);
    await ok(alice.request(`edit ${id} rapat hari selasa`));
    expect(await found(bob, "selasa")).toEqual(["rapat hari selasa"]);
    expect(await found(bob, "rapat")).toEqual(["rapat hari selasa"]);
    expect(await found(bob, "senin")).toEqual([]);
  });

  test("a deleted message is found by nobody, nor is an edit of it, whatever was said to it", async () => {
    const server = await started(...options);
    const { client: alice } = await newUser(server, "alice");
    const { client: bob } = await newUser(server, "bob");
    const { id } = await ok(alice.request("send bob kata sandi lama"));
    await ok(alice.request(`edit ${id} kata sandi baru`));
    await ok(bob.request(`react ${id} 👍`));
    expect(await found(bob, "sandi")).toEqual(["kata sandi baru"]);
    await ok(alice.request(`delete ${id}`));
    for (const who of [alice, bob]) expect(await found(who, "sandi")).toEqual([]);
  });
});

test("what became of messages while nobody searched is in the index after a restart", async () => {
  const data = join(testFolder(), "data");
  const first = await started("--data", data);
  const { client: alice } = await newUser(first, "alice");
  await newUser(first, "bob");
  const { id } = await ok(alice.request("send bob rapat hari senin"));
  const { id: other } = await ok(alice.request("send bob rapat hari kamis"));
  expect(await found(alice, "rapat")).toHaveLength(2);
  await first.end();
  const second = await started("--data", data);
  const again = await loggedIn(second, "alice");
  await ok(again.client.request(`edit ${id} rapat hari rabu`));
  await ok(again.client.request(`delete ${other}`));
  await second.end();
  const last = await started("--data", data);
  const { client: bob } = await loggedIn(last, "bob");
  expect(await found(bob, "rabu")).toEqual(["rapat hari rabu"]);
  expect(await found(bob, "rapat")).toEqual(["rapat hari rabu"]);
  expect(await found(bob, "kamis")).toEqual([]);
});
