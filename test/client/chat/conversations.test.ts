/** With whom one speaks, what is new there, and whose names are known. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Conversations } from "../../../src/client/chat/conversations.ts";
import { KnownNames } from "../../../src/client/chat/known-names.ts";
import { conversationOf, messageOf, messagesIn, textFields } from "../../../src/client/chat-message.ts";
import type { Reply } from "../../../src/client/client.ts";

const message = { id: "1", from: "bob", to: "alice", message: "halo", time: "2026-11-21T05:26:53.431Z" };

describe("a message", () => {
  test("is what has an id, a sender, a receiver, a text and a time; nothing else is one", () => {
    expect(messageOf(message)).toBe(message);
    for (const key of Object.keys(message)) {
      expect(messageOf({ ...message, [key]: undefined })).toBeUndefined();
      expect(messageOf({ ...message, [key]: 1 })).toBeUndefined();
    }
    for (const other of [undefined, null, 1, "text", [], [message], {}]) expect(messageOf(other)).toBeUndefined();
  });

  test("is none where what it may have is of another kind: group, sent, file", () => {
    const others = [
      ...[5, null, {}, ["kelas"]].map((group) => ({ group })),
      ...[7, null, {}].map((sent) => ({ sent })),
      ...["x", 1, null, [], {}, { id: "1", name: "a" }, { id: "1", name: 5, size: 1 }].map((file) => ({ file })),
    ];
    for (const other of others) expect([other, messageOf({ ...message, ...other })]).toEqual([other, undefined]);
    const whole = { ...message, group: "kelas", sent: message.time, file: { id: "1", name: "a", size: 5 } };
    expect(messageOf(whole)).toBe(whole);
  });

  test("in a list is found among what is none", () => {
    for (const data of [null, "text", 5, {}, [null], [[message]]])
      expect(messagesIn({ status: "OK", data })).toEqual([]);
    expect(messagesIn({ status: "OK", data: [null, message, { ...message, group: 5 }] })).toEqual([message]);
    expect(textFields([null, { realm: "kampus" }, 5, { realm: 7 }, "realm"], "realm")).toEqual(["kampus"]);
    for (const list of [undefined, null, "text", { realm: "x" }]) expect(textFields(list, "realm")).toEqual([]);
  });

  test("is of its group, or of the other of the two, whoever reads", () => {
    expect(conversationOf({ ...message, group: "kelas" }, "alice")).toBe("#kelas");
    expect(conversationOf({ ...message, group: "kelas@kampus" }, "bob")).toBe("#kelas@kampus");
    expect(conversationOf(message, "alice")).toBe("bob");
    expect(conversationOf(message, "BOB")).toBe("alice");
    expect(conversationOf(message, undefined)).toBe("bob");
    expect(conversationOf({ ...message, from: "alice" }, "alice")).toBe("alice");
  });
});

describe("conversations", () => {
  test("have one name, however it is written", () => {
    const all = new Conversations();
    expect(all.of("BOB")).toBe(all.of("bob"));
    expect(all.of("#bob")).not.toBe(all.of("bob"));
    expect(all.all.map(({ name }) => name)).toEqual(["BOB", "#bob"]);
  });

  test("keep what was being written in them, each its own", () => {
    const all = new Conversations();
    expect(all.enter(all.of("bob"), "nothing was open")).toBe("");
    expect(all.enter(all.of("#kelas"), "for bob")).toBe("");
    expect(all.enter(all.of("bob"), "for kelas")).toBe("for bob");
    expect(all.enter(undefined, "for bob again")).toBe("nothing was open");
    expect(all.enter(all.of("#kelas"), "")).toBe("for kelas");
    expect(all.enter(all.of("bob"), "")).toBe("for bob again");
  });

  test("that are opened have nothing new", () => {
    const all = new Conversations();
    Object.assign(all.of("bob"), { unread: 3, calls: true });
    all.enter(all.of("bob"), "");
    expect(all.of("bob")).toMatchObject({ unread: 0, calls: false });
    expect(all.open?.name).toBe("bob");
  });

  test("with something new come those that call first, then the newest first", () => {
    const all = new Conversations();
    for (const [name, calls] of [
      ["a", false],
      ["b", true],
      ["c", false],
      ["d", true],
    ] as const) {
      const one = all.of(name);
      Object.assign(one, { unread: 1, calls });
      all.touch(one);
    }
    all.of("e");
    expect(all.unread.map(({ name }) => name)).toEqual(["d", "b", "c", "a"]);
    all.readAll();
    expect(all.unread).toEqual([]);
  });

  test("are gone round, forward and back, from wherever one is", () => {
    const all = new Conversations();
    expect([all.neighbour(1), all.neighbour(-1)]).toEqual([undefined, undefined]);
    const [a, b, c] = ["a", "b", "c"].map((name) => all.of(name));
    expect([all.neighbour(1), all.neighbour(-1)]).toEqual([a, c]);
    all.enter(c, "");
    expect([all.neighbour(1), all.neighbour(-1)]).toEqual([a, b]);
    all.enter(a, "");
    expect([all.neighbour(1), all.neighbour(-1)]).toEqual([b, c]);
  });

  test("gone round as often as there are some, each is met once", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1 });
    fc.assert(
      fc.property(names, fc.constantFrom(1 as const, -1 as const), (list, by) => {
        const all = new Conversations();
        for (const name of list) all.of(name);
        const met = list.map(() => {
          const next = all.neighbour(by);
          all.enter(next, "");
          return next?.name;
        });
        expect(met).toHaveLength(list.length);
        expect(new Set(met)).toEqual(new Set(list));
      }),
    );
  });

  test("of somebody else are none", () => {
    const all = new Conversations();
    all.enter(all.of("bob"), "");
    all.forget();
    expect([all.all, all.open]).toEqual([[], undefined]);
  });
});

describe("names", () => {
  const replies: Readonly<Record<string, Reply>> = {
    users: { status: "OK", data: ["Alice", "bob", 5, null], users: [], elsewhere: ["carl@rumah"] },
    groups: { status: "OK", data: ["kelas"], mine: ["les@rumah"] },
    realms: { status: "OK", data: [{ realm: "kampus", own: true }, { realm: "Rumah" }, {}] },
  };

  async function named(all: Readonly<Record<string, Reply>> = replies): Promise<KnownNames> {
    const names = new KnownNames();
    await names.refresh(async (text) => all[text] as Reply);
    return names;
  }

  test("are those that the server lists, as they were made", async () => {
    const names = await named();
    expect([...names.users]).toEqual(["Alice", "bob", "carl@rumah"]);
    expect([...names.groups]).toEqual(["kelas", "les@rumah"]);
    expect([...names.realms]).toEqual(["kampus", "Rumah"]);
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
    await names.refresh(() => Promise.reject(new Error("lost")));
    await names.refresh(async () => ({ status: "ERROR", code: "no-session", data: ["x"] }));
    await names.refresh(async () => ({ status: "OK", data: "text" }));
    await names.refresh(async () => ({ status: "OK" }));
    expect([...names.users, ...names.groups, ...names.realms]).toHaveLength(7);
    names.forget();
    expect([...names.users, ...names.groups, ...names.realms]).toEqual([]);
  });

  test("are none where the server lists what is no name", async () => {
    const odd = { data: [null, 5, {}], elsewhere: 5, mine: "kelas" };
    const names = new KnownNames();
    await names.refresh(async () => ({ status: "OK", ...odd }));
    expect([...names.users, ...names.groups, ...names.realms, ...names.files]).toEqual([]);
  });

  test("are also those of who speaks, and of groups that are spoken in", () => {
    const names = new KnownNames();
    names.learn({ ...message, from: "eka", group: "les" });
    names.addGroup("klub");
    expect([names.hasUser("EKA"), names.hasGroup("les"), names.hasGroup("klub")]).toEqual([true, true, true]);
  });
});
