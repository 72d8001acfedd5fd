/** The rows of README's table of failures: what people notice of each. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Client } from "../../src/connection/client.ts";
import { LinkError, RefusedRequest, type Reply } from "../../src/connection/errors.ts";
import { residentMb } from "../bench/processes.ts";
import { history, loggedIn, newUser, ok, PASSWORD } from "../support/people.ts";
import { until } from "../support/until.ts";
import { freezeInTurn } from "./faults.ts";
import { type Node, Stage } from "./stage.ts";

/** Nodes as processes, ended with the test. */
async function staged<Nodes extends readonly Node[]>(count: Nodes["length"]): Promise<{ stage: Stage; nodes: Nodes }> {
  const stage = await Stage.set(count);
  onTestFinished(() => stage.stop());
  return { stage, nodes: stage.nodes as unknown as Nodes };
}

/** Over a connection that comes back, wherever it is led. */
async function comingBack(
  { host, port }: { readonly host: string; readonly port: number },
  user: string,
): Promise<Client> {
  const client = await Client.connect({ host, port, user, password: PASSWORD });
  onTestFinished(() => client.close());
  return client;
}

/** Who comes is told `storage`, or finds nobody. */
async function turnsAway(node: Node): Promise<void> {
  const told = await askedOf(node).catch((error: unknown) => error);
  if (!(told instanceof LinkError)) expect(told).toMatchObject({ status: "ERROR", code: "storage" });
}

async function askedOf(node: Node): Promise<unknown> {
  const wire = await node.process.connect();
  return wire.request(`auth alice ${PASSWORD}`);
}

/** Sent until it is acknowledged, by one id: a node may have answered `storage`. */
async function said(client: Client, to: string, text: string): Promise<void> {
  await until(`${text} is acknowledged`, () => client.send(to, text, `c-${text}`).catch(() => undefined));
}

/** From now on whoever commits waits, until the gate is opened. */
async function holdCommits(stage: Stage): Promise<{ isReached(): Promise<boolean>; open(): Promise<void> }> {
  const key = 42;
  await stage.ask(`
    CREATE FUNCTION obrol.gate() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${key}); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON obrol.log
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION obrol.gate()`);
  const holder = await stage.connect();
  await holder.query(`SELECT pg_advisory_lock(${key})`);
  let isOpen = false;
  const open = async (): Promise<void> => {
    if (!isOpen) await holder.end();
    isOpen = true;
  };
  onTestFinished(open);
  return {
    async isReached() {
      const waiting = await stage.ask(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = 'COMMIT'",
      );
      return waiting.length > 0;
    },
    open,
  };
}

const isKept = async (stage: Stage, text: string): Promise<boolean> =>
  (await stage.ask(`SELECT 1 FROM obrol.messages WHERE text = '${text}'`)).length > 0;

/** The texts of a conversation, asked of a node until it answers. */
async function shownBy(node: Node, user: string, other: string): Promise<readonly string[]> {
  return until(`${node.name} shows it`, async () => {
    try {
      const { client } = await loggedIn(node.process, user);
      return await history(client, other);
    } catch {
      return undefined;
    }
  });
}

test("where the answer to a commit is lost, and PostgreSQL too, nobody is told that nothing was kept", async () => {
  const { stage, nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  const { client: alice } = await newUser(node.process, "alice");
  await newUser(node.process, "bob");
  const gate = await holdCommits(stage);
  const answer = alice.request("send bob penting").catch((error: unknown) => error);
  await until("the commit is under way", () => gate.isReached());
  node.way.loseReplies(true);
  await gate.open();
  await until("it is kept", () => isKept(stage, "penting"));
  node.way.refuse(true);
  node.way.cut();
  expect(await answer).toBeInstanceOf(LinkError);
  node.way.loseReplies(false);
  node.way.refuse(false);
  expect(await shownBy(node, "bob", "alice")).toEqual(["penting"]);
});

test("where PostgreSQL crashes in the middle of a commit, what was sent is there once, and acknowledged", async () => {
  const { stage, nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  for (const name of ["alice", "bob"]) await newUser(node.process, name);
  const alice = await comingBack(node, "alice");
  const gate = await holdCommits(stage);
  const sent = alice.send("bob", "penting");
  await until("the commit is under way", () => gate.isReached());
  await stage.engine.crash();
  await gate.open();
  await stage.engine.restart();
  await sent;
  expect(await shownBy(node, "bob", "alice")).toEqual(["penting"]);
});

test("a node dies: whoever was there goes on elsewhere, and nothing that he was to hear is lost", async () => {
  const { stage, nodes } = await staged<[Node, Node]>(2);
  const [dying, other] = nodes;
  for (const name of ["alice", "bob"]) await newUser(other.process, name);
  stage.balancer.cut(1);
  const [alice, bob] = [await comingBack(stage.balancer, "alice"), await comingBack(stage.balancer, "bob")];
  stage.balancer.mend(1);
  const heard: string[] = [];
  const since = (await alice.send("bob", "0")).id;
  const hearing = (async () => {
    for await (const { message } of bob.messages({ since })) heard.push(message);
  })();
  await alice.send("bob", "1");
  await until("it is heard", () => heard.length === 1);
  await dying.kill();
  for (const text of ["2", "3"]) await alice.send("bob", text);
  await until("all is heard", () => heard.length === 3);
  expect(heard).toEqual(["1", "2", "3"]);
  await bob.close();
  await hearing;
});

test("a node is frozen while it holds the order: the others go on, and what it has acknowledged later is kept", async () => {
  const { stage, nodes } = await staged<[Node, Node]>(2);
  const [frozen, other] = nodes;
  for (const name of ["alice", "bob"]) await newUser(frozen.process, name);
  const alice = await comingBack(frozen, "alice");
  const bob = await comingBack(other, "bob");
  const acknowledged: string[] = [];
  let isFlooding = true;
  const flood = (async () => {
    for (let n = 0; isFlooding; n++) {
      await said(alice, "bob", `${n}`);
      acknowledged.push(`${n}`);
    }
  })();
  await until("some is acknowledged", () => acknowledged.length > 10);
  await freezeInTurn(frozen, stage);
  for (const text of ["a", "b", "c"]) await bob.send("alice", text);
  frozen.thaw();
  const before = acknowledged.length;
  await until("more is acknowledged", () => acknowledged.length > before);
  isFlooding = false;
  await flood;
  const texts = await shownBy(other, "bob", "alice");
  expect(await shownBy(frozen, "bob", "alice")).toEqual(texts);
  expect(texts.filter((text) => /\d/.test(text))).toEqual(acknowledged);
  expect(texts.filter((text) => /[a-c]/.test(text))).toEqual(["a", "b", "c"]);
});

test("what a frozen node has lost to another is done again: nobody there is refused, and all is there once and in order", async () => {
  const { stage, nodes } = await staged<[Node, Node]>(2);
  const [frozen, other] = nodes;
  const { client: alice } = await newUser(frozen.process, "alice");
  const { client: bob } = await newUser(other.process, "bob");
  const answers: unknown[] = [];
  let isFlooding = true;
  let said = 0;
  const flood = (async () => {
    const open: Promise<Reply>[] = [];
    while (isFlooding || open.length > 0) {
      while (isFlooding && open.length < 20) open.push(alice.request(`send bob ${said++}`));
      answers.push((await open.shift())?.status);
    }
  })();
  for (const text of ["a", "b", "c"]) {
    const before = answers.length;
    await until("some more is answered", () => answers.length > before + 10);
    await freezeInTurn(frozen, stage);
    await ok(bob.request(`send alice ${text}`));
    frozen.thaw();
  }
  isFlooding = false;
  await flood;
  expect(answers.filter((status) => status !== "OK")).toEqual([]);
  const texts = await history(bob, "alice");
  expect(texts.filter((text) => /\d/.test(text))).toEqual(Array.from({ length: said }, (_, i) => `${i}`));
  expect(texts.filter((text) => /[a-c]/.test(text))).toEqual(["a", "b", "c"]);
});

test("a node that is cut off from PostgreSQL answers storage, closes its connections, refuses who comes, and comes back", async () => {
  const { nodes } = await staged<[Node, Node]>(2);
  const [node, other] = nodes;
  let isClosed = false;
  const { client: alice } = await newUser(node.process, "alice", { onLost: () => (isClosed = true) });
  await newUser(node.process, "bob");
  node.way.freeze(true);
  expect(await alice.request("send bob halo")).toMatchObject({ status: "ERROR", code: "storage" });
  await until("the connection is closed", () => isClosed);
  await turnsAway(node);
  const bob = await comingBack(other, "bob");
  await bob.send("alice", "di sini");
  node.way.freeze(false);
  node.way.cut();
  expect(await shownBy(node, "alice", "bob")).toEqual(["di sini"]);
});

test("a node that was cut off comes back over a line on which PostgreSQL answers late", async () => {
  const { nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  await newUser(node.process, "alice");
  node.way.refuse(true);
  node.way.cut();
  await until("it is lost", () => node.log.includes("store-lost"));
  node.way.slow(2000);
  node.way.refuse(false);
  await until("it is there again", () => node.log.includes("store-reached"));
  await until("somebody is served", async () => {
    try {
      return (await loggedIn(node.process, "alice")).token;
    } catch {
      return undefined;
    }
  });
});

test("a node that was cut off for longer than its leases last says again that it uses the folder of files", async () => {
  const { stage, nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  const claimed = async (): Promise<boolean> => {
    const here = "SELECT 1 FROM obrol.leases WHERE name LIKE 'uploads:%' AND until > clock_timestamp()";
    return (await stage.ask(here)).length > 0;
  };
  expect(await claimed()).toBe(true);
  node.way.refuse(true);
  node.way.cut();
  await until("its lease has run out", async () => !(await claimed()));
  node.way.refuse(false);
  await until("it is there again", claimed);
});

test("PostgreSQL restarts: nobody loses what was acknowledged, and everybody goes on", async () => {
  const { stage, nodes } = await staged<[Node, Node]>(2);
  const [one, two] = nodes;
  for (const name of ["alice", "bob"]) await newUser(one.process, name);
  const [alice, bob] = [await comingBack(one, "alice"), await comingBack(two, "bob")];
  await alice.send("bob", "sebelum");
  await stage.engine.end();
  const meanwhile = bob.call("history", { with: "alice" }).then(
    () => "",
    (error: unknown) => (error instanceof RefusedRequest ? error.code : "lost"),
  );
  expect(["storage", "lost"]).toContain(await meanwhile);
  await stage.engine.restart();
  await said(alice, "bob", "sesudah");
  for (const node of nodes) expect(await shownBy(node, "bob", "alice")).toEqual(["sebelum", "sesudah"]);
});

test("a standby is promoted: it has all that was acknowledged, and everybody goes on", async () => {
  const { stage, nodes } = await staged<[Node, Node]>(2);
  const [one, two] = nodes;
  for (const name of ["alice", "bob"]) await newUser(one.process, name);
  const alice = await comingBack(two, "alice");
  const acknowledged: string[] = [];
  let isTalking = true;
  const talk = (async () => {
    for (let n = 0; isTalking; n++) {
      const text = `${n}`;
      await said(alice, "bob", text);
      acknowledged.push(text);
      await pause(10);
    }
  })();
  await stage.promote();
  const before = acknowledged.length;
  await until("more is acknowledged", () => acknowledged.length > before);
  isTalking = false;
  await talk;
  for (const node of nodes) expect(await shownBy(node, "bob", "alice")).toEqual(acknowledged);
});

test("a node whose own copy is damaged serves nobody; started again it makes a new one", async () => {
  const { stage, nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  const { client: alice } = await newUser(node.process, "alice");
  await newUser(node.process, "bob");
  await alice.request("send bob satu");
  const copy = new DatabaseSync(join(node.data, "replica.db"));
  // It is answered before the copy has it.
  await until("it is copied", () => copy.prepare("SELECT 1 FROM messages WHERE text = 'satu'").get());
  copy.exec("INSERT INTO messages SELECT max(seq) + 1, 1, 0, 1, 1, 'rusak', NULL, NULL, NULL FROM messages");
  copy.close();
  await alice.request("send bob dua");
  await until("it is found out", () => node.log.includes("store-lost"));
  await turnsAway(node);
  expect(await isKept(stage, "dua")).toBe(true);
  await node.kill();
  await node.start();
  expect(await shownBy(node, "bob", "alice")).toEqual(["satu", "dua"]);
});

test("a standby that is none yet is not taken for PostgreSQL", async () => {
  const { stage, nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  await newUser(node.process, "alice");
  const standby = await stage.engine.standby("kedua");
  onTestFinished(() => standby.stop());
  node.way.lead(standby);
  node.way.cut();
  await until("it is lost", () => node.log.includes("store-lost"));
  await turnsAway(node);
  expect(node.log).not.toContain("store-reached");
  await standby.promote();
  await until("it is there again", () => node.log.includes("store-reached"));
});

test("PostgreSQL is slow: a node takes in no more than it can hold", async () => {
  const { nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  await newUser(node.process, "bob");
  const wires = await Promise.all(Array.from({ length: 10 }, (_, i) => newUser(node.process, `u${i}`)));
  const before = residentMb(node.process.pid);
  node.way.slow(20_000);
  // 20 MB each.
  const lines = `send bob ${"x".repeat(2000)}\r\n\r\n`.repeat(10_000);
  for (const { client } of wires) client.raw(lines).catch(() => {});
  let unsent: readonly number[] = [];
  await until("the node does not read on", async () => {
    unsent = wires.map(({ client }) => client.unsent);
    await pause(1000);
    const later = wires.map(({ client }) => client.unsent);
    // On a busy machine PostgreSQL may be so slow that the node takes it for lost, and closes its connections.
    return later.includes(0) || later.join() === unsent.join();
  });
  expect(Math.min(...unsent)).toBeGreaterThan(10_000_000);
  expect(residentMb(node.process.pid) - before).toBeLessThan(150);
  node.way.slow(Number.POSITIVE_INFINITY);
  for (const { client } of wires) client.close();
  await until("somebody is served", () => loggedIn(node.process, "bob").catch(() => undefined));
});

test("clocks are ten minutes apart: ids and times are in one order, and the time is PostgreSQL's", async () => {
  const { nodes } = await staged<[Node, Node, Node]>(3);
  const [right, ahead, behind] = nodes;
  for (const name of ["alice", "bob"]) await newUser(right.process, name);
  const people = await Promise.all([right, ahead, behind].map((node) => comingBack(node, "alice")));
  const sent = [];
  for (let round = 0; round < 3; round++) {
    for (const alice of people) sent.push(await alice.send("bob", "halo"));
  }
  expect(sent.map(({ id }) => id)).toEqual(sent.map(({ id }) => id).toSorted());
  const times = sent.map(({ time }) => Date.parse(time));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  for (const time of times) expect(Math.abs(time - Date.now())).toBeLessThan(300_000);
});
