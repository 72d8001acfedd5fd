/** What chat-client tells of itself: help, what shells complete, the manual pages. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { clientOptions } from "../../src/bin/client-options.ts";
import { serverOptions } from "../../src/bin/server-options.ts";
import { topics } from "../../src/client/help.ts";
import { exitsAbout } from "../../src/client/script/exits.ts";
import { ownCommands, requests } from "../../src/client/vocabulary.ts";
import { newScene } from "../support/chat-client.ts";

const scene = newScene();
const { run } = scene;

const tables = { "chat-client": clientOptions, "chat-server": serverOptions } as const;

/** Is there such a program here? */
function isHere(program: string): boolean {
  return spawnSync("/bin/sh", ["-c", `command -v ${program}`]).status === 0;
}

async function told(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(words, { port: 1 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("help", () => {
  test("begins with what a shell can do and which topics there are; help all lists every request, too", async () => {
    const first = await told("help");
    for (const { name, usage } of ownCommands.filter((command) => command.in !== "prompt")) {
      if (name !== "help") expect(first).toContain(usage);
    }
    // Keys are the prompt's: a shell has its own.
    for (const topic of topics.filter((one) => one !== "keys"))
      expect(first).toMatch(new RegExp(`^ {2}help ${topic} `, "m"));
    const text = await told("help", "all");
    for (const { usage } of ownCommands.filter((command) => command.in !== "prompt")) expect(text).toContain(usage);
    const words = text.split(/\s+/);
    for (const { pattern } of requests) expect(words).toContain(pattern.words[0]);
    for (const line of text.split("\n")) expect(line).not.toMatch(/^ {2}(open|close|ignore|quit) /);
  });

  test.each(["en", "id"])("has what one needs first on a screen of 24 rows of 80 columns: %s", async (lang) => {
    const lines = (await told("--lang", lang, "help")).trimEnd().split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    // The last row is the shell's.
    expect(lines.length).toBeLessThan(24);
  });

  test("tells of one command, of each of them", async () => {
    expect(await told("help", "send")).toMatch(/^send <.*\n {2}.*\n {2}for example: send bob halo/m);
    expect(await told("help", "sendfile")).toContain("sendfile TO PATH…");
    expect(await told("help", "listen")).toContain("listen --from bob -C 1 -W 60");
  });

  test("tells of the keys, as it says", async () => {
    expect(await told("help", "keys")).toContain("Ctrl-R");
  });

  test("of a slip says what may have been meant, exit code 64", async () => {
    const ended = await run(["help", "sned"], { port: 1 });
    expect(ended).toMatchObject({ code: 64, stdout: "", stderr: expect.stringMatching(/did you mean send\?\n$/) });
  });

  test("is the same as a line of a script", async () => {
    expect(await run([], { input: "help send\n" })).toMatchObject({ code: 0, stdout: await told("help", "send") });
  });

  test("--help lists every option; --version is the package's", async () => {
    const text = await told("--help");
    for (const name of Object.keys(clientOptions)) expect(text).toMatch(new RegExp(`--${name}\\b(?!-)`));
    expect(await told("-h")).toBe(text);
    expect(await told("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("completion bash", () => {
  let script = "";
  beforeEach(async () => {
    script = scene.write("completion", await told("completion", "bash"));
    scene.write("my notes.pdf", "");
    mkdirSync(scene.path("folder"));
  });

  /** What bash offers for the last word. */
  function offered(...words: readonly string[]): Promise<readonly string[]> {
    const [program = ""] = words;
    const line = [
      'source "$1"; shift',
      'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))',
      '"$(complete -p "$1" | sed "s/.*-F \\([^ ]*\\).*/\\1/")"',
      `((\${#COMPREPLY[@]})) && printf "%s\\n" "\${COMPREPLY[@]}"; true`,
    ].join("\n");
    expect(program).toMatch(/^chat-/);
    return new Promise((resolve, reject) => {
      execFile("bash", ["-c", line, "bash", script, ...words], { cwd: scene.folder }, (error, stdout, stderr) => {
        if (error || stderr !== "") reject(error ?? new Error(stderr));
        else resolve(stdout.split("\n").slice(0, -1));
      });
    });
  }

  test.each(["chat-client", "chat-server"] as const)("offers every option of %s", async (program) => {
    const wanted = Object.entries(tables[program]).flatMap(([name, option]) => {
      const { alias } = option as { alias?: string };
      return [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])];
    });
    expect((await offered(program, "-")).toSorted()).toEqual([...wanted, "--help", "-h", "--version"].toSorted());
    expect(await offered(program, "--conf")).toEqual(["--config"]);
  });

  test("offers commands and requests, those of the prompt not", async () => {
    expect(await offered("chat-client", "liste")).toEqual(["listen"]);
    expect(await offered("chat-client", "getf")).toEqual(["getfile"]);
    const all = await offered("chat-client", "");
    for (const { name } of ownCommands.filter((one) => one.in !== "prompt")) expect(all).toContain(name);
    for (const { pattern } of requests) expect(all).toContain(pattern.words[0]);
    for (const name of ["open", "close", "ignore", "quit"]) expect(all).not.toContain(name);
  });

  test("offers what an option may be: one of its choices, a file, a folder, or nothing", async () => {
    expect(await offered("chat-client", "--color", "")).toEqual(["auto", "always", "never"]);
    expect(await offered("chat-client", "--notify", "osc9")).toEqual(["osc9", "osc99"]);
    expect(await offered("chat-server", "--log-level", "")).toEqual(expect.arrayContaining(["debug", "silent"]));
    for (const option of ["-f", "--file", "--password-file", "--token-file", "--config"]) {
      expect(await offered("chat-client", option, "pass")).toEqual(["password"]);
    }
    expect(await offered("chat-client", "--downloads", "")).toEqual(["folder"]);
    expect(await offered("chat-client", "--host", "")).toEqual([]);
  });

  test("offers shells after completion, and files after the rest", async () => {
    expect(await offered("chat-client", "completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(await offered("chat-client", "sendfile", "bob", "pass")).toContain("password");
  });

  test("offers a file's name with blanks as one", async () => {
    expect(await offered("chat-client", "sendfile", "bob", "my")).toContain("my notes.pdf");
    expect(await offered("chat-client", "--password-file", "my")).toEqual(["my notes.pdf"]);
  });
});

describe("completion", () => {
  for (const [shell, check] of [
    ["zsh", ["-n"]],
    ["fish", ["--no-execute"]],
  ] as const) {
    const here = isHere(shell);
    const how = here ? `and ${shell} takes it` : `${shell} is not here: it is only read`;
    test(`${shell} names every option and command of both programs; ${how}`, async () => {
      const text = await told("completion", shell);
      for (const [program, table] of Object.entries(tables)) {
        expect(text).toContain(program);
        for (const name of Object.keys(table)) {
          const flag = shell === "zsh" ? `'--${name}[` : `complete -c ${program} -l ${name} `;
          expect(text).toContain(flag);
        }
      }
      for (const { name } of ownCommands.filter((one) => one.in !== "prompt")) expect(text).toContain(name);
      if (here) expect(spawnSync(shell, [...check, scene.write("completion", text)]).stderr.toString()).toBe("");
    });
  }

  test("of another shell is refused, exit code 64", async () => {
    for (const words of [["completion"], ["completion", "csh"], ["completion", "toString"]]) {
      expect(await run(words)).toMatchObject({
        code: 64,
        stdout: "",
        stderr: expect.stringContaining("bash|zsh|fish"),
      });
    }
  });
});

describe("man", () => {
  /** The page's text: what roff makes of it, without its fonts. */
  const read = (page: string): string =>
    page.replace(/\\(?:f[BRI]|&)/g, "").replace(/\\([-e])/g, (_, sign) => (sign === "e" ? "\\" : "-"));
  const pages = { client: clientOptions, server: serverOptions } as const;

  test.each(["client", "server"] as const)("%s has every option, and what it does", async (of) => {
    const text = read(await told("man", of));
    for (const [name, option] of Object.entries(pages[of])) {
      expect(text).toMatch(new RegExp(`^(-\\w, )?--${name}( |$)`, "m"));
      expect(text).toContain(option.describe);
    }
  });

  test("client has every command, request and exit code; it is the one that is meant without a name", async () => {
    const page = await told("man", "client");
    const lines = read(page).split("\n");
    for (const { usage, about } of ownCommands) expect(lines).toEqual(expect.arrayContaining([usage, about]));
    for (const { pattern } of requests) expect(lines).toContain(pattern.source);
    for (const [code, about] of exitsAbout) expect(lines).toEqual(expect.arrayContaining([String(code), about]));
    expect(await told("man")).toBe(page);
  });

  test("of another program is refused, exit code 64", async () => {
    expect(await run(["man", "cat"])).toMatchObject({ code: 64, stdout: "" });
  });

  const formatters = [
    ["groff", ["-K", "utf8", "-man", "-Tutf8", "-ww", "-z"]],
    ["mandoc", ["-T", "lint", "-W", "warning"]],
  ] as const;
  for (const [program, options] of formatters) {
    const here = isHere(program);
    test(
      here ? `${program} has nothing to say against a page` : `${program} is not here: it sees no page`,
      async () => {
        if (!here) return;
        for (const one of ["client", "server"]) {
          const { stdout, stderr, status } = spawnSync(program, options, { input: await told("man", one) });
          expect({ status, said: stdout.toString() + stderr.toString() }).toEqual({ status: 0, said: "" });
        }
      },
    );
  }

  const viewer = "man";
  test(isHere(viewer) ? "man -l - shows it as it is meant" : "man is not here: nothing is shown", async () => {
    if (!isHere(viewer)) return;
    const env = { ...process.env, MANWIDTH: "200", LC_ALL: "C.UTF-8", MANPAGER: "cat", PAGER: "cat" };
    const { stdout } = spawnSync(viewer, ["-l", "-"], { input: await told("man", "client"), env });
    const shown = stdout.toString();
    for (const text of ["--password-file FILE", "getfile ID|NAME [-o PATH|-]", "$XDG_CONFIG_HOME/obrol/client.json"]) {
      expect(shown).toContain(text);
    }
  });
});
