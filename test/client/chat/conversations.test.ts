/** With whom one speaks, what is new there. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Conversations } from "../../../src/client/chat/conversations.ts";

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
