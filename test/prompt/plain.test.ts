/** For screen readers, for terminals that can do nothing, and without colour or signs: what is written then. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { Gate } from "../support/gate.ts";
import { history, newUser, ok, type Person } from "../support/people.ts";
import { as, prompted, unique } from "../support/prompt.ts";
import { keys, Pty } from "../support/pty.ts";
import { startServer, type TestServer } from "../support/server.ts";

const ESC = "\u001b";
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const SGR = /\u001b\[[\d;:]*m/g;

let server: TestServer;
let folder: string;
let alice: string;
let bob: string;
let his: Person;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = testFolder();
  [alice, bob] = [unique("alice"), unique("bob")];
  (await newUser(server, alice)).client.close();
  his = await newUser(server, bob);
});

function opened(args: readonly string[], env: Readonly<Record<string, string>>): Pty {
  return new Pty({ folder, args: ["--port", String(server.port), ...as(alice, folder), ...args], env });
}

/** What most people do, up to the end. */
async function visited(pty: Pty): Promise<void> {
  await pty.shows(`${alice} :`);
  pty.type(`@${bob} halo\r`);
  await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${alice}.* ${bob}: halo \\(sent\\)$`));
  await ok(his.client.request(`send ${alice} juga, ${alice}`));
  await pty.shows(new RegExp(`${bob}: juga, ${alice}$`));
  pty.type("@nobody-here halo\r");
  await pty.shows(/: halo \(refused\) \S+/);
  pty.type(`open ${bob}\r`);
  await pty.shows(`${alice} ${bob} :`);
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

  test("asks for a password that is not shown", async () => {
    const pty = new Pty({ folder, args: ["--port", String(server.port), ...args], env });
    await pty.shows(`server [127.0.0.1:${server.port}]:`);
    pty.type("\r");
    await pty.shows("your name (Enter: none):");
    pty.type(`${alice}\r`);
    await pty.shows(`password of ${alice}:`);
    pty.type("rahasi\u007fia\r");
    await pty.shows(/^stay logged in on this machine\?/);
    pty.type("n\r");
    await pty.shows(`${alice} :`);
    expect(pty.raw).not.toContain("rahas");
    pty.type(`auth ${bob}\r`);
    await pty.shows(`password of ${bob}:`);
    pty.type("rahasia\r");
    await pty.shows(`${bob} :`);
    expect(pty.raw).not.toContain("rahas");
    expect(pty.raw.replace(SGR, "")).not.toContain(ESC);
  });

  test("sends no password to the conversation that is open", async () => {
    const pty = opened(args, env);
    await pty.shows(`${alice} :`);
    pty.type(`open ${bob}\r`);
    await pty.shows(`${alice} ${bob} :`);
    pty.type(`/auth ${alice}\r`);
    await pty.shows(`password of ${alice}:`);
    pty.type("rahasia\r");
    await pty.shows("logged in");
    pty.type(`@${bob} sudah\r`);
    await pty.shows(/: sudah \(sent\)$/);
    expect(await history(his.client, alice)).toEqual(["sudah"]);
  });

  test("says what a slip was, and Ctrl-C twice quits", async () => {
    const pty = opened(args, env);
    await pty.shows(`${alice} :`);
    pty.type(`sned ${bob} halo\r`);
    await pty.shows(/did you mean send\?/);
    pty.type(keys.ctrl("c"));
    await pty.shows(/Ctrl-C again quits$/);
    pty.type(keys.ctrl("c"));
    expect(await pty.exit()).toBe(0);
  });

  test("does lines that come at once one after the other, also those before the prompt is there", async () => {
    const pty = opened(args, env);
    await pty.shows(`${alice} :`);
    pty.type(`@${bob} satu\r@${bob} dua\rwhoami\r`);
    await pty.shows(new RegExp(`^${alice} +${alice} +indonesia `));
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
    const pty = await prompted({ port: server.port, user: alice, folder, args, env });
    await ok(his.client.request(`send ${alice} hai ${alice}`));
    await pty.stands(`${alice} [1 ${bob}] ›`);
    pty.type(`@${bob}\rhalo\r/users\r/nonsense\r`);
    await pty.shows(/: halo ✓$/);
    await pty.shows(/there is no nonsense/);
    pty.type(`${keys.ctrl("u")}/un${keys.tab}${keys.tab}`);
    await pty.shows(/^ {2}\/unmute /);
    expect(pty.raw.match(SGR) ?? []).toEqual([]);
    expect(pty.raw).toContain(ESC);
  });

  test("where there are sixteen of them, no name is black, white or grey", async () => {
    const pty = await prompted({ port: server.port, user: alice, folder, env: { TERM: "xterm" } });
    const names = Array.from({ length: 20 }, () => unique("orang"));
    for (const name of names) {
      const { client } = await newUser(server, name);
      await ok(client.request(`send ${alice} halo`));
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
    const pty = await prompted({ port: server.port, user: alice, folder });
    expect(pty.raw.match(SGR) ?? []).not.toEqual([]);
  });
});

describe.each([
  ["--ascii", ["--ascii"], {}],
  ["LC_ALL=C", [], { LC_ALL: "C", LANG: "en_GB.UTF-8" }],
  ["LC_CTYPE=POSIX", [], { LC_CTYPE: "POSIX", LANG: "en_GB.UTF-8" }],
  ["LANG=id_ID.ISO-8859-1 in English", ["--lang", "en"], { LANG: "id_ID.ISO-8859-1" }],
] as const)("%s", (_, args, env) => {
  test("writes ASCII only: prompt, states, marks, menus, dots of a password", async () => {
    const pty = await prompted({ port: server.port, user: alice, folder, args, env, columns: 60 });
    await ok(his.client.request(`send ${alice} hai`));
    await pty.stands(`${alice} [1 ${bob}] >`);
    pty.type(`@${bob} halo${keys.enter}`);
    await pty.shows(/: halo \[ok\]$/);
    pty.type(`@nobody-here halo${keys.enter}`);
    await pty.shows(/: halo \[x\] /);
    pty.type(`${keys.ctrl("u")}open ${bob}${keys.enter}`);
    await pty.shows(new RegExp(`^-- ${bob} -+$`));
    pty.type(`/auth ${bob} rahasia`);
    await pty.comes("it is hidden", (all) => (all.at(-1) ?? "").includes(`/auth ${bob} `));
    pty.type(`${keys.ctrl("u")}/${keys.tab}${keys.tab}`);
    await pty.comes("a menu is there", (all) => all.some((line) => line.startsWith("  /add_group")));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII
    const beyond = [...new Set(pty.raw.match(/[^\u0000-\u007f]/g) ?? [])];
    expect(beyond).toEqual([]);
  });

  test("also of a transfer, and of a link that is lost", async () => {
    writeFileSync(join(folder, "a.iso"), "x");

    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder, args, env });
    pty.type(`sendfile ${alice} a.iso${keys.enter}`);
    await pty.shows(/^a\.iso sent to/);
    pty.type(`getfile a.iso${keys.enter}`);
    await pty.shows(/^a\.iso .* downloads/);
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(new RegExp(`^${alice} \\(offline\\)`));
    pty.type(keys.enter);
    await pty.shows(/^connecting/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII
    expect([...new Set(pty.raw.match(/[^\u0000-\u007f]/g) ?? [])]).toEqual([]);
  });
});

test("a locale of UTF-8, or one that says nothing of it, leaves our signs as they are", async () => {
  for (const env of [{ LC_ALL: "", LANG: "C.UTF-8" }, { LC_ALL: "id_ID.utf8", LC_CTYPE: "C" }, {}]) {
    await prompted({ port: server.port, user: alice, folder, env });
  }
});
