/** chat-client says everything in one language: English, or Indonesian where the locale or --lang says so. */
import { describe, expect, test } from "vitest";
import { topics } from "../../src/client/help.ts";
import { newScene, objects } from "../support/chat-client.ts";
import { foreignIn } from "../support/languages.ts";
import { newUser, ok } from "../support/people.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, run } = scene;

describe("the language", () => {
  test.each([
    ["en", {}, []],
    ["id", { LANG: "id_ID.UTF-8" }, []],
    ["id", { LC_MESSAGES: "id_ID", LANG: "en_GB.UTF-8" }, []],
    ["en", { LC_ALL: "C.UTF-8", LC_MESSAGES: "id_ID", LANG: "id_ID" }, []],
    ["id", { LC_ALL: "id_ID.utf8", LANG: "en_GB.UTF-8" }, []],
    ["en", { LC_ALL: "", LANG: "de_DE.UTF-8" }, []],
    ["en", { LANG: "id_ID.UTF-8" }, ["--lang", "en"]],
    ["id", { LC_ALL: "en_GB.UTF-8" }, ["--lang", "id"]],
    ["id", { CHAT_LANG: "id" }, []],
  ] as const)("is %s with %j %j", async (lang, env, options) => {
    const ended = await run([...options, "whoami"], { env });
    const said = { en: "chat-client: not logged in\n", id: "chat-client: belum masuk\n" }[lang];
    expect(ended).toMatchObject({ code: 77, stderr: said });
  });

  test("of --help, --version and the manual page is English, whatever the locale is", async () => {
    const env = { LANG: "id_ID.UTF-8", LC_ALL: "id_ID.UTF-8" };
    for (const words of [["--help"], ["--version"], ["man"], ["completion", "bash"]]) {
      const ended = await run(words, { env });
      expect(ended).toMatchObject({ code: 0, stdout: (await run(words)).stdout, stderr: "" });
    }
    expect((await run(["--help"], { env })).stdout).toMatch(/^Options:$/m);
  });
});

/** What two people do, and what goes wrong. */
const scenario = (bob: string, group: string): readonly string[] => [
  "ping",
  `addgroup ${group}`,
  `addgroup ${group}`,
  `joingroup ${group}`,
  "joingroup nowhere",
  `send ${bob} 1`,
  "send nobody 1",
  `sendgroup ${group} 2`,
  `post c-1 ${bob} 3`,
  `history ${bob}`,
  `search ${bob} zzz`,
  `sendfile ${bob} 12345`,
  `sendfile ${bob} nowhere`,
  "sendfile nobody 12345",
  "getfile nowhere",
  "files",
  "transfers",
  "users",
  "groups",
  `members ${group}`,
  "whoami",
  `info ${bob}`,
  "sessions",
  "realms",
  "chats",
  "inbox",
  "read 1",
  "sned",
  "open x",
  "upload x",
  `history ${bob} zzz`,
  `group set ${group} posting open`,
  `leave ${group}`,
  `leave ${group}`,
  "watch on",
  "logout",
  "whoami",
];

describe.each(["en", "id"] as const)("in %s", (lang) => {
  test("one scene, and what goes wrong in it, has no word of the other language", async () => {
    scene.write("12345", "1");
    const input = scenario(scene.bob, `kelas-${scene.alice}`).join("\n");
    const { code, stdout, stderr } = await run([...as(scene.alice), "--lang", lang, "--keep-going"], { input });
    expect(code).not.toBe(0);
    expect(foreignIn(lang, stdout + stderr)).toEqual([]);
    // What the server says itself is in neither.
    expect(stdout + stderr).not.toMatch(/successful|berhasil|tidak ditemukan/i);
  });

  test("help of every topic, and what keeps it from working, has no word of the other language", async () => {
    const shown: string[] = [];
    for (const words of [
      ["help"],
      ...[...topics, "send", "listen"].map((topic) => ["help", topic]),
      ["-u", scene.alice, "ping"],
      ["listen"],
      ["listen", "-x"],
      ["auth", "x", "rahasia"],
      ["getfile", "x", "--plain"],
      ["-n", "-u", scene.alice, "ping"],
    ]) {
      const { stdout, stderr } = await run(["--lang", lang, ...words]);
      shown.push(stdout, stderr);
    }
    const silent = await run(["--lang", lang, "ping"], { port: 1 });
    expect(foreignIn(lang, [...shown, silent.stderr].join("\n"))).toEqual([]);
  });

  test("a realm that cannot be reached is said to be so in the same language", async () => {
    const server = await started("--memory");
    const { client } = await newUser(server, scene.alice);
    await ok(client.request("addrealm seberang 127.0.0.1 1"));
    await until("it is known why", async () => {
      const { data } = await ok(client.request("realms"));
      return (data as { error?: string }[]).some(({ error }) => error !== undefined);
    });
    client.close();
    const { port } = server;
    const added = await run([...as(scene.alice), "--lang", lang, "addrealm", "sebelah", "127.0.0.1", "1"], { port });
    const { stdout } = await run([...as(scene.alice), "--lang", lang, "realms"], { port });
    expect(stdout).toMatch(/^seberang /m);
    expect(foreignIn(lang, added.stdout + added.stderr + stdout)).toEqual([]);
  });

  test("--json gives the server's own words, the same in both", async () => {
    const { stdout } = await run([...as(scene.alice), "--lang", lang, "--json", "send", "nobody", "halo"]);
    expect(objects(stdout)).toMatchObject([{ code: "user-not-found", message: "User tidak ditemukan" }]);
  });
});
