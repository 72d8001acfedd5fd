/** A turn that is lost to another node is done again, or told to have failed; and whoever has stood still, or was away, catches up. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import { encode, FORMAT } from "../../src/logs/postgres/entry.ts";
import { PostgresLog } from "../../src/logs/postgres/index.ts";
import { pruning } from "../../src/logs/postgres/membership.ts";
import type { Change } from "../../src/state/changes.ts";
import type { ChangeLog, Order } from "../../src/state/log.ts";
import { State } from "../../src/state/state.ts";
import { addUser } from "../state/contract.ts";
import { operatorOf } from "../support/admin.ts";
import { download } from "../support/bodies.ts";
import { Dialer } from "../support/dialer.ts";
import { testFolder } from "../support/folder.ts";
import { newIdentity } from "../support/identity.ts";
import { message } from "../support/items.ts";
import { Listener } from "../support/listener.ts";
import { METRICS, metricsOf, sampleIn } from "../support/metrics.ts";
import { clusterOn, engineOfFile, startedInTime } from "../support/nodes.ts";
import { connected } from "../support/obrol-schema.ts";
import { hasRead, history, inbox, loggedIn, newUser, ok, PASSWORD, type Person } from "../support/people.ts";
import { RawWire } from "../support/raw.ts";
import { type LocalServer, startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const engine = engineOfFile();

/** A node that stands still in the middle of a turn, as one that is frozen. */
class Still {
  #at: "order" | ((change: Change) => boolean) | undefined;
  #go: (() => void) | undefined;
  #mayPresume = false;
  #isPresumed = false;
  /** Whether a presumed turn that keeps nothing is the one. */
  #whenNothingIsKept = false;

  /** Once. @param at with the order that it has just been given, or before it keeps a message */
  stand(at: "order" | "commit"): void {
    this.#at = at === "order" ? at : ({ is }) => is === "message.appended";
  }

  /** Once, before it keeps such a change. */
  standIf(isMeant: (change: Change) => boolean): void {
    this.#at = isMeant;
  }

  /** Once, before it keeps a message in a turn that has not waited for the order; until then there is no other such turn. */
  standPresuming(): void {
    this.#mayPresume = true;
    this.#whenNothingIsKept = false;
  }

  /** Once, as `standPresuming`, before it is confirmed that what somebody was answered in such a turn still holds. */
  standConfirming(): void {
    this.#mayPresume = true;
    this.#whenNothingIsKept = true;
  }

  get stands(): boolean {
    return this.#go !== undefined;
  }

  go(): void {
    this.#go?.();
    this.#go = undefined;
  }

  through(log: ChangeLog): ChangeLog {
    const order = log.order as Order;
    return {
      pages: log.pages,
      order: {
        take: async () => {
          this.#isPresumed = false;
          const changes = await order.take();
          if (this.#at === "order") await this.#still();
          return changes;
        },
        presume: () => {
          this.#isPresumed = this.#mayPresume && order.presume();
          if (this.#isPresumed && !this.#whenNothingIsKept) this.stand("commit");
          return this.#isPresumed;
        },
        look: () => order.look(),
        heard: () => order.heard(),
        settle: (changes) => order.settle(changes),
        get isFarBehind() {
          return order.isFarBehind;
        },
        release: (isTold) => {
          if (this.#isPresumed && this.#mayPresume && this.#whenNothingIsKept && isTold) {
            return this.#still().then(() => order.release(isTold));
          }
          if (this.#mayPresume) this.#at = undefined;
          return order.release(isTold);
        },
        broken: (error) => order.broken(error),
      },
      load: (into) => log.load(into),
      tidy: () => log.tidy(),
      close: () => log.close(),
      commit: async (changes) => {
        if (typeof this.#at === "function" && changes.some(this.#at)) await this.#still();
        await log.commit(changes);
      },
    };
  }

  #still(): Promise<void> {
    this.#at = undefined;
    this.#mayPresume = false;
    return new Promise((resolve) => {
      this.#go = resolve;
    });
  }
}

/** Two nodes; alice, bob and carol are known, and carol is logged in at the other one. */
async function staged(): Promise<{ url: string; still: Still; node: LocalServer; other: TestServer; carol: Person }> {
  const { url, uploads, node } = await clusterOn(await engine());
  const still = new Still();
  const data = join(testFolder(), "data");
  const options = ["--store", url, "--realm", "kota", "--uploads", uploads, "--data", data, ...METRICS];
  const standing = await startedInTime(() => startServer(options, (log) => still.through(log)));
  onTestFinished(() => standing.stop());
  // It could not be stopped.
  onTestFinished(() => still.go());
  const other = await node();
  for (const name of ["alice", "bob"]) (await newUser(other, name)).client.close();
  return { url, still, node: standing, other, carol: await newUser(other, "carol") };
}

/** A connection on which alice is logged in. */
async function ofAlice(node: TestServer): Promise<Wire> {
  const wire = new Wire(node).request(`auth alice ${PASSWORD}`);
  onTestFinished(() => wire.close());
  await wire.first(1);
  return wire;
}

/** Of the login on it. */
async function tokenOf(wire: Wire): Promise<string> {
  const [login] = await wire.first(1);
  return String(login?.["tokenid"]);
}

/** Somebody else's turn comes, as PostgreSQL waits for nobody who stands still. */
async function said({ client }: Person, to: string, text: string): Promise<void> {
  await until(`${text} is acknowledged`, async () => (await client.request(`send ${to} ${text}`)).status === "OK");
}

test("a message, and a login behind it, in a turn that is lost: all is done again, and the replies are in order", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  still.stand("commit");
  wire.request("send carol satu", `auth bob ${PASSWORD}`, "whoami");
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "dua");
  still.go();
  expect((await wire.first(4)).slice(1)).toMatchObject([
    { status: "OK", id: expect.any(String) },
    { status: "OK", user: "bob" },
    { status: "OK", data: { username: "bob" } },
  ]);
  expect(await history(carol.client, "alice")).toEqual(["satu"]);
  expect(await history(carol.client, "bob")).toEqual(["dua"]);
});

test("a login, a page and a search in a turn that is lost are answered from what is so afterwards", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  still.standIf(({ is }) => is === "session.opened");
  wire.request(`auth bob ${PASSWORD}`, "history carol", "inbox", "whoami");
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "satu");
  still.go();
  expect((await wire.first(5)).slice(1)).toMatchObject([
    { status: "OK", user: "bob" },
    { status: "OK", data: [{ message: "satu" }] },
    { status: "OK", data: [{ message: "satu" }] },
    { status: "OK", data: { username: "bob" } },
  ]);
});

test("an upload in a turn that is lost is given, once, and its bytes are no request", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  const token = await tokenOf(wire);
  still.standIf(({ is }) => is === "file.added");
  wire.send(`upload ${token} carol a.txt 17\r\n\r\n${"x".repeat(17)}`);
  wire.request("whoami");
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "dua");
  still.go();
  const [, uploaded, who] = (await wire.first(3)) as readonly [Reply, Reply, Reply];
  expect(uploaded).toMatchObject({ status: "OK", file: { name: "a.txt", size: 17 } });
  expect(who).toMatchObject({ status: "OK", data: { username: "alice" } });
  expect(await history(carol.client, "alice")).toEqual(["a.txt"]);
  const { id } = uploaded["file"] as { id: string };
  expect((await download(node, token, id)).body.toString()).toBe("x".repeat(17));
});

test("a file's bytes behind a reply that was lost with its turn are read again", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  wire.send(`upload ${await tokenOf(wire)} carol a.txt 17\r\n\r\n${"x".repeat(17)}`);
  const [{ tokenid: token }, uploaded] = (await wire.first(2)) as readonly [Reply, Reply];
  const { id } = uploaded["file"] as { id: string };
  const raw = new RawWire(node);
  onTestFinished(() => raw.close());
  still.stand("commit");
  raw.request(`send ${token} carol satu`, `download ${token} ${id}`, "ping");
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "dua");
  still.go();
  expect(await raw.reply()).toMatchObject({ status: "OK", id: expect.any(String) });
  expect((await raw.answer()).body.toString()).toBe("x".repeat(17));
  expect(await raw.reply()).toMatchObject({ status: "OK", message: "pong" });
});

test("an announcement that begins in a turn that is lost begins again, and is answered when everybody has it", async () => {
  const { still, node, carol } = await staged();
  const operator = await operatorOf(node);
  still.standIf(({ is }) => is === "errand.begun");
  const announced = operator.request("admin announce ditutup jam 22");
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "dua");
  still.go();
  expect(await announced).toMatchObject({ status: "OK", users: 3 });
  expect(await inbox(carol.client, "new")).toEqual(["ditutup jam 22"]);
});

test("whoever asks and sends no more is answered, also if the turn is lost", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  still.stand("commit");
  wire.request("send carol satu").end();
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "dua");
  still.go();
  expect((await wire.ended()).slice(1)).toMatchObject([{ status: "OK", id: expect.any(String) }]);
  expect(await history(carol.client, "alice")).toEqual(["satu"]);
});

test("what is said without waiting for the order, while somebody else is faster: it is said behind that, and answered as ever", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  still.standPresuming();
  const overtaken = async (): Promise<number | undefined> =>
    sampleIn(await metricsOf(node), "obrol_turns_overtaken_total");
  const before = await overtaken();
  let count = 0;
  while (!still.stands) {
    wire.request(`send carol ${++count}`);
    await until("it stands still, or has answered", () => still.stands || wire.replies.length > count);
  }
  wire.request("ping", "send carol akhir");
  await said(carol, "alice", "dua");
  still.go();
  const replies = (await wire.first(count + 3)).slice(1);
  expect(replies.at(count)).toMatchObject({ status: "OK", message: "pong" });
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => "OK"));
  const texts = Array.from({ length: count }, (_, i) => `${i + 1}`);
  expect(await history(carol.client, "alice")).toEqual([...texts.slice(0, -1), "dua", texts.at(-1), "akhir"]);
  expect(await overtaken()).toBeGreaterThan(before as number);
  expect(sampleIn(await metricsOf(node), "obrol_commit_failures_total")).toBe(0);
  expect(node.log()).not.toContain("commit-failed");
});

test("what a request means is looked at again, though it was no request before another node was faster", async () => {
  const { still, node, other, carol } = await staged();
  const wire = await ofAlice(node);
  const { client, token } = await loggedIn(other, "alice");
  const codes: unknown[] = [];
  for (let count = 0; !still.stands; count++) {
    wire.request(`send carol ${count}`);
    await wire.first(2 * count + 2);
    still.standConfirming();
    wire.request(`send carol ${token}`);
    await until("it stands still, or has answered", () => still.stands || wire.replies.length > 2 * count + 2);
    if (!still.stands) codes.push(wire.replies.at(-1)?.["code"]);
  }
  await ok(client.request("logout"));
  still.go();
  const replies = await wire.first(2 * codes.length + 3);
  expect(codes).toEqual(codes.map(() => "bad-request"));
  expect(replies.at(-1)).toMatchObject({ status: "OK", id: expect.any(String) });
  expect((await history(carol.client, "alice")).at(-1)).toBe(token);
});

test("what a request means is looked at again, though it was another request before another node was faster", async () => {
  const { still, node, other, carol } = await staged();
  const wire = await ofAlice(node);
  const { client, token } = await loggedIn(other, "bob");
  still.standPresuming();
  let count = 0;
  while (!still.stands) {
    wire.request(`send carol ${token} ${++count}`);
    await until("it stands still, or has answered", () => still.stands || wire.replies.length > count);
  }
  await ok(client.request("logout"));
  still.go();
  expect((await wire.first(count + 1)).at(-1)).toMatchObject({ status: "OK", id: expect.any(String) });
  expect(await history(carol.client, "alice")).toEqual([`${token} ${count}`]);
  expect(await history(carol.client, "bob")).toEqual(Array.from({ length: count - 1 }, (_, i) => `${i + 1}`));
});

test("behind what is said without waiting for the order, what cannot be done twice waits for it: each is answered once, in order", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  still.standPresuming();
  let count = 0;
  while (!still.stands) {
    const texts = [`send carol ${++count}`, "\xff", `auth alice ${PASSWORD}`, `send carol ${count} lagi`];
    wire.send(Buffer.from(texts.map((text) => `${text}\r\n\r\n`).join(""), "latin1"));
    await until("it stands still, or has answered", () => still.stands || wire.replies.length > count * texts.length);
  }
  await said(carol, "alice", "dua");
  still.go();
  const replies = (await wire.first(count * 4 + 1)).slice(1);
  const codes = replies.map((reply) => ("code" in reply ? reply.code : reply.status));
  expect(codes).toEqual(Array.from({ length: count }, () => ["OK", "bad-request", "OK", "OK"]).flat());
  const texts = Array.from({ length: count }, (_, i) => [`${i + 1}`, `${i + 1} lagi`]).flat();
  const own = (await history(carol.client, "alice")).filter((text) => text !== "dua");
  expect(own).toEqual(texts);
});

test("a realm that says something behind a hint, while another node is faster, stays linked, and is answered once", async () => {
  const { still, node, carol } = await staged();
  const kantor = await Dialer.linked(node, newIdentity("kantor"));
  const names = ["alice", "bob", "carol"];
  expect(await kantor.deliver(message("orang", names, "halo"))).toEqual([{}]);
  for (const name of names) await ok((await loggedIn(node, name)).client.request("send orang@kantor halo"));
  const hints = names.map((to) => ({ kind: "message", from: "orang", to }));
  let answers: Promise<unknown>[] = [];
  for (const hint of hints) {
    expect(await kantor.call("typing", hint)).toMatchObject({ status: "OK" });
    still.standConfirming();
    answers = [kantor.request("link answer 99 {}"), kantor.request("ping")];
    let isAnswered = false;
    void Promise.all(answers).then(() => (isAnswered = true));
    await until("it stands still, or has answered", () => still.stands || isAnswered);
    if (still.stands) break;
  }
  await said(carol, "bob", "dua");
  still.go();
  expect(await Promise.all(answers)).toMatchObject([{ code: "bad-request" }, { status: "OK", message: "pong" }]);
  expect(await kantor.deliver(message("orang", ["alice"], "masih ada"))).toEqual([{}]);
});

/** A realm that says something, and where it is linked; it has called, or was called. */
const linkedHow = {
  "has dialed": (node: LocalServer) => Dialer.linked(node, newIdentity("kantor")),
  async "was dialed"(node: LocalServer) {
    const kantor = await Listener.start(newIdentity("kantor"));
    const wire = await ofAlice(node);
    wire.request(`addrealm kantor ${kantor.host} ${kantor.port}`);
    await until("it is linked", () => kantor.isLinked);
    return kantor;
  },
};

test.each(Object.entries(linkedHow))(
  "a realm that %s stays linked when a turn is lost in which it was answered, and what it said is taken once",
  async (_, linkedTo) => {
    const { still, node, carol } = await staged();
    const kantor = await linkedTo(node);
    const items = ["satu", "dua", "tiga"].map((text) => message("orang", ["carol"], text));
    still.stand("commit");
    const answers = [kantor.call("ping", {}), ...items.map((item) => kantor.deliver(item)), kantor.call("ping", {})];
    await until("the node stands still", () => still.stands);
    await said(carol, "bob", "lain");
    still.go();
    expect(await Promise.all(answers)).toMatchObject([{ data: {} }, [{}], [{}], [{}], { data: {} }]);
    expect(await history(carol.client, "orang@kantor")).toEqual(["satu", "dua", "tiga"]);
    expect(node.log()).not.toContain("realm-lost");
  },
);

test("a file that was refused, in a turn that is lost: what is asked behind it is answered, each once", async () => {
  const { still, node, carol } = await staged();
  const wire = await ofAlice(node);
  still.stand("commit");
  const nobody = "00000000-0000-4000-8000-000000000000";
  wire.send(`send carol satu\r\n\r\nupload ${nobody} carol a.txt 17\r\n\r\n${"x".repeat(17)}`);
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "dua");
  still.go();
  wire.request("whoami", "send carol tiga", "ping").end();
  expect((await wire.ended()).slice(1)).toMatchObject([
    { status: "OK", id: expect.any(String) },
    { status: "ERROR", code: "no-session" },
    { status: "OK", data: { username: "alice" } },
    { status: "OK", id: expect.any(String) },
    { status: "OK", message: "pong" },
  ]);
  expect(await history(carol.client, "alice")).toEqual(["satu", "tiga"]);
});

test("what an inbox has shown is not new on another node, and stays read though the turn that marks it is lost", async () => {
  const { url, still, node, other, carol } = await staged();
  const [here, there] = [await loggedIn(node, "alice"), await loggedIn(other, "alice")];
  await said(carol, "alice", "satu");
  still.standIf(({ is }) => is === "conversation.read");
  expect(await inbox(here.client, "new")).toEqual(["satu"]);
  expect(await inbox(there.client, "new")).toEqual([]);
  await until("the node stands still", () => still.stands);
  expect(await inbox(there.client, "new")).toEqual([]);
  still.go();
  const store = await connected(url);
  onTestFinished(() => store.end());
  const marks = 'SELECT 1 FROM reads JOIN users ON id = "user" WHERE name = $1';
  await until("it is marked", async () => (await store.query(marks, ["alice"])).rowCount === 1);
});

test("a node that stood still while it had the order shows no page from before", async () => {
  const { still, node, other, carol } = await staged();
  const { client: bob } = await loggedIn(node, "bob");
  await said(carol, "bob", "satu");
  expect(await history(bob, "carol")).toEqual(["satu"]);
  still.stand("order");
  await until("the node stands still", () => still.stands);
  await said(carol, "bob", "dua");
  // It may be told that it has failed; then it is asked again.
  const page = until("a page is shown", () => history(bob, "carol").catch(() => undefined));
  // Both nodes are in this process, so the one that stands still has it as well.
  await hasRead(other);
  still.go();
  expect(await page).toEqual(["satu", "dua"]);
});

test("nodes that are behind by more than a hundred thousand changes catch up, and go on", async () => {
  const url = await (await engine()).database();
  const broken: string[] = [];
  const [looking, taking] = [await opened(url, "looking", broken), await opened(url, "taking", broken)];
  const another = await connected(url);
  onTestFinished(() => another.end());
  const changes = encode(Array.from({ length: 1000 }, (_, time) => ({ is: "log.probed", time })));
  await another.query(
    `INSERT INTO obrol.log (place, nonce, node, format, messages, time, changes)
     SELECT place, 'n-' || place, 99, ${FORMAT}, 0, 0, $1 FROM generate_series(1, 130) place`,
    [changes],
  );
  await looking.look();
  await taking.take();
  addUser(taking, "alice");
  await taking.commit();
  await looking.look();
  expect(looking.users.find("alice")).toBeDefined();
  expect(broken).toEqual([]);
});

test("a copy that is older than the beginning of the log is made anew", async () => {
  const url = await (await engine()).database();
  const broken: string[] = [];
  const folder = testFolder();
  await (await kept(url, "away", broken, folder)).close();
  const other = await opened(url, "there", broken);
  for (const name of ["alice", "bob", "carol"]) {
    await other.take();
    addUser(other, name);
    await other.commit();
  }
  const store = await connected(url);
  onTestFinished(() => store.end());
  await store.query("DELETE FROM log WHERE place < (SELECT max(place) FROM log)");
  const again = await opened(url, "away", broken, folder);
  expect(["alice", "bob", "carol"].map((name) => again.users.find(name)?.name)).toEqual(["alice", "bob", "carol"]);
  expect(broken).toEqual([]);
});

test("as long as a node makes its copy, the log keeps what the copy will miss", async () => {
  const url = await (await engine()).database();
  const broken: string[] = [];
  const other = await opened(url, "there", broken);
  const [store, lock] = [await connected(url), await connected(url)];
  for (const one of [store, lock]) onTestFinished(() => one.end());
  await lock.query("BEGIN; LOCK TABLE mutes IN ACCESS EXCLUSIVE MODE");
  const late = opened(url, "late", broken);
  const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  await until("it makes its copy", async () => (await store.query(waits)).rowCount === 1);
  for (const name of ["alice", "bob", "carol"]) {
    await other.take();
    addUser(other, name);
    await other.commit();
    other.settle();
  }
  await store.query("UPDATE log SET time = 0");
  const { text, values = [] } = pruning(Date.now());
  await until("the other node says how far it is", async () => {
    const { rows } = await store.query<{ place: number }>("SELECT place FROM nodes WHERE name = 'there'");
    return rows[0]?.place === 3;
  });
  await store.query(text, [...values]);
  await lock.query("COMMIT");
  expect(["alice", "bob", "carol"].map((name) => other.users.find(name)?.name)).toEqual(["alice", "bob", "carol"]);
  const made = await late;
  await made.look();
  expect(["alice", "bob", "carol"].map((name) => made.users.find(name)?.name)).toEqual(["alice", "bob", "carol"]);
  expect(broken).toEqual([]);
});

/** What a node keeps, without the node, until the test ends. @param broken gets why it cannot go on */
async function opened(...args: Parameters<typeof kept>): Promise<State> {
  const state = await kept(...args);
  onTestFinished(() => state.close());
  return state;
}

async function kept(url: string, name: string, broken: string[], folder = testFolder()): Promise<State> {
  const log = await PostgresLog.open({
    url,
    folder: join(folder, name),
    name,
    version: "1",
    onNews() {},
    onEnded() {},
    onStep() {},
    onReach() {},
    onBroken: (reason) => void broken.push(reason),
    onRebuilt() {},
  });
  return new State(log);
}
