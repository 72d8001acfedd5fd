/** Whoever is put out on one node does nothing more on any, from the moment that this is acknowledged. */
import { expect, onTestFinished, test } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import { machine, type World } from "../../src/world/world.ts";
import { operatorOf } from "../support/admin.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { history, loggedIn, newUser, ok, PASSWORD, type Person, refused } from "../support/people.ts";
import type { LocalServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const engine = engineOfFile();

/** Requests of one connection that wait for their answers at a time. */
const UNDER_WAY = 20;

/** A user on node B, who sends one numbered message after the other without waiting for the answers. */
class Restless {
  readonly #wire: Wire;
  readonly #request: (n: number) => string;
  #sent = 0;

  constructor(node: LocalServer, first: string, request: (n: number) => string) {
    this.#wire = new Wire(node).request(first);
    this.#request = request;
    onTestFinished(() => this.#wire.close());
  }

  get #isOver(): boolean {
    return this.#wire.hasEnded;
  }

  #more(count: number): void {
    for (let i = 0; i < count; i++) this.#wire.request(this.#request(this.#sent++));
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone() && !this.#isOver) {
      this.#more(1);
      // The first reply is to the login.
      const hasRoom = (): boolean => this.#wire.replies.length + UNDER_WAY > this.#sent;
      await until("there is room", () => hasRoom() || isDone() || this.#isOver);
    }
  }

  /**
   * Goes on until that is done, and for a while. @returns how much was said before, and of what was said afterwards the numbers that
   * were not refused, and the codes of the others
   */
  async during(
    deed: () => Promise<unknown>,
  ): Promise<{ readonly before: number; readonly done: readonly number[]; readonly codes: Set<unknown> }> {
    await this.#wire.first(1);
    await this.#until(() => this.#wire.replies.length > UNDER_WAY);
    let isDone = false;
    const doing = deed().finally(() => (isDone = true));
    await this.#until(() => isDone);
    await doing;
    const before = this.#sent;
    this.#more(UNDER_WAY);
    await until("all is answered", () => this.#isOver || this.#wire.replies.length > this.#sent);
    const after = this.#wire.replies.slice(1 + before);
    const done = after.flatMap(({ status }, i) => (status === "OK" ? before + i : []));
    return { before, done, codes: new Set(after.map(({ code }) => code)) };
  }
}

interface House {
  readonly a: LocalServer;
  readonly b: LocalServer;
  /** Alice's, on A. */
  readonly alice: Person;
  readonly bob: Person;
  /** The operator, on A. */
  readonly operator: Awaited<ReturnType<typeof operatorOf>>;
}

async function house(world: World = machine): Promise<House> {
  const { node, nodeIn } = await clusterOn(await engine());
  const [a, b] = [await node(), await nodeIn(world)];
  const [alice, bob] = [await newUser(a, "alice"), await newUser(a, "bob")];
  const operator = await operatorOf(a);
  onTestFinished(() => operator.close());
  return { a, b, alice, bob, operator };
}

const IN = `auth alice ${PASSWORD}`;

/** What puts her out, wherever she is. */
const DEEDS: readonly (readonly [string, (house: House) => Promise<Reply>])[] = [
  ["changes her password", ({ alice }) => alice.client.request(`passwd ${PASSWORD} rahasia-baru`)],
  ["is banned", ({ operator }) => operator.request("admin ban alice")],
  ["is put out", ({ operator }) => operator.request("admin kick alice")],
  ["is given another password", ({ operator }) => operator.request("admin password alice rahasia-baru")],
  ["is deleted", ({ operator }) => operator.request("admin delete alice")],
];

test.each(DEEDS)("once somebody %s on one node, what she says on another is refused", async (_, deed) => {
  const all = await house();
  const { b, bob } = all;
  const said = new Restless(b, IN, (n) => `send bob ${n}`);
  const { before, done, codes } = await said.during(() => ok(deed(all)));
  expect(done).toEqual([]);
  for (const code of codes) expect(["no-session", "banned"]).toContain(code);
  const texts = await history(bob.client, "alice");
  expect(texts).toEqual(texts.map((_, n) => `${n}`));
  expect(texts.length).toBeLessThanOrEqual(before);
});

test("once a session is ended on one node, requests with its token are refused on another, those that only read as well", async () => {
  const { a, b, alice } = await house();
  const { token } = await loggedIn(a, "alice");
  const read = new Restless(b, "ping", () => `whoami ${token}`);
  const { data } = await ok(alice.client.request("sessions"));
  const id = Math.max(...(data as { id: number }[]).map((session) => session.id));
  const { done, codes } = await read.during(() => ok(alice.client.request(`logout ${id}`)));
  expect(done).toEqual([]);
  expect(codes).toEqual(new Set(["no-session"]));
});

test("whoever is banned while another node looks at her password gets nothing done with it", async () => {
  let isShut = false;
  const gates: (() => void)[] = [];
  const argon2id: World["argon2id"] = async (parameters) => {
    if (isShut) await new Promise<void>((resolve) => gates.push(resolve));
    return machine.argon2id(parameters);
  };
  const { a, b, operator } = await house({ ...machine, argon2id });
  const { client } = await loggedIn(b, "alice");
  isShut = true;
  const open = (): void => {
    isShut = false;
    for (const gate of gates.splice(0)) gate();
  };
  onTestFinished(open);
  const changed = client.request(`passwd ${PASSWORD} rahasia-baru`).catch(() => undefined);
  const comes = new Wire(b).request(IN);
  await until("both are looked at", () => gates.length === 2);
  await ok(operator.request("admin ban alice"));
  open();
  expect((await changed)?.status).not.toBe("OK");
  expect(await comes.first(1)).toMatchObject([{ code: "banned" }]);
  comes.close();
  await ok(operator.request("admin unban alice"));
  await loggedIn(a, "alice");
});

test("an address that is banned on one node is refused on another, also as it comes", async () => {
  const { b, operator } = await house();
  const [from, ping] = ["127.0.0.3", "ping"];
  const there = new Wire(b, from).request(ping);
  await there.first(1);
  await ok(operator.request(`admin ban ${from}`));
  const comes = new Wire(b, from).request(ping).end();
  there.request(ping);
  for (const wire of [there, comes]) {
    await wire.over();
    expect(wire.replies.at(-1)).toMatchObject({ code: "banned" });
  }
  expect(there.replies.filter(({ status }) => status === "OK")).toHaveLength(1);
  expect(comes.replies.filter(({ status }) => status === "OK")).toEqual([]);
});

test("whoever is banned on one node cannot come in on another", async () => {
  const { a, b, operator } = await house();
  await ok(operator.request("admin ban alice"));
  for (const node of [b, a]) expect(await refused((await node.connect()).request(IN))).toBe("banned");
});
