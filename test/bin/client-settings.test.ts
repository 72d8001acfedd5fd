/** Settings of chat-client: where each comes from, and which wins. */
import { execFile as execFileThen } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { clientOptions } from "../../src/bin/client-options.ts";
import { chatClient, type More, newScene } from "../support/chat-client.ts";

/** @throws Error when the exit code is not 0 */
const execFile = promisify(execFileThen);

const scene = newScene();
const { as, run } = scene;

/** Writes a config file of that name in the test's folder. @returns its path */
function config(settings: unknown, name = "config/obrol/client.json"): string {
  const path = scene.path(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof settings === "string" ? settings : JSON.stringify(settings));
  return path;
}

/** The folder that a download goes to. */
async function folderOf(options: readonly string[], more: More = {}): Promise<string> {
  await run([...as(scene.alice), "--config", "none", "sendfile", scene.bob, scene.write("a.iso", "isi")]);
  const { code, stderr } = await run([...as(scene.bob), ...options, "getfile", "a.iso"], more);
  expect(code).toBe(0);
  return String(/ → (.*)\/bob\d+\/a( \(\d\))?\.iso\n$/.exec(stderr)?.[1]);
}

describe("a flag wins over a variable, that over a profile, that over the config, that over the default", () => {
  const settings = { downloads: "of-config", profiles: { kampus: { downloads: "of-profile" } } };
  const env = { CHAT_DOWNLOADS: "of-variable" };

  test.each([
    ["of-flag", ["-P", "kampus", "--downloads", "of-flag"], env],
    ["of-variable", ["-P", "kampus"], env],
    ["of-profile", ["-P", "kampus"], {}],
    ["of-profile", [], { CHAT_PROFILE: "kampus" }],
    ["of-config", [], {}],
    ["downloads", ["--config", "none"], {}],
    ["downloads", [], { CHAT_CONFIG: "none" }],
  ])("%s: %j %j", async (wanted, options, variables) => {
    config(settings);
    expect(await folderOf(options, { env: variables })).toBe(wanted);
  });

  test("a profile that the config itself names is the one", async () => {
    config({ profile: "kampus", ...settings });
    expect(await folderOf([])).toBe("of-profile");
  });

  test("what a profile does not say is the config's", async () => {
    config({ downloads: "of-config", profiles: { kampus: { quiet: false } } });
    expect(await folderOf(["--profile", "kampus"])).toBe("of-config");
  });
});

describe("the config file", () => {
  test("is in XDG_CONFIG_HOME, else in ~/.config; a relative one does not count", async () => {
    config({ downloads: "of-xdg" });
    config({ downloads: "of-home" }, "home/.config/obrol/client.json");
    config("broken", "relative/obrol/client.json");
    const env = { HOME: scene.path("home") };
    expect(await folderOf([], { env })).toBe("of-xdg");
    expect(await folderOf([], { env: { ...env, XDG_CONFIG_HOME: "relative" } })).toBe("of-home");
    expect(await folderOf([], { env: { ...env, XDG_CONFIG_HOME: "" } })).toBe("of-home");
  });

  test("may be another one, or none, whatever the usual one holds", async () => {
    config("broken");
    expect(await folderOf(["--config", config({ downloads: "of-other" }, "other.json")])).toBe("of-other");
    expect(await folderOf(["--config", "none"])).toBe("downloads");
  });

  test("holds every option by its name, but those that say what to do this once", async () => {
    const values: Readonly<Record<string, unknown>> = {
      port: 1234,
      timeout: "5s",
      notify: "off",
      color: "never",
      lang: "id",
      "tls-pin": "0".repeat(64),
    };
    const options = Object.entries(clientOptions).filter(
      ([name]) => !["config", "json", "plain", "no-save-login", "profile"].includes(name),
    );
    const isOnce = (option: object): boolean => "onlyByFlag" in option && option.onlyByFlag === true;
    const given = (name: string, option: { flag?: boolean }): unknown => (option.flag ? true : (values[name] ?? "x"));
    const kept = options.filter(([, option]) => !isOnce(option));
    // These two exclude each other.
    for (const without of ["user", "token-file"]) {
      const some = kept.filter(([name]) => name !== without);
      config(Object.fromEntries(some.map(([name, option]) => [name, given(name, option)])));
      expect(await run(["help"])).toMatchObject({ code: 0, stderr: "" });
    }
    for (const [name, option] of options.filter(([, one]) => isOnce(one))) {
      config({ [name]: given(name, option) });
      expect(await run(["help"])).toMatchObject({ code: 78, stderr: expect.stringContaining(name) });
    }
  });

  test.each([
    ["is no JSON", "port: 9000", [], /client\.json/],
    ["is cut short", '{\n"port": 90', [], /client\.json/],
    ["is a list", "[]", [], /one JSON object/],
    ["has an option that there is not", { prot: 9000 }, [], /prot/],
    ["names another config", { config: "other.json" }, [], /config/],
    ["has a command", { command: ["ping"] }, [], /command/],
    ["has a password", { password: "rahasia" }, [], /unknown option password/],
    ["has a value that is none", { timeout: "soon" }, [], /timeout/],
    ["has a value of no kind that fits", { downloads: { folder: "x" } }, [], /downloads/],
    ["has no such profile", { profiles: { rumah: {} } }, ["-P", "kampus"], /no profile is called kampus/],
    ["has no profiles", {}, ["-P", "toString"], /no profile is called toString/],
    [
      "has a profile with an option that there is not",
      { profiles: { k: { prot: 1 } } },
      ["-P", "k"],
      /profile k.*prot/,
    ],
    ["has a profile within a profile", { profiles: { k: { profile: "x" } } }, ["-P", "k"], /profile k/],
    ["has a profile with a bad value", { profiles: { k: { color: "x" } } }, ["-P", "k"], /color/],
  ])("that %s is said in one line, exit code 78", async (_, settings, options, says) => {
    config(settings);
    const ended = await run([...options, "help"]);
    expect(ended).toMatchObject({ code: 78, stdout: "" });
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).toMatch(/^chat-client: [^\n]+\n$/);
  });
});

describe("a variable", () => {
  test("says none of what is to be done this once", async () => {
    const env = { CHAT_COMMAND: "ping", CHAT_FILE: "nowhere", CHAT_EACH_LINE: "yes", CHAT_DRY_RUN: "yes" };
    expect(await run([], { env })).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await run(["ping"], { env })).toMatchObject({ code: 0, stdout: "pong\n", stderr: "" });
  });

  test("that is wrong is named, exit code 64", async () => {
    const ended = await run(["ping"], { env: { CHAT_TIMEOUT: "soon" } });
    expect(ended).toMatchObject({ code: 64, stdout: "" });
    expect(ended.stderr).toMatch(/^chat-client: CHAT_TIMEOUT: [^\n]+\n$/);
  });

  test("of a password does not exist, nor does an option", async () => {
    expect(Object.keys(clientOptions).filter((name) => /^(pass(word)?|token)$/.test(name))).toEqual([]);
    const env = { CHAT_PASSWORD: "rahasia", CHAT_USER: scene.alice };
    expect(await run(["ping"], { env })).toMatchObject({ code: 77, stdout: "" });
    const ended = await run(["-u", scene.alice, "--password", "rahasia", "ping"]);
    expect(ended).toMatchObject({ code: 64, stdout: "" });
    expect(ended.stderr).not.toContain("rahasia");
  });
});

describe("a secret file", () => {
  test("counts by its first line, and by that only", async () => {
    const secret = scene.write("two", "rahasia\r\nanother line\n");
    expect(await run(["-u", scene.alice, "--password-file", secret, "ping"])).toMatchObject({ code: 0 });
  });

  test.each(["604", "640", "601", "620"])("that others may use (mode %s) is not read", async (mode) => {
    const secret = scene.write("open", "rahasia\n", Number.parseInt(mode, 8));
    const ended = await run(["-u", scene.alice, "--password-file", secret, "--trace", "ping"]);
    expect(ended).toMatchObject({ code: 78, stdout: "", stderr: expect.stringContaining(`chmod 600 ${secret}\n`) });
    expect(ended.stderr).not.toContain("> auth");
  });

  test("may be a pipe, as a shell makes one", async () => {
    const line = '"$@" --password-file <(echo rahasia) ping';
    const program = [process.execPath, chatClient, "--port", String(scene.server.port), "-u", scene.alice];
    const ended = await execFile("bash", ["-c", line, "bash", ...program], { env: scene.env() });
    expect(ended).toEqual({ stdout: "pong\n", stderr: "" });
  });
});

describe("--password-command", () => {
  test("prints the password on its first line", async () => {
    const command = "printf 'rahasia\\nsomething else\\n'";
    expect(await run(["-u", scene.alice, "--password-command", command, "whoami"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(scene.alice),
    });
    config({ profiles: { k: { user: scene.alice, "password-command": command } } });
    expect(await run(["-P", "k", "ping"])).toMatchObject({ code: 0, stdout: "pong\n" });
  });

  test.each([
    ["that fails", "echo rahasia; exit 3", /--password-command .*3/],
    ["that there is not", "no-such-command-here", /--password-command/],
    ["that prints nothing", "true", /password/],
    ["that prints more than a word", "echo rahasia sekali", /one word/],
  ])("%s is told of, exit code 77", async (_, command, says) => {
    // What the shell says is on the process's own standard error.
    const ended = await scene.runProcess(["-u", scene.alice, "--password-command", command, "ping"]);
    expect(ended).toMatchObject({ code: 77, stdout: "", stderr: expect.stringMatching(says) });
  });
});

describe("a saved login", () => {
  const saved = (): string => scene.path("state/obrol/logins.json");

  test("does without a password from then on, in a file that only its owner reads", async () => {
    expect(await run([...as(scene.alice), "--save-login", "ping"])).toMatchObject({ code: 0 });
    expect(statSync(saved()).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(saved())).mode & 0o777).toBe(0o700);
    for (const name of [scene.alice, scene.alice.toUpperCase()]) {
      const { code, stdout } = await run(["-u", name, "whoami"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(new RegExp(`^${scene.alice} `, "m")) });
    }
    await run(["-u", scene.alice, "sendfile", scene.bob, scene.write("a.iso", "isi")]);
    expect(await run([...as(scene.bob), "getfile", "a.iso", "-o", "-"])).toMatchObject({ code: 0, stdout: "isi" });
  });

  test("is of one server and one user", async () => {
    await run([...as(scene.alice), "--save-login", "ping"]);
    expect(await run(["-u", scene.bob, "ping"])).toMatchObject({ code: 77 });
    expect(await run(["--host", "localhost", "-u", scene.alice, "ping"])).toMatchObject({ code: 77 });
  });

  test("that has ended is as none, and a password brings another", async () => {
    await run([...as(scene.alice), "--save-login", "ping"]);
    await run(["-u", scene.alice, "logout"]);
    expect(await run(["-u", scene.alice, "ping"])).toMatchObject({ code: 77, stdout: "" });
    expect(await run([...as(scene.alice), "--save-login", "ping"])).toMatchObject({ code: 0 });
    expect(await run(["-u", scene.alice, "ping"])).toMatchObject({ code: 0 });
  });

  test("is kept in XDG_STATE_HOME, else in ~/.local/state; a relative one does not count", async () => {
    const env = { HOME: scene.path("home"), XDG_STATE_HOME: "relative" };
    await run([...as(scene.alice), "--save-login", "ping"], { env });
    expect(statSync(scene.path("home/.local/state/obrol/logins.json")).isFile()).toBe(true);
    expect(await run(["-u", scene.alice, "ping"], { env })).toMatchObject({ code: 0 });
    expect(await run(["-u", scene.alice, "ping"])).toMatchObject({ code: 77 });
  });

  test("is not made unless it is asked for, and not both can be", async () => {
    await run([...as(scene.alice), "ping"]);
    expect(statSync(saved(), { throwIfNoEntry: false })).toBe(undefined);
    const ended = await run([...as(scene.alice), "--save-login", "--no-save-login", "ping"]);
    expect(ended).toMatchObject({ code: 64, stderr: expect.stringContaining("one of them") });
  });
});
