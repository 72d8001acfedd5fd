/** A message that is sent again by its sender's own id while another realm has not said yet whether it takes it. */
import { expect, it, onTestFinished } from "vitest";
import { type Answer, type Answers, but, type Channel } from "../support/foreign.ts";
import { type GatedLog, gatedLog } from "../support/gated-log.ts";
import { newIdentity } from "../support/identity.ts";
import { Listener } from "../support/listener.ts";
import { history, inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

/** How long, in ms, a reply waits for another realm. */
const PATIENCE_MS = 2000;

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

async function scene(): Promise<Scene> {
  const log = gatedLog();
  const server = await startServer(["--memory", "--realm", "a"], log.through);
  onTestFinished(() => server.stop());
  onTestFinished(() => log.open());
  const alice = await newUser(server, "alice");
  const peer = await Listener.start(newIdentity("rumah"));
  await ok(alice.client.request(`addrealm rumah ${peer.host} ${peer.port}`));
  await until("it is linked", () => peer.isLinked);
  return { server, log, alice, rumah: new Silent(peer) };
}

/** Sends it again over another connection. @returns the reply, once the request is executed */
async function postedAgain(server: LocalServer, request: string): Promise<{ readonly reply: Promise<unknown> }> {
  const { client } = await loggedIn(server, "alice");
  const reply = client.request(request);
  // What is asked behind it is executed, though its reply waits.
  const behind = client.request("addgroup tanda");
  behind.catch(() => {});
  const other = await loggedIn(server, "alice");
  await until("it is executed", async () => (await other.client.request("group tanda")).status === "OK");
  return { reply };
}

/** As `scene`, where a post to a user there was sent again while the first waits for that realm's answer. */
async function postedTwice(to: string) {
  const all = await scene();
  const request = `post k-1 ${to}@rumah halo`;
  const first = all.alice.client.request(request);
  await until("it is delivered", () => all.rumah.given > 0);
  const { reply } = await postedAgain(all.server, request);
  return { ...all, first, reply: reply as typeof first };
}

it("is refused with the first where that realm refuses it, and nothing of it is left", async () => {
  const { alice, rumah, first, reply } = await postedTwice("nobody");
  rumah.speak(REFUSED);
  expect([await refused(first), await refused(reply)]).toEqual(["user-not-found", "user-not-found"]);
  expect(await history(alice.client, "nobody@rumah")).toEqual([]);
});

it("is answered as the first where that realm takes it, and sent once", async () => {
  const { alice, rumah, first, reply } = await postedTwice("wati");
  rumah.speak(TAKEN);
  expect(await reply).toEqual(await ok(first));
  expect(rumah.given).toBe(0);
  expect(await history(alice.client, "wati@rumah")).toEqual(["halo"]);
});

it("waits no longer than the first; who was told that it waits is told of a refusal", async () => {
  const { server, alice, rumah, first, reply } = await postedTwice("nobody");
  server.pass(PATIENCE_MS);
  expect(await first).toMatchObject({ status: "OK", state: "queued" });
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
  server.pass(PATIENCE_MS);
  await until("that it waits is being kept", () => log.waits);
  log.open("failed");
  expect(await first).toMatchObject({ status: "OK", state: "queued" });
  rumah.speak(REFUSED);
  const told = async (): Promise<boolean> => (await inbox(alice.client, "all")).length > 0;
  await until("alice is told", told, passing(server));
  expect(await inbox(alice.client, "all")).toEqual([expect.stringMatching(/^not delivered: .+ user-not-found/)]);
});
