/** A connection over real sockets: it comes back, later each time; it notices a server that says nothing; it ends. */
import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Connection } from "../../src/connection/connection.ts";
import type { ConnectionOptions, ConnectionState } from "../../src/connection/connection-options.ts";
import { RefusedRequest } from "../../src/connection/errors.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { machine, type World } from "../../src/world/world.ts";
import { lyingServer, somebody } from "../support/lying.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { until } from "../support/until.ts";

// Only timers: sockets, and what waits for them here, go by the real clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const immediately = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function waitFor(what: string, look: () => boolean | undefined): Promise<true> {
  return until(what, () => look() === true || undefined, immediately);
}

function linked(port: number, more: Partial<ConnectionOptions> = {}) {
  const states: ConnectionState[] = [];
  /** Of each loss: how long until the next try, in ms. */
  const waits: number[] = [];
  const events: ToldEvent[] = [];
  const link = new Connection({
    host: "127.0.0.1",
    port,
    reconnect: true,
    dialect: "auto",
    pulse: "server",
    onEvent: (event) => events.push(event),
    onState(state) {
      states.push(state);
      if (state.is === "down" && state.at !== undefined) waits.push(state.at - performance.now());
    },
    ...more,
  });
  onTestFinished(() => link.close());
  return { link, states, waits, events, is: () => states.map(({ is }) => is) };
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const login = { user: "alice", token: "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c" };

/** A server that answers all that it is asked, as long as it is told to. */
async function answering() {
  const state = { silent: false, asked: [] as string[], connections: 0 };
  const port = await lyingServer((request) => {
    state.asked.push(request);
    return state.silent ? undefined : { status: "OK", data: request.startsWith("resume") ? somebody : request };
  });
  const proxy = await FaultyProxy.before({ host: "127.0.0.1", port });
  return { state, port: proxy.port, proxy };
}

describe("it comes back", () => {
  test("after 1, 2, 4 … 60 seconds", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { link, waits } = linked(await deadPort());
    await expect(link.connect()).rejects.toThrow("cannot reach");
    for (let tries = 1; tries < 9; tries++) {
      await waitFor(`try ${tries} has failed`, () => waits.length === tries);
      vi.advanceTimersByTime(60_000);
    }
    await waitFor("the last has failed", () => waits.length === 9);
    expect(waits.map((wait) => Math.round(wait / 1000))).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  test.each([
    ["sooner", 0, 800],
    ["later", 1 - Number.EPSILON, 1200],
  ])("a little %s: by a fifth at the most", async (_, random, wait) => {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const { link, waits } = linked(await deadPort());
    await link.connect().catch(() => undefined);
    await waitFor("the second has failed", () => {
      vi.advanceTimersByTime(waits.length === 1 ? wait : 0);
      return waits.length === 2;
    });
    expect(Math.abs((waits[0] as number) - wait)).toBeLessThan(50);
    expect(Math.abs((waits[1] as number) - 2 * wait)).toBeLessThan(50);
  });

  test("not before its time", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { link, is } = linked(await deadPort());
    await expect(link.connect()).rejects.toThrow("cannot reach");
    vi.advanceTimersByTime(999);
    expect(is()).toEqual(["connecting", "down"]);
    vi.advanceTimersByTime(1);
    expect(is()).toEqual(["connecting", "down", "connecting"]);
  });

  test("now, when it is told to; and then it waits a second again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { port, proxy } = await answering();
    const { link, is, waits } = linked(port);
    await link.connect();
    for (let lost = 1; lost < 4; lost++) {
      proxy.cut();
      await waitFor("it is down", () => link.state.is === "down");
      link.tryNow();
      link.tryNow();
      await waitFor("it is up again", () => link.state.is === "up");
    }
    expect(waits.map((wait) => Math.round(wait / 1000))).toEqual([1, 1, 1]);
    expect(is()).toEqual(["connecting", "up", ...Array.from({ length: 3 }, () => ["down", "connecting", "up"])].flat());
    link.tryNow();
    expect(link.state.is).toBe("up");
  });

  test("and is greeted again before anything else is asked", async () => {
    const { port, proxy, state } = await answering();
    const { link } = linked(port);
    await link.connect();
    await link.request("satu");
    proxy.cut();
    await waitFor("it is down", () => link.state.is === "down");
    await expect(link.request("dua")).rejects.toThrow("there is no connection");
    link.tryNow();
    await waitFor("it is up again", () => link.state.is === "up");
    await link.request("tiga");
    const greeting = ["dialect auto", "ping every 60"];
    expect(state.asked).toEqual([...greeting, "satu", ...greeting, "tiga"]);
  });

  test("not where it is not to", async () => {
    const { port, proxy } = await answering();
    const { link } = linked(port, { reconnect: false });
    await link.connect();
    proxy.cut();
    await waitFor("it is down", () => link.state.is === "down");
    expect(link.state).toMatchObject({ is: "down", at: undefined, error: expect.any(Error) });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("not where its session has ended: it would be refused again", async () => {
    const asked: string[] = [];
    const port = await lyingServer((request) => {
      asked.push(request);
      return request.startsWith("resume") ? { status: "ERROR", code: "no-session", message: "x" } : { status: "OK" };
    });
    const { link } = linked(port, { login });
    await expect(link.connect()).rejects.toMatchObject({ code: "no-session" });
    expect(link.state).toMatchObject({ is: "down", error: { code: "no-session" }, at: undefined });
    await expect(link.lost).rejects.toMatchObject({ code: "no-session" });
    vi.advanceTimersByTime(600_000);
    expect(asked).toEqual(["dialect auto", `resume ${login.token}`]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("where its session has ended and that is listened for: it goes on without", async () => {
    const ended: string[] = [];
    const greeted: (string | undefined)[] = [];
    const port = await lyingServer((request) =>
      request.startsWith("resume") ? { status: "ERROR", code: "no-session", message: "x" } : { status: "OK" },
    );
    const { link } = linked(port, {
      login,
      onSessionEnded: ({ user }) => ended.push(user),
      greet: async (_, whose) => void greeted.push(whose?.user),
    });
    await link.connect();
    expect([link.state.is, link.login, ended, greeted]).toEqual(["up", undefined, ["alice"], [undefined]]);
  });

  test("where resuming or greeting was refused for another reason: it may be let in later", async () => {
    const { port, state } = await answering();
    let refuse = true;
    const { link, states } = linked(port, {
      login,
      greet: async () => {
        if (refuse) throw new RefusedRequest({ status: "ERROR", code: "internal" });
      },
    });
    await expect(link.connect()).rejects.toMatchObject({ code: "internal" });
    expect(states.at(-1)).toMatchObject({ is: "down", at: expect.any(Number) });
    refuse = false;
    link.tryNow();
    await waitFor("it is up", () => link.isUp);
    const greeting = ["dialect auto", `resume ${login.token}`];
    await waitFor("it has promised", () => state.asked.includes("ping every 60"));
    expect(state.asked).toEqual([...greeting, ...greeting, "ping every 60"]);
  });

  test("where the connection is lost while it is greeted", async () => {
    const { port, proxy } = await answering();
    const { link, waits } = linked(port, {
      greet: async (call) => {
        await call("ping", {});
        proxy.cut();
        await call("ping", {});
      },
    });
    await expect(link.connect()).rejects.toThrow();
    expect(waits).toHaveLength(1);
  });
});

test("what is asked and not answered when it is lost fails", async () => {
  const { port, proxy, state } = await answering();
  const { link } = linked(port);
  await link.connect();
  state.silent = true;
  const answer = link.request("satu");
  await waitFor("it is asked", () => state.asked.includes("satu"));
  proxy.cut();
  await expect(answer).rejects.toThrow();
});

describe("a server that says nothing any more", () => {
  test("is asked, and then it is lost: within 30 s", async () => {
    const { port, state } = await answering();
    const { link, states } = linked(port);
    await link.connect();
    state.silent = true;
    let seconds = 0;
    await waitFor("it is down", () => {
      vi.advanceTimersByTime(1000);
      seconds++;
      return link.state.is === "down";
    });
    expect(states.at(-1)).toMatchObject({ is: "down", error: { message: "the server does not answer" } });
    expect(seconds).toBeLessThanOrEqual(30);
    expect(state.asked.filter((request) => request === "ping").length).toBeLessThanOrEqual(1);
  });

  test("is noticed while it is greeted, too", async () => {
    const { port, state } = await answering();
    state.silent = true;
    const { link, states } = linked(port);
    link.connect().catch(() => undefined);
    await waitFor("it is greeted", () => state.asked.length > 0);
    for (let seconds = 0; seconds < 30; seconds++) vi.advanceTimersByTime(1000);
    expect(states[1]).toMatchObject({ is: "down", error: { message: "the server does not answer" } });
  });

  test("is not one that answers, however long nobody asks it anything", async () => {
    const { port, state } = await answering();
    const { link, is } = linked(port);
    await link.connect();
    for (let pings = 1; pings < 5; pings++) {
      vi.advanceTimersByTime(16_000);
      await waitFor("it is asked", () => state.asked.filter((request) => request === "ping").length >= pings);
      // The next look is after its answer.
      await link.request("x");
    }
    expect(is()).toEqual(["connecting", "up"]);
  });
});

test("a reply that trickles in for minutes, a byte at a time, is not taken for a dead server", async () => {
  let slow: Socket | undefined;
  let own: Socket | undefined;
  const asked: string[] = [];
  const port = await lyingServer((request, socket) => {
    asked.push(request);
    if (request !== "slow") return { status: "OK" };
    slow = socket;
    return undefined;
  });
  const world = { ...machine, connect: (options: Parameters<World["connect"]>[0]) => (own = machine.connect(options)) };
  const { link, is } = linked(port, { world });
  await link.connect();
  const answer = link.request("slow");
  await waitFor("it is asked", () => slow !== undefined);
  for (const byte of `${JSON.stringify({ status: "OK", data: "sudah" })}\r\n\r\n`) {
    const before = own?.bytesRead ?? 0;
    slow?.write(byte);
    await waitFor("it has come", () => (own?.bytesRead ?? 0) > before);
    vi.advanceTimersByTime(8000);
  }
  expect(await answer).toMatchObject({ data: "sudah" });
  expect(is()).toEqual(["connecting", "up"]);
  expect(asked).toEqual(["dialect auto", "ping every 60", "slow"]);
});

test("a server is promised that it hears something every minute; one that knows no promise is as good", async () => {
  const asked: string[] = [];
  const port = await lyingServer((request) => {
    asked.push(request);
    return request.startsWith("ping every")
      ? { status: "ERROR", message: "x", code: "bad-request" }
      : { status: "OK", data: request };
  });
  const { link, is } = linked(port);
  await link.connect();
  expect(await link.request("satu")).toMatchObject({ data: "satu" });
  expect(asked).toEqual(["dialect auto", "ping every 60", "satu"]);
  expect(is()).toEqual(["connecting", "up"]);
});

test("the promise is kept: a link on which nothing is said asks before the minute is over", async () => {
  const { port, state } = await answering();
  const { link } = linked(port);
  await link.connect();
  const pings = (): number => state.asked.filter((request) => request === "ping").length;
  // Two looks after the answers: nothing has come, so it asks.
  await waitFor("the promise is answered", () => state.asked.includes("ping every 60"));
  for (let seconds = 0; seconds < 60 && pings() === 0; seconds += 8) {
    vi.advanceTimersByTime(8000);
    await immediately();
  }
  await waitFor("it has asked", () => pings() > 0);
  expect(link.state.is).toBe("up");
});

describe("in the time that it may take", () => {
  test("a server that takes the connection and says nothing is given up, and tried again", async () => {
    const { port, state } = await answering();
    state.silent = true;
    const { link, states } = linked(port, { timeout: 4000 });
    const connecting = expect(link.connect()).rejects.toThrow("no answer within 4 s");
    await waitFor("it is greeted", () => state.asked.length > 0);
    vi.advanceTimersByTime(3999);
    await immediately();
    expect(link.state.is).toBe("connecting");
    vi.advanceTimersByTime(1);
    await connecting;
    expect(states.at(-1)).toMatchObject({
      is: "down",
      error: { message: "no answer within 4 s" },
      at: expect.any(Number),
    });
    state.silent = false;
    link.tryNow();
    await waitFor("it is up", () => link.state.is === "up");
  });

  test("a request that is not answered fails, and the link is made anew; one that may take long does not", async () => {
    const { port, state } = await answering();
    const { link, is } = linked(port, { timeout: 4000 });
    await link.connect();
    await waitFor("all is answered", () => state.asked.includes("ping every 60"));
    state.silent = true;
    const patient = link.request("lama", { patient: true });
    patient.catch(() => undefined);
    vi.advanceTimersByTime(4000);
    await immediately();
    expect(is()).toEqual(["connecting", "up"]);
    const answer = expect(link.request("satu")).rejects.toThrow("no answer within 4 s");
    await waitFor("it is asked", () => state.asked.includes("satu"));
    vi.advanceTimersByTime(4000);
    await answer;
    await expect(patient).rejects.toThrow("no answer within 4 s");
    await waitFor("it is down", () => link.state.is === "down");
    expect(is()).toEqual(["connecting", "up", "down"]);
  });

  test("what is answered leaves no timer behind", async () => {
    const { port } = await answering();
    const { link } = linked(port, { timeout: 4000 });
    await link.connect();
    await link.request("satu");
    await link.enter(login);
    link.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("closed", () => {
  test("it leaves nothing behind and says nothing more", async () => {
    const { port, state, proxy } = await answering();
    const { link, is } = linked(port);
    await link.connect();
    state.silent = true;
    const answer = link.request("satu");
    link.close();
    await expect(answer).rejects.toThrow("closed here");
    expect(vi.getTimerCount()).toBe(0);
    link.tryNow();
    proxy.cut();
    vi.advanceTimersByTime(600_000);
    await immediately();
    expect(is()).toEqual(["connecting", "up"]);
  });

  test("while it waits for its next try, there is none", async () => {
    const { link, is } = linked(await deadPort());
    await expect(link.connect()).rejects.toThrow("cannot reach");
    link.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(600_000);
    expect(is()).toEqual(["connecting", "down"]);
  });

  test("while it connects or is greeted, it never comes up", async () => {
    const { port, state } = await answering();
    const first = linked(port);
    const connecting = expect(first.link.connect()).rejects.toThrow("closed here");
    first.link.close();
    await connecting;
    state.silent = true;
    const second = linked(port);
    const greeted = expect(second.link.connect()).rejects.toThrow("closed here");
    await waitFor("it is greeted", () => state.asked.length > 0);
    second.link.close();
    await greeted;
    expect([first.is(), second.is()]).toEqual([["connecting"], ["connecting"]]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("closed while a server does not even take the connection, it leaves no socket behind", async () => {
  // One that never connects.
  const own = new Socket();
  const { link } = linked(1, { world: { ...machine, connect: () => own } });
  const connecting = expect(link.connect()).rejects.toThrow("closed here");
  link.close();
  await connecting;
  expect(own.destroyed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
