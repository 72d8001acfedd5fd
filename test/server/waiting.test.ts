/** Connections while a turn is being kept by a log that takes its time. */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { operatorOf } from "../support/admin.ts";
import { testFolder } from "../support/folder.ts";
import { type GatedLog, gatedLog } from "../support/gated-log.ts";
import { history, newUser, ok, type Person } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

interface House {
  readonly server: TestServer;
  readonly log: GatedLog;
  readonly alice: Person;
  readonly bob: Person;
}

async function house(...options: readonly string[]): Promise<House> {
  const log = gatedLog();
  const server = await startServer(["--memory", ...options], log.through);
  onTestFinished(() => server.stop());
  onTestFinished(() => log.open());
  return { server, log, alice: await newUser(server, "alice"), bob: await newUser(server, "bob") };
}

/** Alice has said something, and the log has not kept it yet. */
async function beingKept({ log, alice }: House): Promise<void> {
  log.shut();
  void alice.client.request("send bob pertama");
  await until("the turn is being kept", () => log.waits);
}

test("requests that arrive meanwhile are answered after it, in their order, and see what it has kept", async () => {
  const place = await house();
  const { server, log, bob } = place;
  await beingKept(place);
  const wire = new Wire(server).request(`history ${bob.token} alice`, `send ${bob.token} alice kedua`, "ping");
  const others = bob.client.request("history alice");
  log.open();
  const [first, second, third] = await wire.first(3);
  expect(first).toMatchObject({ data: [{ message: "pertama" }] });
  expect([second?.status, third?.["message"]]).toEqual(["OK", "pong"]);
  expect(await others).toMatchObject({ data: [{ message: "pertama" }] });
  wire.close();
});

test("of one that could not be kept nothing is there for those who asked meanwhile", async () => {
  const place = await house();
  const { log, bob } = place;
  await beingKept(place);
  const seen = bob.client.request("history alice");
  log.open("failed");
  expect(await seen).toMatchObject({ status: "OK", data: [] });
  expect(await history(bob.client, "alice")).toEqual([]);
});

// Only Linux has more loopback addresses than one without set-up.
test.skipIf(process.platform !== "linux")(
  "of an address that is banned by it, nothing that was asked meanwhile is executed",
  async () => {
    const control = join(testFolder(), "control.sock");
    const { server, log, alice, bob } = await house("--control", control);
    const operator = await operatorOf({ control });
    const wire = new Wire(server, "127.0.0.2").request(`resume ${bob.token}`);
    await wire.first(1);
    log.shut();
    const ban = operator.request("admin ban 127.0.0.2");
    await until("the ban is being kept", () => log.waits);
    wire.request("send alice kedua");
    // The server is in this process: it has read that.
    for (let i = 0; i < 20; i++) await setImmediate();
    log.open();
    await ok(ban);
    expect((await wire.ended()).slice(1)).toMatchObject([{ code: "banned" }]);
    expect(await history(alice.client, "bob")).toEqual([]);
  },
);

test("a user whose connection ends meanwhile is offline for those who watch, also if the turn fails", async () => {
  const place = await house();
  const { server, log, alice, bob } = place;
  await ok(alice.client.request("send bob kenal"));
  const events: unknown[] = [];
  const watcher = await server.connect({ onEvent: (event) => events.push(event) });
  await ok(watcher.request(`resume ${alice.token}`));
  await ok(watcher.request("watch on"));
  await ok(bob.client.request("watch on"));
  await until("he is online", () => JSON.stringify(events).includes('"online":true'));
  await beingKept(place);
  bob.client.close();
  const failing = alice.client.request("send bob kedua");
  log.end("kept");
  await until("the next turn is being kept", () => log.waits);
  log.open("failed");
  expect(await failing).toMatchObject({ code: "storage" });
  await until("he is offline", () => JSON.stringify(events).includes('"online":false'));
  watcher.close();
});

test("who sends more than may be held meanwhile is refused once", async () => {
  const place = await house("--max-held", "32K", "--max-request", "1M");
  const { server, log, alice } = place;
  await beingKept(place);
  const wire = new Wire(server);
  wire.send(`send ${alice.token} bob ${"x".repeat(900_000)}`);
  await until("it is too much", () => server.log().includes("too-much-held"));
  log.open();
  expect(await wire.ended()).toMatchObject([{ status: "ERROR", code: "too-many" }]);
  expect(server.log().split("too-much-held")).toHaveLength(2);
});
