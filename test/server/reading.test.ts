/** Reading an inbox: what has reached its reader is read, what has not is new. */
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { messageId } from "../../src/operations/messages/ids.ts";
import type { User } from "../../src/state/entities.ts";
import { testFolder } from "../support/folder.ts";
import { history, inbox, loggedIn, newUser, ok, PASSWORD, type Person } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { sqliteState } from "../support/state.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

it("a message among very many of one's own is found", async () => {
  const server = await started("--memory");
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas"));
  await ok(bob.client.request("sendgroup kelas dari bob"));
  await Promise.all(Array.from({ length: 10_050 }, (_, i) => ok(alice.client.request(`sendgroup kelas ${i}`))));
  expect(await inbox(alice.client, "new")).toEqual(["dari bob"]);
  expect(await inbox(alice.client, "new")).toEqual([]);
});

describe("an inbox whose reader does not get it", () => {
  /** Fifty kilobytes are the answer to one `history` of these, which waits for no room; so many are more than the sockets take in. */
  const LONG = '"'.repeat(25_000);
  const PAGES = 600;
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    server = await started("--memory", "--max-output", "200M", "--log-level", "debug");
    alice = await newUser(server, "alice");
    bob = await newUser(server, "bob");
    await newUser(server, "carol");
    await ok(alice.client.request(`send carol ${LONG}`));
    for (const text of ["satu", "dua"]) await ok(bob.client.request(`send alice ${text}`));
  });

  /** Alice asks for her inbox on a connection where much stands before it, and takes nothing in. */
  async function asksAndDoesNotRead(...then: readonly string[]): Promise<Wire> {
    const { token } = alice;
    const wire = new Wire(server).pause();
    const pages = Array.from({ length: PAGES }, () => `history ${token} carol limit 1`);
    wire.request(...pages, `inbox ${token}`, ...then, `send ${token} carol sudah`);
    await until("the inbox has been asked for", async () => {
      const { data } = await ok(alice.client.request("history carol limit 1"));
      return (data as { message: string }[])[0]?.message === "sudah";
    });
    return wire;
  }

  async function isLost(wire: Wire): Promise<void> {
    expect(server.log()).not.toContain(" disconnected ");
    wire.close();
    await until("the server has noticed", () => server.log().includes(" disconnected "));
  }

  async function isNew(...texts: readonly string[]): Promise<void> {
    const { client } = await loggedIn(server, "alice");
    expect(await inbox(client, "new")).toEqual(texts);
    expect(await inbox(client, "new")).toEqual([]);
  }

  it("stays new", async () => {
    await isLost(await asksAndDoesNotRead());
    await isNew("satu", "dua");
  });

  it("stays new for the connections that were there before, too", async () => {
    await isLost(await asksAndDoesNotRead());
    expect(await inbox(alice.client, "new")).toEqual(["satu", "dua"]);
  });

  it("is given to another connection of his that reads meanwhile, and to none after that", async () => {
    const wire = await asksAndDoesNotRead();
    expect(await inbox(alice.client, "new")).toEqual(["satu", "dua"]);
    await isLost(wire);
    await ok(bob.client.request("send alice tiga"));
    await isNew("tiga");
  });

  it("stays new though he has answered on another connection meanwhile", async () => {
    const wire = await asksAndDoesNotRead();
    await ok(alice.client.request("send bob balasan"));
    await isLost(wire);
    await isNew("satu", "dua");
  });

  it("stays new though he has sent to the same conversation right behind it", async () => {
    await isLost(await asksAndDoesNotRead(`send ${alice.token} bob balasan`));
    expect(await inbox(bob.client, "new")).toEqual(["balasan"]);
    await isNew("satu", "dua");
  });

  it("stays new though he has asked for it twice", async () => {
    await isLost(await asksAndDoesNotRead(`inbox ${alice.token}`));
    await isNew("satu", "dua");
  });

  it("is read once he goes on reading, and is given once", async () => {
    const wire = await asksAndDoesNotRead(`inbox ${alice.token}`);
    const replies = await wire.resume().first(PAGES + 3);
    const told = replies.slice(PAGES, PAGES + 2).map(({ data }) => data);
    expect(told).toMatchObject([{ bob: [{ msg: "satu" }, { msg: "dua" }] }, {}]);
    expect(told[1]).toEqual({});
    await isNew();
  });
});

it("two inboxes asked for at once do not give the same twice", async () => {
  const server = await started("--memory");
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  await ok(bob.client.request("send alice satu"));
  const wire = new Wire(server).request(`auth alice ${PASSWORD}`, "inbox", "inbox", `inbox ${alice.token}`);
  const [, ...inboxes] = await wire.first(4);
  expect(inboxes).toMatchObject([{ data: [{ message: "satu" }] }, { data: [] }, { data: {} }]);
  expect(inboxes[2]?.data).toEqual({});
  expect(await inbox(alice.client, "new")).toEqual([]);
  wire.close();
});

it("history before a message of strangers is refused as before one that never was", async () => {
  const server = await started("--memory");
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  await newUser(server, "carol");
  await ok(alice.client.request("send bob halo"));
  const { id } = await ok(bob.client.request("send carol rahasia"));
  const refusal = await alice.client.request(`history bob before ${id}`);
  expect(refusal).toMatchObject({ status: "ERROR", code: "message-not-found" });
  const never = "01a1fc92-5ef7-7000-8000-080000b221e3";
  expect(await alice.client.request(`history bob before ${never}`)).toEqual(refusal);
  expect(await history(alice.client, "bob")).toEqual(["halo"]);
});

it("messages stay in order when the clock was put back while the server was away", async () => {
  const data = join(testFolder(), "data");
  const first = await started("--data", data);
  const alice = await newUser(first, "alice");
  await newUser(first, "bob");
  const before = await ok(alice.client.request("send bob sebelum"));
  await first.end();

  // As if it had run an hour from now.
  const stores = sqliteState(data);
  const [from, to] = ["alice", "bob"].map((name) => stores.users.find(name)) as [User, User];
  const time = Date.now() + 3_600_000;
  const late = stores.messages.append(stores.messages.conversation(from, to), from, time, "nanti", undefined);
  const lateId = messageId(late, stores.messages.salt);
  void stores.commit();
  void stores.close();

  const second = await started("--data", data);
  const { client } = await loggedIn(second, "alice");
  const after = await ok(client.request("send bob sesudah"));
  const ids = [before["id"], lateId, after["id"]].map(String);
  expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ids);
  expect(Date.parse(String(after["time"]))).toBeGreaterThanOrEqual(time);
  expect(await history(client, "bob")).toEqual(["sebelum", "nanti", "sesudah"]);
});
