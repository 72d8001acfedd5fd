/** Servers of the older kind link unsigned; nobody is taken for one who was not named: PROTOCOL.md, "Realms of the older kind". */
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { Channel } from "../support/foreign.ts";
import { inbox, newUser, ok, refused } from "../support/people.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";
import { realmRow, withAlice } from "./scene.ts";

// Only Linux has more loopback addresses than one without set-up.
const manyAddresses = process.platform === "linux";
const OLD = "127.0.0.2";

const words = [
  "recvrealm old 127.0.0.2 8889",
  "recvrealmprivatemsg wati old alice halo",
  "recvrealmgroupmsg wati old alice,bob halo",
  "serverinbox wati alice halo",
  "send_to_another_realm wati alice halo",
];

/** A server that knows some of the older words, and answers what it is told to. */
async function oldServer(known: readonly string[], answer: string | (() => string) = '{"status":"OK"}', port = 0) {
  const requests: string[] = [];
  const server = createServer((socket) => {
    const channel: Channel = new Channel(socket, (request) => {
      requests.push(request);
      const isKnown = known.includes(request.split(" ")[0]?.toLowerCase() ?? "");
      const said = typeof answer === "string" ? answer : answer();
      channel.send(isKnown ? said : '{"status":"ERROR","message":"*Maaf, command tidak benar"}');
    });
    onTestFinished(() => channel.close());
  });
  server.listen(port, OLD);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const stop = async (): Promise<void> => {
    await once(server.close(), "close");
  };
  return { requests, port: (server.address() as { port: number }).port, stop };
}

describe("requests of older servers", () => {
  it("are forbidden to all, when none is named", async () => {
    const { server, alice } = await withAlice();
    for (const word of words) expect(await refused((await server.connect()).request(word)), word).toBe("forbidden");
    for (const word of words) expect(await refused(alice.request(word)), word).toBe("forbidden");
    expect(await inbox(alice, "all")).toEqual([]);
    expect(await realmRow(alice, "old")).toEqual({});
  });

  it.skipIf(!manyAddresses)(
    "are taken from the address of one that is named, and forbidden to all others",
    async () => {
      const { server, alice } = await withAlice("--legacy-realms", `old=${OLD}:1`);
      const { client: bob } = await newUser(server, "bob");
      for (const from of ["127.0.0.1", "127.0.0.3"]) {
        const wire = new Wire(server, from).request(...words);
        for (const reply of await wire.first(words.length)) expect(reply).toMatchObject({ code: "forbidden" });
        wire.close();
      }
      const old = new Wire(server, OLD).request(...words.slice(1));
      for (const reply of await old.first(words.length - 1)) expect(reply).toMatchObject({ status: "OK" });
      old.close();
      const { data } = await ok(alice.request("inbox all"));
      expect(data).toHaveLength(4);
      for (const one of data as object[]) expect(one).toMatchObject({ from: "wati@old", message: "halo" });
      expect(await inbox(bob, "all")).toEqual(["halo"]);
    },
  );

  it.skipIf(!manyAddresses)("cannot speak for users of this realm, nor of another", async () => {
    const { server, alice } = await withAlice("--legacy-realms", `old=${OLD}:1`);
    await newUser(server, "bob");
    const forged = [
      "recvrealmprivatemsg bob a alice palsu",
      "recvrealmprivatemsg bob kantor alice palsu",
      "recvrealmgroupmsg bob a alice palsu",
      "serverinbox bob@a alice palsu",
      "send_to_another_realm bob@kantor alice palsu",
    ];
    await new Wire(server, OLD).request(...forged).first(forged.length);
    const { data } = await ok(alice.request("inbox all"));
    for (const { from } of data as { from: string }[]) expect(from).toBe("bob@old");
  });

  it.skipIf(!manyAddresses)("to somebody who is not here are refused", async () => {
    const { server } = await withAlice("--legacy-realms", `old=${OLD}:1`);
    const wire = new Wire(server, OLD).request(
      "recvrealmprivatemsg wati old nobody halo",
      "serverinbox wati no/name x",
    );
    const [first, second] = await wire.first(2);
    expect(first).toMatchObject({ status: "ERROR", code: "user-not-found" });
    expect(second).toMatchObject({ status: "ERROR" });
  });
});

describe.skipIf(!manyAddresses)("messages to an older server", () => {
  it.each([
    ["recvrealmprivatemsg", ["recvrealmprivatemsg"]],
    ["serverinbox", ["recvrealmprivatemsg", "serverinbox"]],
    ["send_to_another_realm", ["recvrealmprivatemsg", "serverinbox", "send_to_another_realm"]],
  ])("that knows %s are sent so", async (known, tried) => {
    const old = await oldServer([known]);
    const { alice } = await withAlice("--legacy-realms", `old=${OLD}:${old.port}`);
    expect(await realmRow(alice, "old")).toMatchObject({ state: "legacy", host: OLD, port: old.port });
    await ok(alice.request("send wati@old halo dari sini"));
    await until("the last word was tried", () => old.requests.some((request) => request.startsWith(known)));
    expect(old.requests.map((request) => request.split(" ")[0])).toEqual(tried);
    expect(old.requests.at(-1)).toMatch(/^\S+ alice\S* (a )?wati\S* halo dari sini$/);
    await until("nothing waits", async () => (await realmRow(alice, "old"))["queued"] === 0);
  });

  it("that refuses are told to the sender", async () => {
    const old = await oldServer(["recvrealmprivatemsg"], '{"status":"ERROR","message":"User tidak ditemukan"}');
    const { alice } = await withAlice("--legacy-realms", `old=${OLD}:${old.port}`);
    await refused(alice.request("send wati@old halo"));
  });

  it("to several users are one request", async () => {
    const old = await oldServer(["recvrealmgroupmsg"]);
    const { alice } = await withAlice("--legacy-realms", `old=${OLD}:${old.port}`);
    await ok(alice.request("sendgrouprealm old wati,budi halo"));
    await until("it is sent", () => old.requests.length > 0);
    expect(old.requests).toEqual(["recvrealmgroupmsg alice a wati,budi halo"]);
  });

  it("hold no line end that would end the request", async () => {
    const old = await oldServer(["recvrealmprivatemsg"]);
    const { alice } = await withAlice("--legacy-realms", `old=${OLD}:${old.port}`);
    await ok(alice.request("send wati@old satu\n\nrecvrealmprivatemsg budi a wati palsu"));
    await until("it is sent", () => old.requests.length > 0);
    for (const request of old.requests) expect(request.startsWith("recvrealmprivatemsg alice a wati satu")).toBe(true);
  });

  it("wait for one that is away, and come when it is back", async () => {
    const { port, stop } = await oldServer([]);
    await stop();
    const { alice } = await withAlice("--legacy-realms", `old=${OLD}:${port}`);
    for (const text of ["satu", "dua"]) {
      expect(await ok(alice.request(`send wati@old ${text}`))).toMatchObject({ state: "queued" });
    }
    const old = await oldServer(["recvrealmprivatemsg"], undefined, port);
    await until("they have come", () => old.requests.length >= 2);
    expect(old.requests).toEqual(["satu", "dua"].map((text) => `recvrealmprivatemsg alice a wati ${text}`));
    await ok(alice.request("send wati@old tiga"));
    expect(old.requests).toHaveLength(3);
  });

  it("are sent again to one that answers with what is no reply", async () => {
    const answers = ["bukan JSON", '{"status":1}'];
    const old = await oldServer(["recvrealmprivatemsg"], () => answers.shift() ?? '{"status":"OK"}');
    const { alice } = await withAlice("--legacy-realms", `old=${OLD}:${old.port}`);
    await ok(alice.request("send wati@old halo"));
    await until("nothing waits", async () => (await realmRow(alice, "old"))["queued"] === 0);
  });

  it("have no groups", async () => {
    const old = await oldServer(["recvrealmprivatemsg"]);
    const { alice } = await withAlice("--legacy-realms", `old=${OLD}:${old.port}`);
    await refused(alice.request("joingroup kelas@old"));
    expect(old.requests).toEqual([]);
  });
});
