/** Users in pages: whoever goes through all of them meets each one once, here and in other realms. */
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../src/contract/names.ts";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { users } from "../../src/operations/people/users.ts";
import type { Caller, Services } from "../../src/operations/services/context.ts";
import { State } from "../../src/state/state.ts";

function scene(here: number, elsewhere: Readonly<Record<string, readonly string[]>>) {
  const model = new State(new MemoryLog(1000));
  for (let i = 1; i <= here; i++) {
    model.users.add({ name: `u${i}`, fullName: `U ${i}`, country: "id", password: "x", created: i });
  }
  for (const [name, names] of Object.entries(elsewhere)) {
    const realm = model.realms.add({ name, host: undefined, port: undefined, given: "peer" });
    model.realms.tellNames(realm, { salt: "s", from: { users: 0, groups: 0 }, users: names, groups: [] });
  }
  const services = {
    realm: "sini",
    model,
    presence: { isOnline: () => false, lastSeen: () => undefined },
  } as unknown as Services;
  const caller = { acting: { user: model.users.find("u1") } } as unknown as Caller;
  const page = (after: string | undefined, limit?: number) => {
    const result = users(services, caller, {
      ...(after !== undefined && { user: parseAddress(after) }),
      ...(limit !== undefined && { limit }),
    });
    if ("code" in result) return result.code;
    return {
      names: [...[...result.users].map((one) => one.username), ...result.elsewhere],
      more: result.more,
      after: result.after,
    };
  };
  return { page };
}

const range = (count: number): string[] => Array.from({ length: count }, (_, i) => `u${i + 1}`);

describe.each([1, 2, 3, 5, 7, 100])("in pages of %i", (limit) => {
  test.each([
    [1, {}],
    [6, {}],
    [6, { jauh: [] }],
    [5, { jauh: ["a", "b", "c"], kosong: [], dekat: ["a", "d"] }],
  ])("%i here and %o", (here, elsewhere: Readonly<Record<string, readonly string[]>>) => {
    const { page } = scene(here, elsewhere);
    const all: string[] = [];
    let after: string | undefined;
    for (let more = true; more; ) {
      const got = page(after, limit);
      if (typeof got === "string") throw new Error(got);
      expect(got.names.length).toBeLessThanOrEqual(limit);
      expect(got.after === undefined).toBe(!got.more);
      all.push(...got.names);
      ({ more, after } = got);
    }
    const realms = Object.entries(elsewhere).toSorted(([one], [other]) => (one < other ? -1 : 1));
    const others = realms.flatMap(([realm, names]) => names.map((name) => `${name}@${realm}`));
    expect(all).toEqual([...range(here), ...others]);
  });
});

test("one request gives the first thousand of very many", () => {
  const got = scene(2500, {}).page(undefined);
  expect(got).toEqual({ names: range(1000), more: true, after: "u1000" });
});

test.each(["nobody", "nobody@jauh", "a@nirgends"])("%s is nobody behind whom others could be", (name) => {
  expect(scene(3, { jauh: ["a"] }).page(name)).toBe("user-not-found");
});

test("a page goes on behind a name in whatever letters it is written, here and elsewhere", () => {
  const { page } = scene(3, { Jauh: ["Adi", "budi", "Citra"] });
  expect(page("U2")).toMatchObject({ names: ["u3", "Adi@Jauh", "budi@Jauh", "Citra@Jauh"], more: false });
  expect(page("ADI@jauh")).toEqual({ names: ["budi@Jauh", "Citra@Jauh"], more: false, after: undefined });
  expect(page("BUDI@JAUH")).toMatchObject({ names: ["Citra@Jauh"] });
});

test("whoever reads page by page comes to the end, though a realm tells a name twice", () => {
  const { page } = scene(1, { jauh: ["a", "b", "A", "a", "c"] });
  const afters: string[] = [];
  for (let after: string | undefined = "u1"; after !== undefined && afters.length < 9; ) {
    afters.push(after);
    const got = page(after, 1);
    if (typeof got === "string") throw new Error(got);
    ({ after } = got);
  }
  expect(afters.length).toBeLessThan(9);
});
