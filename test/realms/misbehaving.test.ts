/** A realm that answers madly, or without end, harms nobody here: users are served, memory stays bounded. */
import { expect, it } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { type Answers, but, type Channel, wellBehaved } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { type Item, item, message } from "../support/items.ts";
import { inbox, ok } from "../support/people.ts";
import { meanwhile, passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { complaints, getsThrough, house, houseProcess, instead, rumah, servedUntil } from "./scene.ts";

const MIB = 1024 * 1024;
const FLOOD_MB = 250;

/** Says more of what has no end, as fast as it is taken in, up to what would fill the memory. */
function goOn(channels: readonly Channel[]): void {
  for (const channel of channels) {
    if (!channel.hasEnded && channel.waiting < MIB && channel.sent < FLOOD_MB * MIB) channel.raw("x".repeat(MIB));
  }
}

const replies: readonly (readonly [what: string, answer: Answers])[] = [
  ["nothing that is JSON", () => "bukan JSON"],
  ["no object", () => "null"],
  ["a list", () => "[]"],
  ["an object without a status", () => "{}"],
  ["a success without data", () => ({})],
  ["data that is no list", () => ({ data: { length: 1 } })],
  ["too few results", () => ({ data: [] })],
  ["too many results", ({ body }) => ({ data: [...(body as Item[]), {}, {}].map(() => ({})) })],
  ["results that are none", ({ body }) => ({ data: (body as Item[]).map(() => 7) })],
  ["results that are null", ({ body }) => ({ data: (body as Item[]).map(() => null) })],
  ["that its disk is full", () => ({ code: "storage" })],
];

it.each(replies)("one that answers a delivery with %s gets it again", async (_, answer) => {
  const at = await house();
  const peer = await rumah(at);
  peer.answers = but("deliver", answer);
  expect(await ok(meanwhile(at.server, at.alice.request("send wati@rumah halo")))).toMatchObject({ state: "queued" });
  const deliveries = (): number => peer.calls.filter(({ method }) => method === "deliver").length;
  await servedUntil(at, "it has been tried again", () => deliveries() >= 2);
  await getsThrough(at, peer, "halo");
  expect(complaints(at.server, "rumah").length).toBeLessThanOrEqual(deliveries());
  expect(at.server.log()).not.toContain("halo");
});

it("one that goes on answering so does not fill the log", async () => {
  const at = await house();
  const peer = await rumah(at);
  peer.answers = but("deliver", () => ({ data: [] }));
  await ok(meanwhile(at.server, at.alice.request("send wati@rumah halo")));
  await until("it has been tried often", () => peer.hellos.length >= 5, passing(at.server));
  expect(complaints(at.server, "rumah")).toHaveLength(1);
});

it("one that answers without end is let go", async () => {
  const at = await houseProcess();
  const peer = await rumah(at);
  const flooded: Channel[] = [];
  peer.instead = instead("link call deliver", (channel) => {
    flooded.push(channel);
    channel.raw('{"status":"OK","data":["');
  });
  await ok(at.alice.request("send wati@rumah halo"));
  await servedUntil(at, "the link has ended", () => {
    goOn(flooded);
    return flooded[0]?.hasEnded;
  });
  await getsThrough(at, peer, "halo");
  // The same again at once is not said again.
  const lost = complaints(at.server, "rumah").filter((line) => line.includes("realm-lost"));
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.length).toBeLessThanOrEqual(flooded.length);
});

it("one whose hello, call or answer has no end is let go", async () => {
  const at = await houseProcess();
  const links = [
    new Dialer(at.server, newIdentity("orang")),
    await Dialer.linked(at.server, newIdentity("rumah")),
    await Dialer.linked(at.server, newIdentity("kantor")),
  ];
  const starts = ["link hello 2 ", "link call deliver [", 'link answer 1 {"data":["'];
  const channels = links.map(({ channel }) => channel);
  for (const [i, channel] of channels.entries()) channel.raw(starts[i] as string);
  await servedUntil(at, "all links have ended", () => {
    goOn(channels);
    return channels.every(({ hasEnded }) => hasEnded);
  });
});

it("one that sends without waiting and reads nothing keeps nobody from being served", async () => {
  const at = await houseProcess();
  const peer = await Dialer.linked(at.server, newIdentity("rumah"));
  peer.channel.pause();
  const items = Array.from({ length: 50 }, () => item("terbang", {}));
  const refused = `link call deliver ${JSON.stringify(items)}\r\n\r\n`;
  await servedUntil(at, "the server takes no more, or all", () => {
    if (peer.channel.hasEnded) return true;
    if (peer.channel.waiting < MIB) peer.channel.raw(refused.repeat(50));
    return peer.channel.sent > FLOOD_MB * MIB;
  });
  // What it has sent so far is dealt with in time, whatever becomes of the link.
  await servedUntil(at, "another is linked and heard", async () => {
    const other = await Dialer.linked(at.server, newIdentity("kantor"));
    const [result] = (await other.deliver(message("budi", ["alice"], "halo"))) as readonly object[];
    other.channel.close();
    return result !== undefined;
  });
  expect(await inbox(at.alice, "all")).toContain("halo");
});

it("many handshakes that are never finished keep nobody from being served", async () => {
  const at = await houseProcess();
  const strangers = Array.from({ length: 150 }, (_, i) => new Dialer(at.server, newIdentity(`orang${i}`)));
  for (const { channel, hello } of strangers) {
    const { realm, key, nonce } = hello;
    channel.raw(`link hello 2 ${realm} ${key} ${nonce}\r\n\r\n`.repeat(50));
  }
  await servedUntil(at, "an honest one is linked", async () => {
    return (await Dialer.linked(at.server, newIdentity("rumah"))).hello.realm === "rumah";
  });
  expect((await ok(at.alice.request("realms"))).data).toHaveLength(2);
});

it("answers to calls that nobody made, and twice to those that were, change nothing", async () => {
  const at = await house();
  const peer = await Dialer.linked(at.server, newIdentity("rumah"));
  for (const call of ["0", "-1", "999", "1e9", "__proto__", "x", ""]) {
    for (const text of ['{"data":[{}]}', "null", "{", ""]) {
      await peer.request(`link answer ${call} ${text}`).catch(() => undefined);
    }
  }
  const linked = peer.channel.hasEnded ? await Dialer.linked(at.server, peer.me) : peer;
  linked.answers = (call) => {
    const answer = wellBehaved(call);
    for (let n = 0; n < 20; n++) void linked.request(`link answer ${n} {"code":"forbidden"}`).catch(() => {});
    return answer;
  };
  await at.alice.request("send wati@rumah halo");
  await ok(at.bob.request("ping"));
});
