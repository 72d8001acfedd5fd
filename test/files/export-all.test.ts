/** `export-all`: all that there is of one, as it is seen by oneself, in one file that is nowhere when it has been read. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { testFolder } from "../support/folder.ts";
import { loggedIn, newUser, ok, refused } from "../support/people.ts";
import { started } from "../support/started.ts";
import { storedBelow } from "../support/uploads.ts";

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** @param onBytes all of it waits for it */
async function exported(client: Wire, onBytes = async (): Promise<void> => {}): Promise<readonly Line[]> {
  const chunks: Buffer[] = [];
  const { length } = await client.call(
    "exportAll",
    {},
    {
      onContent: () => async (bytes) => {
        chunks.push(Buffer.from(bytes));
        await onBytes();
      },
    },
  );
  const whole = Buffer.concat(chunks);
  expect(whole.length).toBe(length);
  const lines = whole.toString().split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line) as Line);
}

/** Those of a kind. */
function of(lines: readonly Line[], type: string): object[] {
  return lines.filter((line) => line.type === type);
}

describe("export-all", () => {
  it("gives account, settings, sessions, groups, blocks, mutes, files and messages, as they are", async () => {
    const uploads = join(testFolder(), "uploads");
    const server = await started("--memory", "--uploads", uploads);
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    await newUser(server, "carol");
    for (const request of [
      "addgroup kelas",
      "block carol",
      "mute bob mentions",
      "status belajar",
      "send bob satu",
      "sendgroup kelas halo semua",
      `sendfile bob a.txt ${Buffer.from("halo").toString("base64")}`,
    ]) {
      await ok(alice.client.request(request));
    }
    await ok(bob.client.request("joingroup kelas"));
    const { id } = await ok(bob.client.request("send alice salah"));
    await ok(bob.client.request(`edit ${id} dua`));
    const { id: gone } = await ok(bob.client.request("send alice rahasia"));
    await ok(bob.client.request(`delete ${gone}`));
    const lines = await exported(alice.client);
    expect(new Set(lines.map(({ v }) => v))).toEqual(new Set([1]));
    expect(of(lines, "account")).toMatchObject([{ username: "alice", name: "alice", country: "indonesia" }]);
    expect(of(lines, "settings")).toMatchObject([{ allow: "everyone", status: "belajar" }]);
    expect(of(lines, "session")).toMatchObject([{ current: true, address: "127.0.0.1" }]);
    expect(of(lines, "group")).toMatchObject([{ group: "kelas", owner: "alice", members: 2 }]);
    expect(of(lines, "blocked")).toMatchObject([{ user: "carol" }]);
    expect(of(lines, "muted")).toMatchObject([{ with: "bob", muted: "mentions" }]);
    expect(of(lines, "file")).toMatchObject([{ received: false, name: "a.txt", size: 4, to: ["bob"] }]);
    expect(of(lines, "message")).toMatchObject([
      { with: "bob", from: "alice", message: "satu" },
      { with: "bob", from: "alice", file: { name: "a.txt" } },
      { with: "bob", id, from: "bob", message: "dua", edited: expect.any(String) },
      { with: "bob", id: gone, deleted: true },
      { with: "#kelas", group: "kelas", message: "halo semua" },
    ]);
    expect(JSON.stringify(lines)).not.toContain("rahasia");
    expect(of(await exported(bob.client), "file")).toMatchObject([{ received: true, from: "alice" }]);
  });

  it("holds no message that is hidden, nor what was said in a group before one joined it where that is not shown", async () => {
    const server = await started("--memory");
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    await ok(bob.client.request("addgroup kelas"));
    await ok(bob.client.request("group set kelas history joined"));
    await ok(bob.client.request("sendgroup kelas sebelum"));
    await ok(alice.client.request("joingroup kelas"));
    await ok(bob.client.request("sendgroup kelas sesudah"));
    await ok(alice.client.request("block bob"));
    await ok(bob.client.request("send alice tersembunyi"));
    expect(of(await exported(alice.client), "message")).toMatchObject([{ with: "#kelas", message: "sesudah" }]);
  });

  it("is refused where the disk has too little room left, and nothing is left of it", async () => {
    const uploads = join(testFolder(), "uploads");
    const server = await started("--memory", "--uploads", uploads, "--min-free", "100000G");
    const alice = await newUser(server, "alice");
    expect(await refused(alice.client.request("export-all"))).toBe("disk-full");
    // The first is over: that is no second one at a time.
    expect(await refused(alice.client.request("export-all"))).toBe("disk-full");
    expect(storedBelow(uploads)).toEqual([]);
  });

  it("is one at a time for a user, until it is sent, and leaves nothing on the disk", async () => {
    const uploads = join(testFolder(), "uploads");
    const server = await started("--memory", "--uploads", uploads);
    const alice = await newUser(server, "alice");
    // More than the sockets of both sides take in: each sign is two in JSON.
    const text = '"'.repeat(60_000);
    const sent = Array.from({ length: 200 }, () => ok(alice.client.request(`send alice ${text}`)));
    await Promise.all(sent);
    const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = exported((await loggedIn(server, "alice")).client, () => {
      begun.resolve();
      return gate.promise;
    });
    await begun.promise;
    expect(await refused(alice.client.request("export-all"))).toBe("too-many");
    const bob = await newUser(server, "bob");
    expect(of(await exported(bob.client), "account")).toHaveLength(1);
    gate.resolve();
    expect(of(await first, "message")).toHaveLength(200);
    expect(of(await exported(alice.client), "message")).toHaveLength(200);
    expect(storedBelow(uploads)).toEqual([]);
  });
});
