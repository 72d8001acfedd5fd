/** Nobody finds what he may not see. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { newUser, ok, refused } from "../support/people.ts";
import { started } from "../support/started.ts";
import { found } from "./support.ts";

describe.each([["--memory"], ["--data"]])("with %s", (how) => {
  async function scene() {
    const server = await started(...(how === "--data" ? [how, join(testFolder(), "data")] : [how]));
    const [alice, bob, mallory] = [
      await newUser(server, "alice"),
      await newUser(server, "bob"),
      await newUser(server, "mallory"),
    ];
    return { server, alice: alice.client, bob: bob.client, mallory: mallory.client };
  }

  /** Every way to ask for it that is not refused as such. */
  const ways = [
    "rahasia",
    "rahas*",
    '"kata rahasia"',
    "limit 1000 rahasia",
    "from alice rahasia",
    "since 2001-01-01 rahasia",
  ];

  test("other people's private words", async () => {
    const { alice, bob, mallory } = await scene();
    await ok(alice.request("send bob kata rahasia"));
    await ok(alice.request("send alice kata rahasia sendiri"));
    for (const way of ways) expect([way, await found(mallory, way)]).toEqual([way, []]);
    for (const place of ["alice", "bob", "mallory"]) expect(await found(mallory, `in ${place} rahasia`)).toEqual([]);
    expect(await found(bob, "rahasia")).toEqual(["kata rahasia"]);
    expect(await found(alice, "rahasia")).toEqual(["kata rahasia sendiri", "kata rahasia"]);
    expect(await found(alice, "in alice rahasia")).toEqual(["kata rahasia sendiri"]);
    expect(await found(alice, "in bob rahasia")).toEqual(["kata rahasia"]);
  });

  test("groups that he is not in, or has left; who comes back finds all that he may read", async () => {
    const { alice, bob, mallory } = await scene();
    await ok(alice.request("addgroup kelas"));
    await ok(alice.request("sendgroup kelas kata rahasia satu"));
    await ok(bob.request("joingroup kelas"));
    await ok(alice.request("sendgroup kelas kata rahasia dua"));
    for (const way of ways) expect([way, await found(mallory, way)]).toEqual([way, []]);
    expect(await refused(mallory.request("search in #kelas rahasia"))).toBe("not-member");
    // What was there before he came `history` shows, too.
    const both = ["kata rahasia dua", "kata rahasia satu"];
    expect(await found(bob, "rahasia")).toEqual(both);
    expect(await found(bob, "in #kelas rahasia")).toEqual(both);
    await ok(bob.request("leave kelas"));
    for (const way of ways) expect([way, await found(bob, way)]).toEqual([way, []]);
    await ok(bob.request("joingroup kelas"));
    expect(await found(bob, "from alice rahasia")).toEqual(both);
    expect(await found(bob, "from bob rahasia")).toEqual([]);
  });

  test("what was said before he came, in a group that keeps that to those who were there; a group that is no more", async () => {
    const { alice, bob } = await scene();
    await ok(alice.request("addgroup kelas"));
    await ok(alice.request("group set kelas history joined"));
    await ok(alice.request("sendgroup kelas kata rahasia satu"));
    await ok(bob.request("joingroup kelas"));
    await ok(alice.request("sendgroup kelas kata rahasia dua"));
    for (const way of ways) expect([way, await found(bob, way)]).toEqual([way, ["kata rahasia dua"]]);
    expect(await found(bob, "in #kelas rahasia")).toEqual(["kata rahasia dua"]);
    expect(await found(alice, "rahasia")).toEqual(["kata rahasia dua", "kata rahasia satu"]);
    await ok(alice.request("group delete kelas"));
    for (const way of ways) expect([way, await found(alice, way)]).toEqual([way, []]);
  });

  test("in a place by its number, which is no word", async () => {
    const { alice, mallory } = await scene();
    await ok(alice.request("addgroup kelas"));
    await ok(alice.request("sendgroup kelas kata"));
    await ok(alice.request("send bob kata"));
    for (const mark of ["p1", "p2", "g1", "s1", "o1", "p1*", '"p1 p2"', "g1 kata"]) {
      expect([mark, await found(mallory, mark)]).toEqual([mark, []]);
      expect([mark, await found(alice, mark)]).toEqual([mark, []]);
    }
  });

  test("by an id that is not his to see", async () => {
    const { alice, mallory } = await scene();
    const { id } = await ok(alice.request("send bob kata rahasia"));
    expect(await refused(mallory.request(`search before ${String(id)} rahasia`))).toBe("message-not-found");
  });

  test("whoever is in very many groups finds what is his, and only that", async () => {
    const { alice, bob, mallory } = await scene();
    for (let i = 0; i < 520; i++) await ok(alice.request(`addgroup g${i}`));
    await ok(alice.request("sendgroup g519 kata rahasia"));
    await ok(bob.request("send mallory kata rahasia lain"));
    expect(await found(alice, "rahasia")).toEqual(["kata rahasia"]);
    expect(await found(mallory, "rahasia")).toEqual(["kata rahasia lain"]);
  });
});
