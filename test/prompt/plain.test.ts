/** For screen readers, for terminals that can do nothing, and without colour or signs: what is written then. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Gate } from "../support/gate.ts";
import { history, newUser, ok } from "../support/people.ts";
import { as, newPromptScene, prompted, unique } from "../support/prompt.ts";
import { keys, Pty } from "../support/pty.ts";

const ESC = "\u001b";
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const SGR = /\u001b\[[\d;:]*m/g;

const scene = newPromptScene();

function opened(args: readonly string[], env: Readonly<Record<string, string>>): Pty {
  return new Pty({
    folder: scene.folder,
    args: ["--port", String(scene.server.port), ...as(scene.alice, scene.folder), ...args],
    env,
  });
}

/** What most people do, up to the end. */
async function visited(pty: Pty): Promise<void> {
  await pty.shows(`${scene.alice} :`);
  pty.type(`@${scene.bob} halo\r`);
  await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}.* ${scene.bob}: halo \\(sent\\)$`));
  await ok(scene.bobSession.client.request(`send ${scene.alice} juga, ${scene.alice}`));
  await pty.shows(new RegExp(`${scene.bob}: juga, ${scene.alice}$`));
  pty.type("@nobody-here halo\r");
  await pty.shows(/: halo \(refused\) \S+/);
  pty.type(`open ${scene.bob}\r`);
  await pty.shows(`${scene.alice} ${scene.bob} :`);
  pty.type("sned bob halo\r");
  pty.type("/help keys\r");
  await pty.shows("Conversations");
  pty.type(keys.ctrl("d"));
  expect(await pty.exit()).toBe(0);
}

describe.each([
  ["--accessible with NO_COLOR", ["--accessible"], { NO_COLOR: "1" }],
  ["--accessible with --color never", ["--accessible", "--color", "never"], {}],
  ["ACCESSIBLE=1 with NO_COLOR", [], { ACCESSIBLE: "1", NO_COLOR: "1" }],
  ["TERM=dumb", [], { TERM: "dumb" }],
] as const)("%s", (_, args, env) => {
  test("writes no escape code, and moves no cursor", async () => {
    const pty = opened(args, env);
    await visited(pty);
    expect(pty.raw).not.toContain(ESC);
    // A carriage return only before a line feed: what the terminal makes of a line's end.
    expect(pty.raw).not.toMatch(/\r(?!\n)/);
    expect(pty.raw).not.toContain("\b");
  });
});

describe.each([
  ["--accessible", ["--accessible"], {}],
  ["ACCESSIBLE=1", [], { ACCESSIBLE: "1" }],
] as const)("%s", (_, args, env) => {
  test("in colour moves no cursor either, and states are words", async () => {
    const pty = opened(args, env);
    await visited(pty);
    expect(pty.raw.replace(SGR, "")).not.toContain(ESC);
    expect(pty.raw).not.toMatch(/[✓✗⇢…›•]/);
  });
});

// What it does is the same, whichever way it is said.
describe("--accessible", () => {
  const [args, env] = [["--accessible"], {}] as const;

  test("asks for a password that is not shown", async () => {
    const pty = new Pty({ folder: scene.folder, args: ["--port", String(scene.server.port), ...args], env });
    await pty.shows(`server [127.0.0.1:${scene.server.port}]:`);
    pty.type("\r");
    await pty.shows("your name (Enter: none):");
    pty.type(`${scene.alice}\r`);
    await pty.shows(`password of ${scene.alice}:`);
    pty.type("rahasi\u007fia\r");
    await pty.shows(/^stay logged in on this machine\?/);
    pty.type("n\r");
    await pty.shows(`${scene.alice} :`);
    expect(pty.raw).not.toContain("rahas");
    pty.type(`auth ${scene.bob}\r`);
    await pty.shows(`password of ${scene.bob}:`);
    pty.type("rahasia\r");
    await pty.shows(`${scene.bob} :`);
    expect(pty.raw).not.toContain("rahas");
    expect(pty.raw.replace(SGR, "")).not.toContain(ESC);
  });

  test("sends no password to the conversation that is open", async () => {
    const pty = opened(args, env);
    await pty.shows(`${scene.alice} :`);
    pty.type(`open ${scene.bob}\r`);
    await pty.shows(`${scene.alice} ${scene.bob} :`);
    pty.type(`/auth ${scene.alice}\r`);
    await pty.shows(`password of ${scene.alice}:`);
    pty.type("rahasia\r");
    await pty.shows("logged in");
    pty.type(`@${scene.bob} sudah\r`);
    await pty.shows(/: sudah \(sent\)$/);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["sudah"]);
  });

  test("says what a slip was, and Ctrl-C twice quits", async () => {
    const pty = opened(args, env);
    await pty.shows(`${scene.alice} :`);
    pty.type(`sned ${scene.bob} halo\r`);
    await pty.shows(/did you mean send\?/);
    pty.type(keys.ctrl("c"));
    await pty.shows(/Ctrl-C again quits$/);
    pty.type(keys.ctrl("c"));
    expect(await pty.exit()).toBe(0);
  });

  test("does lines that come at once one after the other, also those before the prompt is there", async () => {
    const pty = opened(args, env);
    await pty.shows(`${scene.alice} :`);
    pty.type(`@${scene.bob} satu\r@${scene.bob} dua\rwhoami\r`);
    await pty.shows(new RegExp(`^${scene.alice} +${scene.alice} +indonesia `));
    await pty.shows(/dua \(sent\)$/);
    const sent = (await pty.lines()).flatMap((line) => /: (\S+) \(sent\)$/.exec(line)?.[1] ?? []);
    expect(sent).toEqual(["satu", "dua"]);
  });
});

describe("NO_COLOR", () => {
  test.each([
    ["NO_COLOR=1", [], { NO_COLOR: "1" }],
    ["--color never", ["--color", "never"], {}],
  ] as const)("leaves out colours, and nothing else: %s", async (_, args, env) => {
    const pty = await scene.prompt({ args, env });
    await ok(scene.bobSession.client.request(`send ${scene.alice} hai ${scene.alice}`));
    await pty.stands(`${scene.alice} [1 ${scene.bob}] ›`);
    pty.type(`@${scene.bob}\rhalo\r/users\r/nonsense\r`);
    await pty.shows(/: halo ✓$/);
    await pty.shows(/there is no nonsense/);
    pty.type(`${keys.ctrl("u")}/un${keys.tab}${keys.tab}`);
    await pty.shows(/^ {2}\/unmute /);
    expect(pty.raw.match(SGR) ?? []).toEqual([]);
    expect(pty.raw).toContain(ESC);
  });

  test("where there are sixteen of them, no name is black, white or grey", async () => {
    const pty = await scene.prompt({ env: { TERM: "xterm" } });
    const names = Array.from({ length: 20 }, () => unique("orang"));
    for (const name of names) {
      const { client } = await newUser(scene.server, name);
      await ok(client.request(`send ${scene.alice} halo`));
      client.close();
    }
    await pty.shows(new RegExp(`${names.at(-1)}: halo$`));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
    const colours = [...pty.raw.matchAll(/\u001b\[([\d;]+)m\u001b\[1morang/g)].map(([, colour]) => Number(colour));
    expect(colours.length).toBeGreaterThanOrEqual(names.length);
    for (const colour of colours) expect([31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96]).toContain(colour);
    expect(new Set(colours).size).toBeGreaterThan(1);
  });

  test("without it there are some", async () => {
    const pty = await scene.prompt();
    expect(pty.raw.match(SGR) ?? []).not.toEqual([]);
  });
});

// Which locales are such: test/client/language/language.test.ts.
describe.each([
  ["--ascii", ["--ascii"], {}],
  ["LC_ALL=C", [], { LC_ALL: "C", LANG: "en_GB.UTF-8" }],
] as const)("%s", (_, args, env) => {
  test("writes ASCII only: prompt, states, marks, menus, dots of a password", async () => {
    const pty = await scene.prompt({ args, env, columns: 60 });
    await ok(scene.bobSession.client.request(`send ${scene.alice} hai`));
    await pty.stands(`${scene.alice} [1 ${scene.bob}] >`);
    pty.type(`@${scene.bob} halo${keys.enter}`);
    await pty.shows(/: halo \[ok\]$/);
    pty.type(`@nobody-here halo${keys.enter}`);
    await pty.shows(/: halo \[x\] /);
    pty.type(`${keys.ctrl("u")}open ${scene.bob}${keys.enter}`);
    await pty.shows(new RegExp(`^-- ${scene.bob} -+$`));
    pty.type(`/auth ${scene.bob} rahasia`);
    await pty.comes("it is hidden", (all) => (all.at(-1) ?? "").includes(`/auth ${scene.bob} `));
    pty.type(`${keys.ctrl("u")}/${keys.tab}${keys.tab}`);
    await pty.comes("a menu is there", (all) => all.some((line) => line.startsWith("  /add_group")));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII
    const beyond = [...new Set(pty.raw.match(/[^\u0000-\u007f]/g) ?? [])];
    expect(beyond).toEqual([]);
  });
});

test("--ascii writes ASCII only also of a transfer, and of a link that is lost", async () => {
  writeFileSync(join(scene.folder, "a.iso"), "x");
  const gate = await Gate.before(scene.server);
  const pty = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder, args: ["--ascii"] });
  pty.type(`sendfile ${scene.alice} a.iso${keys.enter}`);
  await pty.shows(/^a\.iso sent to/);
  pty.type(`getfile a.iso${keys.enter}`);
  await pty.shows(/^a\.iso .* downloads/);
  gate.allow("up", 0);
  gate.cut();
  await pty.stands(new RegExp(`^${scene.alice} \\(offline\\)`));
  pty.type(keys.enter);
  await pty.shows(/^connecting/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII
  expect([...new Set(pty.raw.match(/[^\u0000-\u007f]/g) ?? [])]).toEqual([]);
});
