/** Names that are known: as the server has said them, for as long as they are as good as new. */
import { expect, onTestFinished, test, vi } from "vitest";
import { KnownNames } from "../../../src/client/chat/known-names.ts";
import type { Reply } from "../../../src/client/client.ts";

const answers: Readonly<Record<string, Reply>> = {
  users: { status: "OK", data: ["Alice", "bob"], elsewhere: ["carl@kampus"] },
  groups: { status: "OK", data: ["kelas"], mine: ["kelas", "les@kampus"] },
  realms: { status: "OK", data: [{ realm: "rumah", own: true }, { realm: "Kampus" }, null, { realm: 5 }] },
  "files received": { status: "OK", data: [{ name: "a.iso" }, {}, null] },
};

const request = async (text: string): Promise<Reply> => answers[text] ?? { status: "ERROR", code: "unknown-request" };

test("they are asked for all at once, and known in any case, those of other realms and one's own groups too", async () => {
  const names = new KnownNames();
  const asked: string[] = [];
  await names.refresh((text) => {
    asked.push(text);
    return request(text);
  });
  expect(asked.toSorted()).toEqual(["files received", "groups", "realms", "users"]);
  expect([...names.users]).toEqual(["Alice", "bob", "carl@kampus"]);
  expect([...names.groups]).toEqual(["kelas", "les@kampus"]);
  expect([...names.realms]).toEqual(["rumah", "Kampus"]);
  expect([...names.files]).toEqual(["a.iso"]);
  expect([names.hasUser("ALICE"), names.hasGroup("Kelas"), names.hasRealm("kampus")]).toEqual([true, true, true]);
  expect([names.hasUser("kelas"), names.hasGroup("bob"), names.hasRealm("bob")]).toEqual([false, false, false]);
});

test("one of a realm that is known is taken for one: only that realm knows", async () => {
  const names = new KnownNames();
  await names.refresh(request);
  expect([names.hasUser("dewi@KAMPUS"), names.hasGroup("dev@kampus")]).toEqual([true, true]);
  expect([names.hasUser("dewi@kantor"), names.hasGroup("dev@")]).toEqual([false, false]);
});

test("what is refused, lost or no list leaves what was known as it was", async () => {
  const names = new KnownNames();
  await names.refresh(request);
  for (const other of [
    async (): Promise<Reply> => ({ status: "ERROR", code: "no-session" }),
    async (): Promise<Reply> => ({ status: "OK", data: "text", mine: 5, elsewhere: {} }),
    async (): Promise<Reply> => ({ status: "OK" }),
    async (): Promise<Reply> => {
      throw new Error("lost");
    },
  ]) {
    await names.refresh(other);
    expect([names.hasUser("bob"), names.hasGroup("kelas"), names.hasRealm("kampus")]).toEqual([true, true, true]);
  }
});

test("for a moment they are as good as new, then they are asked for again; others are not those of somebody else", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const names = new KnownNames();
  expect(names.isFresh).toBe(false);
  const asking = names.refresh(request);
  expect(names.isFresh).toBe(true);
  await asking;
  expect(names.isFresh).toBe(true);
  vi.advanceTimersByTime(600_000);
  expect(names.isFresh).toBe(false);
  await names.refresh(request);
  names.forget();
  expect([names.isFresh, [...names.users], names.hasGroup("kelas")]).toEqual([false, [], false]);
});
