/** A realm that is silent or does not read harms nobody here, and gets what it is owed when it is back. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { type Channel, wellBehaved } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import type { Item } from "../support/items.ts";
import { type Instead, Listener } from "../support/listener.ts";
import { ok } from "../support/people.ts";
import { meanwhile, passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import {
  complaints,
  getsThrough,
  house,
  housePassing,
  houseProcess,
  instead,
  reachesState,
  realmRow,
  rumah,
  servedUntil,
} from "./scene.ts";

const KIB = 1024;

const silent: Instead = () => true;

const handshakes: readonly (readonly [what: string, how: Instead])[] = [
  ["stays silent", silent],
  ["says half a frame and stops", instead("link hello", (channel) => channel.raw('{"status":"OK","realm":"rumah"'))],
  ["is silent at the proof", instead("link prove", () => {})],
];

it.each(handshakes)("one that %s when it is called is called again until it answers", async (_, how) => {
  const at = await house();
  const peer = await Listener.start(newIdentity("rumah"));
  peer.instead = how;
  const added = at.alice.request(`addrealm rumah ${peer.host} ${peer.port}`);
  await until("it is called", () => peer.requests.length > 0);
  await servedUntil(at, "there is an error", async () => (await realmRow(at.bob, "rumah"))["error"]);
  await ok(added);
  expect(await ok(meanwhile(at.server, at.alice.request("send wati@rumah halo")))).toMatchObject({ state: "queued" });
  await getsThrough(at, peer, "halo");
  await reachesState(at.alice, "rumah", "linked");
  expect(complaints(at.server, "rumah")).toHaveLength(1);
});

it("one that never answers a delivery loses its link, once said, and gets it again", async () => {
  const at = await house();
  const peer = await rumah(at);
  // What comes over the next link is answered, however soon it is there.
  peer.answers = (call) => (peer.hellos.length > 1 ? wellBehaved(call) : undefined);
  expect(await ok(meanwhile(at.server, at.alice.request("send wati@rumah halo")))).toMatchObject({ state: "queued" });
  await servedUntil(at, "the link has ended", () => !peer.isLinked || peer.hellos.length > 1);
  await getsThrough(at, peer, "halo");
  expect(complaints(at.server, "rumah")).toHaveLength(1);
});

it("one that never answers over the link it opened loses it", async () => {
  const at = await house();
  const peer = await Dialer.linked(at.server, newIdentity("rumah"));
  peer.answers = () => undefined;
  expect(await ok(meanwhile(at.server, at.alice.request("send wati@rumah halo")))).toMatchObject({ state: "queued" });
  await servedUntil(at, "the link has ended", () => peer.channel.hasEnded);
  const again = await Dialer.linked(at.server, peer.me);
  await until("halo is delivered", () => again.items.some(({ text }) => text === "halo"));
});

it("one that does not read keeps nothing in memory; everything arrives in order when it does", async () => {
  const at = await houseProcess();
  const peer = await rumah(at);
  let stuck: Channel | undefined;
  peer.instead = (request, channel) => {
    if (!request.startsWith("link call deliver") || (stuck && stuck !== channel)) return false;
    stuck = channel;
    channel.pause();
    return true;
  };
  const texts = Array.from({ length: 400 }, (_, i) => `${i} ${"x".repeat(50 * KIB)}`);
  const sent = texts.map((text) => at.alice.request(`send wati@rumah ${text}`));
  await servedUntil(at, "the link has ended", () => peer.hellos.length > 1);
  for (const reply of await Promise.all(sent)) expect(reply).toMatchObject({ status: "OK" });
  const all = (): readonly Item[] => peer.items.filter(({ kind }) => kind === "message");
  await servedUntil(at, "all is delivered", () => all().length >= texts.length);
  expect(all().map(({ text }) => text)).toEqual(texts);
});

it("one that opens a link and never reads from it loses it", async () => {
  const at = await housePassing();
  const peer = await Dialer.linked(at.server, newIdentity("rumah"));
  peer.channel.pause();
  const sent = Array.from({ length: 400 }, (_, i) => at.alice.request(`send wati@rumah ${i} ${"x".repeat(50 * KIB)}`));
  let areAnswered = false;
  const answered = Promise.all(sent).finally(() => (areAnswered = true));
  const isUnlinked = async (): Promise<boolean> => (await realmRow(at.bob, "rumah"))["state"] !== "linked";
  const later = passing(at.server);
  // It is given all of it before the time is up.
  await servedUntil(at, "it is linked no longer", isUnlinked, () => (areAnswered ? later() : pause(5)));
  for (const reply of await answered) expect(reply).toMatchObject({ status: "OK" });
});
