/** Messages between realms whose servers are killed again and again, and over links that fail: each arrives once, in order. */
import { beforeEach, describe, expect, it } from "vitest";
import { type House, HouseProcess } from "../support/house.ts";
import { history, inbox, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { drained, known, link, pair, pairOfProcesses } from "../support/realms.ts";
import { Speaker } from "../support/speaker.ts";
import { until } from "../support/until.ts";

const KILLS = 9;
const CUTS = 15;

let kampus: House;
let rumah: House;
let alice: Person;
let bob: Person;

/** Two realms, each a process of its own. */
async function twoProcesses(): Promise<{ readonly kampus: HouseProcess; readonly rumah: HouseProcess }> {
  const made = await pairOfProcesses();
  ({ kampus, rumah, alice, bob } = made);
  return made;
}

describe("every message arrives once and in order", () => {
  it("however often the receiver's server is killed, and the sender's", async () => {
    const killed = await twoProcesses();
    await link(kampus, rumah);
    const speaker = toRumah();
    const speaking = speaker.speak();
    for (let i = 0; i < KILLS; i++) {
      await speaker.more();
      const house = i % 2 === 0 ? killed.rumah : killed.kampus;
      await house.kill();
      await house.start();
    }
    await speaker.more();
    speaker.stop();
    await speaking;
    alice = await loggedIn(kampus, "alice");
    bob = await loggedIn(rumah, "bob");
    await drained(alice.client, "rumah");
    expect(await history(bob.client, "alice@kampus")).toEqual(speaker.texts);
    expect(await history(alice.client, "bob@rumah")).toEqual(speaker.texts);
  });

  it("in a group over three servers, however often each of them is killed", async () => {
    const { kampus, rumah } = await twoProcesses();
    const pasar = await HouseProcess.of("pasar");
    await link(kampus, rumah);
    await link(kampus, pasar);
    await newUser(pasar, "carl");
    await ok(alice.client.request("addgroup kelas"));
    await ok(bob.client.request("joingroup kelas@kampus"));
    await ok((await loggedIn(pasar, "carl")).client.request("joingroup kelas@kampus"));
    const { token: hers } = alice;
    const { token: his } = bob;
    const speakers = [
      new Speaker(kampus, "alice", (text, i) => `post ${hers} nomor-${i} #kelas ${text}`),
      new Speaker(rumah, "bob", (text, i) => `post ${his} nomor-${i} #kelas@kampus ${text}`),
    ] as const;
    const speaking = Promise.all(speakers.map((speaker) => speaker.speak()));
    for (let i = 0; i < KILLS; i++) {
      await (i % 2 === 0 ? speakers[0] : speakers[1]).more();
      const house = [kampus, rumah, pasar][i % 3] as HouseProcess;
      await house.kill();
      await house.start();
    }
    for (const speaker of speakers) speaker.stop();
    await speaking;
    const carl = await loggedIn(pasar, "carl");
    alice = await loggedIn(kampus, "alice");
    bob = await loggedIn(rumah, "bob");
    // His are at their home; then what the home has is everywhere.
    await drained(bob.client, "kampus");
    await Promise.all([drained(alice.client, "rumah"), drained(alice.client, "pasar")]);
    const log = await history(alice.client, "#kelas");
    for (const [i, name] of ["alice", "bob"].entries()) {
      expect(log.filter((text) => text.startsWith(name))).toEqual(speakers[i]?.texts);
    }
    for (const { client } of [bob, carl]) {
      await until("the log is as long as at its home", async () => {
        return (await history(client, "#kelas@kampus")).length === log.length;
      });
      expect(await history(client, "#kelas@kampus")).toEqual(log);
    }
  });

  describe("over a bad link", () => {
    let wire: FaultyProxy;

    beforeEach(async () => {
      ({ kampus, rumah, alice, bob } = await pair("--advertise", "127.0.0.1:9"));
      wire = await FaultyProxy.before(rumah);
      await link(kampus, rumah, wire);
    });

    it("that is cut again and again, in both directions", async () => {
      const speakers = [toRumah(), toKampus()];
      const speaking = Promise.all(speakers.map((speaker) => speaker.speak()));
      for (let i = 0; i < CUTS; i++) {
        await (speakers[i % 2] as Speaker).more();
        wire.cut();
      }
      for (const speaker of speakers) speaker.stop();
      await speaking;
      await Promise.all([drained(alice.client, "rumah"), drained(bob.client, "kampus")]);
      const [hers, his] = speakers as [Speaker, Speaker];
      const all = await history(bob.client, "alice@kampus");
      expect(all.filter((text) => text.startsWith("alice"))).toEqual(hers.texts);
      expect(all.filter((text) => text.startsWith("bob"))).toEqual(his.texts);
      expect((await history(alice.client, "bob@rumah")).toSorted()).toEqual(all.toSorted());
    });

    it("that passes single bytes", async () => {
      wire.split(true);
      const texts = Array.from({ length: 200 }, (_, i) => `pesan ${i} 世界`);
      const replies = texts.map((text) => ok(alice.client.request(`send bob@rumah ${text}`)));
      await Promise.all(replies);
      await drained(alice.client, "rumah");
      expect(await history(bob.client, "alice@kampus")).toEqual(texts);
    });

    it("that loses the answer to what has arrived", async () => {
      wire.loseReplies(true);
      expect(await ok(alice.client.request("send bob@rumah satu"))).toMatchObject({ state: "queued" });
      await until("it has arrived", async () => (await inbox(bob.client, "all")).length > 0);
      wire.cut();
      wire.loseReplies(false);
      await ok(alice.client.request("send bob@rumah dua"));
      await drained(alice.client, "rumah");
      expect(await inbox(bob.client, "all")).toEqual(["satu", "dua"]);
    });

    it("that is silent for a while", async () => {
      wire.freeze(true);
      expect(await ok(alice.client.request("send bob@rumah satu"))).toMatchObject({ state: "queued" });
      wire.freeze(false);
      await drained(alice.client, "rumah");
      await ok(alice.client.request("send bob@rumah dua"));
      await drained(alice.client, "rumah");
      expect(await inbox(bob.client, "all")).toEqual(["satu", "dua"]);
    });

    it("that cannot be had again for a while", async () => {
      wire.refuse(true);
      wire.cut();
      expect(await ok(alice.client.request("send bob@rumah satu"))).toMatchObject({ state: "queued" });
      expect(await ok(bob.client.request("send alice@kampus dua"))).toMatchObject({ state: "queued" });
      await until("it is tried again", async () => (await known(alice.client, "rumah"))?.state === "waiting");
      wire.refuse(false);
      await Promise.all([drained(alice.client, "rumah"), drained(bob.client, "kampus")]);
      expect(await inbox(bob.client, "all")).toEqual(["satu"]);
      expect(await inbox(alice.client, "all")).toEqual(["dua"]);
    });
  });

  function toRumah(): Speaker {
    const { token } = alice;
    return new Speaker(kampus, "alice", (text, i) => `post ${token} nomor-${i} bob@rumah ${text}`);
  }

  function toKampus(): Speaker {
    const { token } = bob;
    return new Speaker(rumah, "bob", (text, i) => `post ${token} nomor-${i} alice@kampus ${text}`);
  }
});
