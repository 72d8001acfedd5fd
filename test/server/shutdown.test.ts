/** Told to stop, the server answers what it has received, ends in time, and leaves its data in order. */
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { machine, type World } from "../../src/world/world.ts";
import { testFolder } from "../support/folder.ts";
import { hasRead, inbox, loggedIn, newUser, ok, PASSWORD } from "../support/people.ts";
import { childrenOf, isGone } from "../support/process-children.ts";
import { type Launched, launch, QUICK } from "../support/program.ts";
import { RawWire } from "../support/raw.ts";
import { startServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

function server(...options: readonly string[]): Promise<Launched> {
  return launch(["--port", "0", ...QUICK, ...options], { folder: testFolder() });
}

function isStopping(running: Launched): Promise<boolean> {
  return until("it is stopping", () => running.stderr.includes(" info stopping "));
}

/** Whether it has ended by itself, and was not cut off when its time was over. */
function hasEndedInOrder({ stderr }: Launched): boolean {
  return / info stopped\b/.test(stderr);
}

/** Alice is there, and a login is under way, from now on, until the process that hashes passwords goes on. */
async function heldLogins(): Promise<Launched & { goOn(): void }> {
  const running = await launch(["--port", "0", "--password-memory", "8M"], { folder: testFolder() });
  await newUser(running, "alice");
  const children = childrenOf(running.pid);
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of children) if (!isGone(pid)) process.kill(pid, name);
  };
  signal("SIGSTOP");
  // Stopped, they would not notice that the server is gone.
  onTestFinished(() => signal("SIGCONT"));
  return Object.assign(running, { goOn: () => signal("SIGCONT") });
}

const LOGGED_IN = [{ message: "pong" }, { status: "OK", user: "alice" }, { status: "OK", data: { username: "alice" } }];

it.each(["SIGTERM", "SIGINT"] as const)(
  "%s: requests received are answered, peers are closed, exit code 0",
  async (signal) => {
    const running = await server();
    const { token } = await newUser(running, "alice");
    const idle = new Wire(running).request("ping");
    await idle.first(1);
    // Its half stays open to the last: it has not ended when the server is told to stop.
    const busy = new Wire(running).request(
      ...Array.from({ length: 500 }, (_, i) => `send ${token} alice ${i}`),
      "ping",
    );
    await busy.first(1);
    expect(await running.end(signal)).toBe(0);
    expect(hasEndedInOrder(running)).toBe(true);
    const replies = await busy.ended();
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 501 }, () => "OK"));
    expect(await idle.ended()).toHaveLength(1);
  },
);

it("who watches is told that it is closing, once, and what came with it is answered first or after it; others are told nothing", async () => {
  const running = await started();
  const { token } = await newUser(running, "alice");
  await newUser(running, "bob");
  const [watching, other] = [new RawWire(running), new RawWire(running)];
  watching.request(`watch ${token} on`, "ping");
  other.request("auth bob rahasia");
  await watching.replies(2);
  await other.reply();
  watching.request(`send ${token} bob halo`);
  await running.end();
  expect((await watching.ended()).map(({ reply }) => reply.status)).toEqual(["OK"]);
  expect(watching.events).toEqual([{ event: "closing", data: {} }]);
  await other.ended();
  expect(other.events).toEqual([]);
});

it("requests that no one has had the time to read are answered too", async () => {
  const running = await started();
  const wires = Array.from({ length: 20 }, () => new Wire(running).request("ping"));
  for (const wire of wires) await wire.first(1);
  for (const wire of wires) wire.request("ping", "ping");
  await running.end();
  for (const wire of wires) expect(await wire.ended()).toHaveLength(3);
});

it("a request that has half arrived is not executed, and what was answered is there afterwards", async () => {
  const data = join(testFolder(), "data");
  const first = await started("--data", data);
  await newUser(first, "bob");
  const { client } = await newUser(first, "alice");
  await ok(client.request("send bob satu"));
  const wire = new Wire(first).request(`auth alice ${PASSWORD}`, "send bob dua").send("send bob tig");
  await wire.first(2);
  await hasRead(first);
  await first.end();
  expect(await wire.ended()).toHaveLength(2);

  const second = await started("--data", data);
  const bob = await loggedIn(second, "bob");
  expect(await inbox(bob.client, "new")).toEqual(["satu", "dua"]);
});

it("a login under way is answered, and what came with it", async () => {
  const running = await heldLogins();
  const wire = new Wire(running).request("ping", `auth alice ${PASSWORD}`, "whoami");
  await wire.first(1);
  const end = running.end();
  await isStopping(running);
  running.goOn();
  expect(await end).toBe(0);
  expect(hasEndedInOrder(running)).toBe(true);
  expect(await wire.ended()).toMatchObject(LOGGED_IN);
});

it("what came while a login was under way is answered", async () => {
  const running = await heldLogins();
  const wire = new Wire(running).request("ping", `auth alice ${PASSWORD}`);
  await wire.first(1);
  wire.request("whoami");
  await hasRead(running);
  const end = running.end();
  await isStopping(running);
  running.goOn();
  expect(await end).toBe(0);
  expect(await wire.ended()).toMatchObject(LOGGED_IN);
});

it("a second signal does not cut the first short", async () => {
  const running = await heldLogins();
  const wire = new Wire(running).request("ping", `auth alice ${PASSWORD}`, "whoami");
  await wire.first(1);
  const end = running.end("SIGINT");
  await isStopping(running);
  const more = [running.end("SIGTERM"), running.end("SIGINT")];
  running.goOn();
  expect(await Promise.all([...more, end])).toEqual([0, 0, 0]);
  expect(await wire.ended()).toMatchObject(LOGGED_IN);
});

it("a first line that has just arrived is answered", async () => {
  const running = await started();
  const wire = new Wire(running);
  await hasRead(running);
  wire.send("ping\n");
  await hasRead(running);
  await running.end();
  expect(await wire.ended()).toMatchObject([{ message: "pong" }]);
});

it("that nobody reads what it prints does not end it, and it stops in order", async () => {
  const running = await server("--log-level", "debug");
  const { client } = await newUser(running, "alice");
  running.leave();
  // It logs every one of these.
  for (let i = 0; i < 5; i++) await hasRead(running);
  await ok(client.request("send alice halo"));
  expect(await inbox(client, "new")).toEqual(["halo"]);
  expect(await running.end()).toBe(0);
});

it("a second server may have the data folder at once", async () => {
  const folder = testFolder();
  const options = ["--port", "0", ...QUICK, "--data", join(folder, "data")];
  for (let start = 0; start < 3; start++) {
    const running = await launch(options, { folder });
    const { client } = start === 0 ? await newUser(running, "alice") : await loggedIn(running, "alice");
    expect((await ok(client.request("users"))).data).toEqual(["alice"]);
    expect(await running.end(start % 2 === 0 ? "SIGTERM" : "SIGINT")).toBe(0);
  }
});

it("a peer that neither reads nor leaves does not keep it, and nobody new is let in meanwhile", async () => {
  const running = await server("--memory");
  const { client } = await newUser(running, "alice");
  const long = '"'.repeat(60_000);
  for (let i = 0; i < 20; i++) await ok(client.request(`send alice ${long}`));
  client.pause(true);
  const replies = Array.from({ length: 100 }, () => client.request("inbox all").catch(() => undefined));
  await hasRead(running);
  const end = running.end();
  await isStopping(running);
  await until("nobody is let in", () =>
    running.connect().then(
      () => false,
      () => true,
    ),
  );
  // The peer is there still, and will be as long as the server is.
  expect(await end).toBe(0);
  client.close();
  await Promise.all(replies);
});

it("closes whoever has come where it then cannot start, and ends", async () => {
  const came = Promise.withResolvers<Socket>();
  const world: World = {
    ...machine,
    createServer(onConnection) {
      const server = machine.createServer(onConnection) as Server;
      const listen = server.listen.bind(server) as (door: object, then: () => void) => Server;
      // It goes on once somebody has come.
      server.listen = ((door: object, then: () => void) =>
        listen(door, () => {
          const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
          server.once("connection", () => {
            came.resolve(client);
            then();
          });
        })) as Server["listen"];
      return server;
    },
  };
  const control = join(testFolder(), "missing", "control.sock");
  await expect(startServer(["--control", control], undefined, world)).rejects.toThrow("--control");
  const client = await came.promise;
  client.resume();
  await until("he is closed", () => client.readableEnded || client.destroyed);
  client.destroy();
});
