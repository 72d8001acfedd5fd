import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ESCAPES, newScene, objects } from "../support/chat-client.ts";
import { namesIn } from "../support/folder.ts";
import { newUser } from "../support/people.ts";
import { filesOf, same } from "../support/scene-files.ts";
import { started } from "../support/started.ts";

const MIB = 1024 ** 2;

const scene = newScene();
const { as, run } = scene;

const { fileOf, receivedBy } = filesOf(scene);

let [folder, alice, bob, group] = ["", "", "", ""];
beforeEach(() => {
  ({ folder, alice, bob } = scene);
  group = `kelas-${alice}`;
});

describe("from a shell", () => {
  test("a file is sent and fetched: exit code 0, what is said stands on stderr", async () => {
    const path = fileOf(MIB, "my notes.pdf");
    const sent = await run([...as(alice), "sendfile", bob, "my notes.pdf"]);
    expect(sent).toMatchObject({ code: 0, stdout: "", stderr: `my notes.pdf sent to ${bob}, 1.0 MiB\n` });
    const got = await run([...as(bob), "getfile", "my", "notes.pdf"]);
    const there = join("downloads", bob, "my notes.pdf");
    expect(got).toMatchObject({ code: 0, stdout: "", stderr: `my notes.pdf → ${there}\n` });
    expect(same(path, join(folder, there))).toBe(true);
  });

  test("several files are sent by one command, and downloads go where they are told to", async () => {
    fileOf(10);
    fileOf(20, "b.iso");
    expect(await run([...as(alice), "sendfile", bob, "a.iso", "b.iso"])).toMatchObject({ code: 0 });
    await run([...as(bob), "--downloads", "elsewhere", "getfile", "b.iso"]);
    expect(readdirSync(join(folder, "elsewhere", bob))).toEqual(["b.iso"]);
    await run([...as(bob), "getfile", "a.iso", "-o", "c.iso"]);
    expect(same(join(folder, "a.iso"), join(folder, "c.iso"))).toBe(true);
    expect(existsSync(join(folder, "downloads"))).toBe(false);
  });

  test.each([[[]], [["--plain"]], [["--json"]]])(
    "no bar is drawn where there is no terminal, for several either: %j",
    async (options: readonly string[]) => {
      const names = ["a.iso", "b.iso", "c.iso"];
      for (const name of names) fileOf(MIB, name);
      const { code, stdout, stderr } = await run([...as(alice), ...options, "sendfile", bob, ...names]);
      expect(code).toBe(0);
      if (options.includes("--json")) {
        expect(objects(stdout).filter(({ state }) => state === "done")).toHaveLength(3);
        expect(stderr).toBe("");
      } else {
        expect(stderr.split("\n").sort()).toEqual(["", ...names.map((name) => `${name} sent to ${bob}, 1.0 MiB`)]);
      }
    },
  );

  test.each([[[]], [["--json"]], [["--plain"]]])(
    "-o - gives the file's bytes and nothing else: %j",
    async (options) => {
      const path = fileOf(3 * MIB);
      await run([...as(alice), "sendfile", bob, "a.iso"]);
      const { code, bytes, stderr } = await run([...as(bob), ...options, "getfile", "a.iso", "-o", "-"]);
      expect(code).toBe(0);
      expect(bytes.equals(readFileSync(path))).toBe(true);
      expect(stderr).not.toMatch(ESCAPES);
    },
  );

  test("whoever reads what -o - gives may go away", async () => {
    fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    const { child, ended } = scene.startProcess([...as(bob), "getfile", "a.iso", "-o", "-"]);
    child.stdout.once("data", () => child.stdout.destroy());
    const { stderr } = await ended;
    expect(stderr).not.toContain(" at ");
  });

  test("files are listed on stdout, in words or as the server's reply", async () => {
    fileOf(2048);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    const day = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`;
    const sent = await run([...as(alice), "files"]);
    expect(sent.stdout).toMatch(new RegExp(`^${day}  a\\.iso  2\\.0 KiB  to ${bob}  [0-9a-f-]{36}\n$`));
    const got = await run([...as(bob), "files", "received"]);
    expect(got.stdout).toMatch(new RegExp(`^${day}  a\\.iso  2\\.0 KiB  from ${alice}  [0-9a-f-]{36}\n$`));
    expect((await run([...as(bob), "files"])).stdout).toBe("(nothing)\n");
    const [json] = objects((await run([...as(alice), "--json", "files"])).stdout);
    expect(json).toMatchObject({ status: "OK", data: [{ name: "a.iso", size: 2048, to: [bob] }] });
  });

  test("--json says on stdout how it goes, an object a line", async () => {
    fileOf(MIB);
    const up = await run([...as(alice), "--json", "sendfile", bob, "a.iso"]);
    const down = await run([...as(bob), "--json", "getfile", "a.iso"]);
    for (const { code, stdout, stderr } of [up, down]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      for (const one of objects(stdout)) expect(one).toMatchObject({ type: "transfer", v: 1, name: "a.iso" });
      expect(objects(stdout).at(-1)).toMatchObject({ state: "done", done: MIB, size: MIB });
    }
  });

  test("users and groups are found in any case, as the server finds them", async () => {
    fileOf(10);
    await run([...as(alice), "addgroup", group]);
    await run([...as(bob), "joingroup", group]);
    for (const to of [bob.toUpperCase(), `#${group.toUpperCase()}`]) {
      expect(await run([...as(alice), "sendfile", to, "a.iso"])).toMatchObject({ code: 0 });
    }
    const asked = [
      ["downloadgroup_file", group.toUpperCase()],
      ["download_file", alice.toUpperCase()],
    ];
    for (const words of asked) {
      expect(await run([...as(bob), ...words, "a.iso"])).toMatchObject({ code: 0 });
    }
  });

  test("a token can stand for the password, and goes on being good", async () => {
    const login = await run(["--json"], { input: `auth ${alice} rahasia\n` });
    const file = scene.write("token", `${objects(login.stdout)[0]?.["tokenid"]}\n`);
    fileOf(10);
    for (const _ of [1, 2]) {
      expect(await run(["--token-file", file, "sendfile", bob, "a.iso"])).toMatchObject({ code: 0 });
    }
    expect(await run(["--token-file", file, "getfile", "a.iso"])).toMatchObject({ code: 0 });
    expect(namesIn(join(folder, "downloads", alice))).toEqual(["a.iso"]);
    scene.write("token", "5f0d4f6a-9c37-4d2e-8f4a-5b6c9b2f8c1e\n");
    const refused = await run(["--token-file", file, "sendfile", bob, "a.iso"]);
    expect(refused).toMatchObject({ code: 77, stdout: "" });
    expect(refused.stderr).toMatch(/^chat-client: [^\n]+\n$/);
  });

  test.each([
    ["nobody is logged in", 77, [], ["sendfile", "BOB", "a.iso"], "log in first: auth NAME"],
    ["there is no such file here", 66, ["LOGIN"], ["sendfile", "BOB", "./nowhere.iso"], "./nowhere.iso: no such file"],
    ["there is no such file there", 66, ["LOGIN"], ["getfile", "nowhere.iso"], "nowhere.iso: no such file"],
    ["there is no such user", 67, ["LOGIN"], ["sendfile", "nobody", "a.iso"], "there is no such user"],
    ["it is a folder", 66, ["LOGIN"], ["sendfile", "BOB", "."], ".: not a file"],
    ["it is not said what to fetch", 64, ["LOGIN"], ["getfile", "-o", "x"], "use: getfile ID|NAME [-o PATH|-]"],
  ])("what cannot be done is one line on stderr, and its exit code: %s, %d", async (_, exit, options, words, says) => {
    fileOf(10);
    const login = options.length > 0 ? as(alice) : [];
    const ended = await run([...login, ...words.map((word) => (word === "BOB" ? bob : word))]);
    expect(ended).toMatchObject({ code: exit, stdout: "" });
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  });

  test("which of several files could not be sent is said", async () => {
    const small = await started("--memory", "--max-file", "1M");
    for (const name of [alice, bob]) (await newUser(small, name)).client.close();
    fileOf(10);
    fileOf(2 * MIB, "large.iso");
    const ended = await run([...as(alice), "sendfile", bob, "a.iso", "large.iso"], { port: small.port });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(await receivedBy(bob, small)).toEqual(["a.iso"]);
    const line = ended.stderr.split("\n").find((text) => !text.includes("sent to"));
    expect(line).toContain("large.iso");
  });

  test("a content in the line goes as the older documents have it", async () => {
    const { code } = await run([...as(alice), "sendfile", bob, "hello.txt", "aGVsbG8="]);
    expect(code).toBe(0);
    expect((await run([...as(bob), "getfile", "hello.txt", "-o", "-"])).stdout).toBe("hello");
  });
});

describe("a script's lines", () => {
  test("are done one after the other; of files only what is asked for is data", async () => {
    fileOf(MIB);
    const lines = [`sendfile ${bob} a.iso`, "getfile a.iso", "files", "transfers", "ping"];
    const { code, stdout, stderr } = await run(as(alice), { input: `${lines.join("\n")}\n` });
    expect(code).toBe(0);
    const said = stderr.trimEnd().split("\n");
    expect(said).toEqual([`a.iso sent to ${bob}, 1.0 MiB`, `a.iso → ${join("downloads", alice, "a.iso")}`]);
    const [listed, transfers, ping] = stdout.trimEnd().split("\n");
    expect(listed).toContain("  a.iso  1.0 MiB  ");
    expect([transfers, ping]).toEqual(["(nothing)", "pong"]);
  });

  test.each([[[]], [["--json"]]])(
    "may ask for a file's bytes, which nothing else stands between: %j",
    async (options) => {
      const path = fileOf(MIB);
      await run([...as(alice), "sendfile", bob, "a.iso"]);
      const { code, bytes } = await run([...as(bob), ...options], { input: "getfile a.iso -o -\n" });
      expect({ code, same: bytes.equals(readFileSync(path)) }).toEqual({ code: 0, same: true });
    },
  );

  test("with --json are objects", async () => {
    fileOf(MIB);
    const lines = [`sendfile ${bob} a.iso`, "getfile a.iso", "transfers", "getfile nowhere", "ping"];
    const { code, stdout } = await run([...as(alice), "--json", "--keep-going"], { input: `${lines.join("\n")}\n` });
    expect(code).toBe(66);
    const all = objects(stdout);
    expect(all.filter(({ state }) => state === "done")).toHaveLength(2);
    expect(all.at(-2)).toMatchObject({ type: "error" });
    expect(all.at(-1)).toMatchObject({ status: "OK" });
  });
});
