/** A realm of several nodes on one PostgreSQL, linked with others: for these it is one realm, whichever node they come to. */
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Wire } from "../../src/connection/wire.ts";
import { operatorOf } from "../support/admin.ts";
import { Balancer } from "../support/balancer.ts";
import { Dialer } from "../support/dialer.ts";
import { testFolder } from "../support/folder.ts";
import { but } from "../support/foreign.ts";
import { freePort } from "../support/free-port.ts";
import { Gate } from "../support/gate.ts";
import { House, HouseProcess } from "../support/house.ts";
import { newIdentity } from "../support/identity.ts";
import { message } from "../support/items.ts";
import { startedInTime } from "../support/nodes.ts";
import { history, inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { drained, known, link, linked } from "../support/realms.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { Speaker } from "../support/speaker.ts";
import { freshDatabase } from "../support/started-engine.ts";
import { until } from "../support/until.ts";

const KILLS = 6;

let store: string;
let shared: readonly string[];
let rumah: House;
let bob: Person;

beforeEach(async () => {
  store = await freshDatabase();
  shared = sharedOptions(store);
  rumah = await House.of("rumah");
  bob = await newUser(rumah, "bob");
});

describe("of two nodes, one of which has the link", () => {
  let first: House;
  let second: House;
  let alice: Person;
  let anna: Person;

  beforeEach(async () => {
    first = await House.of("kampus", ...shared);
    second = await House.of("kampus", ...shared);
    alice = await newUser(first, "alice");
    anna = await newUser(second, "anna");
    await link(first, rumah);
    await linked(anna.client, "rumah");
  });

  it("the node at which a realm is named dials it alone: two that dial would end each other's links", async () => {
    const gate = await Gate.before(rumah);
    for (let i = 0; i < 6; i++) {
      const name = `lain${i}`;
      const { code } = await alice.client.request(`addrealm ${name} ${gate.host} ${gate.port}`);
      if (code === "realm-refused") {
        await until("it is gone on the other node, too", async () => (await known(anna.client, name)) === undefined);
      } else {
        // On a busy machine the answer comes before it has been asked.
        await until("it is refused", async () => (await known(alice.client, name))?.state === "refused");
      }
    }
    expect(gate.most).toBe(1);
  });

  it("messages go both ways, whichever node their people are on", async () => {
    await ok(alice.client.request("send bob@rumah dari alice"));
    await ok(anna.client.request("send bob@rumah dari anna"));
    await drained(anna.client, "rumah");
    expect(await inbox(bob.client, "all")).toEqual(["dari alice", "dari anna"]);
    await ok(bob.client.request("send alice@kampus ke alice"));
    await ok(bob.client.request("send anna@kampus ke anna"));
    await drained(bob.client, "kampus");
    expect(await inbox(alice.client, "all")).toEqual(["ke alice"]);
    expect(await inbox(anna.client, "all")).toEqual(["ke anna"]);
  });

  it("a long message of one goes over the link of the other at once, and that link goes on", async () => {
    const kantor = await Dialer.linked(first, newIdentity("kantor"));
    // More than nodes tell each other of a turn: the one with the link asks for it, and nobody there for anything else.
    const long = "panjang ".repeat(1000).trim();
    for (const text of [long, `${long} sekali`]) {
      await ok(anna.client.request(`send orang@kantor ${text}`));
      await until("it is sent there", () => kantor.items.some((item) => item["text"] === text));
      expect(await kantor.deliver(message("orang", ["anna"], "balik"))).toEqual([{}]);
    }
  });

  it("what the other realm refuses is refused at once, and stands nowhere, on the other node too", async () => {
    for (const { client } of [alice, anna]) {
      expect(await refused(client.request("send nobody@rumah halo"))).toBe("user-not-found");
      expect(await refused(client.request("post satu nobody@rumah halo"))).toBe("user-not-found");
      await ok(client.request("post satu bob@rumah halo"));
      expect(await inbox(client, "all")).toEqual([]);
    }
    expect(await inbox(bob.client, "all")).toEqual(["halo", "halo"]);
  });

  it("groups of other realms can be joined and spoken in from either, and run from there", async () => {
    await ok(bob.client.request("addgroup kelas"));
    await ok(alice.client.request("joingroup kelas@rumah"));
    await ok(anna.client.request("joingroup kelas@rumah"));
    await ok(anna.client.request("sendgroup kelas@rumah halo"));
    await until("both have it", async () => {
      const logs = [await history(alice.client, "#kelas@rumah"), await history(anna.client, "#kelas@rumah")];
      return logs.every((log) => log.includes("halo"));
    });
    await ok(anna.client.request("addgroup klub"));
    await ok(bob.client.request("joingroup klub@kampus"));
    await ok(anna.client.request("sendgroup klub tamu"));
    await until("bob has it", async () => (await history(bob.client, "#klub@kampus")).includes("tamu"));
  });

  it("names of users and groups there, old and new, are known on either, and on one that starts later", async () => {
    await ok(bob.client.request("addgroup kelas"));
    const third = await House.of("kampus", ...shared);
    const { client: adi } = await newUser(third, "adi");
    for (const client of [alice.client, anna.client, adi]) {
      await until("she knows them", async () => (await elsewhere(client)).includes("bob@rumah"));
      await until("she finds the group", async () => (await client.request("join_group kelas")).status === "OK");
    }
    await newUser(rumah, "budi");
    for (const client of [alice.client, anna.client, adi]) {
      await until("she knows him, too", async () => (await elsewhere(client)).includes("budi@rumah"));
      expect((await elsewhere(client)).toSorted()).toEqual(["bob@rumah", "budi@rumah", "observer@rumah"]);
    }
  });

  it("who is there, away, or was there last is known on either", async () => {
    await ok(alice.client.request("send bob@rumah halo"));
    await ok(anna.client.request("send bob@rumah halo"));
    for (const name of ["alice", "anna"]) await ok(bob.client.request(`send ${name}@kampus halo`));
    await ok(bob.client.request("watch on"));
    await ok(bob.client.request("status sibuk"));
    for (const { client } of [alice, anna]) {
      await until("what he shows is known", async () => {
        const { data } = await ok(client.request("info bob@rumah"));
        return (data as { online?: boolean; status?: string }).status === "sibuk";
      });
    }
    bob.client.close();
    await until("she sees him gone", async () => {
      const { data } = await ok(anna.client.request("info bob@rumah"));
      return (data as { online?: boolean }).online === false;
    });
  });

  it("names are still known where the link comes to, and to one that starts while there is none", async () => {
    await until("she knows him", async () => (await elsewhere(anna.client)).includes("bob@rumah"));
    await rumah.stop();
    await until("the link has ended", async () => (await known(anna.client, "rumah"))?.state !== "linked");
    const third = await House.of("kampus", ...shared);
    const { client: adi } = await newUser(third, "adi");
    await first.stop();
    await rumah.start();
    await linked(anna.client, "rumah");
    for (const client of [anna.client, adi]) {
      await until("she knows him", async () => (await elsewhere(client)).includes("bob@rumah"));
    }
  });

  it("files go both ways, whichever node their people are on", async () => {
    const [hers, his] = ["isi", "lain"].map((text) => Buffer.from(text).toString("base64"));
    await ok(anna.client.request(`sendfile bob@rumah a.txt ${hers}`));
    await drained(anna.client, "rumah");
    expect(await ok(bob.client.request("downloadfile a.txt"))).toMatchObject({ data: hers });
    await ok(bob.client.request(`sendfile anna@kampus b.txt ${his}`));
    await drained(bob.client, "kampus");
    expect(await ok(anna.client.request("downloadfile b.txt"))).toMatchObject({ data: his });
  });

  it("both tell of the link, so does one that starts later, and what waits for a realm that is away arrives when it is back", async () => {
    expect(await known(anna.client, "rumah")).toMatchObject({ state: "linked", queued: 0 });
    const third = await House.of("kampus", ...shared);
    await linked((await newUser(third, "adi")).client, "rumah");
    await rumah.stop();
    await until("the other knows it", async () => (await known(anna.client, "rumah"))?.state !== "linked");
    await ok(anna.client.request("send bob@rumah nanti"));
    await rumah.start();
    await drained(anna.client, "rumah");
    expect(await inbox((await loggedIn(rumah, "bob")).client, "all")).toEqual(["nanti"]);
  });

  it("one that is removed on either is cut off, and what waits for it is refused once", async () => {
    await rumah.stop();
    await until("the link has ended", async () => (await known(alice.client, "rumah"))?.state !== "linked");
    for (const { client } of [alice, anna])
      expect(await ok(client.request("send bob@rumah halo"))).toMatchObject({ state: "queued" });
    const operator = await operatorOf(second);
    expect(await ok(operator.request("delrealm rumah"))).toMatchObject({ refused: 2 });
    for (const { client } of [alice, anna]) {
      await until("it is told", async () => (await inbox(client, "all")).length > 0);
      expect(await inbox(client, "all")).toEqual([expect.stringMatching(/^not delivered: .* realm-refused /)]);
      expect(await refused(client.request("send bob@rumah halo"))).toBe("realm-not-found");
    }
  });

  it("the other takes over the link once the first has ended, and what waits arrives once and in order", async () => {
    await ok(anna.client.request("send bob@rumah satu"));
    await first.stop();
    await ok(anna.client.request("send bob@rumah dua"));
    await ok(anna.client.request("send bob@rumah tiga"));
    await ok(bob.client.request("send anna@kampus balik"));
    await linked(anna.client, "rumah");
    await drained(anna.client, "rumah");
    await drained(bob.client, "kampus");
    expect(await inbox(bob.client, "all")).toEqual(["satu", "dua", "tiga"]);
    expect(await inbox(anna.client, "all")).toEqual(["balik"]);
  });
});

describe("of a realm that comes to another node than before", () => {
  it("the link goes there, and what it sends again is taken once", async () => {
    const first = await House.of("kampus", ...shared);
    const second = await House.of("kampus", ...shared);
    const anna = await newUser(second, "anna");
    const me = newIdentity("kantor");
    const [one, two, three, lost, five] = ["satu", "dua", "tiga", "hilang", "lima"].map((text) =>
      message("orang", [text === "hilang" ? "nobody" : "anna"], text),
    );
    const before = await Dialer.linked(first, me);
    expect(await before.deliver(one, two)).toEqual([{}, {}]);
    // It takes items before it has the realm's lease, and would take that from a node that comes to it sooner.
    await linked(anna.client, "kantor");
    const after = await Dialer.linked(second, me);
    await until("the first link ends", () => before.channel.hasEnded);
    const refusal = expect.objectContaining({ code: "user-not-found" });
    expect(await after.deliver(two, three, lost)).toEqual([{}, {}, refusal]);
    expect(await inbox(anna.client, "all")).toEqual(["satu", "dua", "tiga"]);
    await ok(anna.client.request("send orang@kantor balik"));
    await until("it is sent there", () => after.items.some((item) => item["text"] === "balik"));
    const back = await Dialer.linked(first, me);
    await until("the second link ends", () => after.channel.hasEnded);
    expect(await back.deliver(lost, five)).toEqual([refusal, {}]);
    expect(await inbox(anna.client, "all")).toEqual(["satu", "dua", "tiga", "lima"]);
  });
});

it("what a realm refuses that has come to a node started since is refused at once at the node of its sender", async () => {
  // Their clocks stand still: whoever is told in time is told at once.
  const node = (): Promise<LocalServer> =>
    startedInTime(() => startServer(["--realm", "kampus", ...shared], undefined, "standing"));
  const first = await node();
  onTestFinished(() => first.stop());
  const alice = await newUser(first, "alice");
  const kantor = newIdentity("kantor");
  const before = await Dialer.linked(first, kantor, { answers: but("deliver", () => undefined) });
  const answer = alice.client.request("post satu orang@kantor halo");
  await until("it is sent there", () => before.items.length > 0);
  const second = await node();
  onTestFinished(() => second.stop());
  await linked((await newUser(second, "anna")).client, "kantor");
  const answers = but("deliver", ({ body }) => ({ data: (body as unknown[]).map(() => ({ code: "user-not-found" })) }));
  await Dialer.linked(second, kantor, { answers });
  const { client } = await loggedIn(first, "alice");
  await until("its outbox is empty", async () => (await known(client, "kantor"))?.queued === 0);
  expect(await inbox(client, "all")).toEqual([]);
  expect(await refused(answer)).toBe("user-not-found");
});

it("every message arrives once and in order, however often the node with the link is killed", async () => {
  const first = await HouseProcess.of("kampus", ...shared);
  const second = await HouseProcess.of("kampus", ...shared);
  const alice = await newUser(first, "alice");
  await link(first, rumah);
  const speakers = [
    new Speaker(first, "alice", (text, i) => `post ${alice.token} nomor-${i} bob@rumah ${text}`),
    new Speaker(rumah, "bob", (text, i) => `post ${bob.token} nomor-${i} alice@kampus ${text}`),
  ] as const;
  const speaking = Promise.all(speakers.map((speaker) => speaker.speak()));
  for (let i = 0; i < KILLS; i++) {
    await speakers[i % 2]?.more();
    const node = i % 2 === 0 ? first : second;
    await node.kill();
    await node.start();
  }
  for (const speaker of speakers) speaker.stop();
  await speaking;
  const { client } = await loggedIn(second, "alice");
  await drained(client, "rumah");
  await drained(bob.client, "kampus");
  const [hers, his] = speakers;
  for (const log of [await history(bob.client, "alice@kampus"), await history(client, "bob@rumah")]) {
    expect(log.filter((text) => text.startsWith("alice"))).toEqual(hers.texts);
    expect(log.filter((text) => text.startsWith("bob"))).toEqual(his.texts);
  }
});

it("so it does where both realms have two nodes, each pair behind a balancer", async () => {
  const [kampus, pasar] = [await behindBalancer("kampus"), await behindBalancer("pasar")];
  const [alice, carl] = [await newUser(kampus.nodes[0], "alice"), await newUser(pasar.nodes[0], "carl")];
  await ok(alice.client.request(`addrealm pasar 127.0.0.1 ${pasar.port}`));
  const speakers = [
    new Speaker(kampus, "alice", (text, i) => `post ${alice.token} nomor-${i} carl@pasar ${text}`),
    new Speaker(pasar, "carl", (text, i) => `post ${carl.token} nomor-${i} alice@kampus ${text}`),
  ] as const;
  await linked(carl.client, "kampus");
  const speaking = Promise.all(speakers.map((speaker) => speaker.speak()));
  for (let i = 0; i < KILLS; i++) {
    await speakers[i % 2]?.more();
    const node = [...kampus.nodes, ...pasar.nodes][(i * 3) % 4] as HouseProcess;
    await node.kill();
    await node.start();
  }
  for (const speaker of speakers) speaker.stop();
  await speaking;
  const [hers, his] = speakers;
  const readers = [(await loggedIn(kampus, "alice")).client, (await loggedIn(pasar, "carl")).client] as const;
  await drained(readers[0], "pasar");
  await drained(readers[1], "kampus");
  for (const log of [await history(readers[0], "carl@pasar"), await history(readers[1], "alice@kampus")]) {
    expect(log.filter((text) => text.startsWith("alice"))).toEqual(hers.texts);
    expect(log.filter((text) => text.startsWith("carl"))).toEqual(his.texts);
  }
});

describe("nodes of one realm", () => {
  it("have one name and one key", async () => {
    const first = await House.of("kampus", ...shared);
    const second = await House.of("kampus", ...shared);
    const keys = await Promise.all(
      [await newUser(first, "alice"), await newUser(second, "anna")].map(async ({ client }) => known(client, "kampus")),
    );
    expect(keys[0]).toEqual(keys[1]);
    await expect(startServer(["--realm", "kampung", "--store", store])).rejects.toThrow(
      "--realm: what is in this store is the realm kampus, not kampung",
    );
  });
});

/** The users of other realms that somebody is told of. */
async function elsewhere(client: Person["client"]): Promise<readonly string[]> {
  return (await ok(client.request("users")))["elsewhere"] as readonly string[];
}

/** What nodes have together. */
function sharedOptions(url: string): readonly string[] {
  return ["--store", url, "--uploads", join(testFolder(), "uploads")];
}

/** Two nodes, and whoever comes is sent to the next of them that takes him. */
async function behindBalancer(realm: string) {
  const port = await freePort();
  const options = [...sharedOptions(await freshDatabase()), "--advertise", `127.0.0.1:${port}`];
  const nodes = [await HouseProcess.of(realm, ...options), await HouseProcess.of(realm, ...options)] as const;
  const balancer = await Balancer.before(nodes, { port });
  onTestFinished(() => balancer.close());
  return { port, nodes, connect: () => Wire.connect({ host: "127.0.0.1", port }) };
}
