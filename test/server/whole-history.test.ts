/** A conversation read from its beginning to its end, a page after the other, among others that are said at the same time. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newUser, ok, type Person } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await startServer(["--memory"]);
  alice = await newUser(server, "alice");
  for (const name of ["bob", "carl"]) (await newUser(server, name)).client.close();
  // Of every three to bob one or two stand among many to carl: now the one, now the other is the shorter way to a page.
  for (let i = 0; i < 60; i++) {
    const to = i % 20 < 5 || i % 7 === 0 ? "bob" : "carl";
    await ok(alice.client.request(`send ${to} ${i}`));
  }
});
afterAll(() => server.stop());

interface Told {
  readonly id: string;
  readonly message?: string;
}

/** @param between what happens between two pages */
async function read(place: string, limit: number, between = async (_last: Told): Promise<void> => {}): Promise<Told[]> {
  const all: Told[] = [];
  let from = "since 2000-01-01";
  for (;;) {
    const page = await ok(alice.client.request(`history ${place} ${from} limit ${limit}`));
    const messages = page.data as readonly Told[];
    expect(messages.length).toBeLessThanOrEqual(limit);
    all.push(...messages);
    if (page["after"] === undefined) return all;
    expect(page["after"]).toBe(messages.at(-1)?.id);
    await between(messages.at(-1) as Told);
    from = `after ${page["after"]}`;
  }
}

test.each(["bob", "carl"])("every message with %s comes once and in order, whatever a page holds", async (place) => {
  const newest = (await ok(alice.client.request(`history ${place}`))).data as readonly Told[];
  expect(newest.length).toBeGreaterThan(10);
  for (const limit of [1, 2, 3, 7, 13, 59, 1000]) expect(await read(place, limit)).toEqual(newest);
});

test("of what is edited and deleted between two pages no message is lost or comes twice", async () => {
  const before = await read("bob", 1000);
  let turn = 0;
  const found = await read("bob", 3, async ({ id }) => {
    await ok(alice.client.request(turn++ % 2 === 0 ? `delete ${id}` : `edit ${id} baru`));
    const { data } = await ok(alice.client.request("history bob limit 2"));
    await ok(alice.client.request(`edit ${(data as readonly Told[])[0]?.id} ${turn}`));
    await ok(alice.client.request(`react ${(data as readonly Told[])[1]?.id} 👍`));
  });
  expect(found.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});
