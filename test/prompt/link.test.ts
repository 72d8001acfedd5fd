/** A link that is lost and comes back: what was typed is stored once, what was missed is shown in its order. */
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { Gate } from "../support/gate.ts";
import { history, loggedIn, newUser, ok } from "../support/people.ts";
import { began, prompted, unique } from "../support/prompt.ts";
import { keys, Pty } from "../support/pty.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

let server: TestServer;
let folder: string;
let alice: string;
let bob: string;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());
beforeEach(() => {
  folder = testFolder();
  [alice, bob] = [unique("alice"), unique("bob")];
});

async function known(on = server): Promise<void> {
  for (const name of [alice, bob]) (await newUser(on, name)).client.close();
}

/** A server that is ended with the test, and can be started again as it was. */
async function mortal(port?: number): Promise<TestServer> {
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  const one = await startServer([...places, ...(port === undefined ? [] : ["--port", String(port)])]);
  onTestFinished(() => void one.kill("SIGKILL"));
  return one;
}

/** Texts of messages with their state, as they are shown. */
function shown(lines: readonly string[], who: string): readonly string[] {
  const row = new RegExp(`^\\d\\d:\\d\\d ${who}(?: → \\S+)?: (.*)$`);
  return lines.flatMap((line) => row.exec(line)?.[1] ?? []);
}

/** What stands above the line as being on its way. */
async function pending(pty: Pty): Promise<readonly string[]> {
  return (await pty.screen()).filter((row) => row.startsWith("… "));
}

describe("a server that is killed while messages are sent", () => {
  test("and is started again has each of them once, in order; their states are shown", async () => {
    const first = await mortal();
    await known(first);
    const pty = await prompted({ port: first.port, user: alice, folder });
    pty.type(`@${bob}${keys.enter}`);
    await pty.stands(`${alice} ${bob} ›`);
    const wanted = Array.from({ length: 60 }, (_, i) => `pesan ${i + 1}`);
    for (const text of wanted.slice(0, 30)) pty.type(text + keys.enter);
    await pty.shows(/: pesan 7 ✓$/);
    await first.kill("SIGKILL");
    for (const text of wanted.slice(30)) pty.type(text + keys.enter);
    await pty.stands(`${alice} (offline) ${bob} ›`);
    await pty.comes("they wait", async () => (await pending(pty)).includes(`… ${bob}: pesan 60`));
    expect((await pending(pty)).slice(1)).toEqual([58, 59, 60].map((n) => `… ${bob}: pesan ${n}`));
    await pty.shows(/next try .*\d+ s, Enter tries now/);
    expect(shown(await pty.lines(), alice)).not.toContain("pesan 60 ✓");

    const second = await mortal(first.port);
    pty.type(keys.enter);
    const lines = await pty.shows(/: pesan 60 ✓$/);
    expect(shown(lines, alice)).toEqual(wanted.map((text) => `${text} ✓`));
    await pty.stands(`${alice} ${bob} ›`);
    await pty.comes("nothing waits", async () => (await pending(pty)).length === 0);
    const { client } = await loggedIn(second, bob);
    expect(await history(client, alice)).toEqual(wanted);
    client.close();
  });

  test("loses nothing of what is being typed, and comes back by itself", async () => {
    const first = await mortal();
    await known(first);
    const pty = await prompted({ port: first.port, user: alice, folder });
    pty.type(`@${bob} setengah jadi`);
    await pty.stands(`${alice} › @${bob} setengah jadi`);
    await first.kill("SIGKILL");
    await pty.stands(`${alice} (offline) › @${bob} setengah jadi`);
    pty.type(" juga");
    const second = await mortal(first.port);
    await pty.stands(`${alice} › @${bob} setengah jadi juga`);
    const { client } = await loggedIn(second, bob);
    await ok(client.request(`send ${alice} halo`));
    await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${bob}: halo$`));
    client.close();
  });

  test("what is asked while there is no link is said to be so, and is not done later", async () => {
    const first = await mortal();
    await known(first);
    const pty = await prompted({ port: first.port, user: alice, folder });
    await first.kill("SIGKILL");
    await pty.stands(`${alice} (offline) ›`);
    pty.type(`addgroup kelas${keys.enter}`);
    await pty.shows("there is no connection");
    const second = await mortal(first.port);
    pty.type(keys.enter);
    await pty.stands(`${alice} ›`);
    const { client } = await loggedIn(second, bob);
    expect((await ok(client.request("groups"))).data).toEqual([]);
    client.close();
  });
});

describe("while the link is lost", () => {
  test("what others write is shown when it is back: once, in order, below a mark", async () => {
    await known();
    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder });
    const { client } = await loggedIn(server, bob);
    await ok(client.request(`send ${alice} sebelum`));
    await pty.shows(/: sebelum$/);
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(`${alice} (offline) [1 ${bob}] ›`);
    const wanted = Array.from({ length: 1500 }, (_, i) => `pesan ${i + 1}`);
    await Promise.all(wanted.map((text) => ok(client.request(`send ${alice} ${text}`))));
    gate.allow("up");
    pty.type(keys.enter);
    await pty.stands(`${alice} [1501 ${bob}] ›`);
    await ok(client.request(`send ${alice} sesudah`));
    const lines = await pty.shows(/: sesudah$/);
    expect(shown(lines, bob)).toEqual(["sebelum", ...wanted, "sesudah"]);
    const [at, mark] =
      lines.map((line, i) => [i, line] as const).find(([, line]) => /while the link was lost/.test(line)) ?? [];
    expect(mark).toMatch(/^── 1500 while the link was lost ─+$/);
    expect(lines[Number(at) + 1]).toMatch(/: pesan 1$/);
    client.close();
  });

  test("what was read before is not new when it is back, though something older is still unread", async () => {
    await known();
    const carl = unique("carl");
    const [his, hers] = [await loggedIn(server, bob), await newUser(server, carl)];
    const own = await loggedIn(server, alice);
    await ok(his.client.request(`send ${alice} belum dibaca`));
    for (const text of ["satu", "dua"]) await ok(hers.client.request(`send ${alice} ${text}`));
    const [last] = (await ok(own.client.request(`history ${carl} limit 1`))).data as { id: string }[];
    await ok(own.client.request(`read ${last?.id}`));
    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder });
    await pty.stands(`${alice} [1 ${bob}] ›`);
    for (const round of [1, 2]) {
      gate.allow("up", 0);
      gate.cut();
      await pty.stands(new RegExp(`^${alice} \\(offline\\)`));
      await ok(hers.client.request(`send ${alice} sementara ${round}`));
      gate.allow("up");
      pty.type(keys.enter);
      const lines = await pty.stands(`${alice} [${round} ${carl}, 1 ${bob}] ›`);
      expect(shown(lines, `(?:${bob}|${carl})`)).toEqual(["sementara 1", "sementara 2"].slice(0, round));
      expect(lines.filter((line) => /while the link was lost/.test(line))).toHaveLength(round);
    }
    for (const { client } of [his, hers, own]) client.close();
  });

  test("a conversation that is opened without it is where the next line goes, not the one before", async () => {
    await known();
    const carl = unique("carl");
    (await newUser(server, carl)).client.close();
    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder });
    pty.type(`users${keys.enter}@${bob}${keys.enter}`);
    await pty.stands(`${alice} ${bob} ›`);
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(`${alice} (offline) ${bob} ›`);
    pty.type(`@${carl}${keys.enter}untuk carl${keys.enter}`);
    await pty.stands(`${alice} (offline) ${carl} ›`);
    gate.allow("up");
    pty.type(keys.enter);
    await pty.shows(/: untuk carl ✓$/);
    const { client } = await loggedIn(server, alice);
    expect(await history(client, carl)).toEqual(["untuk carl"]);
    expect(await history(client, bob)).toEqual([]);
    client.close();
  });

  test("leaving the group of the last message elsewhere keeps nobody from what is new when it is back", async () => {
    await known();
    const group = unique("kelas");
    const [his, hers] = [await loggedIn(server, bob), await loggedIn(server, alice)];
    await ok(his.client.request(`addgroup ${group}`));
    await ok(hers.client.request(`joingroup ${group}`));
    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder });
    await ok(his.client.request(`sendgroup ${group} sebelum`));
    await pty.shows(/: sebelum$/);
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(new RegExp(`^${alice} \\(offline\\)`));
    await ok(hers.client.request(`leave ${group}`));
    await ok(his.client.request(`send ${alice} sementara itu`));
    gate.allow("up");
    pty.type(keys.enter);
    await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${bob}: sementara itu$`));
    await pty.comes("it is up", async () => !(await pty.screen()).some((row) => row.includes("(offline)")));
    his.client.close();
    hers.client.close();
  });

  test("a session that has ended meanwhile is said, and nothing is sent for it", async () => {
    await known();
    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder });
    pty.type(`@${bob}${keys.enter}`);
    await pty.stands(`${alice} ${bob} ›`);
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(`${alice} (offline) ${bob} ›`);
    pty.type(`tidak sampai${keys.enter}`);
    const { client } = await loggedIn(server, alice);
    await ok(client.request("passwd rahasia baru"));
    gate.allow("up");
    pty.type(keys.enter);
    await pty.shows(`${alice}: the session has ended; log in again: auth NAME`);
    await pty.shows(/: tidak sampai ✗/);
    await pty.stands(/^›/);
    pty.type(`${keys.ctrl("u")}auth ${alice}${keys.enter}`);
    await pty.stands(`password of ${alice}:`);
    pty.type(`baru${keys.enter}`);
    await pty.stands(`${alice} ›`);
    expect(await history(client, bob).catch(() => [])).toEqual([]);
    client.close();
  });

  test("--no-reconnect ends with 75 and says why; what was on its way is said to be unknown", async () => {
    await known();
    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder, args: ["--no-reconnect"] });
    pty.type(`whoami${keys.enter}`);
    await pty.shows(new RegExp(`^${alice} +${alice} +indonesia `));
    gate.allow("down", 0);
    pty.type(`@${bob} entah${keys.enter}`);
    const { client } = await loggedIn(server, bob);
    await until("it has arrived", async () =>
      (await history(client, alice).catch((): string[] => [])).includes("entah"),
    );
    gate.cut();
    await pty.shows(/: entah \? the link was lost/);
    expect(await pty.exit()).toBe(75);
    client.close();
  });

  test("Ctrl-D still quits, and what was not sent is said not to be", async () => {
    await known();
    const gate = await Gate.before(server);
    const pty = await prompted({ port: gate.port, user: alice, folder });
    gate.allow("up", 0);
    gate.cut();
    await pty.stands(`${alice} (offline) ›`);
    pty.type(`@${bob} tidak sampai${keys.enter}${keys.ctrl("d")}`);
    await pty.exit();
    await pty.shows(/: tidak sampai ✗ not sent$/);
  });
});

test("a saved login is used again after its server is back, also by a program begun anew", async () => {
  const first = await mortal();
  await known(first);
  const one = began({ port: first.port, user: alice, folder, args: ["--save-login"] });
  await one.stands(`${alice} ›`);
  await first.kill("SIGKILL");
  await one.stands(`${alice} (offline) ›`);
  one.type(keys.ctrl("d"));
  expect(await one.exit()).toBe(0);
  await mortal(first.port);

  await new Pty({ folder, args: ["--port", String(first.port)] }).stands(`${alice} ›`);
});
