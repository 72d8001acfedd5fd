/** A message, or a file, that is sent again by its sender's own id while another realm has not said yet whether it takes it. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import { uploadRequest, withBody } from "../support/bodies.ts";
import { END } from "../support/connection.ts";
import { testFolder } from "../support/folder.ts";
import { type Answer, type Answers, but, type Channel } from "../support/foreign.ts";
import { type GatedLog, gatedLog } from "../support/gated-log.ts";
import { newIdentity } from "../support/identity.ts";
import { Listener } from "../support/listener.ts";
import { undisturbed } from "../support/nodes.ts";
import { history, inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import { type LocalServer, startServer, type TestServer } from "../support/server.ts";
import { freshDatabase } from "../support/started-engine.ts";
import { meanwhile, passing } from "../support/time.ts";
import { until } from "../support/until.ts";

const REFUSED = but("deliver", ({ body }) => ({ data: (body as unknown[]).map(() => ({ code: "user-not-found" })) }));
const TAKEN = but("deliver", ({ body }) => ({ data: (body as unknown[]).map(() => ({})) }));

/** A realm that says nothing from the first message on that it is given, until it is told what to say. */
class Silent {
  readonly #peer: Listener;
  readonly #held: (readonly [request: string, channel: Channel])[] = [];

  constructor(peer: Listener) {
    this.#peer = peer;
    peer.instead = (request, channel) => {
      if (this.#held.length === 0 && !request.startsWith("link call deliver ")) return false;
      this.#held.push([request, channel]);
      return true;
    };
  }

  /** How many times it was given something. */
  get given(): number {
    return this.#held.filter(([request]) => request.startsWith("link call deliver ")).length;
  }

  speak(answers: Answers): void {
    this.#peer.instead = () => false;
    this.#peer.answers = answers;
    for (const [request, channel] of this.#held.splice(0)) {
      const [, method = "", body = "{}"] = /^link call (\w+) (.*)$/s.exec(request) ?? [];
      const answer = method === "" ? {} : (answers({ method, body: JSON.parse(body) }) as Answer);
      channel.send(JSON.stringify({ status: answer.code === undefined ? "OK" : "ERROR", ...answer }));
    }
  }
}

interface Scene {
  readonly server: LocalServer;
  readonly log: GatedLog;
  readonly alice: Person;
  readonly rumah: Silent;
}

/** Its clock stands still unless a test lets time pass: a reply waits for another realm for two seconds. */
async function scene(): Promise<Scene> {
  const log = gatedLog();
  const server = await startServer(["--memory", "--realm", "a"], log.through, "standing");
  onTestFinished(() => server.stop());
  onTestFinished(() => log.open());
  return { server, log, ...(await linkedTo(server)) };
}

/** alice is on the server, which has dialed that realm. */
async function linkedTo(server: TestServer): Promise<{ readonly alice: Person; readonly rumah: Silent }> {
  const alice = await newUser(server, "alice");
  const peer = await Listener.start(newIdentity("rumah"));
  await ok(alice.client.request(`addrealm rumah ${peer.host} ${peer.port}`));
  await until("it is linked", () => peer.isLinked);
  return { alice, rumah: new Silent(peer) };
}

/** Sends it again over another connection. @returns the reply, once the request is executed */
async function sentAgain(server: TestServer, request: (token: string) => Buffer): Promise<Twice> {
  const { token } = await loggedIn(server, "alice");
  const wire = new RawWire(server).send(request(token));
  onTestFinished(() => wire.close());
  const reply = wire.reply();
  reply.catch(() => {});
  // What is asked behind it is executed, though its reply waits.
  wire.request(`addgroup ${token} tanda`);
  const other = await loggedIn(server, "alice");
  await until("it is executed", async () => (await other.client.request("group tanda")).status === "OK");
  return { reply };
}

interface Twice {
  readonly reply: Promise<Reply>;
}

/** What is sent twice, by its sender's own id. */
const sendings = {
  message: (to: string) => (token: string) => Buffer.from(`post ${token} k-1 ${to}@rumah halo${END}`),
  file: (to: string) => (token: string) => {
    const file = { to: `${to}@rumah`, name: "a.txt", content: "isi", id: "k-1" };
    return withBody(uploadRequest(token, file), file.content);
  },
};

const KINDS = ["message", "file"] as const;
const SHOWN = { message: "halo", file: "a.txt" };

/** As `scene`, where something was sent again to a user there while the first waits for that realm's answer. */
async function sentTwice(to: string, kind: (typeof KINDS)[number] = "message") {
  const all = await scene();
  return { ...all, ...(await twice([all.server, all.server], all, sendings[kind](to))) };
}

/** The same at two nodes, with the link at the one of the given place. */
async function sentToBoth(start: typeof startServer, to: string, kind: (typeof KINDS)[number], linked: 0 | 1) {
  const store = ["--store", await freshDatabase(), "--realm", "a", "--uploads", testFolder()];
  const node = (): Promise<LocalServer> => start(store, undefined, "standing");
  const nodes = [await node(), await node()] as const;
  const all = await linkedTo(nodes[linked]);
  return { ...all, ...(await twice(nodes, all, sendings[kind](to))) };
}

/** It is sent at the first, and again at the second. */
async function twice(
  [server, another]: readonly [LocalServer, LocalServer],
  { rumah }: Pick<Scene, "rumah">,
  request: (token: string) => Buffer,
): Promise<{ readonly first: Promise<Reply>; readonly reply: Promise<Reply> }> {
  const { token } = await loggedIn(server, "alice");
  const wire = new RawWire(server).send(request(token));
  onTestFinished(() => wire.close());
  const first = wire.reply();
  first.catch(() => {});
  await until("it is delivered", () => rumah.given > 0);
  return { first, ...(await sentAgain(another, request)) };
}

describe.each(KINDS)("a %s", (kind) => {
  it("is refused with the first where that realm refuses it, and nothing of it is left", async () => {
    const { alice, rumah, first, reply } = await sentTwice("nobody", kind);
    rumah.speak(REFUSED);
    expect([await refused(first), await refused(reply)]).toEqual(["user-not-found", "user-not-found"]);
    expect(await history(alice.client, "nobody@rumah")).toEqual([]);
  });

  it("is answered as the first where that realm takes it, and sent once", async () => {
    const { alice, rumah, first, reply } = await sentTwice("wati", kind);
    rumah.speak(TAKEN);
    expect(await reply).toEqual(await ok(first));
    expect(rumah.given).toBe(0);
    expect(await history(alice.client, "wati@rumah")).toEqual([SHOWN[kind]]);
  });

  it("is answered as the first on another node than the first, which has the link", () =>
    undisturbed(async (start) => {
      const { alice, rumah, first, reply } = await sentToBoth(start, "wati", kind, 0);
      rumah.speak(TAKEN);
      expect(await reply).toEqual(await ok(first));
      expect(await history(alice.client, "wati@rumah")).toEqual([SHOWN[kind]]);
    }));

  it("is refused with the first on another node, which has the link", () =>
    undisturbed(async (start) => {
      const { alice, rumah, first, reply } = await sentToBoth(start, "nobody", kind, 1);
      rumah.speak(REFUSED);
      expect([await refused(first), await refused(reply)]).toEqual(["user-not-found", "user-not-found"]);
      expect(await history(alice.client, "nobody@rumah")).toEqual([]);
    }));
});

it("what is sent again waits no longer than the first; who was told that it waits is told of a refusal", async () => {
  const { server, alice, rumah, first, reply } = await sentTwice("nobody");
  expect(await meanwhile(server, first)).toMatchObject({ status: "OK", state: "queued" });
  expect(await reply).toEqual(await first);
  rumah.speak(REFUSED);
  await until("alice is told", async () => (await inbox(alice.client, "all")).length > 0);
  expect(await inbox(alice.client, "all")).toEqual([expect.stringMatching(/^not delivered: .+ user-not-found/)]);
});

it("who was told that a message waits is told of its refusal, also if that it waits could not be kept", async () => {
  const { server, log, alice, rumah } = await scene();
  const first = alice.client.request("send nobody@rumah halo");
  await until("it is delivered", () => rumah.given > 0);
  log.shut();
  await until("that it waits is being kept", () => log.waits, passing(server));
  log.open("failed");
  expect(await first).toMatchObject({ status: "OK", state: "queued" });
  rumah.speak(REFUSED);
  const told = async (): Promise<boolean> => (await inbox(alice.client, "all")).length > 0;
  await until("alice is told", told, passing(server));
  expect(await inbox(alice.client, "all")).toEqual([expect.stringMatching(/^not delivered: .+ user-not-found/)]);
});
