/** Files in the prompt: how a transfer goes stands above the line, and one goes on typing. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { uploaded, uploadStatus } from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { Gate } from "../support/gate.ts";
import { history, loggedIn, newUser, ok } from "../support/people.ts";
import { prompted, unique } from "../support/prompt.ts";
import { keys, type Pty } from "../support/pty.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const MIB = 1024 ** 2;

let server: TestServer;
let folder: string;
let alice: string;
let bob: string;
let tokens: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = testFolder();
  [alice, bob] = [unique("alice"), unique("bob")];
  const made: Record<string, string> = {};
  for (const name of [alice, bob]) {
    const { client, token } = await newUser(server, name);
    made[name] = token;
    client.close();
  }
  tokens = made;
});

/** A file of random bytes in the test's folder. */
function fileOf(size: number, name = "a.iso"): Buffer {
  const bytes = randomBytes(size);
  writeFileSync(join(folder, name), bytes);
  return bytes;
}

function opened(user: string, port = server.port): Promise<Pty> {
  return prompted({ port, user, folder, args: ["--color", "never"], columns: 110 });
}

async function receivedBy(name: string, on = server): Promise<readonly string[]> {
  const { client } = await loggedIn(on, name);
  const { data } = await ok(client.request("files received"));
  client.close();
  return (data as { name: string }[]).map((file) => file.name);
}

/** A file of somebody that waits at the server. */
async function given(from: string, to: string, name: string, bytes: Buffer): Promise<void> {
  await uploaded(server, tokens[from] as string, { to, name, content: bytes });
}

const BAR = /^↑ a\.iso [█░]{20} \d+% [\d.]+ MiB of 24\.0 MiB/;

/** The row above the line being typed. */
async function above(pty: Pty): Promise<string> {
  const { row } = await pty.cursor();
  return (await pty.screen())[row - 1] ?? "";
}

/** An upload that has stopped half way. */
async function halfway(): Promise<{ pty: Pty; gate: Gate }> {
  const gate = await Gate.before(server);
  fileOf(24 * MIB);
  const pty = await opened(alice, gate.port);
  gate.allow("up", 12 * MIB);
  pty.type(`sendfile ${bob} a.iso${keys.enter}`);
  await pty.comes("the bar is above the line", async () => BAR.test(await above(pty)));
  await gate.full("up");
  // What has passed the gate must be at the server before the link is cut.
  const [name = ""] = readdirSync(join(pty.state, "uploads"));
  const { id } = JSON.parse(readFileSync(join(pty.state, "uploads", name), "utf8")) as { id: string };
  // Then what is sent again is far less than all, whatever of the old connection is still on its way.
  await until("the server has much of it", async () => {
    return (await uploadStatus(server, tokens[alice] as string, id)).received > 10 * MIB;
  });
  return { pty, gate };
}

describe("a transfer under way", () => {
  test("has a row above the line; typing goes on, Ctrl-C pauses, the same command goes on", async () => {
    const { pty, gate } = await halfway();
    pty.type(`send ${bob} halo`);
    await pty.stands(`${alice} › send ${bob} halo`);
    expect(await above(pty)).toMatch(BAR);
    pty.type(` lagi${keys.enter}`);
    await pty.shows(/: halo lagi ✓$/);
    pty.type(`transfers${keys.enter}`);
    await pty.shows(/^upload {2}a\.iso \d+% [\d.]+ MiB of 24\.0 MiB/);
    // On a line that is not empty Ctrl-C is about the line.
    pty.type("oh no");
    await pty.stands(`${alice} › oh no`);
    pty.type(keys.ctrl("c"));
    await pty.stands(`${alice} ›`);
    expect(await above(pty)).toMatch(BAR);
    pty.type(keys.ctrl("c"));
    await pty.shows("a.iso: paused; the same command goes on");
    await pty.comes("the bar is gone", async (all) => !all.some((line) => BAR.test(line)));
    pty.type(`transfers${keys.enter}`);
    await pty.shows(/^paused {2}sendfile .* of 24\.0 MiB have arrived$/);
    gate.allow("up");
    const before = gate.passed("up");
    pty.type(`sendfile ${bob} a.iso${keys.enter}`);
    await pty.shows(`a.iso sent to ${bob}, 24.0 MiB`);
    await pty.stands(`${alice} ›`);
    expect(await receivedBy(bob)).toEqual(["a.iso"]);
    expect(gate.passed("up") - before).toBeLessThan(22 * MIB);
  });

  test("makes Ctrl-D ask once, and pauses then", async () => {
    const { pty } = await halfway();
    pty.type(keys.ctrl("d"));
    await pty.shows("a transfer is under way; again pauses it and quits");
    pty.type(`ping${keys.enter}`);
    await pty.shows("pong");
    pty.type(keys.ctrl("d"));
    await pty.comes("it is asked again", (all) => all.filter((line) => line.startsWith("a transfer is")).length === 2);
    pty.type(keys.ctrl("d"));
    expect(await pty.exit()).toBe(0);
    expect(await receivedBy(bob)).toEqual([]);
  });

  test("makes quit ask once, too", async () => {
    const { pty } = await halfway();
    pty.type(`quit${keys.enter}`);
    await pty.shows("a transfer is under way; again pauses it and quits");
    pty.type(`quit${keys.enter}`);
    expect(await pty.exit()).toBe(0);
  });

  test("is paused by a link that is lost, with one line; the prompt stays", async () => {
    const { pty, gate } = await halfway();
    gate.cut();
    await pty.shows(/^a\.iso: paused \(.+\); the same command goes on$/);
    gate.allow("up");
    pty.type(keys.enter);
    await pty.stands(`${alice} ›`);
    pty.type(`sendfile ${bob} a.iso${keys.enter}`);
    await pty.shows(`a.iso sent to ${bob}, 24.0 MiB`);
    expect((await pty.lines()).filter((line) => line.startsWith("a.iso: paused"))).toHaveLength(1);
  });

  test("goes on in a program begun anew", async () => {
    const { pty, gate } = await halfway();
    pty.type(keys.ctrl("c"));
    await pty.shows("a.iso: paused; the same command goes on");
    pty.type(keys.ctrl("d"));
    expect(await pty.exit()).toBe(0);
    gate.allow("up");
    const again = await opened(alice, gate.port);
    const before = gate.passed("up");
    again.type(`transfers${keys.enter}`);
    await again.shows(/^paused {2}sendfile .* of 24\.0 MiB have arrived$/);
    again.type(`sendfile ${bob} a.iso${keys.enter}`);
    await again.shows(`a.iso sent to ${bob}, 24.0 MiB`);
    expect(gate.passed("up") - before).toBeLessThan(22 * MIB);
  });
});

test("a file that comes is told of, fetched and listed", async () => {
  const pty = await opened(bob);
  const bytes = randomBytes(3 * MIB);
  await given(alice, bob, "a.iso", bytes);
  await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${alice}: file a\\.iso \\(3\\.0 MiB\\)$`));
  pty.type(`getfile a.iso${keys.enter}`);
  const there = join("downloads", bob, "a.iso");
  await pty.shows(`a.iso → ${there}`);
  expect(readFileSync(join(folder, there)).equals(bytes)).toBe(true);
  pty.type(`getfile a.iso${keys.enter}`);
  await pty.shows(`a.iso → ${join("downloads", bob, "a (2).iso")}`);
  pty.type(`files received${keys.enter}`);
  await pty.shows(new RegExp(`  a\\.iso  3\\.0 MiB  from ${alice}  `));
});

test("one that is taken back is told of", async () => {
  const pty = await opened(bob);
  const file = { to: bob, name: "a.iso", content: "x" };
  const { file: sent } = await uploaded(server, tokens[alice] as string, file);
  await pty.shows(/: file a\.iso/);
  const { client } = await loggedIn(server, alice);
  await ok(client.request(`unsend ${sent.id}`));
  await pty.shows(`* ${alice} took back the file a.iso`);
  client.close();
});

describe("the words of the older documents", () => {
  test("take local paths, quoted ones too, and contents as ever", async () => {
    fileOf(10);
    fileOf(20, "my notes.pdf");
    const group = unique("kelas");
    const { client } = await loggedIn(server, bob);
    await ok(client.request(`addgroup ${group}`));
    const pty = await opened(alice);
    pty.type(`joingroup ${group}${keys.enter}`);
    await pty.shows(`you are in #${group} now`);
    const lines = [
      `send_file ${bob} ./a.iso`,
      `SEND FILE ${bob} "my notes.pdf"`,
      `sendgroup_file ${group} ./a.iso`,
      `sendfile '#${group}' my\\ notes.pdf`,
    ];
    for (const line of lines) pty.type(line + keys.enter);
    await until("all are there", async () => (await receivedBy(bob)).length === 4);
    pty.type(`sendfile ${bob} hello.txt aGVsbG8=${keys.enter}`);
    await until("the content is there", async () => (await receivedBy(bob)).includes("hello.txt"));
    client.close();
  });

  test("fetch into the folder of the user, and that of groups", async () => {
    const group = unique("kelas");
    const { client } = await loggedIn(server, bob);
    await ok(client.request(`addgroup ${group}`));
    const other = await loggedIn(server, alice);
    await ok(other.client.request(`joingroup ${group}`));
    await given(alice, bob, "a.iso", randomBytes(10));
    await given(alice, `#${group}`, "b.iso", randomBytes(20));
    const pty = await opened(bob);
    const mine = join("downloads", bob);
    for (const [line, there] of [
      [`download_file ${alice} a.iso`, join(mine, "a.iso")],
      ["DOWNLOAD FILE a.iso", join(mine, "a (2).iso")],
      [`downloadgroup_file ${group} b.iso`, join("downloads", "group", bob, "b.iso")],
    ] as const) {
      pty.type(line + keys.enter);
      await pty.shows(new RegExp(` → ${there.replace(/[()]/g, "\\$&")}$`));
      expect(existsSync(join(folder, there))).toBe(true);
    }
    for (const one of [client, other.client]) one.close();
  });
});

test("sendfile in an open conversation is a command, and a path is completed", async () => {
  fileOf(10, "laporan akhir.pdf");
  const pty = await opened(alice);
  pty.type(`@${bob}${keys.enter}`);
  await pty.stands(`${alice} ${bob} ›`);
  pty.type(`sendfile ${bob} lap${keys.tab}${keys.enter}`);
  await pty.shows(`laporan akhir.pdf sent to ${bob}, 10 B`);
  expect(await receivedBy(bob)).toEqual(["laporan akhir.pdf"]);
  const { client } = await loggedIn(server, bob);
  expect(await history(client, alice)).toEqual(["laporan akhir.pdf"]);
  client.close();
});
