/** A link that is lost and comes back: what was typed is stored once, what was missed is shown in its order. */
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { admin } from "../support/admin.ts";
import { Gate } from "../support/gate.ts";
import { history, loggedIn, newUser, ok } from "../support/people.ts";
import { beganProcess, newPromptScene, prompted, unique } from "../support/prompt.ts";
import { Pty } from "../support/pty.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

const scene = newPromptScene({ accounts: false });

async function known(on = scene.server): Promise<void> {
  for (const name of [scene.alice, scene.bob]) (await newUser(on, name)).client.close();
}

/** A server that is ended with the test, and can be started again as it was. */
async function mortal(port?: number): Promise<ServerProcess> {
  const places = ["--data", join(scene.folder, "data"), "--uploads", join(scene.folder, "uploads")];
  const one = await startProcess([...places, ...(port === undefined ? [] : ["--port", String(port)])]);
  onTestFinished(() => void one.kill("SIGKILL"));
  return one;
}

/** Texts of messages with their state, as they are shown. */
function shown(lines: readonly string[], who: string): readonly string[] {
  const row = new RegExp(`^\\d\\d:\\d\\d ${who}(?: → \\S+)?: (.*)$`);
  return lines.flatMap((line) => row.exec(line)?.[1] ?? []);
}

/** What stands above the line as being on its way. */
async function pending(window: Window): Promise<readonly string[]> {
  return (await window.screen()).filter((row) => row.startsWith("… "));
}

describe("a server that is killed while messages are sent", () => {
  test("and is started again has each of them once, in order; their states are shown", async () => {
    const first = await mortal();
    await known(first);
    const window = await prompted({ port: first.port, user: scene.alice, folder: scene.folder });
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    const wanted = Array.from({ length: 60 }, (_, i) => `pesan ${i + 1}`);
    for (const text of wanted.slice(0, 30)) window.type(text + keys.enter);
    await window.shows(/: pesan 7 ✓$/);
    await first.kill("SIGKILL");
    for (const text of wanted.slice(30)) window.type(text + keys.enter);
    await window.stands(`${scene.alice} (offline) ${scene.bob} ›`);
    await window.comes("they wait", async () => (await pending(window)).includes(`… ${scene.bob}: pesan 60`));
    expect((await pending(window)).slice(1)).toEqual([58, 59, 60].map((n) => `… ${scene.bob}: pesan ${n}`));
    await window.shows(/next try .*\d+ s, Enter tries now/);
    expect(shown(await window.lines(), scene.alice)).not.toContain("pesan 60 ✓");

    const second = await mortal(first.port);
    window.type(keys.enter);
    const lines = await window.shows(/: pesan 60 ✓$/);
    expect(shown(lines, scene.alice)).toEqual(wanted.map((text) => `${text} ✓`));
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    await window.comes("nothing waits", async () => (await pending(window)).length === 0);
    const { client } = await loggedIn(second, scene.bob);
    expect(await history(client, scene.alice)).toEqual(wanted);
    client.close();
  });

  test("loses nothing of what is being typed, and comes back by itself", async () => {
    const first = await mortal();
    await known(first);
    const window = await prompted({ port: first.port, user: scene.alice, folder: scene.folder });
    window.type(`@${scene.bob} setengah jadi`);
    await window.stands(`${scene.alice} › @${scene.bob} setengah jadi`);
    await first.kill("SIGKILL");
    await window.stands(`${scene.alice} (offline) › @${scene.bob} setengah jadi`);
    window.type(" juga");
    const second = await mortal(first.port);
    await window.stands(`${scene.alice} › @${scene.bob} setengah jadi juga`);
    const { client } = await loggedIn(second, scene.bob);
    await ok(client.request(`send ${scene.alice} halo`));
    await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.bob}: halo$`));
    client.close();
  });

  test("what is asked while there is no link is said to be so, and is not done later", async () => {
    const first = await mortal();
    await known(first);
    const window = await prompted({ port: first.port, user: scene.alice, folder: scene.folder });
    await first.kill("SIGKILL");
    await window.stands(`${scene.alice} (offline) ›`);
    window.type(`addgroup kelas${keys.enter}`);
    await window.shows("there is no connection");
    const second = await mortal(first.port);
    window.type(keys.enter);
    await window.stands(`${scene.alice} ›`);
    const { client } = await loggedIn(second, scene.bob);
    expect((await ok(client.request("groups"))).data).toEqual([]);
    client.close();
  });
});

describe("while the link is lost", () => {
  test("what others write is shown when it is back: once, in order, below a mark", async () => {
    await known();
    const gate = await Gate.before(scene.server);
    const window = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder });
    const { client } = await loggedIn(scene.server, scene.bob);
    await ok(client.request(`send ${scene.alice} sebelum`));
    await window.shows(/: sebelum$/);
    gate.allow("up", 0);
    gate.cut();
    await window.stands(`${scene.alice} (offline) [1 ${scene.bob}] ›`);
    const wanted = Array.from({ length: 1500 }, (_, i) => `pesan ${i + 1}`);
    await Promise.all(wanted.map((text) => ok(client.request(`send ${scene.alice} ${text}`))));
    gate.allow("up");
    window.type(keys.enter);
    await window.stands(`${scene.alice} [1501 ${scene.bob}] ›`);
    await ok(client.request(`send ${scene.alice} sesudah`));
    const lines = await window.shows(/: sesudah$/);
    expect(shown(lines, scene.bob)).toEqual(["sebelum", ...wanted, "sesudah"]);
    const [at, mark] =
      lines.map((line, i) => [i, line] as const).find(([, line]) => /while the link was lost/.test(line)) ?? [];
    expect(mark).toMatch(/^── 1500 while the link was lost ─+$/);
    expect(lines[Number(at) + 1]).toMatch(/: pesan 1$/);
    client.close();
  });

  test("what was read before is not new when it is back, though something older is still unread", async () => {
    await known();
    const carl = unique("carl");
    const [his, hers] = [await loggedIn(scene.server, scene.bob), await newUser(scene.server, carl)];
    const own = await loggedIn(scene.server, scene.alice);
    await ok(his.client.request(`send ${scene.alice} belum dibaca`));
    for (const text of ["satu", "dua"]) await ok(hers.client.request(`send ${scene.alice} ${text}`));
    const [last] = (await ok(own.client.request(`history ${carl} limit 1`))).data as { id: string }[];
    await ok(own.client.request(`read ${last?.id}`));
    const gate = await Gate.before(scene.server);
    const window = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder });
    await window.stands(`${scene.alice} [1 ${scene.bob}] ›`);
    for (const round of [1, 2]) {
      gate.allow("up", 0);
      gate.cut();
      await window.stands(new RegExp(`^${scene.alice} \\(offline\\)`));
      await ok(hers.client.request(`send ${scene.alice} sementara ${round}`));
      gate.allow("up");
      window.type(keys.enter);
      const lines = await window.stands(`${scene.alice} [${round} ${carl}, 1 ${scene.bob}] ›`);
      expect(shown(lines, `(?:${scene.bob}|${carl})`)).toEqual(["sementara 1", "sementara 2"].slice(0, round));
      expect(lines.filter((line) => /while the link was lost/.test(line))).toHaveLength(round);
    }
    for (const { client } of [his, hers, own]) client.close();
  });

  test("a conversation that is opened without it is where the next line goes, not the one before", async () => {
    await known();
    const carl = unique("carl");
    (await newUser(scene.server, carl)).client.close();
    const gate = await Gate.before(scene.server);
    const window = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder });
    window.type(`users${keys.enter}@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    gate.allow("up", 0);
    gate.cut();
    await window.stands(`${scene.alice} (offline) ${scene.bob} ›`);
    window.type(`@${carl}${keys.enter}untuk carl${keys.enter}`);
    await window.stands(`${scene.alice} (offline) ${carl} ›`);
    gate.allow("up");
    window.type(keys.enter);
    await window.shows(/: untuk carl ✓$/);
    const { client } = await loggedIn(scene.server, scene.alice);
    expect(await history(client, carl)).toEqual(["untuk carl"]);
    expect(await history(client, scene.bob)).toEqual([]);
    client.close();
  });

  test("leaving the group of the last message elsewhere keeps nobody from what is new when it is back", async () => {
    await known();
    const group = unique("kelas");
    const [his, hers] = [await loggedIn(scene.server, scene.bob), await loggedIn(scene.server, scene.alice)];
    await ok(his.client.request(`addgroup ${group}`));
    await ok(hers.client.request(`joingroup ${group}`));
    const gate = await Gate.before(scene.server);
    const window = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder });
    await ok(his.client.request(`sendgroup ${group} sebelum`));
    await window.shows(/: sebelum$/);
    gate.allow("up", 0);
    gate.cut();
    await window.stands(new RegExp(`^${scene.alice} \\(offline\\)`));
    await ok(hers.client.request(`leave ${group}`));
    await ok(his.client.request(`send ${scene.alice} sementara itu`));
    gate.allow("up");
    window.type(keys.enter);
    await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.bob}: sementara itu$`));
    await window.comes("it is up", async () => !(await window.screen()).some((row) => row.includes("(offline)")));
    his.client.close();
    hers.client.close();
  });

  test("a session that has ended meanwhile is said, and nothing is sent for it", async () => {
    await known();
    const gate = await Gate.before(scene.server);
    const window = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder });
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    gate.allow("up", 0);
    gate.cut();
    await window.stands(`${scene.alice} (offline) ${scene.bob} ›`);
    window.type(`tidak sampai${keys.enter}`);
    const { client } = await loggedIn(scene.server, scene.alice);
    await ok(client.request("passwd rahasia baru"));
    gate.allow("up");
    window.type(keys.enter);
    await window.shows(`${scene.alice}: the session has ended; log in again: auth NAME`);
    await window.shows(/: tidak sampai ✗/);
    await window.stands(/^›/);
    window.type(`${keys.ctrl("u")}auth ${scene.alice}${keys.enter}`);
    await window.stands(`password of ${scene.alice}:`);
    window.type(`baru${keys.enter}`);
    await window.stands(`${scene.alice} ›`);
    expect(await history(client, scene.bob).catch(() => [])).toEqual([]);
    client.close();
  });

  test("--no-reconnect ends with 75 and says why; what was on its way is said to be unknown", async () => {
    await known();
    const gate = await Gate.before(scene.server);
    const window = await prompted({
      port: gate.port,
      user: scene.alice,
      folder: scene.folder,
      args: ["--no-reconnect"],
    });
    window.type(`whoami${keys.enter}`);
    await window.shows(new RegExp(`^${scene.alice} +${scene.alice} +indonesia `));
    gate.allow("down", 0);
    window.type(`@${scene.bob} entah${keys.enter}`);
    const { client } = await loggedIn(scene.server, scene.bob);
    await until("it has arrived", async () =>
      (await history(client, scene.alice).catch((): string[] => [])).includes("entah"),
    );
    gate.cut();
    await window.shows(/: entah \? the link was lost/);
    expect(await window.exit()).toBe(75);
    client.close();
  });

  test("Ctrl-D still quits, and what was not sent is said not to be", async () => {
    await known();
    const gate = await Gate.before(scene.server);
    const window = await prompted({ port: gate.port, user: scene.alice, folder: scene.folder });
    gate.allow("up", 0);
    gate.cut();
    await window.stands(`${scene.alice} (offline) ›`);
    window.type(`@${scene.bob} tidak sampai${keys.enter}${keys.ctrl("d")}`);
    await window.exit();
    await window.shows(/: tidak sampai ✗ not sent$/);
  });
});

test("a saved login is used again after its server is back, also by a program begun anew", async () => {
  const first = await mortal();
  await known(first);
  const one = beganProcess({ port: first.port, user: scene.alice, folder: scene.folder, args: ["--save-login"] });
  await one.stands(`${scene.alice} ›`);
  await first.kill("SIGKILL");
  await one.stands(`${scene.alice} (offline) ›`);
  one.type(keys.ctrl("d"));
  expect(await one.exit()).toBe(0);
  await mortal(first.port);

  await new Pty({ folder: scene.folder, args: ["--port", String(first.port)] }).stands(`${scene.alice} ›`);
});

test("who is put out is told why, and that one is not logged in any more", async () => {
  const server = await mortal();
  await known(server);
  const window = await prompted({ port: server.port, user: scene.alice, folder: scene.folder });
  expect((await admin(server, ["ban", scene.alice, "--reason", "menulis kepada semua"])).code).toBe(0);
  await window.shows("you are banned from this server (menulis kepada semua)");
  await window.shows(`${scene.alice}: the session has ended; log in again: auth NAME`);
});
