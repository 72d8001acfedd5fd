/** How much one may ask: within a budget nobody notices it, beyond it one is slowed down, far beyond it refused. */
import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { Rates } from "../../src/server/rates.ts";
import { machine } from "../../src/world/world.ts";
import { operatorOf } from "../support/admin.ts";
import { newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const ADDRESS = "192.0.2.1";

/** Budgets in a time that the test moves, in ms. */
function rates() {
  let now = 0;
  const all = new Rates({ ...machine, elapsed: () => now }, () => true);
  return { all, pass: (ms: number) => (now += ms) };
}

describe("a budget", () => {
  test("of messages has 5,000 at once, and then 50 a second", () => {
    const { all, pass } = rates();
    for (let i = 0; i < 5000; i++) expect(all.take("send", "alice", ADDRESS)).toEqual({ is: "taken", pauseMs: 0 });
    expect(all.take("post", "alice", ADDRESS)).toEqual({ is: "taken", pauseMs: 20 });
    expect(all.take("sendGroup", "alice", ADDRESS)).toEqual({ is: "taken", pauseMs: 40 });
    pass(60);
    expect(all.take("send", "alice", ADDRESS)).toEqual({ is: "taken", pauseMs: 0 });
    // A rest fills it again.
    pass(100_000);
    for (let i = 0; i < 5000; i++) expect(all.take("send", "alice", ADDRESS)).toEqual({ is: "taken", pauseMs: 0 });
  });

  test("is everybody's own, and one for each kind of request", () => {
    const { all } = rates();
    for (let i = 0; i < 5010; i++) all.take("send", "alice", ADDRESS);
    expect(all.take("send", "bob", ADDRESS)).toEqual({ is: "taken", pauseMs: 0 });
    expect(all.take("inbox", "alice", ADDRESS)).toEqual({ is: "taken", pauseMs: 0 });
    expect(all.take(undefined, undefined, ADDRESS)).toEqual({ is: "taken", pauseMs: 0 });
  });

  test("that is overdrawn by more than ten seconds refuses, and takes nothing for that", () => {
    const { all, pass } = rates();
    for (let i = 0; i < 5500; i++) expect(all.take("send", "alice", ADDRESS).is).toBe("taken");
    for (let i = 0; i < 3; i++) {
      expect(all.take("send", "alice", ADDRESS)).toEqual({ is: "refused", budget: "messages", retry: 11 });
    }
    pass(20);
    expect(all.take("send", "alice", ADDRESS).is).toBe("taken");
  });

  test("of accounts is refused at once when it is used up: five an hour and address", () => {
    const { all, pass } = rates();
    for (let i = 0; i < 5; i++) expect(all.takeAccount(ADDRESS)).toEqual({ is: "taken", pauseMs: 0 });
    expect(all.takeAccount(ADDRESS)).toEqual({ is: "refused", budget: "accounts", retry: 720 });
    expect(all.takeAccount("192.0.2.2").is).toBe("taken");
    pass(720_000);
    expect(all.takeAccount(ADDRESS).is).toBe("taken");
    expect(all.takeAccount(ADDRESS).is).toBe("refused");
  });

  test("of accounts counts those that were made on other nodes, from when they were", () => {
    const { all, pass } = rates();
    for (let i = 0; i < 4; i++) all.countAccount(ADDRESS, 1000);
    expect(all.takeAccount(ADDRESS).is).toBe("taken");
    all.countAccount(ADDRESS, 10);
    expect(all.takeAccount(ADDRESS)).toEqual({ is: "refused", budget: "accounts", retry: 1439 });
    pass(1_439_000);
    expect(all.takeAccount(ADDRESS).is).toBe("taken");
  });

  test("is forgotten when it is full again; where too many are remembered, newcomers share one", () => {
    const { all, pass } = rates();
    for (let i = 0; i < 50_000; i++) all.take("ping", undefined, `192.0.2.${i}`);
    for (let i = 0; i < 1000; i++) all.take("ping", undefined, `198.51.100.${i}`);
    expect(all.take("ping", undefined, "203.0.113.1")).toEqual({ is: "taken", pauseMs: 10 });
    pass(60_000);
    expect(all.take("ping", undefined, "203.0.113.1")).toEqual({ is: "taken", pauseMs: 0 });
  });
});

describe("on a server", () => {
  async function served(...options: readonly string[]): Promise<TestServer> {
    const server = await startServer(["--memory", ...options]);
    onTestFinished(() => server.stop());
    return server;
  }

  test("whoever asks too much is read more slowly, loses nothing, and holds up nobody", async () => {
    const server = await served("--rate", "always");
    const { client, token } = await newUser(server, "alice");
    const bob = await newUser(server, "bob");
    const all = Promise.all(Array.from({ length: 5100 }, (_, i) => client.request(`send bob n${i}`)));
    // It is slowed down when the budget is used up; then somebody else is answered as ever.
    await until("many have come", async () => {
      const { data } = await ok(bob.client.request("history alice limit 1"));
      return /n50\d\d/.test(JSON.stringify(data));
    });
    expect(await ok(bob.client.request("send alice halo"))).toMatchObject({ message: "Message sent" });
    let over = false;
    void all.then(() => (over = true));
    await until("time has made room for all", () => {
      server.pass(20);
      return over;
    });
    expect((await all).every(({ status }) => status === "OK")).toBe(true);
    // Over another connection it is the same budget.
    const more = await server.connect();
    expect(await ok(more.request(`send ${token} bob another`))).toBeDefined();
  });

  test("of accounts an address makes five an hour; it is told when it may again, and the log who it was", async () => {
    const server = await served("--rate", "always");
    const client = await server.connect();
    for (let i = 0; i < 5; i++) await ok(client.request(`register u${i} ${PASSWORD} x y`));
    const reply = await client.request(`register u5 ${PASSWORD} x y`);
    expect(reply).toMatchObject({ status: "ERROR", code: "rate-limited", retry: 720 });
    expect(server.log()).toMatch(/ limit .*budget=accounts/);
    const other = await server.connect();
    expect(await refused(other.request(`register u5 ${PASSWORD} x y`))).toBe("rate-limited");
    server.pass(720_000);
    const later = await server.connect();
    await ok(later.request(`register u5 ${PASSWORD} x y`));
  });

  test.each([
    [
      "a token that is none is asked with",
      Array.from({ length: 1001 }, () => `inbox ${randomUUID()}`).join("\r\n\r\n"),
      1001,
    ],
    ["ten blank requests are one", "\r\n\r\n".repeat(10_010), 0],
  ])("%s, and counts", async (_, bytes, answered) => {
    const pauses: (() => void)[] = [];
    // A clock that stands: the budget is never full again.
    const after = (ms: number, then: () => void) => {
      if (ms !== 10) return machine.after(ms, then);
      pauses.push(then);
      return machine.after(3_600_000, then);
    };
    const server = await startServer(["--rate", "always"], undefined, { ...machine, elapsed: () => 0, after });
    onTestFinished(() => server.stop());
    const wire = new Wire(server);
    wire.send(`${bytes}\r\n\r\nping\r\n\r\n`);
    await wire.first(answered);
    const operator = await operatorOf(server);
    await until("it is slowed down", () => pauses.length > 0);
    for (let i = 0; i < 5; i++) await ok(operator.request("ping"));
    expect(wire.replies).toHaveLength(answered);
    for (const go of pauses.splice(0)) go();
    await wire.first(answered + 1);
  });

  test("who is refused is read more slowly, too: to be refused again and again costs the server something", async () => {
    const pauses: (() => void)[] = [];
    const world = {
      ...machine,
      after: (ms: number, then: () => void) => {
        if (ms !== 100) return machine.after(ms, then);
        pauses.push(then);
        return machine.after(3_600_000, then);
      },
    };
    const server = await startServer(["--memory", "--rate", "always"], undefined, world);
    onTestFinished(() => server.stop());
    const wire = new Wire(server);
    wire.request(`register alice ${PASSWORD} x y`);
    const most = 30;
    for (let i = 0; i < most + 2; i++) wire.request(`addgroup g${i}`);
    wire.request("ping");
    expect((await wire.first(most + 2))[most + 1]).toMatchObject({ code: "rate-limited" });
    await ok((await server.connect()).request("ping"));
    expect(wire.replies).toHaveLength(most + 2);
    for (const left of [most + 3, most + 4]) {
      for (const go of pauses.splice(0)) go();
      await wire.first(left);
    }
    expect(wire.replies.map(({ code }) => code).slice(most + 1)).toEqual(["rate-limited", "rate-limited", undefined]);
  });

  test.each([[[]], [["--rate", "none"]]])(
    "that listens on loopback alone there are none (options: %j)",
    async (options) => {
      const server = await served(...options);
      const client = await server.connect();
      for (let i = 0; i < 8; i++) await ok(client.request(`register u${i} ${PASSWORD} x y`));
      expect(server.log()).not.toContain(" limit ");
    },
  );

  test("a server that is told to stop answers all that it was to read slowly", async () => {
    const server = await served("--rate", "always");
    const { client } = await newUser(server, "alice");
    const all = client.raw("ping\r\n\r\n".repeat(12_000), 12_000);
    await until("it is slowed down", async () => {
      const other = await server.connect();
      const reply = await other.request("ping");
      other.close();
      return reply.status === "OK";
    });
    await server.end();
    // What is far beyond the budget is refused, and nothing is left without an answer.
    expect(new Set((await all).map(({ code }) => code))).toEqual(new Set([undefined, "rate-limited"]));
  });

  test("an upload that was to be read slowly is told that the server stops", async () => {
    const server = await served("--rate", "always");
    const { client } = await newUser(server, "alice");
    await newUser(server, "bob");
    const pings = Promise.all(Array.from({ length: 1100 }, () => client.request("ping")));
    const upload = client.raw(`upload bob a.bin 5000000\r\n\r\n${"x".repeat(100_000)}`, 1);
    await until("all is there", async () => (await (await server.connect()).request("ping")).status === "OK");
    await server.end();
    expect(await pings).toHaveLength(1100);
    expect((await upload)[0]).toMatchObject({ status: "ERROR", code: "incomplete" });
  });
});
