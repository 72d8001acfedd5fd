/** Who is there, whichever node he is on. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import type { Order } from "../../src/state/log.ts";
import { machine } from "../../src/world/world.ts";
import { testFolder } from "../support/folder.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { connected } from "../support/obrol-schema.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { startServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

const STARTED = Date.now();

/** Alice watches on a node of her own, and is told of bob. */
async function watched() {
  const cluster = await clusterOn(await engine());
  const a = await cluster.node();
  await newUser(a, "alice");
  // Whoever stays logged in for ten seconds is there, too.
  (await newUser(a, "bob")).client.close();
  const told: string[] = [];
  const onEvent = ({ event, data }: ToldEvent): void => {
    if (event === "presence") told.push(`${data.user} ${data.online ? "is there" : "is gone"}`);
    if (event === "typing") told.push(`${data.user} types`);
  };
  const alice = await loggedIn(a, "alice", { onEvent });
  await ok(alice.client.request("send bob halo"));
  await ok(alice.client.request("watch on"));
  return { cluster, alice, told };
}

test("whoever comes, types and goes on one node is seen to on another", async () => {
  const { cluster, told } = await watched();
  const bob = await loggedIn(await cluster.node(), "bob");
  await ok(bob.client.request("watch on"));
  await until("she sees him come", () => told.includes("bob is there"));
  await ok(bob.client.request("typing alice"));
  await until("she sees him type", () => told.includes("bob types"));
  bob.client.close();
  await until("she sees him go", () => told.includes("bob is gone"));
  expect(told).toEqual(["bob is there", "bob types", "bob is gone"]);
});

test("whoever was on a node that is killed is gone soon, and on one that ends at once", async () => {
  const { cluster, alice, told } = await watched();
  const [b, c] = [await cluster.process(), await cluster.node()];
  const bob = await loggedIn(b, "bob");
  await ok(bob.client.request("watch on"));
  // A machine that stands still for seconds makes others take a node for gone that is not.
  await until("he is there", () => told.at(-1) === "bob is there");
  await b.kill("SIGKILL");
  await until("he is gone", () => told.at(-1) === "bob is gone");
  await until("everybody is told so", async () => {
    const { data } = await ok(alice.client.request("info bob"));
    return !(data as { online: boolean }).online;
  });
  const again = await loggedIn(c, "bob");
  await ok(again.client.request("watch on"));
  await until("he is there again", () => told.at(-1) === "bob is there");
  await c.end();
  await until("he is gone again", () => told.at(-1) === "bob is gone");
  expect(told.filter((one, i) => one === told[i - 1])).toEqual([]);
});

test("whoever was on a node that is killed is gone, though the turn that says so cannot be kept the first time", async () => {
  const cluster = await clusterOn(await engine());
  let failures = 0;
  const place = ["--store", cluster.url, "--realm", "kota", "--uploads", cluster.uploads];
  const node = await startServer([...place, "--data", join(testFolder(), "data")], (log) => ({
    pages: log.pages,
    order: log.order as Order,
    load: (into) => log.load(into),
    tidy: () => log.tidy(),
    close: () => log.close(),
    async commit(changes) {
      if (failures > 0 || !changes.some(({ is }) => is === "node.ended")) return log.commit(changes);
      failures++;
      await log.order?.release(false);
      throw new Error("cut off");
    },
  }));
  onTestFinished(() => node.stop());
  const heard: string[] = [];
  const onEvent = ({ event, data }: ToldEvent): void => {
    if (event === "presence") heard.push(`${data.user} ${data.online ? "is there" : "is gone"}`);
  };
  (await newUser(node, "bob")).client.close();
  await newUser(node, "alice");
  const alice = await loggedIn(node, "alice", { onEvent });
  await ok(alice.client.request("send bob halo"));
  await ok(alice.client.request("watch on"));
  const other = await cluster.process();
  const bob = await loggedIn(other, "bob");
  await ok(bob.client.request("watch on"));
  await until("she sees him come", () => heard.at(-1) === "bob is there");
  await other.kill("SIGKILL");
  await until("she sees him go", () => heard.at(-1) === "bob is gone");
  expect(failures).toBe(1);
});

test("who comes on a node that the others have taken for gone is there, and is gone once that is killed", async () => {
  const { cluster, told } = await watched();
  const b = await cluster.process();
  const client = await connected(cluster.url);
  onTestFinished(() => client.end());
  const nodes = async (): Promise<unknown> => (await client.query("SELECT count(*)::int AS n FROM nodes")).rows[0].n;
  expect(await nodes()).toBe(2);
  // What the end of a node does for all others; it has not heard of that when he comes.
  await client.query("DELETE FROM nodes WHERE id = (SELECT max(id) FROM nodes)");
  const bob = await loggedIn(b, "bob");
  await ok(bob.client.request("watch on"));
  expect(await nodes()).toBe(2);
  await b.kill("SIGKILL");
  await until("she has seen him go", () => told.at(-1) === "bob is gone");
  expect(told).toEqual(["bob is there", "bob is gone"]);
});

test("who is answered that he watches, or does no longer, is there, or gone, on every node", async () => {
  const { cluster, alice } = await watched();
  // Its clock stands still: bob is never logged in for so long that he is there without watching.
  const b = await cluster.nodeIn({ ...machine, now: () => STARTED });
  const seen: unknown[] = [];
  const look = async (): Promise<void> => {
    const { data } = await ok(alice.client.request("info bob"));
    seen.push((data as { online: boolean }).online);
  };
  for (let n = 0; n < 5; n++) {
    const bob = await loggedIn(b, "bob");
    // What changes nothing goes before: then nothing shows that the next must wait for the order.
    await ok(bob.client.request("whoami"));
    await ok(bob.client.request("watch on"));
    await look();
    await ok(bob.client.request("watch off"));
    await look();
    bob.client.close();
  }
  expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => n % 2 === 0));
});
