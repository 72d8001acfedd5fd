/** Who looks elsewhere is told: of private messages and of those that name him, by what his terminal understands. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { Gate } from "../support/gate.ts";
import { loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { prompted, unique } from "../support/prompt.ts";
import { keys, type Pty } from "../support/pty.ts";
import { startServer, type TestServer } from "../support/server.ts";

const BELL = "\u0007";

let server: TestServer;
let folder: string;
let alice: string;
let bob: string;
let group: string;
let his: Person;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = testFolder();
  [alice, bob, group] = [unique("alice"), unique("bob"), unique("kelas")];
  const { client } = await newUser(server, alice);
  his = await newUser(server, bob);
  await ok(his.client.request(`addgroup ${group}`));
  await ok(client.request(`joingroup ${group}`));
  client.close();
});

function opened(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  port = server.port,
): Promise<Pty> {
  return prompted({ port, user: alice, folder, args, env });
}

/** The window loses, or gets, the attention; known to the program when this is over. */
async function focus(pty: Pty, has: boolean): Promise<void> {
  pty.type(`${has ? keys.focusIn : keys.focusOut}x`);
  await pty.comes("the key after it is there", (all) => (all.at(-1) ?? "").endsWith("x"));
  pty.type(keys.backspace);
  await pty.comes("and gone", (all) => /›$/.test(all.at(-1) ?? ""));
}

function bells(pty: Pty): number {
  return pty.raw.split(BELL).length - 1;
}

/** Sends, and waits until it is shown. */
async function said(pty: Pty, request: string, text: string): Promise<void> {
  await ok(his.client.request(`${request} ${text}`));
  await pty.comes(`${text} is shown`, (all) => all.some((line) => line.endsWith(`: ${text}`)));
}

describe("without attention", () => {
  test.each([
    ["a bell", {}, BELL],
    ["osc777", { VTE_VERSION: "7600" }, (text: string) => `\u001b]777;notify;${bob};${text}\u001b\\${BELL}`],
    ["osc777 of foot", { TERM: "foot" }, (text: string) => `\u001b]777;notify;${bob};${text}\u001b\\${BELL}`],
    ["osc9", { TERM_PROGRAM: "WezTerm" }, (text: string) => `\u001b]9;${bob}: ${text}\u001b\\${BELL}`],
    [
      "osc99",
      { TERM: "xterm-kitty" },
      (text: string) =>
        `\u001b]99;i=obrol:d=0:p=title;${bob}\u001b\\\u001b]99;i=obrol:d=1:p=body;${text}\u001b\\${BELL}`,
    ],
    ["a bell inside tmux", { TMUX: "/tmp/x", VTE_VERSION: "7600" }, BELL],
  ])("a private message tells by %s", async (_, env, wanted) => {
    const pty = await opened([], env as Readonly<Record<string, string>>);
    await focus(pty, false);
    await said(pty, `send ${alice}`, "halo; kamu");
    await pty.writes(typeof wanted === "string" ? wanted : wanted("halo  kamu"));
    expect(bells(pty)).toBe(1);
    if (wanted === BELL) expect(pty.raw).not.toContain("\u001b]");
  });

  test("a message of a group tells if it names its reader, and only then", async () => {
    const pty = await opened();
    await focus(pty, false);
    await said(pty, `sendgroup ${group}`, "halo semua");
    await said(pty, `sendgroup ${group}`, `${alice}x bukan dia`);
    await said(pty, `sendgroup ${group}`, `hai ${alice}, apa kabar`);
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
    const marked = (await pty.lines()).filter((line) => line.includes(" ! "));
    expect(marked).toEqual([
      expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d ! #${group} ${bob}: hai ${alice}, apa kabar$`)),
    ]);
  });

  test("also one of the conversation that is open", async () => {
    const pty = await opened();
    pty.type(`@${bob}${keys.enter}`);
    await pty.stands(`${alice} ${bob} ›`);
    await focus(pty, false);
    await said(pty, `send ${alice}`, "halo");
    await pty.writes(BELL);
  });

  test("what is muted or ignored tells of nothing", async () => {
    const carl = unique("carl");
    const { client } = await newUser(server, carl);
    const pty = await opened();
    pty.type(`mute ${bob}${keys.enter}mute #${group}${keys.enter}ignore ${carl}${keys.enter}`);
    await pty.shows(`${carl} is ignored`);
    await focus(pty, false);
    await ok(his.client.request(`send ${alice} diam`));
    await ok(his.client.request(`sendgroup ${group} ${alice}: diam`));
    await ok(client.request(`send ${alice} diam`));
    const dewi = unique("dewi");
    const other = await newUser(server, dewi);
    await ok(other.client.request(`send ${alice} halo`));
    await pty.shows(new RegExp(`${dewi}: halo$`));
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
    for (const one of [client, other.client]) one.close();
  });

  test("what was missed while the link was lost tells of nothing", async () => {
    const gate = await Gate.before(server);
    const pty = await opened([], {}, gate.port);
    await said(pty, `send ${alice}`, "sebelum");
    await focus(pty, false);
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(/\(offline\)/);
    await ok(his.client.request(`send ${alice} sementara`));
    gate.allow("up");
    pty.type(keys.enter);
    await pty.shows(/: sementara$/);
    await pty.stands(`${alice} [2 ${bob}] ›`);
    expect(bells(pty)).toBe(0);
    await said(pty, `send ${alice}`, "sesudah");
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
  });

  test("what one has sent oneself, from elsewhere, tells of nothing", async () => {
    const pty = await opened();
    await focus(pty, false);
    const { client } = await loggedIn(server, alice);
    await ok(client.request(`send ${bob} dari tempat lain`));
    await ok(client.request(`sendgroup ${group} ${alice} di sini`));
    await said(pty, `send ${alice}`, "halo");
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
    client.close();
  });

  test("--notify off tells of nothing, and a kind by its name is that", async () => {
    const off = await opened(["--notify", "off"]);
    const osc9 = await opened(["--notify", "osc9"]);
    await focus(off, false);
    await focus(osc9, false);
    await ok(his.client.request(`send ${alice} halo`));
    await osc9.writes(`\u001b]9;${bob}: halo\u001b\\${BELL}`);
    await off.shows(/: halo$/);
    await focus(off, true);
    expect(bells(off)).toBe(0);
  });
});

describe("with attention", () => {
  test("nothing tells: before the first word of it, and after it is back", async () => {
    await ok(his.client.request(`send ${alice} lama`));
    const pty = await prompted({ port: server.port, user: alice, folder });
    await said(pty, `send ${alice}`, "satu");
    await focus(pty, false);
    await focus(pty, true);
    await said(pty, `send ${alice}`, "dua");
    await said(pty, `sendgroup ${group}`, `hai ${alice}`);
    expect(bells(pty)).toBe(0);
    await focus(pty, false);
    await said(pty, `send ${alice}`, "tiga");
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
  });
});
