/** What many hear on several nodes is put together once on each of them, whatever many they are. */
import { expect, test, vi } from "vitest";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { clusterOn } from "../support/nodes.ts";
import { loggedIn, newUser, ok, textIn } from "../support/people.ts";
import { freshDatabase } from "../support/started-engine.ts";
import { until } from "../support/until.ts";

const WATCHERS = 40;
const MESSAGES = 20;

test("a message to a group that many watch on four nodes is put together once on each, and encoded once", async () => {
  const { node } = await clusterOn({ database: freshDatabase });
  const nodes = [await node(), await node(), await node(), await node()] as const;
  const speaker = await newUser(nodes[0], "alice");
  await ok(speaker.client.request("creategroup kelas"));
  let heard = 0;
  const onEvent = (event: ToldEvent): void => {
    if (textIn(event) !== undefined) heard++;
  };
  for (let i = 0; i < WATCHERS; i++) {
    const at = nodes[i % nodes.length] as (typeof nodes)[0];
    await newUser(at, `w${i}`);
    const { client } = await loggedIn(at, `w${i}`, { onEvent });
    await ok(client.request("joingroup kelas"));
    await ok(client.request("watch on"));
  }
  const made = vi.spyOn(JSON, "stringify");
  const encoded = vi.spyOn(Buffer, "from");
  try {
    // With quotes, which JSON escapes: of other texts the node where they are said knows that they need none.
    const texts = Array.from({ length: MESSAGES }, (_, n) => `pesan "nomor" ${n}.`);
    await Promise.all(texts.map((text) => ok(speaker.client.request(`sendgroup kelas ${text}`))));
    await until("everybody has heard all of it", () => heard === WATCHERS * MESSAGES);
    for (const text of texts) {
      expect(made.mock.calls.filter(([value]) => value === text)).toHaveLength(nodes.length);
      const frames = (encoded.mock.calls as readonly (readonly unknown[])[]).filter(
        ([value]) => typeof value === "string" && value.startsWith('{"event":') && value.includes(JSON.stringify(text)),
      );
      expect(frames).toHaveLength(nodes.length);
    }
  } finally {
    made.mockRestore();
    encoded.mockRestore();
  }
});
