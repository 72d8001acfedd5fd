/** Who looks elsewhere is told: of private messages and of those that name him, by what his terminal understands. */
import { beforeEach, describe, expect, test } from "vitest";
import { Gate } from "../support/gate.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { newPromptScene, prompted, unique } from "../support/prompt.ts";
import { keys, type Window } from "../support/window.ts";

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
): Promise<Window> {
  return prompted({ port, user: scene.alice, folder: scene.folder, args, env });
}

/** The window loses, or gets, the attention; known to the program when this is over. */
async function focus(window: Window, has: boolean): Promise<void> {
  window.type(`${has ? keys.focusIn : keys.focusOut}x`);
  await window.comes("the key after it is there", (all) => (all.at(-1) ?? "").endsWith("x"));
  window.type(keys.backspace);
  await window.comes("and gone", (all) => /›$/.test(all.at(-1) ?? ""));
}

function bells(window: Window): number {
  return window.raw.split(BELL).length - 1;
}

/** Sends, and waits until it is shown. */
async function said(window: Window, request: string, text: string): Promise<void> {
  await ok(scene.bobSession.client.request(`${request} ${text}`));
  await window.comes(`${text} is shown`, (all) => all.some((line) => line.endsWith(`: ${text}`)));
}

describe("without attention", () => {
  // Which terminal is told how: test/client/chat/notification.test.ts.
  test.each([
    ["a bell", {}, BELL],
    ["osc777", { VTE_VERSION: "7600" }, (text: string) => `\u001b]777;notify;${scene.bob};${text}\u001b\\${BELL}`],
  ])("a private message tells by %s", async (_, env, wanted) => {
    const window = await opened([], env as Readonly<Record<string, string>>);
    await focus(window, false);
    await said(window, `send ${scene.alice}`, "halo; kamu");
    await window.writes(typeof wanted === "string" ? wanted : wanted("halo  kamu"));
    expect(bells(window)).toBe(1);
    if (wanted === BELL) expect(window.raw).not.toContain("\u001b]");
  });

  test("a message of a group tells if it names its reader, and only then", async () => {
    const window = await opened();
    await focus(window, false);
    await said(window, `sendgroup ${scene.group}`, "halo semua");
    await said(window, `sendgroup ${scene.group}`, `${scene.alice}x bukan dia`);
    await said(window, `sendgroup ${scene.group}`, `hai ${scene.alice}, apa kabar`);
    await window.writes(BELL);
    expect(bells(window)).toBe(1);
    const marked = (await window.lines()).filter((line) => line.includes(" ! "));
    expect(marked).toEqual([
      expect.stringMatching(
        new RegExp(`^\\d\\d:\\d\\d ! #${scene.group} ${scene.bob}: hai ${scene.alice}, apa kabar$`),
      ),
    ]);
  });

  test("also one of the conversation that is open", async () => {
    const window = await opened();
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    await focus(window, false);
    await said(window, `send ${scene.alice}`, "halo");
    await window.writes(BELL);
  });

  test("what is muted or ignored tells of nothing", async () => {
    const carl = unique("carl");
    const { client } = await newUser(scene.server, carl);
    const window = await opened();
    window.type(`mute ${scene.bob}${keys.enter}mute #${scene.group}${keys.enter}ignore ${carl}${keys.enter}`);
    await window.shows(`${carl} is ignored`);
    await focus(window, false);
    await ok(scene.bobSession.client.request(`send ${scene.alice} diam`));
    await ok(scene.bobSession.client.request(`sendgroup ${scene.group} ${scene.alice}: diam`));
    await ok(client.request(`send ${scene.alice} diam`));
    const dewi = unique("dewi");
    const other = await newUser(scene.server, dewi);
    await ok(other.client.request(`send ${scene.alice} halo`));
    await window.shows(new RegExp(`${dewi}: halo$`));
    await window.writes(BELL);
    expect(bells(window)).toBe(1);
    for (const one of [client, other.client]) one.close();
  });

  test("what was missed while the link was lost tells of nothing", async () => {
    const gate = await Gate.before(scene.server);
    const window = await opened([], {}, gate.port);
    await said(window, `send ${scene.alice}`, "sebelum");
    await focus(window, false);
    gate.allow("up", 0);
    gate.cut();
    await window.stands(/\(offline\)/);
    await ok(scene.bobSession.client.request(`send ${scene.alice} sementara`));
    gate.allow("up");
    window.type(keys.enter);
    await window.shows(/: sementara$/);
    await window.stands(`${scene.alice} [2 ${scene.bob}] ›`);
    expect(bells(window)).toBe(0);
    await said(window, `send ${scene.alice}`, "sesudah");
    await window.writes(BELL);
    expect(bells(window)).toBe(1);
  });

  test("what one has sent oneself, from elsewhere, tells of nothing", async () => {
    const window = await opened();
    await focus(window, false);
    const { client } = await loggedIn(scene.server, scene.alice);
    await ok(client.request(`send ${scene.bob} dari tempat lain`));
    await ok(client.request(`sendgroup ${scene.group} ${scene.alice} di sini`));
    await said(window, `send ${scene.alice}`, "halo");
    await window.writes(BELL);
    expect(bells(window)).toBe(1);
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
    const window = await scene.prompt();
    await said(window, `send ${scene.alice}`, "satu");
    await focus(window, false);
    await focus(window, true);
    await said(window, `send ${scene.alice}`, "dua");
    await said(window, `sendgroup ${scene.group}`, `hai ${scene.alice}`);
    expect(bells(window)).toBe(0);
    await focus(window, false);
    await said(window, `send ${scene.alice}`, "tiga");
    await window.writes(BELL);
    expect(bells(window)).toBe(1);
  });
});
