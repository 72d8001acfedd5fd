/** Of items that are sent in several calls, none is accepted without those before it: they would count as received. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { operatorOf } from "../support/admin.ts";
import { Dialer } from "../support/dialer.ts";
import { testFolder } from "../support/folder.ts";
import type { Peer } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { type Item, message } from "../support/items.ts";
import { Listener } from "../support/listener.ts";
import { inbox, ok } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { reachesState, withAlice } from "./scene.ts";

const LOST = { code: "storage" };

/** @returns what has linked: the peer has dialed, or was dialed */
const linking = {
  async dialer({ server }: { server: TestServer }): Promise<Peer> {
    return Dialer.linked(server, newIdentity("rumah"));
  },
  async listener({ alice }: Awaited<ReturnType<typeof withAlice>>): Promise<Peer> {
    const peer = await Listener.start(newIdentity("rumah"));
    await ok(alice.request(`addrealm rumah ${peer.host} ${peer.port}`));
    await until("it is linked", () => peer.isLinked);
    return peer;
  },
};

function said(...texts: readonly string[]): readonly Item[] {
  const items = texts.map((text) => message("wati", ["alice"], text));
  return items.map((one, i) => ({ ...one, ...(i > 0 && { after: items[i - 1]?.n }) }));
}

describe.each(["dialer", "listener"] as const)("to a server that a %s has linked with", (role) => {
  it("a call whose predecessor is not there is refused, and so are those behind it, until all come in order", async () => {
    const at = await withAlice();
    const peer = await linking[role](at);
    const [one, two, three, four] = said("satu", "dua", "tiga", "empat");
    expect(await peer.deliver(one)).toEqual([{}]);
    expect(await Promise.all([peer.deliver(three), peer.deliver(four)])).toMatchObject([LOST, LOST]);
    expect(await inbox(at.alice, "all")).toEqual(["satu"]);
    expect(await peer.deliver(one, two)).toEqual([{}, {}]);
    expect(await Promise.all([peer.deliver(three), peer.deliver(four)])).toEqual([[{}], [{}]]);
    expect(await inbox(at.alice, "all")).toEqual(["satu", "dua", "tiga", "empat"]);
  });

  it("one that is refused, or not understood, is there for those behind it", async () => {
    const at = await withAlice();
    const peer = await linking[role](at);
    const [one, two, three] = said("satu", "dua", "tiga") as [Item, Item, Item];
    expect(await peer.deliver({ ...one, to: ["nobody"] })).toMatchObject([{ code: "user-not-found" }]);
    expect(await peer.deliver({ ...two, kind: "terbang" })).toMatchObject([{ code: "bad-request" }]);
    expect(await peer.deliver(three)).toEqual([{}]);
    expect(await inbox(at.alice, "all")).toEqual(["tiga"]);
  });

  it("what stands where the number before it belongs, and is none, is passed over", async () => {
    const at = await withAlice();
    const peer = await linking[role](at);
    for (const after of [null, "9", -1, {}, 1.5]) {
      expect(await peer.deliver(message("wati", ["alice"], "halo", { after }))).toEqual([{}]);
    }
  });
});

it("what comes while the database cannot be read is not refused for ever, but comes again when it can be", async () => {
  const data = join(testFolder(), "data");
  const at = await withAlice("--data", data);
  const rumah = newIdentity("rumah");
  const one = message("wati", ["alice"], "satu");
  // Whether somebody who has said nothing yet has a conversation with alice must be looked up.
  const two = message("budi", ["alice"], "dua", { after: one.n });
  const peer = await Dialer.linked(at.server, rumah);
  expect(await peer.deliver(one)).toEqual([{}]);
  const rename = (from: string, to: string): void => {
    const db = new DatabaseSync(join(data, "obrol.db"));
    db.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    db.close();
  };
  rename("conversations", "unreadable");
  expect(await peer.deliver(two)).toMatchObject(LOST);
  rename("unreadable", "conversations");
  const back = await Dialer.linked(at.server, rumah);
  expect(await back.deliver(two)).toEqual([{}]);
  expect(await inbox(at.alice, "all")).toEqual(["satu", "dua"]);
});

it("a call that was refused as a whole is not overtaken by the next", async () => {
  const at = await withAlice();
  const operator = await operatorOf(at.server);
  const rumah = newIdentity("rumah");
  const [one, two, three] = said("satu", "dua", "tiga") as [Item, Item, Item];
  const peer = await Dialer.linked(at.server, rumah);
  expect(await peer.deliver(one)).toEqual([{}]);
  await ok(operator.request("admin ban @rumah spam"));
  await reachesState(at.alice, "rumah", "refused");
  await ok(operator.request("admin unban @rumah"));
  const back = await Dialer.linked(at.server, rumah);
  expect(await back.deliver(three)).toMatchObject(LOST);
  expect(await back.deliver(two)).toEqual([{}]);
  expect(await back.deliver(three)).toEqual([{}]);
  expect(await inbox(at.alice, "all")).toEqual(["satu", "dua", "tiga"]);
});

it.each(["dialer", "listener"] as const)(
  "a server says of each call what it has sent before it over the same link: to a %s",
  async (role) => {
    const at = await withAlice();
    const peer = await linking[role](at);
    // Answers come in the order of the calls: whoever leaves one out gives none.
    peer.answers = () => undefined;
    const texts = ["satu", "dua", "tiga"];
    for (const [i, text] of texts.entries()) {
      await ok(at.alice.request(`send wati@rumah ${text}`));
      await until("it is delivered", () => peer.items.length === i + 1);
    }
    const numbers = peer.items.map(({ n }) => n);
    expect(peer.items.map(({ after }) => after)).toEqual([undefined, ...numbers.slice(0, -1)]);
    expect(peer.items.map(({ text }) => text)).toEqual(texts);
  },
);

it("of more calls than are held while a link is made none is left out", async () => {
  const at = await withAlice();
  const peer = await Listener.start(newIdentity("rumah"));
  const items = Array.from({ length: 150 }, (_, i) => message("wati", ["alice"], `pesan ${i}`));
  let isEarly = true;
  peer.instead = (request, channel) => {
    if (isEarly && request.startsWith("link prove")) {
      isEarly = false;
      for (const [call, one] of items.entries()) {
        channel.send(JSON.stringify({ event: "call", data: { call, method: "deliver", body: [one] } }));
      }
    }
    return false;
  };
  await ok(at.alice.request(`addrealm rumah ${peer.host} ${peer.port}`));
  await until("it has come again", () => peer.hellos.length > 1 && peer.isLinked, passing(at.server));
  for (const one of items) expect(await peer.deliver(one)).toEqual([{}]);
  expect(await inbox(at.alice, "all")).toEqual(items.map(({ text }) => text));
});
