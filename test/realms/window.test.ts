/** How many calls with items are unanswered at a time: PROTOCOL.md, "Items". */
import { expect, it } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { wellBehaved } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { Listener } from "../support/listener.ts";
import { ok } from "../support/people.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { realmRow, withAlice } from "./scene.ts";

const MOST = 8;

it("there are no more of them over a link because others with the same realm come and go", async () => {
  const { server, alice } = await withAlice();
  const rumah = newIdentity("rumah");
  const peer = await Listener.start(rumah);
  const given = (): number => peer.calls.filter(({ method }) => method === "deliver").length;
  await ok(alice.request(`addrealm rumah ${peer.host} ${peer.port}`));
  await until("it is linked, and knows the names here", () => peer.calls.some(({ method }) => method === "names"));
  // An answer to what was asked later would be taken for that to what was asked first.
  peer.answers = () => undefined;
  const texts = Array.from({ length: 2 * MOST }, (_, i) => `pesan ${i}`);
  for (const [i, text] of texts.entries()) {
    alice.request(`send wati@rumah ${text}`).catch(() => {});
    await until("it is given, or waits", () => given() >= Math.min(i + 1, MOST));
  }
  for (let round = 0; round < 3; round++) {
    const other = await Dialer.linked(server, rumah);
    other.channel.close();
  }
  // Somebody is served, once it is known that they have gone.
  const { visits } = peer;
  for (let round = 0; round < 3; round++) await (await Dialer.linked(server, rumah)).call("ping", {});
  expect([given(), peer.visits]).toEqual([MOST, visits]);
  peer.answers = wellBehaved;
  peer.hangUp();
  const isEmpty = async (): Promise<boolean> => (await realmRow(alice, "rumah"))["queued"] === 0;
  await until("all is taken", isEmpty, passing(server));
});
