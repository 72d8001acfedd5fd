/** What becomes of messages between realms when a server or the link is down: stopped, frozen, and with a full disk. */
import { beforeEach, describe, expect, it } from "vitest";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { canFillDisk } from "../support/disk.ts";
import { House, HouseProcess } from "../support/house.ts";
import { history, inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { drained, known, link, pair } from "../support/realms.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

/** How long a reply waits for another realm. */
const PATIENCE_MS = 2000;

let kampus: House;
let rumah: House;
let alice: Person;
let bob: Person;

async function twoRealms(...options: readonly string[]): Promise<void> {
  ({ kampus, rumah, alice, bob } = await pair(...options));
}

/** It starts where it was, and whoever was connected comes back. */
async function comeBack(): Promise<void> {
  await rumah.start();
  bob = await loggedIn(rumah, "bob");
}

describe("while another realm is down", () => {
  beforeEach(async () => {
    await twoRealms();
    await link(kampus, rumah);
    await rumah.stop();
  });

  it("a message for it is queued, and arrives when it comes back", async () => {
    expect(await ok(alice.client.request("send bob@rumah halo"))).toMatchObject({ state: "queued" });
    expect(await known(alice.client, "rumah")).toMatchObject({ queued: 1, oldest: expect.any(String) });
    await comeBack();
    await until("the message is there", async () => (await inbox(bob.client, "all")).length > 0);
    expect(await inbox(bob.client, "all")).toEqual(["halo"]);
    await drained(alice.client, "rumah");
  });

  it("what was queued survives a restart of its sender's server", async () => {
    await ok(alice.client.request("send bob@rumah halo"));
    await kampus.stop();
    await kampus.start();
    await comeBack();
    await until("the message is there", async () => (await inbox(bob.client, "all")).length > 0);
    expect(await inbox(bob.client, "all")).toEqual(["halo"]);
  });

  it("a client's own id stands for one group there, also after a restart of its sender's server", async () => {
    await ok(alice.client.request("post k-1 #kelas@rumah halo"));
    await ok(alice.client.request("post k-2 bob@rumah halo"));
    await kampus.stop();
    await kampus.start();
    alice = await loggedIn(kampus, "alice");
    for (const [id, other] of [
      ["k-1", "#lain@rumah"],
      ["k-1", "bob@rumah"],
      ["k-1", "alice"],
      ["k-2", "#kelas@rumah"],
      ["k-2", "budi@rumah"],
    ]) {
      expect([id, other, await refused(alice.client.request(`post ${id} ${other} lagi`))]).toEqual([
        id,
        other,
        "bad-request",
      ]);
    }
    await ok(alice.client.request("post k-1 #KELAS@rumah halo"));
    await ok(alice.client.request("post k-2 bob@rumah halo"));
    expect(await known(alice.client, "rumah")).toMatchObject({ queued: 2 });
  });

  it("a queued message for nobody is told of in its sender's inbox", async () => {
    const { id } = await ok(alice.client.request("send nobody@rumah halo"));
    await ok(alice.client.request("send bob@rumah untuk bob"));
    await rumah.start();
    const notices = await until("the notice is there", async () => {
      const { data } = await ok(alice.client.request("inbox all"));
      return (data as unknown[]).length > 0 && data;
    });
    const message = expect.stringMatching(`^not delivered: ${id} to nobody@rumah: user-not-found \\(.*\\)$`);
    expect(notices).toMatchObject([{ from: "*", message }]);
    // It has held up nothing.
    bob = await loggedIn(rumah, "bob");
    expect(await inbox(bob.client, "all")).toEqual(["untuk bob"]);
  });

  it("who watches is told what became of what was queued, once that is known", async () => {
    const told: ToldEvent[] = [];
    const phone = await loggedIn(kampus, "alice", { onEvent: (event) => told.push(event) });
    await ok(phone.client.request("watch on"));
    const { id: one } = await ok(alice.client.request("send bob@rumah halo"));
    const { id: other } = await ok(alice.client.request("send nobody@rumah halo"));
    await rumah.start();
    const fates = (): ToldEvent[] => told.filter(({ event }) => event === "fate");
    await until("both are known", () => fates().length > 1);
    expect(fates().map(({ data }) => data)).toEqual([
      { id: one, state: "delivered" },
      { id: other, state: "refused", detail: expect.stringMatching(/^user-not-found /) },
    ]);
    // Nobody waits for what is answered at once.
    await ok(alice.client.request("send bob@rumah lagi"));
    await drained(alice.client, "rumah");
    expect(fates()).toHaveLength(2);
  });

  it("10,000 messages wait for it and arrive in order", async () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `pesan ${i}`);
    const replies = await Promise.all(texts.map((text) => alice.client.request(`send bob@rumah ${text}`)));
    expect(new Set(replies.map(({ status, state }) => `${status} ${state}`))).toEqual(new Set(["OK queued"]));
    expect(await known(alice.client, "rumah")).toMatchObject({ queued: 10_000 });
    await comeBack();
    await drained(alice.client, "rumah");
    expect(await history(bob.client, "alice@kampus")).toEqual(texts);
    expect((await ok(bob.client.request("inbox"))).data).toHaveLength(1000);
  });

  it("a file that is sent to it can be fetched there afterwards", async () => {
    await ok(alice.client.request("sendfile bob@rumah foto.png aGFsbw=="));
    await comeBack();
    await until("the file's record is there", async () => (await inbox(bob.client, "all")).length > 0);
    expect(await ok(bob.client.request("download_file foto.png"))).toMatchObject({ data: "aGFsbw==" });
  });
});

it("what has waited for too long is not sent any more, and its sender is told", async () => {
  await twoRealms("--outbox-days", "0.00002");
  await link(kampus, rumah);
  await rumah.stop();
  const { id } = await ok(alice.client.request("send bob@rumah basi"));
  const notices = await until("the notice is there", async () => {
    const { data } = await ok(alice.client.request("inbox all"));
    return (data as unknown[]).length > 0 && data;
  });
  const message = expect.stringMatching(`^not delivered: ${id} to bob@rumah: realm-unreachable \\(.*\\)$`);
  expect(notices).toMatchObject([{ from: "*", message }]);
  expect(await known(alice.client, "rumah")).toMatchObject({ queued: 0 });
  await comeBack();
  await ok(bob.client.request("send alice@kampus halo"));
  await until("it has come", async () => (await inbox(alice.client, "all")).includes("halo"));
  expect(await inbox(bob.client, "all")).toEqual([]);
});

describe("a group of another realm", () => {
  beforeEach(async () => {
    await twoRealms();
    await link(kampus, rumah);
    await ok(alice.client.request("addgroup kelas"));
    await ok(bob.client.request("joingroup kelas@kampus"));
  });

  it("what was said in it while a member's server was down arrives in its home's order", async () => {
    const ani = await newUser(kampus, "ani");
    await ok(ani.client.request("joingroup kelas"));
    await rumah.stop();
    for (let i = 0; i < 300; i++) {
      const { client } = i % 3 === 0 ? ani : alice;
      await ok(client.request(`sendgroup kelas pesan ${i}`));
    }
    await comeBack();
    await drained(alice.client, "rumah");
    expect(await history(bob.client, "#kelas@kampus")).toEqual(await history(alice.client, "#kelas"));
  });

  it("what a member wrote while its home was down is in it when the home is back", async () => {
    await ok(bob.client.request("sendgroup kelas@kampus sebelum"));
    await kampus.stop();
    expect(await ok(bob.client.request("sendgroup kelas@kampus selama"))).toMatchObject({ state: "queued" });
    await kampus.start();
    alice = await loggedIn(kampus, "alice");
    await drained(bob.client, "kampus");
    await ok(bob.client.request("sendgroup kelas@kampus sesudah"));
    expect(await history(alice.client, "#kelas")).toEqual(["sebelum", "selama", "sesudah"]);
    await until("all of it has come back", async () => (await history(bob.client, "#kelas@kampus")).length === 3);
    expect(await history(bob.client, "#kelas@kampus")).toEqual(["sebelum", "selama", "sesudah"]);
    expect(await inbox(alice.client, "all")).toEqual(["sebelum", "selama", "sesudah"]);
  });
});

describe("when more waits than the outbox may hold", () => {
  beforeEach(async () => {
    await twoRealms("--outbox-messages", "5");
    await link(kampus, rumah);
  });

  it("a message more is refused, and those that were accepted arrive", async () => {
    await rumah.stop();
    for (let i = 0; i < 5; i++) await ok(alice.client.request(`send bob@rumah pesan ${i}`));
    expect(await refused(alice.client.request("send bob@rumah terlalu banyak"))).toBe("outbox-full");
    await comeBack();
    await drained(alice.client, "rumah");
    expect(await inbox(bob.client, "new")).toEqual([0, 1, 2, 3, 4].map((i) => `pesan ${i}`));
    await ok(alice.client.request("send bob@rumah lagi"));
    expect(await inbox(bob.client, "new")).toEqual(["lagi"]);
  });

  it("a group goes on at its home, and the other server fetches what it has missed", async () => {
    await ok(alice.client.request("addgroup kelas"));
    await ok(bob.client.request("joingroup kelas@kampus"));
    await ok(alice.client.request("sendgroup kelas sebelum"));
    await until("bob has it", async () => (await history(bob.client, "#kelas@kampus")).length > 0);
    await rumah.stop();
    for (let i = 0; i < 50; i++) await ok(alice.client.request(`sendgroup kelas pesan ${i}`));
    await comeBack();
    const all = await history(alice.client, "#kelas");
    expect(all).toHaveLength(51);
    await until("all of it is there", async () => (await history(bob.client, "#kelas@kampus")).length >= all.length);
    expect(await history(bob.client, "#kelas@kampus")).toEqual(all);
    expect(await inbox(bob.client, "all")).toEqual(all);
  });
});

describe.skipIf(!canFillDisk)("when a disk is full", () => {
  /** Two that are linked, where something was said before. */
  async function met<A extends House, B extends House>(one: A, other: B): Promise<{ kampus: A; rumah: B }> {
    alice = await newUser(one, "alice");
    bob = await newUser(other, "bob");
    await link(one, other);
    await ok(alice.client.request("send bob@rumah sebelum"));
    return { kampus: one, rumah: other };
  }

  it("a message for that realm is queued, and arrives when there is room again", async () => {
    const { rumah } = await met(await House.of("kampus"), await HouseProcess.of("rumah"));
    rumah.fillDisk();
    expect(await ok(alice.client.request("send bob@rumah satu"))).toMatchObject({ state: "queued" });
    expect(await ok(alice.client.request("send bob@rumah dua"))).toMatchObject({ state: "queued" });
    rumah.freeDisk();
    await drained(alice.client, "rumah");
    expect(await inbox(bob.client, "all")).toEqual(["sebelum", "satu", "dua"]);
  });

  it("a message from that realm is refused, and is sent nowhere", async () => {
    const { kampus } = await met(await HouseProcess.of("kampus"), await House.of("rumah"));
    kampus.fillDisk();
    expect(await refused(alice.client.request("send bob@rumah hilang"))).toBe("storage");
    kampus.freeDisk();
    await ok(alice.client.request("send bob@rumah sesudah"));
    await drained(alice.client, "rumah");
    expect(await inbox(bob.client, "all")).toEqual(["sebelum", "sesudah"]);
    expect(await history(alice.client, "bob@rumah")).toEqual(["sebelum", "sesudah"]);
  });

  it("what comes back from a group stands in its log when there is room again", async () => {
    const { kampus } = await met(await HouseProcess.of("kampus"), await House.of("rumah"));
    await ok(bob.client.request("addgroup kelas"));
    await ok(alice.client.request("joingroup kelas@rumah"));
    await ok(alice.client.request("watch on"));
    kampus.fillDisk();
    await ok(bob.client.request("sendgroup kelas dari bob"));
    await until("it could not be kept", () => kampus.log().includes("commit-failed"));
    kampus.freeDisk();
    await ok(alice.client.request("sendgroup kelas@rumah dari alice"));
    await until("all of it is there", async () => (await history(alice.client, "#kelas@rumah")).length === 2);
    expect(await history(alice.client, "#kelas@rumah")).toEqual(["dari bob", "dari alice"]);
  });

  it("a join that cannot be kept is refused, and can be made when there is room again", async () => {
    const { kampus } = await met(await HouseProcess.of("kampus"), await House.of("rumah"));
    await ok(bob.client.request("addgroup kelas"));
    kampus.fillDisk();
    expect(await refused(alice.client.request("joingroup kelas@rumah"))).toBe("storage");
    expect(await refused(alice.client.request("addrealm pasar 127.0.0.1 1"))).toBe("storage");
    kampus.freeDisk();
    await ok(alice.client.request("joingroup kelas@rumah"));
    expect(await known(alice.client, "pasar")).toBeUndefined();
  });

  it("what cannot be noted as delivered is not delivered twice", async () => {
    const { kampus, rumah } = await met(await HouseProcess.of("kampus"), await HouseProcess.of("rumah"));
    rumah.freeze();
    const replies = Array.from({ length: 100 }, (_, i) => alice.client.request(`send bob@rumah pesan ${i}`));
    expect((await Promise.all(replies)).every(({ status }) => status === "OK")).toBe(true);
    kampus.fillDisk();
    rumah.thaw();
    await until("all has arrived", async () => (await inbox(bob.client, "all")).length === 101);
    kampus.freeDisk();
    await drained(alice.client, "rumah");
    expect(await inbox(bob.client, "all")).toEqual(["sebelum", ...replies.map((_, i) => `pesan ${i}`)]);
  });
});

it("a message that the other server does not take holds up none that follow", async () => {
  await twoRealms("--max-request", "4M");
  await link(kampus, rumah);
  const tooLarge = alice.client.request(`send bob@rumah ${"x".repeat(1_300_000)}`);
  await ok(alice.client.request("send bob@rumah halo"));
  await tooLarge;
  await drained(alice.client, "rumah");
  expect(await inbox(bob.client, "all")).toEqual(["halo"]);
});

describe("a realm that is frozen", () => {
  let rumah: HouseProcess;

  beforeEach(async () => {
    kampus = await House.of("kampus");
    rumah = await HouseProcess.of("rumah");
    alice = await newUser(kampus, "alice");
    bob = await newUser(rumah, "bob");
    await link(kampus, rumah);
    rumah.freeze();
  });

  it("is not waited for: a message for it is queued, and arrives once it goes on", async () => {
    const texts = Array.from({ length: 300 }, (_, i) => `pesan ${i}`);
    const waiting = texts.map((text) => alice.client.request(`send bob@rumah ${text}`));
    const ani = await newUser(kampus, "ani");
    await until("all are here", async () => (await known(ani.client, "rumah"))?.queued === texts.length);
    // All of them together wait as long as one does.
    kampus.pass(PATIENCE_MS);
    const replies = await Promise.all(waiting);
    expect(new Set(replies.map(({ state }) => state))).toEqual(new Set(["queued"]));
    rumah.thaw();
    await drained(alice.client, "rumah");
    expect(await inbox(bob.client, "all")).toEqual(texts);
  });

  it("holds up nobody here", async () => {
    const ani = await newUser(kampus, "ani");
    const order: string[] = [];
    const waiting = alice.client.request("send bob@rumah halo").then(() => order.push("for rumah"));
    for (let i = 0; i < 5; i++) await ok(ani.client.request("send alice halo"));
    expect(order).toEqual([]);
    // Her own next reply keeps its place.
    await ok(alice.client.request("ping").finally(() => order.push("ping")));
    await waiting;
    expect(order).toEqual(["for rumah", "ping"]);
  });

  it("is frozen for longer than a call may take, and nothing is lost or stands twice", async () => {
    await ok(alice.client.request("send bob@rumah satu"));
    const isUnlinked = async (): Promise<boolean> => (await known(alice.client, "rumah"))?.state !== "linked";
    await until("the link has been given up", isUnlinked, passing(kampus));
    await ok(alice.client.request("send bob@rumah dua"));
    rumah.thaw();
    await drained(alice.client, "rumah");
    expect(await inbox(bob.client, "all")).toEqual(["satu", "dua"]);
  });
});
