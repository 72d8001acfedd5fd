/** Who looks elsewhere is told: of private messages and of those that name him, by what his terminal understands. */
import { beforeEach, describe, expect, test } from "vitest";
import { Gate } from "../support/gate.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { newPromptScene, prompted, unique } from "../support/prompt.ts";
import { keys, type Pty } from "../support/pty.ts";

const BELL = "\u0007";

const scene = newPromptScene();

beforeEach(async () => {
  await ok(scene.bobSession.client.request(`addgroup ${scene.group}`));
  const { client } = await loggedIn(scene.server, scene.alice);
  await ok(client.request(`joingroup ${scene.group}`));
  client.close();
});

function opened(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  port = scene.server.port,
): Promise<Pty> {
  return prompted({ port, user: scene.alice, folder: scene.folder, args, env });
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
  await ok(scene.bobSession.client.request(`${request} ${text}`));
  await pty.comes(`${text} is shown`, (all) => all.some((line) => line.endsWith(`: ${text}`)));
}

describe("without attention", () => {
  // Which terminal is told how: test/client/chat/notification.test.ts.
  test.each([
    ["a bell", {}, BELL],
    ["osc777", { VTE_VERSION: "7600" }, (text: string) => `\u001b]777;notify;${scene.bob};${text}\u001b\\${BELL}`],
  ])("a private message tells by %s", async (_, env, wanted) => {
    const pty = await opened([], env as Readonly<Record<string, string>>);
    await focus(pty, false);
    await said(pty, `send ${scene.alice}`, "halo; kamu");
    await pty.writes(typeof wanted === "string" ? wanted : wanted("halo  kamu"));
    expect(bells(pty)).toBe(1);
    if (wanted === BELL) expect(pty.raw).not.toContain("\u001b]");
  });

  test("a message of a group tells if it names its reader, and only then", async () => {
    const pty = await opened();
    await focus(pty, false);
    await said(pty, `sendgroup ${scene.group}`, "halo semua");
    await said(pty, `sendgroup ${scene.group}`, `${scene.alice}x bukan dia`);
    await said(pty, `sendgroup ${scene.group}`, `hai ${scene.alice}, apa kabar`);
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
    const marked = (await pty.lines()).filter((line) => line.includes(" ! "));
    expect(marked).toEqual([
      expect.stringMatching(
        new RegExp(`^\\d\\d:\\d\\d ! #${scene.group} ${scene.bob}: hai ${scene.alice}, apa kabar$`),
      ),
    ]);
  });

  test("also one of the conversation that is open", async () => {
    const pty = await opened();
    pty.type(`@${scene.bob}${keys.enter}`);
    await pty.stands(`${scene.alice} ${scene.bob} ›`);
    await focus(pty, false);
    await said(pty, `send ${scene.alice}`, "halo");
    await pty.writes(BELL);
  });

  test("what is muted or ignored tells of nothing", async () => {
    const carl = unique("carl");
    const { client } = await newUser(scene.server, carl);
    const pty = await opened();
    pty.type(`mute ${scene.bob}${keys.enter}mute #${scene.group}${keys.enter}ignore ${carl}${keys.enter}`);
    await pty.shows(`${carl} is ignored`);
    await focus(pty, false);
    await ok(scene.bobSession.client.request(`send ${scene.alice} diam`));
    await ok(scene.bobSession.client.request(`sendgroup ${scene.group} ${scene.alice}: diam`));
    await ok(client.request(`send ${scene.alice} diam`));
    const dewi = unique("dewi");
    const other = await newUser(scene.server, dewi);
    await ok(other.client.request(`send ${scene.alice} halo`));
    await pty.shows(new RegExp(`${dewi}: halo$`));
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
    for (const one of [client, other.client]) one.close();
  });

  test("what was missed while the link was lost tells of nothing", async () => {
    const gate = await Gate.before(scene.server);
    const pty = await opened([], {}, gate.port);
    await said(pty, `send ${scene.alice}`, "sebelum");
    await focus(pty, false);
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(/\(offline\)/);
    await ok(scene.bobSession.client.request(`send ${scene.alice} sementara`));
    gate.allow("up");
    pty.type(keys.enter);
    await pty.shows(/: sementara$/);
    await pty.stands(`${scene.alice} [2 ${scene.bob}] ›`);
    expect(bells(pty)).toBe(0);
    await said(pty, `send ${scene.alice}`, "sesudah");
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
  });

  test("what one has sent oneself, from elsewhere, tells of nothing", async () => {
    const pty = await opened();
    await focus(pty, false);
    const { client } = await loggedIn(scene.server, scene.alice);
    await ok(client.request(`send ${scene.bob} dari tempat lain`));
    await ok(client.request(`sendgroup ${scene.group} ${scene.alice} di sini`));
    await said(pty, `send ${scene.alice}`, "halo");
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
    client.close();
  });

  test("--notify off tells of nothing, and a kind by its name is that", async () => {
    const off = await opened(["--notify", "off"]);
    const osc9 = await opened(["--notify", "osc9"]);
    await focus(off, false);
    await focus(osc9, false);
    await ok(scene.bobSession.client.request(`send ${scene.alice} halo`));
    await osc9.writes(`\u001b]9;${scene.bob}: halo\u001b\\${BELL}`);
    await off.shows(/: halo$/);
    await focus(off, true);
    expect(bells(off)).toBe(0);
  });
});

describe("with attention", () => {
  test("nothing tells: before the first word of it, and after it is back", async () => {
    await ok(scene.bobSession.client.request(`send ${scene.alice} lama`));
    const pty = await scene.prompt();
    await said(pty, `send ${scene.alice}`, "satu");
    await focus(pty, false);
    await focus(pty, true);
    await said(pty, `send ${scene.alice}`, "dua");
    await said(pty, `sendgroup ${scene.group}`, `hai ${scene.alice}`);
    expect(bells(pty)).toBe(0);
    await focus(pty, false);
    await said(pty, `send ${scene.alice}`, "tiga");
    await pty.writes(BELL);
    expect(bells(pty)).toBe(1);
  });
});
