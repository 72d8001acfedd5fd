/** chat-client starts as quickly as it can: what one command does not need is not loaded. */
import { mkdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { newScene } from "../support/chat-client.ts";
import { source } from "../support/programs.ts";

const scene = newScene();

/** Tells of every module that is loaded, as a line of the file LOADED. */
const telling = `
  import { appendFileSync } from "node:fs";
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      appendFileSync(process.env.LOADED, url + "\\n");
      return next(url, context);
    },
  });`;

/** Runs a command. @returns the modules that were loaded, those of Node itself aside */
async function loadedBy(args: readonly string[], input = ""): Promise<readonly string[]> {
  const file = scene.write("loaded", "");
  const node = ["--import", `data:text/javascript,${encodeURIComponent(telling)}`];
  const { code } = await scene.runProcess(args, { client: source("chat-client"), node, env: { LOADED: file }, input });
  expect(code).toBe(0);
  const urls = readFileSync(file, "utf8").split("\n");
  return urls.filter((url) => url.startsWith("file:")).map((url) => url.replace(/^.*?\/(src|node_modules)\//, "$1/"));
}

function of(modules: readonly string[], ...names: readonly string[]): readonly string[] {
  return modules.filter((module) => names.some((name) => module.includes(name)));
}

describe("is not loaded", () => {
  const drawing = [
    "terminal/live.ts",
    "terminal/screen.ts",
    "terminal/editor.ts",
    "bin/client-prompt.ts",
    "string-width",
  ];

  test("what draws, for one command", async () => {
    const loaded = await loadedBy(["ping"]);
    expect(of(loaded, "bin/client-script.ts")).toHaveLength(1);
    expect(of(loaded, ...drawing.slice(0, -1))).toEqual([]);
  });

  test("what tells how wide characters are, for one command", async () => {
    expect(of(await loadedBy(["ping"]), "string-width", "get-east-asian-width", "emoji-regex")).toEqual([]);
  });

  test("the whole of yargs, unless help is asked for or something is wrong", async () => {
    const loaded = await loadedBy([...scene.as(scene.alice), "--json", "send", scene.bob, "halo"]);
    expect(of(loaded, "node_modules/yargs/", "y18n", "cliui")).toEqual([]);
    expect(of(await loadedBy(["--help"]), "node_modules/yargs/")).not.toEqual([]);
  });

  test.each([[["-q", "ping"]], [["-n", "ping"]], [["-c", "ping"]], [["-P", "kampus", "--plain", "ping"]]])(
    "the whole of yargs, for options by their letters: %j",
    async (args) => {
      mkdirSync(scene.path("config/obrol"), { recursive: true });
      scene.write("config/obrol/client.json", '{ "profiles": { "kampus": {} } }');
      expect(of(await loadedBy(args), "node_modules/yargs/")).toEqual([]);
    },
  );

  test("what draws, for a script, for listening and for a file", async () => {
    const file = scene.write("a.iso", "isi");
    const runs: [readonly string[], string][] = [
      [[], "ping\n"],
      [[...scene.as(scene.alice), "sendfile", scene.bob, file], ""],
      [["--dry-run", "send", scene.bob, "halo"], ""],
    ];
    for (const [args, input] of runs) expect(of(await loadedBy(args, input), ...drawing.slice(0, -1))).toEqual([]);
  });

  test("the shells and the manual page, unless they are asked for", async () => {
    expect(of(await loadedBy(["ping"]), "documented", "shell-completion", "manual", "server-options")).toEqual([]);
    expect(of(await loadedBy(["man"]), "manual")).toHaveLength(1);
  });

  test("anything of the server, for one command", async () => {
    expect(
      of(
        await loadedBy(["ping"]),
        "src/server/",
        "src/state/",
        "src/logs/",
        "src/contents/",
        "src/realms/",
        "src/bin/server",
      ),
    ).toEqual([]);
  });
});
