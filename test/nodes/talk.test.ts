/** Several nodes on one PostgreSQL are one server: whoever is on one of them cannot tell. */
import { expect, onTestFinished, test } from "vitest";
import { Wire } from "../../src/connection/wire.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { testFolder } from "../support/folder.ts";
import { freePort } from "../support/free-port.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { connected } from "../support/obrol-schema.ts";
import { butPresence, history, inbox, loggedIn, newUser, ok, refused, textIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

test("a user who was made on one node logs in on another", async () => {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.node(), await cluster.node()];
  await newUser(a, "alice");
  const alice = await loggedIn(b, "alice");
  expect(await ok(alice.client.request("whoami"))).toMatchObject({ data: { username: "alice" } });
});

test("a token of one node is good on every other", async () => {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.node(), await cluster.node()];
  const { token } = await newUser(a, "alice");
  const other = await b.connect();
  expect(await ok(other.request(`whoami ${token}`))).toMatchObject({ data: { username: "alice" } });
});

test("what is said on one node is heard on the others, in one order and once", async () => {
  const cluster = await clusterOn(await engine());
  const nodes = [await cluster.node(), await cluster.node(), await cluster.node()] as const;
  await newUser(nodes[0], "alice");
  await newUser(nodes[0], "bob");
  await newUser(nodes[0], "carl");
  const alice = await loggedIn(nodes[0], "alice");
  await ok(alice.client.request("creategroup kelas"));
  const heard: string[][] = [[], [], []];
  const people = [];
  for (const [i, node] of nodes.entries()) {
    const onEvent = butPresence((event: ToldEvent) => {
      const text = textIn(event);
      if (text !== undefined) heard[i]?.push(text);
    });
    const name = ["alice", "bob", "carl"][i] as string;
    const person = await loggedIn(node, name, { onEvent });
    if (i > 0) await ok(person.client.request("joingroup kelas"));
    await ok(person.client.request("watch on"));
    people.push(person);
  }
  await Promise.all(
    people.flatMap(({ client }, i) =>
      Array.from({ length: 20 }, (_, n) => ok(client.request(`sendgroup kelas ${i}-${n}`))),
    ),
  );
  await until("everybody has heard the two others", () => heard.every(({ length }) => length === 40));
  const said = await history(alice.client, "kelas");
  expect(said).toHaveLength(60);
  for (const [i, texts] of heard.entries()) {
    expect(texts).toEqual(said.filter((text) => !text.startsWith(`${i}-`)));
  }
});

test("what one node has answered, every other shows at once", async () => {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.node(), await cluster.node()];
  await newUser(a, "alice");
  const alice = await loggedIn(a, "alice");
  const bob = await newUser(b, "bob");
  for (let n = 0; n < 30; n++) {
    await ok(alice.client.request(`send bob ${n}`));
    expect(await inbox(bob.client, "all")).toHaveLength(n + 1);
  }
});

test("who is logged out, or has another password, on one node is so on all of them", async () => {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.node(), await cluster.node()];
  const { client, token } = await newUser(a, "alice");
  const there = await b.connect();
  await ok(there.request(`whoami ${token}`));
  await ok(client.request("logout"));
  expect(await refused(there.request(`whoami ${token}`))).toBe("no-session");
});

test("a node that starts again goes on from its replica, and one without makes it", async () => {
  const cluster = await clusterOn(await engine());
  const a = await cluster.node();
  const alice = await newUser(a, "alice");
  await newUser(a, "bob");
  await ok(alice.client.request("send bob sebelum"));
  const folder = testFolder();
  const b = await cluster.node("--data", folder);
  await b.end();
  await ok(alice.client.request("send bob sementara"));
  const again = await cluster.node("--data", folder);
  const bob = await loggedIn(again, "bob");
  expect(await inbox(bob.client, "all")).toEqual(["sebelum", "sementara"]);
  expect(await history(bob.client, "alice")).toEqual(["sebelum", "sementara"]);
});

test("a node that starts while people talk on another one misses nothing, and takes nothing twice", async () => {
  const cluster = await clusterOn(await engine());
  const a = await cluster.node();
  const alice = await newUser(a, "alice");
  await newUser(a, "bob");
  let [said, isTalking] = [0, true];
  const talk = (async () => {
    while (isTalking) await ok(alice.client.request(`send bob ${said++}`));
  })();
  const nodes = [];
  for (let i = 0; i < 6; i++) nodes.push(await cluster.node());
  isTalking = false;
  await talk;
  const all = Array.from({ length: said }, (_, n) => `${n}`);
  for (const node of nodes) expect(await history((await loggedIn(node, "bob")).client, "alice")).toEqual(all);
});

test("who comes to a node as soon as it listens is answered as ever, also what is about other realms", async () => {
  const cluster = await clusterOn(await engine());
  const { client, token } = await newUser(await cluster.node(), "alice");
  await ok(client.request("addrealm rumah"));
  for (let n = 0; n < 5; n++) {
    const port = await freePort();
    const starting = cluster.node("--port", String(port));
    let early: Wire | undefined;
    while (!early) early = await Wire.connect({ host: "127.0.0.1", port }).catch(() => undefined);
    await ok(early.request(`send ${token} bob@rumah halo`));
    early.close();
    await starting;
  }
});

test("a large group that is deleted on one node is gone everywhere, and then what was said in it from the store", async () => {
  const cluster = await clusterOn(await engine());
  const [a, b] = [await cluster.node(), await cluster.node()];
  const { client: alice } = await newUser(a, "alice");
  const { client: there } = await loggedIn(b, "alice");
  await ok(alice.request("creategroup kelas"));
  await Promise.all(Array.from({ length: 450 }, (_, i) => ok(alice.request(`sendgroup kelas rahasia ${i}`))));
  await ok(alice.request("group delete kelas"));
  expect(await refused(there.request("history #kelas"))).toBe("group-not-found");
  const store = await connected(cluster.url);
  onTestFinished(() => store.end());
  const left = "SELECT 1 FROM messages WHERE text LIKE 'rahasia%' UNION ALL SELECT 1 FROM errands";
  await until("all of it is gone", async () => (await store.query(left)).rowCount === 0);
});
