/** Files in the prompt: how a transfer goes stands above the line, and one goes on typing. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { uploaded, uploadStatus } from "../support/bodies.ts";
import { Gate } from "../support/gate.ts";
import { history, loggedIn, ok } from "../support/people.ts";
import { newPromptScene, prompted, promptedProcess, unique } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

const MIB = 1024 ** 2;

let tokens: Readonly<Record<string, string>>;

const scene = newPromptScene();

beforeEach(() => {
  tokens = { [scene.alice]: scene.aliceToken, [scene.bob]: scene.bobSession.token };
});

/** A file of random bytes in the test's folder. */
function fileOf(size: number, name = "a.iso"): Buffer {
  const bytes = randomBytes(size);
  writeFileSync(join(scene.folder, name), bytes);
  return bytes;
}

function opened(
  user: string,
  port = scene.server.port,
  begin: typeof prompted | typeof promptedProcess = prompted,
): Promise<Window> {
  return begin({ port, user, folder: scene.folder, args: ["--color", "never"], columns: 110 });
}

async function receivedBy(name: string, on = scene.server): Promise<readonly string[]> {
  const { client } = await loggedIn(on, name);
  const { data } = await ok(client.request("files received"));
  client.close();
  return (data as { name: string }[]).map((file) => file.name);
}

/** A file of somebody that waits at the server. */
async function given(from: string, to: string, name: string, bytes: Buffer): Promise<void> {
  await uploaded(scene.server, tokens[from] as string, { to, name, content: bytes });
}

const BAR = /^↑ a\.iso [█░]{20} \d+% [\d.]+ MiB of 24\.0 MiB/;

/** The row above the line being typed. */
async function above(window: Window): Promise<string> {
  const { row } = await window.cursor();
  return (await window.screen())[row - 1] ?? "";
}

/** An upload that has stopped half way. */
async function halfway(begin?: typeof promptedProcess): Promise<{ window: Window; gate: Gate }> {
  const gate = await Gate.before(scene.server);
  fileOf(24 * MIB);
  const window = await opened(scene.alice, gate.port, begin);
  gate.allow("up", 12 * MIB);
  window.type(`sendfile ${scene.bob} a.iso${keys.enter}`);
  await window.comes("the bar is above the line", async () => BAR.test(await above(window)));
  await gate.full("up");
  // What has passed the gate must be at the server before the link is cut.
  const [name = ""] = readdirSync(join(window.state, "uploads"));
  const { id } = JSON.parse(readFileSync(join(window.state, "uploads", name), "utf8")) as { id: string };
  // Then what is sent again is far less than all, whatever of the old connection is still on its way.
  await until("the server has much of it", async () => {
    return (await uploadStatus(scene.server, tokens[scene.alice] as string, id)).received > 10 * MIB;
  });
  return { window, gate };
}

describe("a transfer under way", () => {
  test("has a row above the line; typing goes on, Ctrl-C pauses, the same command goes on", async () => {
    const { window, gate } = await halfway();
    window.type(`send ${scene.bob} halo`);
    await window.stands(`${scene.alice} › send ${scene.bob} halo`);
    expect(await above(window)).toMatch(BAR);
    window.type(` lagi${keys.enter}`);
    await window.shows(/: halo lagi ✓$/);
    window.type(`transfers${keys.enter}`);
    await window.shows(/^upload {2}a\.iso \d+% [\d.]+ MiB of 24\.0 MiB/);
    // On a line that is not empty Ctrl-C is about the line.
    window.type("oh no");
    await window.stands(`${scene.alice} › oh no`);
    window.type(keys.ctrl("c"));
    await window.stands(`${scene.alice} ›`);
    expect(await above(window)).toMatch(BAR);
    window.type(keys.ctrl("c"));
    await window.shows("a.iso: paused; the same command goes on");
    await window.comes("the bar is gone", async (all) => !all.some((line) => BAR.test(line)));
    window.type(`transfers${keys.enter}`);
    await window.shows(/^paused {2}sendfile .* of 24\.0 MiB have arrived$/);
    gate.allow("up");
    const before = gate.passed("up");
    window.type(`sendfile ${scene.bob} a.iso${keys.enter}`);
    await window.shows(`a.iso sent to ${scene.bob}, 24.0 MiB`);
    await window.stands(`${scene.alice} ›`);
    expect(await receivedBy(scene.bob)).toEqual(["a.iso"]);
    expect(gate.passed("up") - before).toBeLessThan(22 * MIB);
  });

  test("makes Ctrl-D ask once, and pauses then", async () => {
    const { window } = await halfway();
    window.type(keys.ctrl("d"));
    await window.shows("a transfer or an export is under way; again pauses the one, ends the other, and quits");
    window.type(`ping${keys.enter}`);
    await window.shows("pong");
    window.type(keys.ctrl("d"));
    await window.comes(
      "it is asked again",
      (all) => all.filter((line) => line.startsWith("a transfer or an export is")).length === 2,
    );
    window.type(keys.ctrl("d"));
    expect(await window.exit()).toBe(0);
    expect(await receivedBy(scene.bob)).toEqual([]);
  });

  test("makes quit ask once, too", async () => {
    const { window } = await halfway();
    window.type(`quit${keys.enter}`);
    await window.shows("a transfer or an export is under way; again pauses the one, ends the other, and quits");
    window.type(`quit${keys.enter}`);
    expect(await window.exit()).toBe(0);
  });

  test("is paused by a link that is lost, with one line; the prompt stays", async () => {
    const { window, gate } = await halfway();
    gate.cut();
    await window.shows(/^a\.iso: paused \(.+\); the same command goes on$/);
    gate.allow("up");
    window.type(keys.enter);
    await window.stands(`${scene.alice} ›`);
    window.type(`sendfile ${scene.bob} a.iso${keys.enter}`);
    await window.shows(`a.iso sent to ${scene.bob}, 24.0 MiB`);
    expect((await window.lines()).filter((line) => line.startsWith("a.iso: paused"))).toHaveLength(1);
  });

  test("goes on in a program begun anew", async () => {
    const { window, gate } = await halfway(promptedProcess);
    window.type(keys.ctrl("c"));
    await window.shows("a.iso: paused; the same command goes on");
    window.type(keys.ctrl("d"));
    expect(await window.exit()).toBe(0);
    gate.allow("up");
    const again = await opened(scene.alice, gate.port, promptedProcess);
    const before = gate.passed("up");
    again.type(`transfers${keys.enter}`);
    await again.shows(/^paused {2}sendfile .* of 24\.0 MiB have arrived$/);
    again.type(`sendfile ${scene.bob} a.iso${keys.enter}`);
    await again.shows(`a.iso sent to ${scene.bob}, 24.0 MiB`);
    expect(gate.passed("up") - before).toBeLessThan(22 * MIB);
  });
});

test("a file that comes is told of, fetched and listed", async () => {
  const window = await opened(scene.bob);
  const bytes = randomBytes(3 * MIB);
  await given(scene.alice, scene.bob, "a.iso", bytes);
  await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: file a\\.iso \\(3\\.0 MiB\\)$`));
  window.type(`getfile a.iso${keys.enter}`);
  const there = join("downloads", scene.bob, "a.iso");
  await window.shows(`a.iso → ${there}`);
  expect(readFileSync(join(scene.folder, there)).equals(bytes)).toBe(true);
  window.type(`getfile a.iso${keys.enter}`);
  await window.shows(`a.iso → ${join("downloads", scene.bob, "a (2).iso")}`);
  window.type(`files received${keys.enter}`);
  await window.shows(new RegExp(`  a\\.iso  3\\.0 MiB  from ${scene.alice}  `));
});

test("one that is taken back is told of", async () => {
  const window = await opened(scene.bob);
  const file = { to: scene.bob, name: "a.iso", content: "x" };
  const { file: sent } = await uploaded(scene.server, tokens[scene.alice] as string, file);
  await window.shows(/: file a\.iso/);
  const { client } = await loggedIn(scene.server, scene.alice);
  await ok(client.request(`unsend ${sent.id}`));
  await window.shows(`* ${scene.alice} took back the file a.iso`);
  client.close();
});

describe("the words of the older documents", () => {
  test("take local paths, quoted ones too, and contents as ever", async () => {
    fileOf(10);
    fileOf(20, "my notes.pdf");
    const group = unique("kelas");
    const { client } = await loggedIn(scene.server, scene.bob);
    await ok(client.request(`addgroup ${group}`));
    const window = await opened(scene.alice);
    window.type(`joingroup ${group}${keys.enter}`);
    await window.shows(`you are in #${group} now`);
    const lines = [
      `send_file ${scene.bob} ./a.iso`,
      `SEND FILE ${scene.bob} "my notes.pdf"`,
      `sendgroup_file ${group} ./a.iso`,
      `sendfile '#${group}' my\\ notes.pdf`,
    ];
    for (const line of lines) window.type(line + keys.enter);
    await until("all are there", async () => (await receivedBy(scene.bob)).length === 4);
    window.type(`sendfile ${scene.bob} hello.txt aGVsbG8=${keys.enter}`);
    await until("the content is there", async () => (await receivedBy(scene.bob)).includes("hello.txt"));
    client.close();
  });

  test("fetch into the folder of the user, and that of groups", async () => {
    const group = unique("kelas");
    const { client } = await loggedIn(scene.server, scene.bob);
    await ok(client.request(`addgroup ${group}`));
    const other = await loggedIn(scene.server, scene.alice);
    await ok(other.client.request(`joingroup ${group}`));
    await given(scene.alice, scene.bob, "a.iso", randomBytes(10));
    await given(scene.alice, `#${group}`, "b.iso", randomBytes(20));
    const window = await opened(scene.bob);
    const mine = join("downloads", scene.bob);
    for (const [line, there] of [
      [`download_file ${scene.alice} a.iso`, join(mine, "a.iso")],
      ["DOWNLOAD FILE a.iso", join(mine, "a (2).iso")],
      [`downloadgroup_file ${group} b.iso`, join("downloads", "group", scene.bob, "b.iso")],
    ] as const) {
      window.type(line + keys.enter);
      await window.shows(new RegExp(` → ${there.replace(/[()]/g, "\\$&")}$`));
      expect(existsSync(join(scene.folder, there))).toBe(true);
    }
    for (const one of [client, other.client]) one.close();
  });
});

test("sendfile in an open conversation is a command, and a path is completed", async () => {
  fileOf(10, "laporan akhir.pdf");
  const window = await opened(scene.alice);
  window.type(`@${scene.bob}${keys.enter}`);
  await window.stands(`${scene.alice} ${scene.bob} ›`);
  window.type(`sendfile ${scene.bob} lap${keys.tab}${keys.enter}`);
  await window.shows(`laporan akhir.pdf sent to ${scene.bob}, 10 B`);
  expect(await receivedBy(scene.bob)).toEqual(["laporan akhir.pdf"]);
  const { client } = await loggedIn(scene.server, scene.bob);
  expect(await history(client, scene.alice)).toEqual(["laporan akhir.pdf"]);
  client.close();
});
