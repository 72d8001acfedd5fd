/** Whoever does not read what he asked for is let go, and loses nothing by it. */
import { expect, it } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { history, inbox, loggedIn, newUser, ok, textIn } from "../support/people.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

/** A quotation mark takes two bytes in JSON. */
const LONG = '"'.repeat(60_000);
/** More than the sockets of both sides take in, several times. */
const COUNT = 200;

const DISCONNECTED_BOB = / warn reader-too-slow .*user=bob/;

async function sendLong(from: Wire, to: string): Promise<void> {
  const replies = Array.from({ length: COUNT }, (_, i) => ok(from.request(`send ${to} ${i} ${LONG}`)));
  await Promise.all(replies);
}

it("a reader too slow for its replies is disconnected with a log line; its messages stay new", async () => {
  const server = await started("--memory", "--max-output", "64K");
  const [alice, bob, carol] = [
    await newUser(server, "alice"),
    await newUser(server, "bob"),
    await newUser(server, "carol"),
  ];
  await sendLong(bob.client, "alice");
  for (const text of ["satu", "dua", "tiga"]) await ok(carol.client.request(`send bob ${text}`));

  bob.client.pause(true);
  const lost = Array.from({ length: COUNT }, () => bob.client.request("history alice").catch(() => undefined));
  lost.push(bob.client.request("inbox").catch(() => undefined));
  const isDisconnected = async (): Promise<boolean> => {
    // Everyone else is served meanwhile.
    for (const { client } of [alice, carol]) await ok(client.request("ping"));
    return DISCONNECTED_BOB.test(server.log());
  };
  await until("bob is disconnected", isDisconnected);
  bob.client.close();
  await Promise.all(lost);

  const again = await loggedIn(server, "bob");
  expect(await inbox(again.client, "new")).toEqual(["satu", "dua", "tiga"]);
  expect(server.log().match(/reader-too-slow/g)).toHaveLength(1);
});

it("a reader too slow for its events is disconnected with a log line; its messages are in the inbox", async () => {
  const server = await started("--memory", "--max-output", "64K");
  const told: unknown[] = [];
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  const carol = await newUser(server, "carol", { onEvent: (event) => told.push(textIn(event)) });
  for (const { client } of [bob, carol]) await ok(client.request("watch on"));
  bob.client.pause(true);
  await sendLong(alice.client, "bob");
  await until("bob is disconnected", () => DISCONNECTED_BOB.test(server.log()));
  bob.client.close();

  await ok(alice.client.request("send carol halo"));
  await until("carol is told", () => told.includes("halo"));

  const again = await loggedIn(server, "bob");
  const page = await ok(again.client.request("inbox"));
  expect(page["more"]).toBe(true);
  expect((page.data as { message: string }[]).at(-1)?.message).toBe(`${COUNT - 1} ${LONG}`);
  const texts = await history(again.client, "alice");
  expect(texts.map((text) => Number(text.split(" ")[0]))).toEqual(Array.from({ length: COUNT }, (_, i) => i));
});

it("a reader that pauses and goes on gets everything, in order", async () => {
  const server = await started("--memory", "--max-output", "64K");
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  await sendLong(alice.client, "bob");
  bob.client.pause(true);
  const pages = Array.from({ length: 30 }, (_, i) => bob.client.request(`history alice limit ${(i % 3) + 1}`));
  await ok(alice.client.request("ping"));
  bob.client.pause(false);
  const lengths = (await Promise.all(pages)).map(({ data }) => (data as unknown[]).length);
  expect(lengths).toEqual(Array.from({ length: 30 }, (_, i) => (i % 3) + 1));
});
