/** A group with a thousand members in each of three realms: its messages cross once, whoever they are for. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { testFolder } from "../support/folder.ts";
import { newIdentity } from "../support/identity.ts";
import { item, person } from "../support/items.ts";
import { loggedIn, ok, PASSWORD } from "../support/people.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

const MEMBERS = 1000;
const MESSAGES = 20;
const JOINS_A_CALL = 50;

it("a message to 3,000 members in three realms is one item to each of the other two", async () => {
  const names = Array.from({ length: MEMBERS }, (_, i) => `u${i}`);
  const seed = join(testFolder(), "seed.json");
  const users = names.map((username) => ({ username, name: username, country: "id", password: PASSWORD }));
  writeFileSync(seed, JSON.stringify({ users, groups: [{ name: "klub", members: names }] }));
  const server = await started("--realm", "a", "--seed-users", seed);
  const peers: Dialer[] = [];
  for (const realm of ["b", "c"]) {
    const peer = await Dialer.linked(server, newIdentity(realm));
    peers.push(peer);
    for (let i = 0; i < MEMBERS; i += JOINS_A_CALL) {
      const joins = names.slice(i, i + JOINS_A_CALL).map((name) => item("join", { from: person(name), group: "klub" }));
      await peer.deliver(...joins);
    }
  }
  const { client } = await loggedIn(server, "u0");
  const { data } = await ok(client.request("members klub"));
  expect(data).toHaveLength(3 * MEMBERS);
  const texts = Array.from({ length: MESSAGES }, (_, i) => `pesan ${i}`);
  for (const text of texts) await ok(client.request(`sendgroup klub ${text}`));
  for (const peer of peers) {
    const said = (): unknown[] => peer.items.filter(({ kind }) => kind === "group").map(({ text }) => text);
    await until("all have come", () => said().length >= MESSAGES);
    expect(said()).toEqual(texts);
  }
});
