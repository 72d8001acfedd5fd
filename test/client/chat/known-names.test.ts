/** Names that are known: as the server has said them, for as long as they are as good as new. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { KnownNames } from "../../../src/client/chat/known-names.ts";
import type { Reply } from "../../../src/connection/errors.ts";
import { callOf } from "../../support/call.ts";

const file = { id: "1", name: "a.iso", size: 5, sha256: "f00", time: "2026-11-21T05:26:53.431Z" };
const kampus = { realm: "Kampus", own: false };

const answers: Readonly<Record<string, Reply>> = {
  users: { status: "OK", data: ["Alice", "bob"], users: [], elsewhere: ["carl@kampus"] },
  groups: { status: "OK", data: ["kelas"], groups: ["kelas"], mine: ["kelas", "les@kampus"] },
  realms: { status: "OK", data: [{ realm: "rumah", own: true }, kampus, null, { realm: 5 }] },
  "files received": { status: "OK", data: [file, {}, null] },
};

const answer = async (text: string): Promise<Reply> => answers[text] ?? { status: "ERROR", code: "unknown-request" };
const call = callOf(answer);

test("they are asked for all at once, and known in any case, those of other realms and one's own groups too", async () => {
  const names = new KnownNames();
  const asked: string[] = [];
  await names.refresh(
    callOf((text) => {
      asked.push(text);
      return answer(text);
    }),
  );
  expect(asked.toSorted()).toEqual(["files received", "groups", "realms", "users"]);
  expect([...names.all.users]).toEqual(["Alice", "bob", "carl@kampus"]);
  expect([...names.all.groups]).toEqual(["kelas", "les@kampus"]);
  expect([...names.all.realms]).toEqual(["rumah", "Kampus"]);
  expect([...names.all.files]).toEqual(["a.iso"]);
  expect([names.hasUser("ALICE"), names.hasGroup("Kelas"), names.hasRealm("kampus")]).toEqual([true, true, true]);
  expect([names.hasUser("kelas"), names.hasGroup("bob"), names.hasRealm("bob")]).toEqual([false, false, false]);
});

test("users that come in pages are asked for until there are no more", async () => {
  const names = new KnownNames();
  const pages: Readonly<Record<string, Reply>> = {
    ...answers,
    users: { status: "OK", data: ["Alice"], users: [], elsewhere: [], more: true, after: "Alice" },
    "users after Alice": {
      status: "OK",
      data: ["bob"],
      users: [],
      elsewhere: ["carl@kampus"],
      more: true,
      after: "carl@kampus",
    },
    "users after carl@kampus": { status: "OK", data: [], users: [], elsewhere: ["dewi@kampus"] },
  };
  await names.refresh(callOf(async (text) => pages[text] ?? { status: "ERROR", code: "unknown-request" }));
  expect([...names.all.users]).toEqual(["Alice", "bob", "carl@kampus", "dewi@kampus"]);
});

test("one of a realm that is known is taken for one: only that realm knows", async () => {
  const names = new KnownNames();
  await names.refresh(call);
  expect([names.hasUser("dewi@KAMPUS"), names.hasGroup("dev@kampus")]).toEqual([true, true]);
  expect([names.hasUser("dewi@kantor"), names.hasGroup("dev@")]).toEqual([false, false]);
});

test("a group of another realm is opened by its name, as one here is, where no user there is known by it", async () => {
  const names = new KnownNames();
  await names.refresh(call);
  expect(["les@kampus", "Kelas", "@les@kampus"].map((name) => names.placeNamed(name))).toEqual([
    "#les@kampus",
    "#Kelas",
    "les@kampus",
  ]);
  expect(["carl@kampus", "dewi@kampus", "bob"].map((name) => names.placeNamed(name))).toEqual([
    "carl@kampus",
    "dewi@kampus",
    "bob",
  ]);
});

test("what is refused, lost or no list leaves what was known as it was", async () => {
  const names = new KnownNames();
  await names.refresh(call);
  for (const other of [
    async (): Promise<Reply> => ({ status: "ERROR", code: "no-session" }),
    async (): Promise<Reply> => ({ status: "OK", data: "text", mine: 5, elsewhere: {} }),
    async (): Promise<Reply> => ({ status: "OK" }),
    async (): Promise<Reply> => {
      throw new Error("lost");
    },
  ]) {
    await names.refresh(callOf(other));
    expect([names.hasUser("bob"), names.hasGroup("kelas"), names.hasRealm("kampus")]).toEqual([true, true, true]);
  }
});

test("for a moment they are as good as new, then they are asked for again; others are not those of somebody else", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const names = new KnownNames();
  expect(names.isFresh).toBe(false);
  const asking = names.refresh(call);
  expect(names.isFresh).toBe(true);
  await asking;
  expect(names.isFresh).toBe(true);
  vi.advanceTimersByTime(600_000);
  expect(names.isFresh).toBe(false);
  await names.refresh(call);
  names.forget();
  expect([names.isFresh, [...names.all.users], names.hasGroup("kelas")]).toEqual([false, [], false]);
});

describe("those that are known", () => {
  const replies: Readonly<Record<string, Reply>> = {
    users: { status: "OK", data: ["Alice", "bob", 5, null], users: [], elsewhere: ["carl@rumah"] },
    groups: { status: "OK", data: ["kelas"], groups: ["kelas"], mine: ["les@rumah"] },
    realms: { status: "OK", data: [{ realm: "kampus", own: true }, { realm: "Rumah", own: false }, {}] },
  };

  async function named(all: Readonly<Record<string, Reply>> = replies): Promise<KnownNames> {
    const names = new KnownNames();
    await names.refresh(callOf(async (text) => all[text] as Reply));
    return names;
  }

  test("are those that the server lists, as they were made", async () => {
    const names = await named();
    expect([...names.all.users]).toEqual(["Alice", "bob", "carl@rumah"]);
    expect([...names.all.groups]).toEqual(["kelas", "les@rumah"]);
    expect([...names.all.realms]).toEqual(["kampus", "Rumah"]);
  });

  test("are known in any case; of another realm all are, of one that nobody knows none", async () => {
    const names = await named();
    expect(["ALICE", "dewi", "eka@RUMAH", "eka@entah"].map((name) => names.hasUser(name))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(["Kelas", "alice", "apa@kampus"].map((name) => names.hasGroup(name))).toEqual([true, false, true]);
    expect(["RUMAH", "entah"].map((name) => names.hasRealm(name))).toEqual([true, false]);
  });

  test("stay as they were where nothing is answered, or a refusal, or something else", async () => {
    const names = await named();
    await names.refresh(callOf(() => Promise.reject(new Error("lost"))));
    await names.refresh(callOf(async () => ({ status: "ERROR", code: "no-session", data: ["x"] })));
    await names.refresh(callOf(async () => ({ status: "OK", data: "text" })));
    await names.refresh(callOf(async () => ({ status: "OK" })));
    expect([...names.all.users, ...names.all.groups, ...names.all.realms]).toHaveLength(7);
    names.forget();
    expect([...names.all.users, ...names.all.groups, ...names.all.realms]).toEqual([]);
  });

  test("are none where the server lists what is no name", async () => {
    const names = new KnownNames();
    const list = [null, 5, {}];
    for (const odd of [
      { data: list, users: list, groups: list, elsewhere: list, mine: list },
      { data: list, users: list, groups: list, elsewhere: 5, mine: "kelas" },
    ]) {
      await names.refresh(callOf(async () => ({ status: "OK", ...odd })));
    }
    expect([...names.all.users, ...names.all.groups, ...names.all.realms, ...names.all.files]).toEqual([]);
  });

  test("are also those of who speaks, and of groups that are spoken in", () => {
    const names = new KnownNames();
    names.learn({ id: "1", from: "eka", to: "les", group: "les", message: "halo", time: "2026-11-21T05:26:53.431Z" });
    names.addGroup("klub");
    expect([names.hasUser("EKA"), names.hasGroup("les"), names.hasGroup("klub")]).toEqual([true, true, true]);
  });
});
