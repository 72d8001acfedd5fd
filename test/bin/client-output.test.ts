/** What chat-client prints without a person: data on standard output, everything else on standard error, in three forms. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Output } from "../../src/client/script/output.ts";
import { found } from "../search/support.ts";
import { anyCharacter } from "../support/any-character.ts";
import { chatClient, ESCAPES, newScene, objects } from "../support/chat-client.ts";
import { Gate } from "../support/gate.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import type { Ended } from "../support/program-here.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, run, start } = scene;
const alice = (...words: readonly string[]): Promise<Ended> => run([...as(scene.alice), ...words]);
const bob = (...words: readonly string[]): Promise<Ended> => run([...as(scene.bob), ...words]);

/** alice says something to bob. */
async function told(...texts: readonly string[]): Promise<void> {
  const { client } = await loggedIn(scene.server, scene.alice);
  await Promise.all(texts.map((text) => ok(client.request(`send ${scene.bob} ${text}`))));
  client.close();
}

/** Runs a line of a shell, in which CLIENT is chat-client as bob. */
function shell(line: string): Promise<Ended> {
  const client = [process.execPath, chatClient, "--port", String(scene.server.port), ...as(scene.bob)].join(" ");
  const options = { env: scene.env(), cwd: scene.folder, maxBuffer: 1e9 };
  return new Promise((resolve) => {
    const child = execFile("/bin/sh", ["-c", line.replaceAll("CLIENT", client)], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr, bytes: Buffer.from(stdout) }),
    );
  });
}

/** On a busy machine the index may be behind, and a search says so. */
async function isIndexed(words: string): Promise<void> {
  const { client } = await loggedIn(scene.server, scene.alice);
  await found(client, words);
  client.close();
}

describe("standard output", () => {
  test.each([
    ["whoami", "\nALICE  "],
    ["ping", "pong"],
    ["files", "(nothing)"],
    ["transfers", "(nothing)"],
    ["help", "sendfile"],
    ["history BOB", ": halo"],
    ["search BOB hal*", ": halo"],
  ])("has the data and standard error nothing: %s", async (line, says) => {
    await told("halo");
    if (line.startsWith("search")) await isIndexed("hal*");
    const named = (text: string): string => text.replace("ALICE", scene.alice).replace("BOB", scene.bob);
    const ended = await alice(...named(line).split(" "));
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(named(says)), stderr: "" });
  });

  test("has nothing of what is no data", async () => {
    const file = scene.write("a.iso", "halo");
    const listening = start([...as(scene.bob), "listen"]);
    await until("it listens", () => listening.stderr !== "");
    listening.kill("SIGINT");
    for (const ended of [
      await alice("sendfile", scene.bob, file),
      await alice("send", "nobody", "halo"),
      await bob("getfile", "a.iso"),
      await alice("sned"),
      await listening.ended,
      await alice("search", scene.bob, "tugas"),
    ]) {
      expect(ended.stdout).toBe("");
      expect(ended.stderr).not.toBe("");
    }
  });

  test.each(["CLIENT history NAME 1000", "CLIENT --json history NAME 1000", "CLIENT --plain inbox", "CLIENT help"])(
    "may be left by its reader without a word: %s | head -1",
    async (line) => {
      await told(...Array.from({ length: 1000 }, (_, i) => `${i} ${"x".repeat(500)}`));
      const ended = await shell(`${line.replace("NAME", scene.alice)} | head -1`);
      expect(ended).toMatchObject({ stderr: "", stdout: expect.stringMatching(/^[^\n]+\n$/) });
    },
  );

  test("has all of a long output through a pipe, however slow its reader", async () => {
    await told(...Array.from({ length: 1000 }, (_, i) => `${i} ${"x".repeat(1000)}`));
    const { stdout } = await shell(`CLIENT history ${scene.alice} 1000 | (sleep 0.3; wc -l)`);
    expect(stdout.trim()).toBe("1000");
  });

  test("has no escape codes without a terminal, nor has standard error; with --color always it has", async () => {
    await told("halo \u202emerah");
    for (const options of [[], ["--plain"], ["--json"], ["--color", "never"]]) {
      for (const words of [["history", scene.alice], ["inbox"], ["send", "nobody", "halo"], ["sned"]]) {
        const { stdout, stderr } = await bob(...options, ...words);
        expect(stdout + stderr).not.toMatch(ESCAPES);
      }
    }
    const { stdout } = await bob("--color", "always", "history", scene.alice);
    expect(stdout).toContain("\u001b[");
    expect(stdout).toContain("\\u202emerah");
  });

  test("is asked to be without colour by NO_COLOR, too, and data in JSON and fields never has any", async () => {
    await told("halo");
    for (const options of [["--json"], ["--plain"]]) {
      expect((await bob("--color", "always", ...options, "inbox")).stdout).not.toMatch(ESCAPES);
    }
    const plain = await run([...as(scene.bob), "history", scene.alice], { env: { NO_COLOR: "1" } });
    expect(plain.stdout).not.toMatch(ESCAPES);
  });
});

describe("--json", () => {
  /** The types of README's table. */
  const documented = new Set(
    readFileSync(new URL("../../README.md", import.meta.url), "utf8")
      .split("| type | what else is in it |\n")[1]
      ?.split("\n\n")[0]
      ?.split("\n")
      .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, type]) => type)),
  );

  test("gives an object a line, each with v and a type that README has", async () => {
    const group = `kelas-${scene.alice}`;
    const running = start([...as(scene.bob), "--json", "--keep-going"], { input: "open" });
    const { stdin } = running;
    const seen = (type: string): Promise<true> =>
      until(`there is a ${type}`, () => objects(running.stdout).some((one) => one["type"] === type));
    stdin.write(`addgroup ${group}\nwatch on\nwhoami\nsned\nsend nobody halo\ngetfile nowhere\n`);
    await seen("error");
    const carl = await newUser(scene.server, `carl-${scene.alice}`);
    // Who watches is there at once.
    const his = [`joingroup ${group}`, "watch on", `typing #${group}`, `sendgroup ${group} halo`, `leave ${group}`];
    for (const request of his) {
      await ok(carl.client.request(request));
    }
    await seen("leave");
    const sent = await alice("--json", "sendfile", scene.bob, scene.write("a.iso", "isi"));
    const { id } = objects(sent.stdout).at(-1) ?? {};
    await seen("file");
    expect(await alice("unsend", String(id))).toMatchObject({ code: 0 });
    await seen("unsend");
    // What becomes of messages, and what bob does on another connection.
    const { client: phone } = await loggedIn(scene.server, scene.bob);
    const { id: said } = await ok(phone.request(`sendgroup ${group} halo`));
    for (const request of [`pin ${said}`, `unpin ${said}`, `react ${said} 👍`, `unreact ${said}`, `edit ${said} hai`]) {
      await ok(phone.request(request));
    }
    for (const request of [`delete ${said}`, "inbox", `mute ${scene.alice}`]) await ok(phone.request(request));
    for (const type of ["sent", "deleted", "read", "muted"]) await seen(type);
    phone.close();
    stdin.end(
      `history ${scene.alice}\nexport ${scene.alice} -o bob.ndjson\nfiles\ntransfers\nsendfile ${scene.alice} a.iso\n`,
    );
    carl.client.close();
    const { stdout } = await running.ended;
    const server = await started("--memory");
    await newUser(server, scene.alice);
    const listening = start([...as(scene.alice), "--json", "--keep-going", "--no-reconnect"], {
      port: server.port,
      input: "open",
    });
    listening.stdin.write("watch on\nping\n");
    await until("she watches", () => listening.stdout.includes("pong"));
    await server.stop();
    listening.stdin.end();
    const { stdout: last } = await listening.ended;
    const texts = await Promise.all([["help"], ["man"], ["completion", "bash"]].map((one) => alice("--json", ...one)));
    const all = [stdout, last, sent.stdout, ...texts.map((one) => one.stdout)].flatMap(objects);
    for (const one of all) expect(one).toMatchObject({ type: expect.any(String), v: 1 });
    const types = new Set(all.map(({ type }) => String(type)));
    expect([...types].filter((type) => !documented.has(type))).toEqual([]);
    expect([...documented].filter((type) => !types.has(String(type)))).toEqual([]);
  });

  test("gives messages with the fields that PROTOCOL.md has", async () => {
    await told("halo\tdan\nbaris");
    const [message] = objects((await bob("--json", "history", scene.alice)).stdout);
    expect(message).toEqual({
      type: "message",
      v: 1,
      id: expect.any(String),
      from: scene.alice,
      to: scene.bob,
      realm: expect.any(String),
      message: "halo\tdan\nbaris",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });
});

describe("--plain", () => {
  const TIME = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;

  test("gives of a message time, from, place and text, and of a file its id", async () => {
    const group = `kelas-${scene.alice}`;
    await alice("addgroup", group);
    await bob("joingroup", group);
    await told("halo");
    await alice("sendgroup", group, "semua");
    await alice("sendfile", scene.bob, scene.write("a.iso", "isi"));
    const mine = await bob("--plain", "history", scene.alice);
    expect(mine.stdout).toMatch(
      new RegExp(`^${TIME}\t(alice\\d+)\t\\1\thalo\n${TIME}\t\\1\t\\1\ta\\.iso\t[0-9a-f-]{36}\n$`),
    );
    const hers = await alice("--plain", "history", scene.bob, "1");
    expect(hers.stdout).toMatch(new RegExp(`^${TIME}\t${scene.alice}\t${scene.bob}\ta\\.iso\t[0-9a-f-]{36}\n$`));
    const groups = await bob("--plain", "history", `#${group}`);
    expect(groups.stdout).toMatch(new RegExp(`^${TIME}\t${scene.alice}\t#${group}\tsemua\n$`));
  });

  test("gives the same fields of a message when it is the server's reply", async () => {
    await told("halo");
    const wanted = (await alice("--plain", "history", scene.bob)).stdout;
    expect((await alice("--plain", "history", scene.bob, "limit", "20")).stdout).toBe(wanted);
  });

  test("gives the same fields of a message when the script has logged in itself", async () => {
    await told("halo");
    const wanted = (await alice("--plain", "history", scene.bob)).stdout;
    const { stdout } = await run(["--plain", "-q"], { input: `auth ${scene.alice} rahasia\nhistory ${scene.bob}\n` });
    expect(stdout).toBe(wanted);
  });

  test("gives a list an item a line, and fields of one thing a line each", async () => {
    const group = `kelas-${scene.alice}`;
    await alice("addgroup", group);
    const groups = await alice("--plain", "groups");
    expect(groups.stdout.split("\n").filter((line) => line.split("\t").includes(group))).toHaveLength(1);
    const { stdout } = await alice("--plain", "whoami");
    expect(stdout).toContain(`username\t${scene.alice}\n`);
    for (const line of stdout.trimEnd().split("\n")) expect(line).toMatch(/^\w+\t[^\t]*$/);
  });

  test("gives of a list of one's own all that there is of an item, an empty field in its place", async () => {
    const { alice: hers, bob: his } = scene;
    const rows = async (who: typeof alice, ...words: readonly string[]): Promise<readonly (readonly string[])[]> => {
      const { code, stdout } = await who("--plain", ...words);
      expect(code).toBe(0);
      return stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split("\t"));
    };
    const group = `kelas-${hers}`;
    await alice("addgroup", group);
    await alice("sendfile", his, scene.write("my notes.pdf", Buffer.alloc(3000, "a")));
    await told("halo\tdan\nbaris");
    const time = expect.stringMatching(new RegExp(`^${TIME}$`));
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const text = "halo\\tdan\\nbaris";

    expect(await rows(bob, "chats")).toEqual([[hers, "2", time, hers, text, id, ""]]);
    await alice("mute", his);
    await alice("mute", `#${group}`, "mentions");
    expect(await rows(alice, "chats")).toEqual([
      [his, "0", time, hers, text, id, "all"],
      [`#${group}`, "0", "", "", "", "", "mentions"],
    ]);
    expect(await rows(alice, "mutes")).toEqual([
      [`#${group}`, "mentions", time],
      [his, "all", time],
    ]);
    const [sent] = await rows(alice, "files");
    const [received] = await rows(bob, "files", "received");
    for (const file of [sent, received])
      expect(file).toEqual(expect.arrayContaining([time, "my notes.pdf", "3000", id]));
    expect(sent).toHaveLength((received ?? []).length);
    const here = ["127.0.0.1", expect.stringMatching(/^(chat-client \d|auto$)/)];
    const sessions = await rows(alice, "sessions");
    expect(sessions.at(-1)).toEqual([expect.stringMatching(/^\d+$/), time, time, "current", ...here]);
    expect(sessions[0]).toEqual([expect.stringMatching(/^\d+$/), time, time, "", ...here]);
    const realms = await rows(alice, "realms");
    expect(realms).toHaveLength(1);
    expect(realms[0]?.slice(0, 2)).toEqual([expect.any(String), "own"]);
    expect(realms[0]).toHaveLength(9);
    expect(await rows(alice, "transfers")).toEqual([]);
  });

  test("gives of a transfer that is paused its bytes, its path and its receiver, each in its place", async () => {
    const gate = await Gate.before(scene.server);
    const path = scene.write("a.iso", Buffer.alloc(4 * 1024 ** 2, "a"));
    gate.allow("up", 1024 ** 2);
    const running = start([...as(scene.alice), "sendfile", scene.bob, "a.iso"], { port: gate.port });
    await gate.full("up");
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130 });
    gate.allow("up");
    const { stdout } = await run([...as(scene.alice), "--plain", "transfers"], { port: gate.port });
    const all = String(4 * 1024 ** 2);
    expect(stdout.trimEnd().split("\t")).toEqual([
      "upload",
      "paused",
      "a.iso",
      expect.stringMatching(/^\d+$/),
      all,
      path,
      scene.bob,
    ]);
  });

  test("writes a tab, a line end and a backslash as \\t, \\n and \\\\", async () => {
    await told("satu\tdua\ntiga\\n\\empat");
    const { stdout } = await bob("--plain", "history", scene.alice);
    expect(stdout.split("\t").slice(3)).toEqual(["satu\\tdua\\ntiga\\\\n\\\\empat\n"]);
  });

  test("holds any text in one line of four fields, from which it can be read again", () => {
    const meant: Readonly<Record<string, string>> = { t: "\t", n: "\n", "\\": "\\" };
    const read = (field: string): string =>
      field.replace(/\\(?:u([0-9a-f]{4})|([tn\\]))/g, (_, unit?: string, sign = "") =>
        unit === undefined ? (meant[sign] as string) : String.fromCharCode(Number.parseInt(unit, 16)),
      );
    const texts = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.string({ unit: fc.constantFrom("\\", "t", "n", "u", "0", "1", "9", "\t", "\n", "\r", "\u001b") }),
    );
    fc.assert(
      fc.property(texts, (message) => {
        const stdout = new PassThrough();
        new Output({ form: "plain", ascii: false, quiet: false, stdout, stderr: stdout, name: "" }).message({
          id: "1",
          from: "alice",
          to: "bob",
          time: "now",
          message,
        });
        const line = String(stdout.read());
        expect(line.endsWith("\n")).toBe(true);
        const fields = line.slice(0, -1).split("\t");
        expect(line.slice(0, -1)).not.toMatch(ESCAPES);
        expect(line.slice(0, -1)).not.toContain("\n");
        expect(fields.map(read)).toEqual(["now", "alice", "alice", message]);
      }),
    );
  });
});

describe("--quiet", () => {
  test("prints nothing of what only says that it was done", async () => {
    const nothing = { code: 0, stdout: "", stderr: "" };
    expect(await alice("-q", "send", scene.bob, "halo")).toMatchObject(nothing);
    expect(await alice("-q", "sendfile", scene.bob, scene.write("a.iso", "isi"))).toMatchObject(nothing);
    expect(await bob("-q", "getfile", "a.iso")).toMatchObject(nothing);
  });

  test("prints data and what went wrong all the same", async () => {
    await told("halo");
    expect((await bob("-q", "inbox")).stdout).toContain(": halo\n");
    const refused = await alice("-q", "send", "nobody", "halo");
    expect(refused).toMatchObject({ code: 67, stdout: "", stderr: "chat-client: there is no such user\n" });
    const gone = await bob("-q", "getfile", "nowhere");
    expect(gone).toMatchObject({ code: 66, stdout: "", stderr: expect.stringContaining("nowhere") });
  });

  test("leaves replies with --json as they are", async () => {
    const { stdout } = await alice("-q", "--json", "send", scene.bob, "halo");
    expect(objects(stdout)).toMatchObject([{ type: "reply", status: "OK" }]);
  });
});
