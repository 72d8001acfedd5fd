/** For screen readers, for terminals that can do nothing, and without colour or signs: what is written then. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Gate } from "../support/gate.ts";
import { history, newUser, ok } from "../support/people.ts";
import { as, newPromptScene, prompted, unique } from "../support/prompt.ts";
import { Pty } from "../support/pty.ts";
import { keys, type Window } from "../support/window.ts";

const ESC = "\u001b";
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const SGR = /\u001b\[[\d;:]*m/g;

const scene = newPromptScene();

function opened(args: readonly string[], env: Readonly<Record<string, string>>): Window {
  return new Pty({
    folder: scene.folder,
    args: ["--port", String(scene.server.port), ...as(scene.alice, scene.folder), ...args],
    env,
  });
}

/** What most people do, up to the end. */
async function visited(window: Window): Promise<void> {
  await window.shows(`${scene.alice} :`);
  window.type(`@${scene.bob} halo\r`);
  await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}.* ${scene.bob}: halo \\(sent\\)$`));
  await ok(scene.bobSession.client.request(`send ${scene.alice} juga, ${scene.alice}`));
  await window.shows(new RegExp(`${scene.bob}: juga, ${scene.alice}$`));
  window.type("@nobody-here halo\r");
  await window.shows(/: halo \(refused\) \S+/);
  window.type(`open ${scene.bob}\r`);
  await window.shows(`${scene.alice} ${scene.bob} :`);
  window.type("sned bob halo\r");
  window.type("/help keys\r");
  await window.shows("Conversations");
  window.type(keys.ctrl("d"));
  expect(await window.exit()).toBe(0);
}

describe.each([
  ["--accessible with NO_COLOR", ["--accessible"], { NO_COLOR: "1" }],
  ["--accessible with --color never", ["--accessible", "--color", "never"], {}],
  ["ACCESSIBLE=1 with NO_COLOR", [], { ACCESSIBLE: "1", NO_COLOR: "1" }],
  ["TERM=dumb", [], { TERM: "dumb" }],
] as const)("%s", (_, args, env) => {
  test("writes no escape code, and moves no cursor", async () => {
    const window = opened(args, env);
    await visited(window);
    expect(window.raw).not.toContain(ESC);
    // A carriage return only before a line feed: what the terminal makes of a line's end.
    expect(window.raw).not.toMatch(/\r(?!\n)/);
    expect(window.raw).not.toContain("\b");
  });
});

describe.each([
  ["--accessible", ["--accessible"], {}],
  ["ACCESSIBLE=1", [], { ACCESSIBLE: "1" }],
] as const)("%s", (_, args, env) => {
  test("in colour moves no cursor either, and states are words", async () => {
    const window = opened(args, env);
    await visited(window);
    expect(window.raw.replace(SGR, "")).not.toContain(ESC);
    expect(window.raw).not.toMatch(/[✓✗⇢…›•]/);
  });
});

// What it does is the same, whichever way it is said.
describe("--accessible", () => {
  const [args, env] = [["--accessible"], {}] as const;

  test("asks for a password that is not shown", async () => {
    const window = new Pty({ folder: scene.folder, args: ["--port", String(scene.server.port), ...args], env });
    await window.shows(`server [127.0.0.1:${scene.server.port}]:`);
    window.type("\r");
    await window.shows("your name (Enter: none):");
    window.type(`${scene.alice}\r`);
    await window.shows(`password of ${scene.alice}:`);
    window.type("rahasi\u007fia\r");
    await window.shows(/^stay logged in on this machine\?/);
    window.type("n\r");
    await window.shows(`${scene.alice} :`);
    expect(window.raw).not.toContain("rahas");
    window.type(`auth ${scene.bob}\r`);
    await window.shows(`password of ${scene.bob}:`);
    window.type("rahasia\r");
    await window.shows(`${scene.bob} :`);
    expect(window.raw).not.toContain("rahas");
    expect(window.raw.replace(SGR, "")).not.toContain(ESC);
  });

  test("sends no password to the conversation that is open", async () => {
    const window = opened(args, env);
    await window.shows(`${scene.alice} :`);
    window.type(`open ${scene.bob}\r`);
    await window.shows(`${scene.alice} ${scene.bob} :`);
    window.type(`/auth ${scene.alice}\r`);
    await window.shows(`password of ${scene.alice}:`);
    window.type("rahasia\r");
    await window.shows("logged in");
    window.type(`@${scene.bob} sudah\r`);
    await window.shows(/: sudah \(sent\)$/);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["sudah"]);
  });

  test("says what a slip was, and Ctrl-C twice quits", async () => {
    const window = opened(args, env);
    await window.shows(`${scene.alice} :`);
    window.type(`sned ${scene.bob} halo\r`);
    await window.shows(/did you mean send\?/);
    window.type(keys.ctrl("c"));
    await window.shows(/Ctrl-C again quits$/);
    window.type(keys.ctrl("c"));
    expect(await window.exit()).toBe(0);
  });

  test("does lines that come at once one after the other, also those before the prompt is there", async () => {
    const window = opened(args, env);
    await window.shows(`${scene.alice} :`);
    window.type(`@${scene.bob} satu\r@${scene.bob} dua\rwhoami\r`);
    await window.shows(new RegExp(`^${scene.alice} +${scene.alice} +indonesia `));
    await window.shows(/dua \(sent\)$/);
    const sent = (await window.lines()).flatMap((line) => /: (\S+) \(sent\)$/.exec(line)?.[1] ?? []);
    expect(sent).toEqual(["satu", "dua"]);
  });
});

describe("NO_COLOR", () => {
  test.each([
    ["NO_COLOR=1", [], { NO_COLOR: "1" }],
    ["--color never", ["--color", "never"], {}],
  ] as const)("leaves out colours, and nothing else: %s", async (_, args, env) => {
    const window = await scene.prompt({ args, env });
    await ok(scene.bobSession.client.request(`send ${scene.alice} hai ${scene.alice}`));
    await window.stands(`${scene.alice} [1 ${scene.bob}] ›`);
    window.type(`@${scene.bob}\rhalo\r/users\r/nonsense\r`);
    await window.shows(/: halo ✓$/);
    await window.shows(/there is no nonsense/);
    window.type(`${keys.ctrl("u")}/un${keys.tab}${keys.tab}`);
    await window.shows(/^ {2}\/unmute /);
    expect(window.raw.match(SGR) ?? []).toEqual([]);
    expect(window.raw).toContain(ESC);
  });

  test("where there are sixteen of them, no name is black, white or grey", async () => {
    const window = await scene.promptProcess({ env: { TERM: "xterm" } });
    const names = Array.from({ length: 20 }, () => unique("orang"));
    for (const name of names) {
      const { client } = await newUser(scene.server, name);
      await ok(client.request(`send ${scene.alice} halo`));
      client.close();
    }
    await window.shows(new RegExp(`${names.at(-1)}: halo$`));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
    const colours = [...window.raw.matchAll(/\u001b\[([\d;]+)m\u001b\[1morang/g)].map(([, colour]) => Number(colour));
    expect(colours.length).toBeGreaterThanOrEqual(names.length);
    for (const colour of colours) expect([31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96]).toContain(colour);
    expect(new Set(colours).size).toBeGreaterThan(1);
  });

  test("without it there are some", async () => {
    const window = await scene.promptProcess();
    expect(window.raw.match(SGR) ?? []).not.toEqual([]);
  });
});

// Which locales are such: test/client/language/language.test.ts.
describe.each([
  ["--ascii", ["--ascii"], {}],
  ["LC_ALL=C", [], { LC_ALL: "C", LANG: "en_GB.UTF-8" }],
] as const)("%s", (_, args, env) => {
  test("writes ASCII only: prompt, states, marks, menus, dots of a password", async () => {
    const window = await scene.prompt({ args, env, columns: 60 });
    await ok(scene.bobSession.client.request(`send ${scene.alice} hai`));
    await window.stands(`${scene.alice} [1 ${scene.bob}] >`);
    window.type(`@${scene.bob} halo${keys.enter}`);
    await window.shows(/: halo \[ok\]$/);
    window.type(`@nobody-here halo${keys.enter}`);
    await window.shows(/: halo \[x\] /);
    window.type(`${keys.ctrl("u")}open ${scene.bob}${keys.enter}`);
    await window.shows(new RegExp(`^-- ${scene.bob} -+$`));
    window.type(`/auth ${scene.bob} rahasia`);
    await window.comes("it is hidden", (all) => (all.at(-1) ?? "").includes(`/auth ${scene.bob} `));
    window.type(`${keys.ctrl("u")}/${keys.tab}${keys.tab}`);
    await window.comes("a menu is there", (all) => all.some((line) => line.startsWith("  /add_group")));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII
    const beyond = [...new Set(window.raw.match(/[^\u0000-\u007f]/g) ?? [])];
    expect(beyond).toEqual([]);
  });
});

test("--ascii writes ASCII only also of a transfer, and of a link that is lost", async () => {
  writeFileSync(join(scene.folder, "a.iso"), "x");
  const gate = await Gate.before(scene.server);
  const window = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder, args: ["--ascii"] });
  window.type(`sendfile ${scene.alice} a.iso${keys.enter}`);
  await window.shows(/^a\.iso sent to/);
  window.type(`getfile a.iso${keys.enter}`);
  await window.shows(/^a\.iso .* downloads/);
  gate.allow("up", 0);
  gate.cut();
  await window.stands(new RegExp(`^${scene.alice} \\(offline\\)`));
  window.type(keys.enter);
  await window.shows(/^connecting/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII
  expect([...new Set(window.raw.match(/[^\u0000-\u007f]/g) ?? [])]).toEqual([]);
});
