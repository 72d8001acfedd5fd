/** What is muted, as a server tells it: also what an older client has kept here, which that server is given. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Mutes } from "../../../src/client/chat/mutes.ts";
import { Preferences } from "../../../src/client/chat/preferences.ts";
import { LinkError, type Reply } from "../../../src/connection/errors.ts";
import { callOf } from "../../support/call.ts";
import { testFolder } from "../../support/folder.ts";
import { connection, page } from "../../support/told.ts";

const TIME = "2026-11-21T05:26:53.431Z";

/** A conversation in a server's list. */
function listed(name: string, muted = "all"): object {
  return { with: name, muted, time: TIME };
}

/** A server that mutes everything, but what it refuses with a code. */
function muting(refused: Readonly<Record<string, string>> = {}): (text: string) => Reply {
  return (text) => {
    const [, name = ""] = text.split(" ");
    const code = refused[name];
    if (code === undefined) return { status: "OK", with: name, muted: "all" };
    return { status: "ERROR", message: "x", code };
  };
}

/** What is kept of an account, with what an older client has muted. */
function kept(...muted: readonly string[]): { preferences: Preferences; file: () => unknown } {
  const path = join(testFolder(), "alice.json");
  writeFileSync(path, JSON.stringify({ ignored: ["carl"], muted }));
  return { preferences: new Preferences(path), file: () => JSON.parse(readFileSync(path, "utf8")) as unknown };
}

test("what a server tells counts in any case, until it tells otherwise", async () => {
  const mutes = new Mutes();
  await mutes.load(connection({ mutes: () => page([listed("#Kelas", "mentions")]) }).call, new Preferences());
  expect([mutes.of("#KELAS"), mutes.of("kelas"), mutes.of("bob")]).toEqual(["mentions", false, false]);
  expect([mutes.silences("#kelas", false), mutes.silences("#kelas", true)]).toEqual([true, false]);
  mutes.set("#kelas", "all");
  expect([mutes.silences("#kelas", true), mutes.silences("bob", false)]).toEqual([true, false]);
  await mutes.load(connection().call, new Preferences());
  expect(mutes.of("#kelas")).toBe(false);
  mutes.set("bob", "all");
  mutes.begin([]);
  expect(mutes.of("bob")).toBe(false);
});

test("what is told while a server is asked is newer than its answer", async () => {
  const mutes = new Mutes();
  const { call } = connection({
    mutes: () => {
      mutes.follow({ event: "muted", data: { with: "bob", muted: false } }, "alice");
      mutes.follow({ event: "muted", data: { with: "carl", muted: "mentions" } }, "alice");
      return page([listed("bob"), listed("dewi")]);
    },
  });
  await mutes.load(call, new Preferences());
  expect(["bob", "carl", "dewi"].map((name) => mutes.of(name))).toEqual([false, "mentions", "all"]);
});

test("the answer of a connection that was lost does not count", async () => {
  const mutes = new Mutes();
  let answer: ((reply: Reply) => void) | undefined;
  const late = connection({
    mutes: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const { preferences, file } = kept("erin");
  const first = mutes.load(late.call, preferences);
  await mutes.load(connection({ mutes: () => page([listed("bob")]), "mute ": muting() }).call, preferences);
  answer?.(page([listed("carl")]));
  expect(await first).toEqual([]);
  expect(["bob", "carl", "erin"].map((name) => mutes.of(name))).toEqual(["all", false, "all"]);
  expect(file()).toEqual({ ignored: ["carl"] });
});

test("what an older client has muted here is given to the server, and then no longer kept here", async () => {
  const mutes = new Mutes();
  const { preferences, file } = kept("bob", "#kelas", "dewi", "#tidak-ada");
  mutes.begin(preferences.muted);
  expect(mutes.of("#kelas")).toBe("all");
  const { call, asked } = connection({
    mutes: () => page([listed("Dewi", "mentions")]),
    "mute ": muting({ "#tidak-ada": "group-not-found" }),
  });
  expect(await mutes.load(call, preferences)).toEqual(["#tidak-ada (there is no such group)"]);
  // What is muted there already is left as it is.
  expect(asked).toEqual(["mutes", "mute bob", "mute #kelas", "mute #tidak-ada"]);
  expect(["bob", "#kelas", "dewi", "#tidak-ada"].map((name) => mutes.of(name))).toEqual([
    "all",
    "all",
    "mentions",
    false,
  ]);
  expect(file()).toEqual({ ignored: ["carl"] });
  expect(await mutes.load(call, preferences)).toEqual([]);
  expect(asked).toHaveLength(5);
});

test("what a server cannot take now it is given the next time", async () => {
  const mutes = new Mutes();
  const { preferences, file } = kept("bob", "dewi");
  const { call } = connection({ "mute ": muting({ bob: "storage" }) });
  expect(await mutes.load(call, preferences)).toEqual([]);
  expect(file()).toEqual({ ignored: ["carl"], muted: ["bob"] });
  const lost = callOf(async (text) => {
    if (text === "mutes") return page([]);
    throw new LinkError("gone");
  });
  await expect(mutes.load(lost, preferences)).rejects.toThrow("gone");
  expect(file()).toEqual({ ignored: ["carl"], muted: ["bob"] });
});

test.each([
  ["that knows of none", { status: "ERROR", message: "x", code: "unknown-request" }],
  ["that answers something else", { status: "OK", data: "mutes" }],
])("on a server %s what an older client has muted here stays muted", async (_, reply) => {
  const mutes = new Mutes();
  const { preferences, file } = kept("bob");
  mutes.begin(preferences.muted);
  const { call, asked } = connection({ mutes: () => reply });
  expect(await mutes.load(call, preferences)).toEqual([]);
  expect(asked).toEqual(["mutes"]);
  expect(mutes.of("Bob")).toBe("all");
  expect(file()).toEqual({ ignored: ["carl"], muted: ["bob"] });
});
