/** A realm that is not who it says gets nowhere: PROTOCOL.md, "Linking". */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Dialer } from "../support/dialer.ts";
import type { Answer } from "../support/foreign.ts";
import { type Identity, newIdentity, transcript, type Welcome } from "../support/identity.ts";
import { groupMessage, item, message } from "../support/items.ts";
import { Listener } from "../support/listener.ts";
import { inbox, ok, refused } from "../support/people.ts";
import { until } from "../support/until.ts";
import { complaints, reachesState, realmRow, withAlice } from "./scene.ts";

const REFUSED = { code: expect.any(String) };

async function code(answer: Promise<Answer>): Promise<string | undefined> {
  return (await answer).code;
}

async function closed(peer: Dialer): Promise<void> {
  await until("the server closes the connection", () => peer.channel.hasEnded);
}

describe("who connects and is not who he says", () => {
  it("is refused with a signature of another key, and is not known afterwards", async () => {
    const { server, alice } = await withAlice();
    const peer = new Dialer(server, newIdentity("rumah"));
    await peer.sayHello();
    expect(await code(peer.prove(newIdentity("rumah").sign(peer.transcript)))).toBe("realm-refused");
    await closed(peer);
    expect(await realmRow(alice, "rumah")).toEqual({});
  });

  it("is refused with a signature of something else, with none, and with one that is no signature", async () => {
    const { server, alice } = await withAlice();
    const rumah = newIdentity("rumah");
    const proofs: readonly ((peer: Dialer, welcome: Welcome) => string)[] = [
      () => rumah.sign(""),
      (peer, welcome) => rumah.sign(transcript("listener", peer.hello, welcome, peer.binding)),
      (peer) => rumah.sign(peer.transcript.trimEnd()),
      (peer, welcome) =>
        rumah.sign(transcript("dialer", { ...peer.hello, advertised: "127.0.0.1:1" }, welcome, peer.binding)),
      (peer, welcome) => rumah.sign(transcript("dialer", peer.hello, welcome, undefined)),
      () => "A".repeat(86),
    ];
    for (const proof of proofs) {
      const peer = new Dialer(server, rumah);
      const welcome = (await peer.sayHello()) as unknown as Welcome;
      expect(await code(peer.prove(proof(peer, welcome)))).toBe("realm-refused");
      await closed(peer);
    }
    for (const none of ["", "x", "A".repeat(85), "*".repeat(86), "A".repeat(5000)]) {
      const peer = new Dialer(server, rumah);
      await peer.sayHello();
      expect(await peer.prove(none)).toMatchObject(REFUSED);
    }
    expect(await realmRow(alice, "rumah")).toEqual({});
  });

  it("is refused without a hello", async () => {
    const { server } = await withAlice();
    const peer = new Dialer(server, newIdentity("rumah"));
    await peer.request("ping");
    expect(await code(peer.prove())).toBe("realm-refused");
    await closed(peer);
  });

  it("is refused with what was said on an earlier connection", async () => {
    const { server } = await withAlice();
    const rumah = newIdentity("rumah");
    const first = new Dialer(server, rumah);
    await first.sayHello();
    const proof = rumah.sign(first.transcript);
    expect(await first.prove(proof)).toMatchObject({ status: "OK" });

    const replay = new Dialer(server, rumah, { hello: first.hello });
    await replay.sayHello();
    expect(await code(replay.prove(proof))).toBe("realm-refused");
    await closed(replay);
    expect(await first.call("ping", {})).toMatchObject({ data: {} });
  });

  it("is refused with another key than the first, and the link of the first goes on", async () => {
    const { server, alice } = await withAlice();
    const first = await Dialer.linked(server, newIdentity("rumah"));
    const other = new Dialer(server, newIdentity("Rumah"));
    // He is told what everybody is whom the server was not told of: not that there is a realm of that name.
    await other.sayHello();
    const stranger = "this server links only with realms that it was told of, each by its key";
    expect(await other.prove()).toMatchObject({ code: "forbidden", detail: stranger });
    await closed(other);
    expect((await realmRow(alice, "rumah"))["error"]).toBeUndefined();
    await ok(alice.request("send wati@rumah halo"));
    expect(first.items).toMatchObject([{ text: "halo" }]);
    expect(await realmRow(alice, "rumah")).toMatchObject({ state: "linked", key: first.me.key });
  });

  it("is refused under this server's own name, and under names that are none", async () => {
    const { server, alice } = await withAlice();
    for (const name of ["a", "A", "-x", "a/b", "x@y", "__proto__", "x".repeat(33)]) {
      const peer = new Dialer(server, newIdentity(name));
      const hello = await peer.sayHello();
      expect(hello["status"] === "OK" ? await peer.prove() : hello, name).toMatchObject(REFUSED);
    }
    expect((await ok(alice.request("realms"))).data).toMatchObject([{ realm: "a", own: true }]);
  });

  it("is refused with a key or a nonce that is none, and in another version", async () => {
    const { server } = await withAlice();
    const rumah = newIdentity("rumah");
    for (const word of ["x", "A".repeat(42), "A".repeat(44), "*".repeat(43)]) {
      for (const hello of [{ key: word }, { nonce: word }]) {
        expect(await code(new Dialer(server, rumah, { hello }).sayHello()), word).toBe("bad-request");
      }
    }
    for (const version of ["1", "3"]) {
      const other = new Dialer(server, rumah, { version });
      expect(await code(other.sayHello()), version).toBe("bad-request");
      await closed(other);
    }
  });

  it("is refused where the realm policy is closed to it", async () => {
    const { server, alice } = await withAlice("--realm-policy", "closed");
    const peer = new Dialer(server, newIdentity("rumah"));
    const hello = await peer.sayHello();
    expect(hello["status"] === "OK" ? await code(peer.prove()) : hello.code).toBe("forbidden");
    await closed(peer);
    expect(await realmRow(alice, "rumah")).toEqual({});
  });

  it("learns and delivers nothing before he has proven who he is", async () => {
    const { server, alice } = await withAlice();
    const stranger = new Dialer(server, newIdentity("rumah"));
    const calls = async (): Promise<readonly Answer[]> => [
      await stranger.call("names", { users: 0, groups: 0 }),
      await stranger.call("piece", { file: randomUUID(), offset: 0 }),
      await stranger.call("deliver", [message("wati", ["alice"], "halo")]),
      await stranger.request('link answer 1 {"data":[{}]}'),
    ];
    for (const answer of await calls()) expect(answer).toMatchObject({ status: "ERROR", ...REFUSED });
    await stranger.sayHello();
    for (const answer of await calls()) expect(answer).toMatchObject({ status: "ERROR", ...REFUSED });
    expect(await inbox(alice, "all")).toEqual([]);
  });

  it("cannot have this server call addresses that nobody should be called at", async () => {
    const { server, alice } = await withAlice();
    for (const advertised of [
      "169.254.1.1:80",
      "224.0.0.1:80",
      "[fe80::1]:80",
      ":0",
      ":99999",
      "nonsense",
      "x:y",
      "127.0.0.1:80\nx",
    ]) {
      const peer = new Dialer(server, newIdentity("rumah"), { hello: { advertised } });
      const hello = await peer.sayHello();
      if (hello["status"] === "OK") await peer.prove();
      expect(await realmRow(alice, "rumah"), advertised).not.toHaveProperty("host");
      peer.channel.close();
    }
  });
});

describe("who is called and is not who he should be", () => {
  async function listening(realm: string): Promise<{ peer: Listener; address: string }> {
    const peer = await Listener.start(newIdentity(realm));
    return { peer, address: `${peer.host} ${peer.port}` };
  }

  function saidNothing(peer: Listener): boolean {
    return peer.calls.length === 0 && !peer.requests.some((request) => request.startsWith("link prove"));
  }

  it("is refused with another key than was asked for", async () => {
    const { alice } = await withAlice();
    const { peer, address } = await listening("rumah");
    expect(await refused(alice.request(`addrealm rumah ${address} ${newIdentity("x").key}`))).toBe("realm-refused");
    expect(saidNothing(peer)).toBe(true);
  });

  it("is refused under another name", async () => {
    const { alice } = await withAlice();
    const { peer, address } = await listening("kantor");
    expect(await refused(alice.request(`addrealm rumah ${address}`))).toBe("realm-refused");
    expect(saidNothing(peer)).toBe(true);
  });

  it("is refused with a wrong signature", async () => {
    const { alice } = await withAlice();
    const { peer, address } = await listening("rumah");
    const other: Identity = newIdentity("rumah");
    peer.lies = { signature: other.sign("") };
    expect(await refused(alice.request(`addrealm rumah ${address}`))).toBe("realm-refused");
    expect(saidNothing(peer)).toBe(true);
  });

  it("is refused with a new key, says `realms` and once the log; it is not called again, but may come itself", async () => {
    const { server, alice } = await withAlice();
    const { peer, address } = await listening("rumah");
    // Another that is never there shows how time passes for those who are tried again.
    const { peer: clock, address: clockAddress } = await listening("jam");
    clock.instead = (_, channel) => {
      channel.close();
      return true;
    };
    await ok(alice.request(`addrealm rumah ${address}`));
    const truth = peer.me;
    peer.me = newIdentity("rumah");
    peer.hangUp();
    expect((await reachesState(alice, "rumah", "refused"))["error"]).toEqual(expect.stringMatching(/key/));
    const tries = peer.visits;

    await alice.request(`addrealm jam ${clockAddress}`);
    await until("the other has been called several times", () => clock.requests.length >= 4);
    expect(peer.visits).toBe(tries);
    expect(complaints(server, "rumah").filter((line) => /refused/.test(line))).toHaveLength(1);
    expect(await realmRow(alice, "rumah")).toMatchObject({ state: "refused", key: truth.key });

    const itself = await Dialer.linked(server, truth);
    await ok(alice.request("send wati@rumah halo"));
    expect(itself.items).toMatchObject([{ text: "halo" }]);
  });

  it("is not called at all at addresses that are no server's", async () => {
    const { alice } = await withAlice();
    for (const host of ["169.254.1.1", "fe80::1", "224.0.0.1", "::ffff:169.254.1.1", "ff02::1"]) {
      await refused(alice.request(`addrealm rumah ${host} 8889`));
      expect(await realmRow(alice, "rumah"), host).toEqual({});
    }
  });
});

it("who has linked first under a name is cut off when the true key is given", async () => {
  const { server, alice } = await withAlice("--trust-loopback");
  const impostor = await Dialer.linked(server, newIdentity("bank"));
  const bank = await Listener.start(newIdentity("bank"));
  const added = alice.request(`addrealm bank ${bank.host} ${bank.port} ${bank.me.key}`);
  expect(await ok(added)).toMatchObject({ state: "linked" });
  await closed(impostor);
  await ok(alice.request("send teller@bank pin 1234"));
  await until("it has come to the true one", () => bank.items.some(({ text }) => text === "pin 1234"));
  expect(impostor.items).toEqual([]);
});

it("the home of a group cannot give users of another realm other names", async () => {
  const { server, alice } = await withAlice();
  const cici = await Dialer.linked(server, newIdentity("c"));
  await cici.deliver(message("cici", ["alice"], "halo"));
  const home = await Dialer.linked(server, newIdentity("rumah"));
  const members = { group: "kelas", owner: "wati@rumah", head: 0, add: ["alice@a", "cici@c"], remove: [], whole: true };
  await home.deliver(item("members", members));
  await home.deliver(
    groupMessage({ name: "CICI", realm: "c" }, "kelas", [0, 1], "bukan saya", {
      from: { name: "CICI", full: "Orang Lain", realm: "c" },
    }),
  );
  const { data } = await ok(alice.request("inbox all"));
  expect((data as { from: string }[]).map(({ from }) => from)).toEqual(["cici@c", "cici@c"]);
});
