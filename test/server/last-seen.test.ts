/** When somebody was there last, and what he says of himself, outlasts the server. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { testFolder } from "../support/folder.ts";
import { House } from "../support/house.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { startedPassing, startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";

async function info(client: Wire, name: string): Promise<Record<string, unknown>> {
  return (await ok(client.request(`info ${name}`))).data as Record<string, unknown>;
}

/** A watching connection of a new user. */
async function here(server: Parameters<typeof newUser>[0], name: string): Promise<Wire> {
  const { client } = await newUser(server, name);
  await ok(client.request("watch on"));
  return client;
}

test("after the server was stopped, those who were there were seen then, and are away as before", async () => {
  const kampus = await House.of("kampus");
  const began = Date.now();
  const [bob, carol] = [await here(kampus, "bob"), await here(kampus, "carol")];
  await ok(bob.request("away makan siang"));
  await ok(bob.request("status belajar"));
  carol.close();
  await newUser(kampus, "alice");
  await kampus.stop();
  await kampus.start();
  const { client: alice } = await loggedIn(kampus, "alice");
  const [ofBob, ofCarol] = [await info(alice, "bob"), await info(alice, "carol")];
  expect(ofBob).toMatchObject({ online: false, away: "makan siang", status: "belajar", seen: expect.any(String) });
  for (const { seen } of [ofBob, ofCarol]) expect(Date.parse(String(seen))).toBeGreaterThanOrEqual(began);
  // Who only asked for something was never there.
  await newUser(kampus, "dewi");
  expect(await info(alice, "dewi")).not.toHaveProperty("seen");
});

test("after a kill those who were there have been seen, as it was kept every minute", async () => {
  const folder = testFolder();
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  const server = await startedPassing(...places);
  await newUser(server, "alice");
  await here(server, "bob");
  server.pass(60_000);
  await until("it is kept", () => rowsOf(join(folder, "data", "obrol.db")) > 0);
  await server.kill("SIGKILL");
  const again = await startedProcess(...places);
  const { client: alice } = await loggedIn(again, "alice");
  expect(await info(alice, "bob")).toMatchObject({ online: false, seen: expect.any(String) });
});

function rowsOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return (db.prepare("SELECT count(*) AS n FROM seen").get() as { n: number }).n;
  } finally {
    db.close();
  }
}
