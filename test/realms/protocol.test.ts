/** PROTOCOL.md, "Realms", taken at its word: a server of the kind that was written from it links, and one that cheats does not. */
import { beforeEach, describe, expect, it } from "vitest";
import type { ChatClient, Reply } from "../../src/client/client.ts";
import { hello, Identity, isGenuine, nonce, Peer, proof, said } from "../support/peer.ts";
import { inbox, newUser, ok, type Person } from "../support/people.ts";
import { known } from "../support/realms.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

let server: TestServer;
let alice: Person;

beforeEach(async () => {
  server = await started("--realm", "kampus");
  alice = await newUser(server, "alice");
});

/** A connection, and whether the server has ended it. */
async function connection(): Promise<{ client: ChatClient; lost: Promise<unknown> }> {
  let lose: (reason: unknown) => void = () => {};
  const lost = new Promise((resolve) => {
    lose = resolve;
  });
  return { client: await server.connect({ onLost: lose }), lost };
}

describe("the handshake", () => {
  it("links a realm that was not known, and pins its key", async () => {
    const identity = new Identity();
    const peer = await Peer.dial(server, "pasar", identity);
    expect(peer.proven).toMatchObject({ status: "OK", realm: "kampus", received: 0 });
    expect(await known(alice.client, "pasar")).toMatchObject({ own: false, state: "linked", key: identity.key });
  });

  it.each(["", ":9000", "127.0.0.1:9000", "pasar.example:9000"])(
    "signs the advertised address %j",
    async (advertise) => {
      const identity = new Identity();
      const { client } = await connection();
      const words = { realm: "pasar", nonce: nonce(), advertise };
      const greeting = await hello(client, identity, words);
      expect(greeting).toMatchObject({ status: "OK", realm: "kampus" });
      expect([greeting.key.length, greeting.nonce.length, greeting.signature.length]).toEqual([43, 43, 86]);
      expect(isGenuine(greeting, identity, words)).toBe(true);
      expect(isGenuine(greeting, identity, { ...words, advertise: "evil.example:1" })).toBe(false);
      expect(await client.request(`link prove ${proof(identity, words, greeting)} 0`)).toMatchObject({ status: "OK" });
    },
  );

  it("refuses who cannot sign for the key that he has shown, and hangs up", async () => {
    const { client, lost } = await connection();
    const shown = new Identity();
    const words = { realm: "pasar", nonce: nonce(), advertise: "" };
    const greeting = await hello(client, shown, words);
    const reply = await client.request(`link prove ${proof(new Identity(), words, greeting)} 0`);
    expect(reply).toMatchObject({ status: "ERROR", code: "realm-refused" });
    await lost;
    expect(await known(alice.client, "pasar")).toBeUndefined();
  });

  it("refuses another key under a name that is known", async () => {
    await Peer.dial(server, "pasar");
    await expect(Peer.dial(server, "PASAR")).rejects.toThrow("realm-refused");
  });

  it("refuses its own name", async () => {
    await expect(Peer.dial(server, "kampus")).rejects.toThrow();
  });

  it("refuses a proof that no greeting came before, or that was used", async () => {
    const identity = new Identity();
    const words = { realm: "pasar", nonce: nonce(), advertise: "" };
    const one = await connection();
    const other = await connection();
    const greeting = await hello(one.client, identity, words);
    const prove = `link prove ${proof(identity, words, greeting)} 0`;
    expect(await other.client.request(prove)).toMatchObject({ status: "ERROR", code: "realm-refused" });
    await other.lost;
    expect(await one.client.request(prove)).toMatchObject({ status: "OK" });
    expect(await one.client.request(prove)).toMatchObject({ status: "ERROR", code: "realm-refused" });
  });

  it("refuses another version", async () => {
    const { client } = await connection();
    const reply = await client.request(`link hello 2 pasar ${new Identity().key} ${nonce()}`);
    expect(reply).toMatchObject({ status: "ERROR", code: "bad-request" });
  });

  it("refuses who is not known, where the policy wants that", async () => {
    const strict = await started("--realm", "rumah", "--realm-policy", "closed");
    await expect(Peer.dial(strict, "pasar")).rejects.toThrow("forbidden");
  });

  it.each([
    "link call deliver []",
    'link call names {"users":0,"groups":0}',
    'link call piece {"file":"00000000-0000-4000-8000-000000000000","offset":0}',
    "link call ping {}",
    'link answer 1 {"data":[]}',
  ])("comes before anything else: %s", async (request) => {
    const { client } = await connection();
    expect((await client.request(request)).status).toBe("ERROR");
    const { tokenid } = await ok(client.request("auth alice rahasia"));
    expect((await client.request(request.replace("call ", `call ${tokenid} `))).status).toBe("ERROR");
    expect((await client.request(request)).status).toBe("ERROR");
  });
});

describe("what is delivered", () => {
  let peer: Peer;

  beforeEach(async () => {
    peer = await Peer.dial(server, "pasar");
  });

  async function texts(): Promise<readonly string[]> {
    return inbox(alice.client, "all");
  }

  it("stands in the inbox with its realm and its id there", async () => {
    const item = peer.message(["alice"], "halo");
    expect(await peer.deliver(item)).toEqual([{}]);
    const { data } = await ok(alice.client.request("inbox all"));
    const { id } = item as { id: string };
    expect(data).toMatchObject([{ from: "budi@pasar", to: "alice", realm: "pasar", message: "halo", origin: id }]);
  });

  it("stands there once, however often it is sent, and gets the result that it got", async () => {
    const good = peer.message(["alice"], "halo");
    const bad = peer.message(["nobody"], "halo");
    const first = await peer.deliver(good, bad);
    expect(first).toMatchObject([{}, { code: "user-not-found", detail: "nobody" }]);
    expect(await peer.deliver(good, bad)).toEqual(first);
    expect(await texts()).toEqual(["halo"]);
  });

  it("is for all who are named, or for none", async () => {
    const ani = await newUser(server, "ani");
    const results = await peer.deliver(
      peer.message(["alice", "nobody", "ani"], "untuk bertiga"),
      peer.message(["alice", "ani", "ALICE"], "untuk berdua"),
    );
    expect(results).toMatchObject([{ code: "user-not-found", detail: "nobody" }, {}]);
    expect(await texts()).toEqual(["untuk berdua"]);
    expect(await inbox(ani.client, "all")).toEqual(["untuk berdua"]);
  });

  it("is held up by nothing that is not understood", async () => {
    const results = await peer.deliver(
      { ...peer.numbered("telegram"), to: ["alice"] },
      { ...peer.numbered("message"), to: "alice", text: 7 },
      { ...peer.numbered("message"), ...said("budi", "a\u0000b"), to: ["alice"] },
      { ...peer.numbered("message"), ...said("not a name", "halo"), to: ["alice"] },
      { ...peer.numbered("group"), ...said("budi", "halo"), group: "entah", seq: 1, prev: 0 },
      { ...peer.numbered("members"), group: "entah" },
      { ...peer.numbered("heads"), heads: [] },
      peer.message(["alice"], "halo"),
    );
    expect(results.slice(0, -1).every(({ code }) => typeof code === "string")).toBe(true);
    expect(results.at(-1)).toEqual({});
    expect(await texts()).toEqual(["halo"]);
  });

  it("is remembered over a restart of the other side: `received` is where it goes on", async () => {
    const identity = new Identity();
    const first = await Peer.dial(server, "warung", identity);
    await first.deliver({ ...first.message(["alice"], "satu"), n: 1_700_000_000_000_000 });
    first.client.close();
    const second = await Peer.dial(server, "warung", identity);
    expect(second.proven["received"]).toBe(1_700_000_000_000_000);
    await second.deliver(
      { ...second.message(["alice"], "lagi"), n: 1_700_000_000_000_000 },
      second.message(["alice"], "dua"),
    );
    expect(await texts()).toEqual(["satu", "dua"]);
  });

  it("cannot be said in the name of a user here, nor of a group here", async () => {
    await ok(alice.client.request("addgroup kelas"));
    const words = { ...said("alice", "palsu"), from: { name: "alice", full: "alice", realm: "kampus" } };
    const [asGroup, asUser] = await peer.deliver(
      { ...peer.numbered("group"), ...words, group: "kelas", seq: 1, prev: 0 },
      { ...peer.numbered("message"), ...words, to: ["alice"] },
    );
    expect(asGroup).toMatchObject({ code: expect.any(String) });
    expect(asUser).toEqual({});
    const { data } = await ok(alice.client.request("inbox all"));
    expect(data).toMatchObject([{ from: "alice@pasar", realm: "pasar" }]);
  });

  it("in a group of its own may vouch for third realms, but not for users here", async () => {
    const { n } = peer.numbered("members");
    const owner = "budi@pasar";
    const add = [owner, "alice@kampus", "citra@gunung"];
    expect(
      await peer.deliver({ n, kind: "members", group: "klub", owner, head: 10, add, remove: [], whole: true }),
    ).toEqual([{}]);
    expect((await ok(alice.client.request("members klub@pasar"))).data).toHaveLength(3);
    const words = (realm: string, name: string): object => {
      return { ...said(name, `dari ${name}`), from: { name, full: name, realm }, group: "klub" };
    };
    const results = await peer.deliver(
      { ...peer.numbered("group"), ...words("gunung", "citra"), seq: 12, prev: 10 },
      { ...peer.numbered("group"), ...words("kampus", "alice"), seq: 13, prev: 12 },
      { ...peer.numbered("group"), ...words("pasar", "budi"), seq: 14, prev: 12 },
      // Already there, and one that something is missing before.
      { ...peer.numbered("group"), ...words("pasar", "budi"), seq: 14, prev: 12 },
      { ...peer.numbered("group"), ...words("pasar", "budi"), seq: 20, prev: 19 },
    );
    expect(results).toMatchObject([{}, { code: expect.any(String) }, {}, {}, { have: 14 }]);
    expect(await texts()).toEqual(["dari citra", "dari budi"]);
  });

  it("is refused as a whole when it is not a list of items", async () => {
    for (const body of [
      {},
      [1],
      [{ kind: "message" }],
      Array.from({ length: 51 }, () => peer.message(["alice"], "x")),
    ]) {
      expect((await peer.call("deliver", body)).status).toBe("ERROR");
    }
    expect(await peer.call("dance", {})).toMatchObject({ status: "ERROR", code: "bad-request" });
    expect(await peer.call("ping", {})).toMatchObject({ status: "OK", data: {} });
    expect(await texts()).toEqual([]);
  });
});

describe("what the server calls for", () => {
  it("a message is delivered, and its result is the reply", async () => {
    const peer = await Peer.dial(server, "pasar");
    const reply = await ok(alice.client.request("send budi@pasar halo"));
    expect(reply["state"]).toBeUndefined();
    expect(peer.items.filter(({ kind }) => kind === "message")).toMatchObject([
      {
        kind: "message",
        n: expect.any(Number),
        id: reply["id"],
        from: { name: "alice", full: "alice" },
        to: ["budi"],
        text: "halo",
      },
    ]);
    peer.answers.set("deliver", (items) =>
      (items as unknown[]).map(() => ({ code: "user-not-found", detail: "budi" })),
    );
    expect(await alice.client.request("send budi@pasar lagi")).toMatchObject({ code: "user-not-found" });
    peer.answers.set("deliver", (items) => (items as unknown[]).map(() => ({ code: "no such code", detail: 7 })));
    expect(await alice.client.request("send budi@pasar lagi")).toMatchObject({
      status: "ERROR",
      code: expect.any(String),
    });
  });

  it("what is not answered is sent again with the same number on the next link", async () => {
    const identity = new Identity();
    const first = await Peer.dial(server, "pasar", identity);
    first.answers.delete("deliver");
    expect(await ok(alice.client.request("send budi@pasar satu"))).toMatchObject({ state: "queued" });
    first.client.close();
    expect(await ok(alice.client.request("send budi@pasar dua"))).toMatchObject({ state: "queued" });
    const second = await Peer.dial(server, "pasar", identity);
    await until("both are here", () => second.items.filter(({ kind }) => kind === "message").length === 2);
    expect(second.items.find(({ text }) => text === "satu")).toEqual(first.items.find(({ text }) => text === "satu"));
    await until("nothing waits", async () => (await known(alice.client, "pasar"))?.queued === 0);
  });

  it("an answer that is no list of results ends nothing but the link", async () => {
    const peer = await Peer.dial(server, "pasar");
    peer.answers.set("deliver", () => "not a list");
    expect(await ok(alice.client.request("send budi@pasar halo"))).toMatchObject({ state: "queued" });
    expect(await ok(alice.client.request("ping"))).toMatchObject({ message: "pong" });
    expect(await known(alice.client, "pasar")).toMatchObject({ queued: 1 });
  });

  it("names are told to who asks, in pages", async () => {
    const peer = await Peer.dial(server, "pasar");
    await ok(alice.client.request("addgroup kelas"));
    const { data } = (await ok(peer.call("names", { users: 0, groups: 0 }))) as Reply & { data: { salt: string } };
    expect(data).toMatchObject({ salt: expect.any(String), users: ["alice"], groups: ["kelas"] });
    expect((await ok(peer.call("names", { users: 1, groups: 1 }))).data).toMatchObject({
      salt: data.salt,
      users: [],
      groups: [],
    });
  });

  it("a file that was sent there is fetched in pieces, and by nobody else", async () => {
    const peer = await Peer.dial(server, "pasar");
    const stranger = await Peer.dial(server, "gunung");
    const content = Buffer.alloc(300_000, "isi");
    const { file } = await ok(alice.client.request(`sendfile budi@pasar foto ${content.toString("base64")}`));
    const { id, size } = file as { id: string; size: number };
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < size; ) {
      const { data } = (await ok(peer.call("piece", { file: id, offset }))) as Reply & {
        data: { data: string; size: number };
      };
      expect(data.size).toBe(size);
      const bytes = Buffer.from(data.data, "base64");
      expect(bytes.length).toBeLessThanOrEqual(128 * 1024);
      pieces.push(bytes);
      offset += bytes.length;
    }
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
    expect(await stranger.call("piece", { file: id, offset: 0 })).toMatchObject({
      status: "ERROR",
      code: "file-not-found",
    });
  });
});
