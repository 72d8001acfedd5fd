/** What goes over a link is read by the two realms alone, and a link is with who it should be: PROTOCOL.md, "Linking". */
import { generateKeyPairSync } from "node:crypto";
import { connect as connectTls, createSecureContext } from "node:tls";
import { describe, expect, test } from "vitest";
import { newAuthority, newCertificate, written } from "../support/certificate.ts";
import { Dialer, type Place } from "../support/dialer.ts";
import { testFolder } from "../support/folder.ts";
import type { Answer } from "../support/foreign.ts";
import { contextOf, LINK_PROTOCOL, newIdentity } from "../support/identity.ts";
import { Listener } from "../support/listener.ts";
import { Middleman } from "../support/middleman.ts";
import { inbox, newUser, ok, refused } from "../support/people.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { link, pair } from "../support/realms.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";
import { realmRow, withAlice } from "./scene.ts";

const SECRET = "rahasia kita berdua";

async function code(answer: Promise<Answer>): Promise<string | undefined> {
  return (await answer).code;
}

async function closed(peer: Dialer): Promise<void> {
  await until("the server closes the connection", () => peer.channel.hasEnded);
}

/** The names on the certificate that is shown to one who asks for these protocols, and what is spoken then. */
async function shown({ host, port }: Place, ALPNProtocols: readonly string[] = []): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: [...ALPNProtocols] }, () =>
    resolve(`${socket.getPeerX509Certificate()?.subject} ${socket.alpnProtocol}`),
  );
  socket.on("error", reject);
  return promise.finally(() => socket.destroy());
}

describe("on the way between two realms", () => {
  test("nobody reads a message, a file, or who they are", async () => {
    const { kampus, rumah, alice, bob } = await pair();
    const proxy = await FaultyProxy.before(rumah);
    proxy.listenIn();
    await link(kampus, rumah, proxy);
    await ok(alice.client.request(`send bob@rumah ${SECRET}`));
    await ok(bob.client.request(`send alice@kampus ${SECRET}`));
    const content = Buffer.from(SECRET).toString("base64");
    await ok(alice.client.request(`sendfile bob@rumah a.txt ${content}`));
    const files = async (): Promise<boolean> => (await bob.client.request("download_file a.txt"))["status"] === "OK";
    await until("all has come", files);
    expect(await inbox(bob.client, "all")).toContain(SECRET);
    expect(await inbox(alice.client, "all")).toContain(SECRET);
    const text = proxy.overheard.toString("latin1");
    expect(text).toContain(LINK_PROTOCOL);
    for (const word of [SECRET, content, "link hello", "native", "kampus", "rumah", "alice", "bob"])
      expect(text, word).not.toContain(word);
  });

  test("a handshake that comes byte by byte is one, and what follows it too", async () => {
    const { kampus, rumah, alice, bob } = await pair();
    const proxy = await FaultyProxy.before(rumah);
    proxy.split(true);
    await link(kampus, rumah, proxy);
    await ok(alice.client.request("send bob@rumah halo"));
    expect(await inbox(bob.client, "all")).toEqual(["halo"]);
  });

  test("one with a key of his own is refused where the key is known, which is said", async () => {
    const { alice } = await withAlice();
    const rumah = await started("--realm", "rumah");
    const { client } = await newUser(rumah, "bob");
    const { key } = await realmRow(client, "rumah");
    const middleman = await Middleman.before(rumah);
    const { host, port } = middleman;
    const reply = await alice.request(`addrealm rumah ${host} ${port} ${key}`);
    expect(reply).toMatchObject({ code: "realm-refused" });
    expect(reply.detail).toContain(`another key (${middleman.me.key}) than the one known (${key})`);
    expect(middleman.heard).toBe("");
  });

  test("one with a key of his own is refused where no key is known either: what they say of themselves is not of his", async () => {
    const { alice } = await withAlice();
    const rumah = await started("--realm", "rumah");
    const { host, port } = await Middleman.before(rumah);
    expect(await refused(alice.request(`addrealm rumah ${host} ${port}`))).toBe("realm-refused");
    const { client } = await newUser(rumah, "bob");
    expect(await realmRow(client, "a")).toEqual({});
  });
});

describe("who connects", () => {
  test("is refused with a signature for another channel, though all else is his", async () => {
    const { server, alice } = await withAlice();
    const rumah = newIdentity("rumah");
    const first = new Dialer(server, rumah);
    await first.sayHello();
    const second = new Dialer(server, rumah, { binding: String(first.binding) });
    await second.sayHello();
    expect(await code(second.prove())).toBe("realm-refused");
    await closed(second);
    expect(await realmRow(alice, "rumah")).toEqual({});
    expect(await first.prove()).toMatchObject({ status: "OK" });
  });

  test("is refused with the certificate of another key than he says he has", async () => {
    const { server } = await withAlice();
    const peer = new Dialer(server, newIdentity("rumah"), { context: newIdentity("rumah").context });
    expect(await code(peer.sayHello())).toBe("realm-refused");
    await closed(peer);
  });

  test("is not heard without a certificate, or with one of another kind of key", async () => {
    const { server } = await withAlice();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const other = contextOf(newCertificate({ by: newAuthority(), key: privateKey }));
    for (const context of [createSecureContext(), other]) {
      const peer = new Dialer(server, newIdentity("rumah"), { context });
      await expect(peer.sayHello()).rejects.toThrow("the server ended the link");
    }
    await Dialer.linked(server, newIdentity("rumah"));
  });

  test("links in no older version of TLS", async () => {
    const { host, port } = await started();
    const old = connectTls({
      host,
      port,
      maxVersion: "TLSv1.2",
      rejectUnauthorized: false,
      ALPNProtocols: [LINK_PROTOCOL],
    });
    const error = await new Promise<Error>((resolve) => void old.on("error", resolve));
    expect(error.message).toMatch(/protocol version/);
  });

  test("does not link without encryption, nor over a client's, and is told why", async () => {
    const { server, alice } = await withAlice(...written(testFolder(), newCertificate()));
    const { realm, key, hello } = { ...newIdentity("rumah"), hello: "A".repeat(43) };
    const { host, port } = server;
    for (const version of ["1", "2"]) {
      const words = ["dialect native", `link hello ${version} ${realm} ${key} ${hello}`];
      const wires = [new Wire(server), new Wire(server, connectTls({ host, port, rejectUnauthorized: false }))];
      for (const wire of wires) {
        const [, reply] = await wire.request(...words).ended();
        expect(reply).toMatchObject({ status: "ERROR", code: "forbidden", detail: expect.stringMatching(/encrypted/) });
      }
    }
    expect(await realmRow(alice, "rumah")).toEqual({});
  });
});

describe("who is called", () => {
  test.each<[string, (peer: Listener) => void]>([
    ["the certificate of another key", (peer) => (peer.context = newIdentity("rumah").context)],
    [
      "the certificate of another kind of key",
      (peer) => {
        const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        peer.context = contextOf(newCertificate({ by: newAuthority(), key: privateKey }));
      },
    ],
    ["a signature for another channel", (peer) => (peer.binding = newIdentity("rumah").key)],
  ])("is refused with %s, and is not told who is here for certain", async (_, lie) => {
    const { alice } = await withAlice();
    const peer = await Listener.start(newIdentity("rumah"));
    lie(peer);
    expect(await refused(alice.request(`addrealm rumah ${peer.host} ${peer.port}`))).toBe("realm-refused");
    expect(peer.requests.filter((request) => request.startsWith("link prove"))).toEqual([]);
  });
});

describe("on one port", () => {
  test("clients are shown the certificate of --tls-cert and links the realm's, also where clients must encrypt", async () => {
    for (const more of [[], ["--tls-only"]]) {
      const files = written(testFolder(), newCertificate({ names: ["chat.example.org"] }));
      const server = await started("--realm", "a", ...files, ...more);
      expect(await shown(server)).toBe("CN=chat.example.org false");
      expect(await shown(server, ["http/1.1"])).toBe("CN=chat.example.org false");
      await expect(shown(server, ["http/1.1", LINK_PROTOCOL])).resolves.toBe(`CN=obrol ${LINK_PROTOCOL}`);
      await Dialer.linked(server, newIdentity("rumah"));
    }
  });

  test("of a server without a certificate a client's handshake ends with an alert, links and plain clients are served", async () => {
    const server = await started("--realm", "a", "--log-level", "debug");
    for (const protocols of [[], ["http/1.1"], ["obrol-link/3"]])
      await expect(shown(server, protocols)).rejects.toThrow(/handshake failure/);
    await Dialer.linked(server, newIdentity("rumah"));
    expect(await new Wire(server).request("ping").first(1)).toMatchObject([{ data: "pong" }]);
    expect(server.log()).not.toMatch(/ (error|warn) /);
  });
});
