/** The library that other programs use: a message is sent once and told once, whatever becomes of the connection. */
import { expect, onTestFinished, test } from "vitest";
import type { Client, ConnectOptions } from "../../src/connection/client.ts";
import { connect, type Event, LinkError, type Message, RefusedRequest } from "../../src/connection/index.ts";
import { loggedIn, newUser, ok, PASSWORD, type Person } from "../support/people.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

interface Scene {
  readonly server: TestServer;
  readonly proxy: FaultyProxy;
  readonly bob: Person;
  /** The program, as alice, behind the proxy. */
  connected(options?: Partial<ConnectOptions>): Promise<Client>;
}

async function scene(): Promise<Scene> {
  const server = await startServer(["--memory"]);
  onTestFinished(() => server.stop());
  const proxy = await FaultyProxy.before(server);
  const alice = await newUser(server, "alice");
  await ok(alice.client.request("logout"));
  return {
    server,
    proxy,
    bob: await newUser(server, "bob"),
    async connected(options = {}) {
      const client = await connect({
        host: proxy.host,
        port: proxy.port,
        user: "alice",
        password: PASSWORD,
        ...options,
      });
      onTestFinished(() => client.close());
      return client;
    },
  };
}

/** What the program is told, as it takes it. */
function taking(client: Client, since?: string) {
  const texts: string[] = [];
  const last: { message?: Message; error?: unknown; over?: true } = {};
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  void (async () => {
    try {
      for await (const message of client.messages({ since, signal: ended.signal })) {
        texts.push(message.message);
        last.message = message;
      }
      last.over = true;
    } catch (error) {
      last.error = error;
    }
  })();
  return { texts, last, ended };
}

/** Bob says something until the program hears it: from now on it follows. */
async function follows({ bob }: Scene, hears: () => boolean): Promise<void> {
  await until("it follows", async () => {
    await ok(bob.client.request("send alice begin"));
    return hears();
  });
}

function behindBegin(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => text !== "begin");
}

test("a program asks by operation, and reads what it asked for", async () => {
  const { connected } = await scene();
  const client = await connected();
  expect(client.user).toBe("alice");
  const { data } = await client.call("hello", {});
  expect(data.dialect).toBe("native");
  const { users } = await client.call("users", {});
  expect(users.map(({ username }) => username).toSorted()).toEqual(["alice", "bob"]);
  const refused = client.call("history", { with: "nobody" });
  await expect(refused).rejects.toThrow(RefusedRequest);
  await expect(refused).rejects.toMatchObject({ code: "user-not-found" });
});

test("who cannot log in is told so at once", async () => {
  const { connected, proxy } = await scene();
  await expect(connected({ password: "salah" })).rejects.toMatchObject({ code: "bad-credentials" });
  const token = "00000000-0000-4000-8000-000000000000";
  await expect(connect({ port: proxy.port, token })).rejects.toMatchObject({ code: "no-session" });
  await expect(connect({ port: proxy.port, user: "alice" })).rejects.toThrow(TypeError);
  proxy.refuse(true);
  await expect(connected()).rejects.toThrow(LinkError);
});

test("a session made by a password ends with the program; one that was given as a token stays", async () => {
  const { connected, server } = await scene();
  const other = await loggedIn(server, "alice");
  const sessions = async (): Promise<number> =>
    ((await ok(other.client.request("sessions"))).data as readonly unknown[]).length;
  const client = await connected();
  expect(await sessions()).toBe(2);
  await client.close();
  expect(await sessions()).toBe(1);
  const byToken = await connected({ token: other.token });
  expect(byToken.user).toBe("alice");
  await byToken.close();
  expect(await sessions()).toBe(1);
  await expect(byToken.send("bob", "x")).rejects.toThrow(LinkError);
});

test("what is said while the connection is away is told when it is back, in its order and once", async () => {
  const all = await scene();
  const { proxy, bob, connected } = all;
  const { texts } = taking(await connected());
  await follows(all, () => texts.length > 0);
  proxy.refuse(true);
  proxy.cut();
  for (const n of [1, 2, 3]) await ok(bob.client.request(`send alice m${n}`));
  proxy.refuse(false);
  await until("it has caught up", () => texts.includes("m3"));
  await ok(bob.client.request("send alice m4"));
  await until("it goes on", () => texts.includes("m4"));
  expect(behindBegin(texts)).toEqual(["m1", "m2", "m3", "m4"]);
});

test("a program that is started again goes on after the message that it has dealt with", async () => {
  const all = await scene();
  const { bob, connected } = all;
  const first = await connected();
  const { texts, last } = taking(first);
  await follows(all, () => texts.length > 0);
  await first.close();
  await until("what it takes has an end", () => last.over);
  await ok(bob.client.request("send alice missed"));
  const second = taking(await connected(), last.message?.id);
  await until("it has caught up", () => second.texts.includes("missed"));
  expect(behindBegin(second.texts)).toEqual(["missed"]);
});

test("a program slower than its friends holds a part of what it is told, and misses nothing", async () => {
  const all = await scene();
  const { bob } = all;
  const client = await all.connected();
  const stream = client.messages();
  let heard = false;
  void stream.next().then(() => (heard = true));
  await follows(all, () => heard);
  const count = 2500;
  await Promise.all(Array.from({ length: count }, (_, i) => ok(bob.client.request(`send alice n${i}`))));
  // What is asked for now is answered after all of them were told.
  await client.call("ping", {});
  const numbered: string[] = [];
  while (numbered.length < count) {
    const { value } = await stream.next();
    if (value && value.message !== "begin") numbered.push(value.message);
  }
  await stream.return();
  expect(numbered).toEqual(Array.from({ length: count }, (_, i) => `n${i}`));
});

test("a message whose answer was lost is sent again, and arrives once", async () => {
  const { proxy, bob, connected } = await scene();
  const client = await connected();
  proxy.loseReplies(true);
  const sent = Array.from({ length: 20 }, (_, i) => client.send("bob", `s${i}`));
  await until("the server has them", async () => {
    const { data } = (await ok(bob.client.request("history alice"))) as unknown as { data: readonly unknown[] };
    return data.length === 20;
  });
  proxy.loseReplies(false);
  proxy.cut();
  const ids = (await Promise.all(sent)).map(({ id }) => id);
  const { data } = (await ok(bob.client.request("history alice"))) as unknown as { data: readonly Message[] };
  expect(data.map(({ message }) => message)).toEqual(Array.from({ length: 20 }, (_, i) => `s${i}`));
  expect(data.map(({ id }) => id)).toEqual(ids);
});

test("an answer goes where the message was said; one that is refused says why", async () => {
  const all = await scene();
  const { bob } = all;
  const client = await all.connected();
  await client.call("createGroup", { group: "kelas" });
  await ok(bob.client.request("joingroup kelas"));
  const { texts, last } = taking(client);
  await follows(all, () => texts.length > 0);
  await ok(bob.client.request("sendgroup kelas halo"));
  await until("it is told", () => texts.includes("halo"));
  const { id } = await client.answer(last.message as Message, "juga");
  const { data } = (await ok(bob.client.request("history #kelas"))) as unknown as { data: readonly Message[] };
  expect(data.at(-1)).toMatchObject({ id, from: "alice", group: "kelas", message: "juga" });
  await expect(client.send("nobody", "x")).rejects.toMatchObject({ code: "user-not-found" });
});

test("events that are no messages come as they happen", async () => {
  const { bob, connected } = await scene();
  const events: Event[] = [];
  const client = await connected({ onEvent: (event) => events.push(event) });
  await client.call("createGroup", { group: "kelas" });
  await ok(bob.client.request("joingroup kelas"));
  const joined = await until("it is told", () => events.find((event) => event.event === "join"));
  expect(joined.data).toEqual({ group: "kelas", user: "bob" });
});

test("without coming back, a connection that is lost ends what waits", async () => {
  const { proxy, connected } = await scene();
  const client = await connected({ reconnect: false });
  const { last } = taking(client);
  proxy.loseReplies(true);
  const sent = client.send("bob", "halo");
  const failed = expect(sent).rejects.toThrow(LinkError);
  proxy.cut();
  await failed;
  expect(await until("it is told", () => last.error)).toBeInstanceOf(LinkError);
});

test("streams of one program miss nothing when the connection is lost, whether they are fast or slow", async () => {
  const all = await scene();
  const { proxy, bob } = all;
  const client = await all.connected({ onEvent: () => {} });
  const fast = taking(client);
  const slow = client.messages();
  const taken: string[] = [];
  const take = async (): Promise<void> => {
    const { value } = await slow.next();
    if (value) taken.push(value.message);
  };
  const first = take();
  await follows(all, () => fast.texts.length > 0 && taken.length > 0);
  await first;
  const say = (from: number, to: number): Promise<unknown> =>
    Promise.all(Array.from({ length: to - from }, (_, i) => ok(bob.client.request(`send alice n${from + i}`))));
  await say(0, 1500);
  for (const n of [1500, 1700, 1900]) {
    proxy.refuse(true);
    proxy.cut();
    await say(n, n + 100);
    proxy.refuse(false);
    // The slow one takes some before, and some after it is back.
    for (let i = 0; i < 400; i++) await take();
    await say(n + 100, n + 200);
  }
  const numbers = Array.from({ length: 2100 }, (_, i) => `n${i}`);
  await until("the fast one has all", () => fast.texts.includes("n2099"));
  while (!taken.includes("n2099")) await take();
  expect(behindBegin(fast.texts)).toEqual(numbers);
  expect(behindBegin(taken)).toEqual(numbers);
});

test("what was missed may take longer to fetch than one answer may take", async () => {
  const all = await scene();
  const { proxy, bob } = all;
  const client = await all.connected({ timeout: 1000 });
  const { texts } = taking(client);
  await follows(all, () => texts.length > 0);
  proxy.refuse(true);
  proxy.cut();
  await Promise.all(Array.from({ length: 3000 }, (_, i) => ok(bob.client.request(`send alice n${i}`))));
  // Each of three pages has some 300,000 bytes.
  proxy.slow(500_000);
  proxy.refuse(false);
  await until("it has caught up", () => texts.includes("n2999"));
  expect(behindBegin(texts)).toEqual(Array.from({ length: 3000 }, (_, i) => `n${i}`));
});

test("a session that was ended elsewhere is made anew by the password; a program with a token is told", async () => {
  const { connected, server, bob } = await scene();
  const outside = await server.connect();
  const client = await connected();
  const { token } = client;
  await ok(outside.request(`logout ${token}`));
  await client.send("bob", "still here");
  expect(client.token).not.toBe(token);
  const { data } = (await ok(bob.client.request("history alice"))) as unknown as { data: readonly Message[] };
  expect(data.map(({ message }) => message)).toEqual(["still here"]);
  const { token: given } = await loggedIn(server, "alice");
  const byToken = await connected({ token: given });
  const { last } = taking(byToken);
  await ok(outside.request(`logout ${given}`));
  await expect(byToken.send("bob", "x")).rejects.toMatchObject({ code: "no-session" });
  expect(await until("it is told", () => last.error)).toMatchObject({ code: "no-session" });
  expect(byToken.user).toBe("alice");
});

test("what is no one word cannot make a request another one", async () => {
  const { connected, bob } = await scene();
  const client = await connected();
  for (const sent of [client.send("bob hi", "x"), client.send("bob", "x", "b17 carl"), client.send("", "x")]) {
    await expect(sent).rejects.toMatchObject({ code: "bad-request" });
  }
  await expect(connected({ password: "rahasia\r\n\r\nlogout" })).rejects.toMatchObject({ code: "bad-request" });
  expect((await ok(bob.client.request("history alice"))).data).toEqual([]);
});
