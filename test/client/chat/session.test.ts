/** Who is logged in, over a link that comes back, at a real server. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Session, type SessionOptions } from "../../../src/client/chat/session.ts";
import type { ConnectionState } from "../../../src/connection/connection-options.ts";
import { type Login, loginOf } from "../../../src/connection/login.ts";
import type { ToldEvent } from "../../../src/protocol/replies.ts";
import { lyingServer } from "../../support/lying.ts";
import { newUser, ok, PASSWORD } from "../../support/people.ts";
import { FaultyProxy } from "../../support/proxy.ts";
import { startServer, type TestServer } from "../../support/server.ts";
import { until } from "../../support/until.ts";

let server: TestServer;
let users = 0;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());

interface Place {
  readonly host: string;
  readonly port: number;
}

function session(place: Place, more: Partial<SessionOptions> = {}) {
  const selves: (readonly [string | undefined, boolean])[] = [];
  const events: ToldEvent[] = [];
  const ended: string[] = [];
  const states: ConnectionState[] = [];
  const trace: string[] = [];
  let watches = 0;
  const one = new Session({
    host: place.host,
    port: place.port,
    reconnect: true,
    timeout: 10_000,
    trace: (direction, text) => trace.push(`${direction} ${text}`),
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    onDismissed: () => {},
    watch: async (call) => {
      watches++;
      await call("watch", { on: true });
    },
    onLogin: (self, other) => selves.push([self?.user, other]),
    onEnded: (user) => ended.push(user),
    ...more,
  });
  onTestFinished(() => one.close());
  return { session: one, selves, events, ended, states, trace, watches: () => watches };
}

/** Somebody new, logged in over a proxy. */
async function loggedIn() {
  const proxy = await FaultyProxy.before(server);
  const scene = session(proxy);
  await scene.session.connect();
  const name = `user${++users}`;
  const made = await ok(scene.session.request(`register ${name} ${PASSWORD} ${name} indonesia`));
  await scene.session.loggedIn(loginOf(made) as Login);
  return { ...scene, proxy, name };
}

async function comesBack({ proxy, session: one }: { proxy: FaultyProxy; session: Session }): Promise<void> {
  proxy.cut();
  await until("the link is down", () => one.link.is === "down");
  one.tryNow();
  await until("the link is up", () => one.link.is === "up");
}

test("nobody is logged in at first; whoever logs in is, and is told what happens", async () => {
  const { session: one, selves, events, watches, name } = await loggedIn();
  expect(one.user).toBe(name);
  expect(selves).toEqual([[name, true]]);
  expect(watches()).toBe(1);
  const bob = await newUser(server, `user${++users}`);
  onTestFinished(() => bob.client.close());
  await ok(bob.client.request(`send ${name} halo`));
  await until("the message has come", () => events.some(({ event }) => event === "message"));
  await until("names are known", () => one.names.hasUser(name));
});

test("a link that comes back is the same person's, who is told again", async () => {
  const scene = await loggedIn();
  const { session: one, selves, watches, name } = scene;
  await comesBack(scene);
  expect(watches()).toBe(2);
  expect(selves).toEqual([[name, true]]);
  expect((await ok(one.request("whoami"))).data).toMatchObject({ username: name });
});

test("a session that has ended meanwhile is told of, and nobody is logged in", async () => {
  const scene = await loggedIn();
  const { session: one, selves, ended, name } = scene;
  const other = await server.connect();
  onTestFinished(() => other.close());
  await ok(other.request(`logout ${one.login?.token}`));
  await comesBack(scene);
  expect(ended).toEqual([name]);
  expect(one.user).toBeUndefined();
  expect(selves.at(-1)).toEqual([undefined, true]);
  expect([...one.names.all.users]).toEqual([]);
});

test("a session that is ended elsewhere is told of with the first thing that is asked, and one can log in again", async () => {
  const { session: one, selves, ended, name } = await loggedIn();
  const other = await server.connect();
  onTestFinished(() => other.close());
  await ok(other.request(`logout ${one.login?.token}`));
  await expect(one.patient("post", { "client-id": "1", to: name, text: "halo" })).rejects.toMatchObject({
    code: "no-session",
  });
  expect(ended).toEqual([name]);
  expect([one.user, one.link.is]).toEqual([undefined, "up"]);
  expect((await one.request("inbox")).code).toBe("no-session");
  await one.loggedIn(loginOf(await ok(one.request(`auth ${name} ${PASSWORD}`))) as Login);
  expect(one.user).toBe(name);
  await ok(other.request(`logout ${one.login?.token}`));
  expect((await one.request("inbox")).code).toBe("no-session");
  await until("it is told of", () => ended.length > 1);
  expect(selves.map(([self]) => self)).toEqual([name, undefined, name, undefined]);
});

describe("a token that was kept", () => {
  test("is gone on with where it is good", async () => {
    const name = `user${++users}`;
    const { client, token } = await newUser(server, name);
    onTestFinished(() => client.close());
    const { session: one, watches } = session(server);
    await one.connect();
    expect(await one.resume({ user: name, token })).toBe(true);
    expect([one.user, watches()]).toEqual([name, 1]);
  });

  test("is not where it is none: nobody is logged in, and nothing was told", async () => {
    const { session: one, selves, watches } = session(server);
    await one.connect();
    expect(await one.resume({ user: "x", token: "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c" })).toBe(false);
    expect([one.user, selves, watches()]).toEqual([undefined, [], 0]);
  });

  test("is not said to be none where the server has a fault", async () => {
    const port = await lyingServer((request) =>
      request.startsWith("resume") ? { status: "ERROR", code: "internal", message: "oops" } : { status: "OK" },
    );
    const { session: one, selves } = session({ host: "127.0.0.1", port });
    await one.connect();
    await expect(one.resume({ user: "alice", token: "token" })).rejects.toMatchObject({ code: "internal" });
    expect([one.user, selves]).toEqual([undefined, []]);
  });
});

test("the same person again is no other, somebody else is", async () => {
  const { session: one, selves, name } = await loggedIn();
  await one.loggedIn({ user: name.toUpperCase(), token: one.login?.token ?? "" });
  one.loggedOut();
  expect(selves).toEqual([
    [name, true],
    [name.toUpperCase(), false],
    [undefined, true],
  ]);
});

test("where there is no server to be had the first connection fails, and is not tried again", async () => {
  const gone = await startServer(["--memory"]);
  await gone.stop();
  const { session: one, states } = session(gone);
  await expect(one.connect()).rejects.toThrow(/cannot reach/);
  const count = states.length;
  one.tryNow();
  expect(states).toHaveLength(count);
});

test("an answer that takes too long is none, and the connection is given up: nobody knows what becomes of it", async () => {
  const port = await lyingServer((request) => (/^slow|^my_file/.test(request) ? undefined : { status: "OK" }));
  const { session: one } = session({ host: "127.0.0.1", port }, { timeout: 500 });
  await one.connect();
  const patient = one.patient("myFiles", {});
  await expect(one.request("slow")).rejects.toThrow("no answer within 0.5 s");
  await expect(patient).rejects.toThrow("no answer within 0.5 s");
  expect(one.link.is).not.toBe("up");
});

test("the wire is shown as it goes: what is asked, answered, and happens", async () => {
  const { session: one, trace, name } = await loggedIn();
  await ok(one.request("ping"));
  await ok(one.request(`send ${name} halo`));
  await until("the event is shown", () => trace.some((line) => line.startsWith(`< {"event":"message"`)));
  expect(trace).toContain("> ping");
  expect(trace.some((line) => line.startsWith("<") && line.includes("pong"))).toBe(true);
});
