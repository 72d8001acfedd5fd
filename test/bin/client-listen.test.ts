/** `chat-client listen`: messages as they come, each once, also over a link that is lost. */
import { beforeEach, describe, expect, test } from "vitest";
import { newScene, objects } from "../support/chat-client.ts";
import { testFolder } from "../support/folder.ts";
import { lyingServer, reply, somebody } from "../support/lying.ts";
import { loggedIn, newUser, ok, type Person } from "../support/people.ts";
import type { Running } from "../support/program-here.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { startProcess, startServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, run, start } = scene;

let alice: Person;
beforeEach(async () => {
  alice = await loggedIn(scene.server, scene.alice);
});

/** bob listens, once he does. */
async function listening(options: readonly string[] = [], more: readonly string[] = [], port = scene.server.port) {
  const running = start([...as(scene.bob), ...options, "listen", ...more], { port });
  await until("it listens", () => running.stderr.includes("listening\n"));
  return running;
}

/** What it has printed with --json, as texts of messages. */
function texts({ stdout }: { readonly stdout: string }): unknown[] {
  return objects(stdout).map(({ message }) => message);
}

async function says(person: Person, ...requests: readonly string[]): Promise<void> {
  for (const request of requests) await ok(person.client.request(request));
}

test("how it prints may be said behind it: it takes no text", async () => {
  const running = await listening([], ["--from", scene.alice, "-C", "1", "--json"]);
  await says(alice, `send ${scene.bob} halo`);
  const { stdout, code } = await running.ended;
  expect({ code, said: objects(stdout) }).toMatchObject({ code: 0, said: [{ type: "message", message: "halo" }] });
});

describe("listen", () => {
  test("prints what comes from now on, not what has come before, and ends after -C messages", async () => {
    await says(alice, `send ${scene.bob} lama`);
    const running = await listening([], ["-C", "2"]);
    await says(alice, `send ${scene.bob} satu`, `send ${scene.bob} dua`, `send ${scene.bob} tiga`);
    const { code, stdout, stderr } = await running.ended;
    expect(stdout).toMatch(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: satu\n\\d\\d:\\d\\d ${scene.alice}: dua\n$`));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "listening\n" });
  });

  test("ends where its session is ended elsewhere: nothing would come any more", async () => {
    const running = await listening();
    const bob = await loggedIn(scene.server, scene.bob);
    const { data } = await ok(bob.client.request("sessions"));
    const others = (data as { id: number; current?: boolean }[]).filter(({ current }) => current !== true);
    for (const { id } of others) await ok(bob.client.request(`logout ${id}`));
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 77, stderr: "listening\nnot logged in\n" });
  });

  test("marks nothing as read", async () => {
    const running = await listening([], ["-C", "1"]);
    await says(alice, `send ${scene.bob} halo`);
    await running.ended;
    expect((await run([...as(scene.bob), "inbox"])).stdout).toContain(": halo\n");
  });

  test("--from is of one user, in any case, with or without @; other messages do not count", async () => {
    const carl = await newUser(scene.server, `carl-${scene.alice}`);
    const all = [scene.alice.toUpperCase(), `@${scene.alice}`].map((name) =>
      listening(["--json"], ["--from", name, "-C", "1"]),
    );
    const [one, other] = await Promise.all(all);
    await says(carl, `send ${scene.bob} bukan`);
    await says(alice, `send ${scene.bob} ya`);
    expect([texts(await (one as Running).ended), texts(await (other as Running).ended)]).toEqual([["ya"], ["ya"]]);
  });

  test("--group is of one group, with or without #; what is said to the user alone does not count", async () => {
    const group = `kelas-${scene.alice}`;
    const bob = await loggedIn(scene.server, scene.bob);
    await says(alice, `addgroup ${group}`);
    await says(bob, `joingroup ${group}`);
    const all = [group.toUpperCase(), `#${group}`].map((name) => listening(["--json"], ["--group", name, "-C", "1"]));
    const [one, other] = await Promise.all(all);
    await says(alice, `send ${scene.bob} bukan`, `sendgroup ${group} ya`);
    expect([texts(await (one as Running).ended), texts(await (other as Running).ended)]).toEqual([["ya"], ["ya"]]);
  });

  test("-W without -C takes all that comes in that time, and is content with one", async () => {
    const running = await listening(["--json"], ["-W", "2"]);
    await says(alice, `send ${scene.bob} satu`, `send ${scene.bob} dua`);
    const ended = await running.ended;
    expect({ code: ended.code, said: texts(ended) }).toEqual({ code: 0, said: ["satu", "dua"] });
  });

  test("--json gives an object a line, of a file another than of a message", async () => {
    const running = await listening(["--json"], ["-C", "2"]);
    await says(alice, `send ${scene.bob} halo`);
    await run([...as(scene.alice), "sendfile", scene.bob, scene.write("a.iso", "isi")]);
    const { stdout } = await running.ended;
    expect(objects(stdout)).toMatchObject([
      { type: "message", v: 1, from: scene.alice, to: scene.bob, message: "halo", id: expect.any(String) },
      { type: "file", v: 1, from: scene.alice, message: "a.iso", file: { name: "a.iso", size: 3 } },
    ]);
  });

  test("acts by a token as well", async () => {
    const token = await scene.tokenOf(scene.bob);
    const running = start(["--token-file", token, "listen", "-C", "1"]);
    await until("it listens", () => running.stderr.includes("listening\n"));
    await says(alice, `send ${scene.bob} halo`);
    expect(await running.ended).toMatchObject({ code: 0, stdout: expect.stringContaining(": halo\n") });
  });

  test.each([
    [["-C", "0"]],
    [["-C", "many"]],
    [["-C", "-1"]],
    [["-C", "1.5", "-W", "0.2"]],
    [["-C"]],
    [["-C", "1", "-C", "2"]],
    [["-W", "0"]],
    [["-W", "soon"]],
    [["-W"]],
    [["--from"]],
    [["--from", "a", "--from", "b"]],
    [["--group", ""]],
    [["--form", "alice"]],
    [["-x"]],
    [["alice"]],
  ])("is wrong with %j: one line says how it is used, exit code 64", async (words) => {
    const ended = await run([...as(scene.bob), "listen", ...words]);
    expect(ended).toMatchObject({ code: 64, stdout: "" });
    expect(ended.stderr).toMatch(/^chat-client: use: listen [^\n]+\n$/);
  });
});

describe("a link that is lost", () => {
  test("through a server that is killed and comes back: nothing is missed, nothing comes twice", async () => {
    const data = testFolder();
    const first = await startProcess(["--data", data]);
    for (const name of [scene.alice, scene.bob]) (await newUser(first, name)).client.close();
    const group = `kelas-${scene.alice}`;
    const before = await loggedIn(first, scene.alice);
    await says(before, `addgroup ${group}`);
    await says(await loggedIn(first, scene.bob), `joingroup ${group}`);
    const proxy = await FaultyProxy.before(first);
    const running = await listening(["--json"], ["-C", "7"], proxy.port);
    await says(before, `send ${scene.bob} 1`, `sendgroup ${group} 2`);
    await until("both are there", () => texts(running).length === 2);

    proxy.refuse(true);
    await first.kill("SIGKILL");
    const second = await startServer(["--data", data, "--port", String(first.port)]);
    try {
      const after = await loggedIn(second, scene.alice);
      await says(after, `send ${scene.bob} 3`, `sendgroup ${group} 4`, `send ${scene.bob} 5`);
      proxy.refuse(false);
      await until("what was missed is there", () => texts(running).length === 5);
      await says(after, `send ${scene.bob} 6`, `sendgroup ${group} 7`);
      const { code, stdout } = await running.ended;
      expect({ code, said: texts({ stdout }) }).toEqual({ code: 0, said: ["1", "2", "3", "4", "5", "6", "7"] });
    } finally {
      await second.stop();
      await first.stop();
    }
  });

  test("before anything has come: what was new when it began is not told of, what came meanwhile is", async () => {
    await says(alice, `send ${scene.bob} lama`);
    const proxy = await FaultyProxy.before(scene.server);
    const running = await listening(["--json"], ["-C", "2"], proxy.port);
    proxy.refuse(true);
    proxy.cut();
    await says(alice, `send ${scene.bob} satu`, `send ${scene.bob} dua`);
    proxy.refuse(false);
    const { stdout } = await running.ended;
    expect(texts({ stdout })).toEqual(["satu", "dua"]);
  });

  test("while something older is unread and something newer read: only what comes then is told of", async () => {
    const carl = await newUser(scene.server, `carl-${scene.alice}`);
    const bob = await loggedIn(scene.server, scene.bob);
    await says(alice, `send ${scene.bob} belum dibaca`);
    await says(carl, `send ${scene.bob} sudah dibaca`);
    const { data } = await ok(bob.client.request(`history carl-${scene.alice} limit 1`));
    await says(bob, `read ${(data as { id: string }[])[0]?.id}`);
    const proxy = await FaultyProxy.before(scene.server);
    const running = await listening(["--json"], ["-C", "2"], proxy.port);
    for (const text of ["satu", "dua"]) {
      proxy.refuse(true);
      proxy.cut();
      await says(alice, `send ${scene.bob} ${text}`);
      proxy.refuse(false);
      await until("it has come", () => texts(running).includes(text));
    }
    expect(texts(await running.ended)).toEqual(["satu", "dua"]);
  });

  test("for so long that more was missed than the server gives at once: it is all there, in order", async () => {
    const proxy = await FaultyProxy.before(scene.server);
    const running = await listening(["--json"], ["-C", "2501"], proxy.port);
    await says(alice, `send ${scene.bob} 0`);
    await until("the first is there", () => texts(running).length === 1);
    proxy.refuse(true);
    proxy.cut();
    const wanted = Array.from({ length: 2500 }, (_, i) => String(i + 1));
    await Promise.all(wanted.map((text) => ok(alice.client.request(`send ${scene.bob} ${text}`))));
    proxy.refuse(false);
    await until("the last is there", () => texts(running).at(-1) === "2500");
    expect(texts(running)).toEqual(["0", ...wanted]);
  });

  test("and comes back to a session that is no more ends it with 77", async () => {
    const proxy = await FaultyProxy.before(scene.server);
    const running = await listening([], [], proxy.port);
    proxy.refuse(true);
    proxy.cut();
    const bob = await loggedIn(scene.server, scene.bob);
    await says(bob, "passwd rahasia baru");
    proxy.refuse(false);
    const ended = await running.ended;
    expect(ended).toMatchObject({ code: 77, stdout: "" });
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });

  test("is told of on standard error, and how it is with --no-reconnect", async () => {
    const proxy = await FaultyProxy.before(scene.server);
    const [staying, ending] = await Promise.all([
      listening([], ["-C", "1"], proxy.port),
      listening(["--no-reconnect"], [], proxy.port),
    ]);
    proxy.cut();
    const { code, stdout, stderr } = await (ending as Running).ended;
    expect({ code, stdout }).toEqual({ code: 75, stdout: "" });
    expect(stderr).toMatch(/^listening\n[^\n]+\n$/);
    await says(alice, `send ${scene.bob} halo`);
    expect(await (staying as Running).ended).toMatchObject({ code: 0, stdout: expect.stringContaining(": halo\n") });
  });

  test("and comes back while others write: what comes before the list of what was missed hides none of it", async () => {
    const messages = Array.from({ length: 4 }, (_, i) => ({
      id: `01a1fc92-5ef7-7000-8000-00000000000${i + 1}`,
      from: "alice",
      to: "bob",
      message: String(i + 1),
      time: "2026-11-21T05:26:53.431Z",
    }));
    const event = (i: number): object => ({ event: "message", data: messages[i] });
    let watching = 0;
    let there = 0;
    const port = await lyingServer((request, socket) => {
      const [word, , since] = request.split(" ");
      if (word === "auth") return { status: "OK", tokenid: "token", user: "bob" };
      if (word === "watch") {
        reply(socket, { status: "OK", message: "watching", watching: true });
        // Two were sent while nobody listened; the third comes as soon as somebody does.
        there = watching === 0 ? 0 : 3;
        if (watching++ > 0) reply(socket, event(2));
        return undefined;
      }
      if (word === "chats") return { status: "OK", data: [] };
      if (word === "unread") {
        there = 1;
        setImmediate(() => {
          reply(socket, event(0));
          setImmediate(() => socket.destroy());
        });
        return { status: "OK", data: [] };
      }
      if (word === "inbox") {
        const data = messages.slice(0, there).filter(({ id }) => id > String(since));
        setImmediate(() => reply(socket, event(3)));
        return { status: "OK", data };
      }
      return { status: "OK", message: "ok", ...(word === "resume" && { data: somebody }) };
    });
    const running = start([...as("bob"), "--json", "listen"], { port });
    await until("the newest is there", () => texts(running).includes("4"));
    expect(texts(running)).toEqual(["1", "2", "3", "4"]);
  });

  test("and comes back after the group of the last message was left: what is new is there all the same", async () => {
    const group = `kelas-${scene.alice}`;
    const bob = await loggedIn(scene.server, scene.bob);
    await says(alice, `addgroup ${group}`);
    await says(bob, `joingroup ${group}`);
    const proxy = await FaultyProxy.before(scene.server);
    const running = await listening(["--json"], ["-C", "2"], proxy.port);
    await says(alice, `sendgroup ${group} satu`);
    await until("the first is there", () => texts(running).length === 1);
    proxy.refuse(true);
    proxy.cut();
    await says(bob, `leave ${group}`);
    await says(alice, `send ${scene.bob} dua`);
    proxy.refuse(false);
    await until("the second is there", () => texts(running).length === 2);
    expect(texts(await running.ended)).toEqual(["satu", "dua"]);
  });
});
