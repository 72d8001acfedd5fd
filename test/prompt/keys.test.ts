/** Keys of the chat: conversations and their drafts, leaving and coming back, an editor of one's own, completion. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { history, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { as, newPromptScene, unique } from "../support/prompt.ts";
import { keys, Pty } from "../support/pty.ts";
import { until } from "../support/until.ts";

let carl: string;
let carlSession: Person;

const scene = newPromptScene();

beforeEach(async () => {
  carl = unique("carl");
  carlSession = await newUser(scene.server, carl);
});

describe("conversations", () => {
  test("Alt-A opens the next one with something new, the newest first, until nothing is", async () => {
    const pty = await scene.prompt();
    await ok(scene.bobSession.client.request(`send ${scene.alice} dari bob`));
    await pty.stands(`${scene.alice} [1 ${scene.bob}] ›`);
    await ok(carlSession.client.request(`send ${scene.alice} dari carl`));
    await pty.stands(`${scene.alice} [1 ${carl}, 1 ${scene.bob}] ›`);
    pty.type(keys.alt("a"));
    await pty.stands(`${scene.alice} ${carl} [1 ${scene.bob}] ›`);
    pty.type(keys.alt("a"));
    await pty.stands(`${scene.alice} ${scene.bob} ›`);
    pty.type(keys.alt("a"));
    await pty.shows("nothing is new");
  });

  test("opened one right after the other are all read, also where the server is asked", async () => {
    for (const one of [scene.bobSession, carlSession]) await ok(one.client.request(`send ${scene.alice} halo`));
    const pty = await scene.prompt();
    await pty.stands(/^alice\d+ \[1 \S+, 1 \S+\] ›$/);
    pty.type(keys.alt("a") + keys.alt("a"));
    await pty.stands(new RegExp(`^${scene.alice} (${scene.bob}|${carl}) ›$`));
    const { client } = await loggedIn(scene.server, scene.alice);
    await until("both are read", async () => ((await ok(client.request("unread"))).data as unknown[]).length === 0);
    client.close();
  });

  test("Alt-N and Alt-P go round, each with the draft that was left in it", async () => {
    const pty = await scene.prompt();
    pty.type(`@${scene.bob}${keys.enter}`);
    await pty.stands(`${scene.alice} ${scene.bob} ›`);
    pty.type("draf untuk bob");
    await pty.stands(`${scene.alice} ${scene.bob} › draf untuk bob`);
    await ok(carlSession.client.request(`send ${scene.alice} dari carl`));
    await pty.stands(`${scene.alice} ${scene.bob} [1 ${carl}] › draf untuk bob`);
    pty.type(keys.alt("n"));
    await pty.stands(`${scene.alice} ${carl} ›`);
    pty.type("untuk carl");
    await pty.stands(`${scene.alice} ${carl} › untuk carl`);
    pty.type(keys.alt("p"));
    await pty.stands(`${scene.alice} ${scene.bob} › draf untuk bob`);
    pty.type(keys.alt("n"));
    await pty.stands(`${scene.alice} ${carl} › untuk carl`);
    pty.type(keys.alt("n"));
    await pty.stands(`${scene.alice} ${scene.bob} › draf untuk bob`);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([]);
    pty.type(keys.enter);
    await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: draf untuk bob ✓$`));
    await pty.stands(`${scene.alice} ${scene.bob} ›`);
  });

  test("opened with something new: it stands below a mark", async () => {
    await ok(scene.bobSession.client.request(`send ${scene.alice} lama`));
    const pty = await scene.prompt();
    pty.type(`@${scene.bob}${keys.enter}`);
    await pty.stands(`${scene.alice} ${scene.bob} ›`);
    pty.type(`/close${keys.enter}`);
    await pty.stands(`${scene.alice} ›`);
    await ok(scene.bobSession.client.request(`send ${scene.alice} baru`));
    await pty.stands(`${scene.alice} [1 ${scene.bob}] ›`);
    pty.type(`${keys.ctrl("l")}${keys.alt("a")}`);
    await pty.stands(`${scene.alice} ${scene.bob} ›`);
    const screen = (await pty.screen()).map((row) => row.replace(/^\d\d:\d\d/, "HH:MM"));
    const at = screen.findIndex((row) => row.startsWith(`── ${scene.bob}`));
    expect(screen.slice(at + 1, at + 4)).toEqual([
      `HH:MM ${scene.bob}: lama`,
      expect.stringMatching(/^── new/),
      `HH:MM ${scene.bob}: baru`,
    ]);
  });
});

describe("leaving", () => {
  test("Ctrl-C empties the line; twice on an empty one quits", async () => {
    const pty = await scene.prompt();
    pty.type("bukan ini");
    await pty.stands(`${scene.alice} › bukan ini`);
    pty.type(keys.ctrl("c"));
    await pty.stands(`${scene.alice} ›`);
    pty.type(keys.ctrl("c"));
    await pty.shows("Ctrl-C again quits");
    pty.type(keys.ctrl("c"));
    expect(await pty.exit()).toBe(0);
  });

  test("something typed between the two takes the first back", async () => {
    const pty = await scene.prompt();
    pty.type(keys.ctrl("c"));
    await pty.shows("Ctrl-C again quits");
    pty.type("a");
    await pty.stands(`${scene.alice} › a`);
    pty.type(keys.backspace);
    await pty.stands(`${scene.alice} ›`);
    pty.type(keys.ctrl("c"));
    await pty.comes("it is said again", (all) => all.filter((line) => line === "Ctrl-C again quits").length === 2);
    pty.type(`ping${keys.enter}`);
    await pty.shows("pong");
  });

  test("Ctrl-D deletes in a line, and quits on an empty one; the terminal is as it was", async () => {
    const pty = await scene.prompt();
    pty.type(`ab${keys.ctrl("a")}${keys.ctrl("d")}`);
    await pty.stands(`${scene.alice} › b`);
    pty.type(keys.ctrl("d") + keys.ctrl("d"));
    expect(await pty.exit()).toBe(0);
    expect(pty.raw.lastIndexOf("\u001b[?2004l")).toBeGreaterThan(pty.raw.lastIndexOf("\u001b[?2004h"));
    expect(pty.raw.lastIndexOf("\u001b[?1004l")).toBeGreaterThan(pty.raw.lastIndexOf("\u001b[?1004h"));
    expect(pty.raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(pty.raw.lastIndexOf("\u001b[?25l"));
    expect(pty.raw.lastIndexOf("\u001b[?7h")).toBeGreaterThan(pty.raw.lastIndexOf("\u001b[?7l"));
    // No row of what was being typed stays.
    expect((await pty.lines()).filter((line) => line.startsWith(`${scene.alice} ›`))).toEqual([]);
  });

  test("SIGTERM ends it with 143, and the terminal as it was", async () => {
    const pty = await scene.prompt();
    process.kill(pty.pid, "SIGTERM");
    expect(await pty.exit()).toBe(143);
    expect(pty.raw.lastIndexOf("\u001b[?2004l")).toBeGreaterThan(pty.raw.lastIndexOf("\u001b[?2004h"));
  });

  test("what was typed just before quitting is still sent", async () => {
    const pty = await scene.prompt();
    pty.type(`@${scene.bob} satu${keys.enter}@${scene.bob} dua${keys.enter}${keys.ctrl("d")}`);
    expect(await pty.exit()).toBe(0);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["satu", "dua"]);
  });
});

describe("Ctrl-Z", () => {
  test("goes back to the shell; fg returns with the line and what has come meanwhile", async () => {
    const args = ["--port", String(scene.server.port), ...as(scene.alice, scene.folder)];
    const pty = new Pty({ folder: scene.folder, shell: true, args });
    await pty.stands("shell$");
    pty.type("$CLIENT\r");
    await pty.stands(`${scene.alice} ›`);
    pty.type("setengah");
    await pty.stands(`${scene.alice} › setengah`);
    pty.type(keys.ctrl("z"));
    await pty.stands("shell$");
    pty.type("echo di$((1+1))\r");
    await pty.shows("di2");
    await ok(scene.bobSession.client.request(`send ${scene.alice} sementara itu`));
    pty.type("fg\r");
    await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.bob}: sementara itu$`));
    await pty.stands(`${scene.alice} [1 ${scene.bob}] › setengah`);
    pty.type(" lagi");
    await pty.stands(`${scene.alice} [1 ${scene.bob}] › setengah lagi`);
    pty.type(keys.ctrl("z"));
    await pty.stands("shell$");
    pty.type("fg\r");
    await pty.stands(`${scene.alice} [1 ${scene.bob}] › setengah lagi`);
    pty.type(keys.ctrl("c") + keys.ctrl("d"));
    await pty.stands("shell$");
  });

  test("does no harm where there is no shell to go back to", async () => {
    const pty = await scene.prompt();
    pty.type(`a${keys.ctrl("z")}`);
    await pty.stands(`${scene.alice} › a`);
    pty.type("b");
    await pty.stands(`${scene.alice} › ab`);
  });
});

test("Ctrl-L clears the screen and keeps the line", async () => {
  const pty = await scene.prompt();
  pty.type(`ping${keys.enter}`);
  await pty.shows("pong");
  pty.type(`abc${keys.ctrl("l")}`);
  await pty.comes("it is clear", async () => (await pty.screen())[0] === `${scene.alice} › abc`);
  expect((await pty.screen()).slice(1).filter((row) => row !== "")).toEqual([]);
});

describe("Ctrl-X Ctrl-E", () => {
  function editor(script: string): Readonly<Record<string, string>> {
    const path = join(scene.folder, "my editor");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return { EDITOR: `'${path}'` };
  }
  const EDIT = keys.ctrl("x") + keys.ctrl("e");

  test("goes on writing in $EDITOR, in a file that only one's own eyes see", async () => {
    const env = editor(`stat -c %a "$1" > mode; sed -i 's/halo/hai/' "$1"; echo baris dua >> "$1"`);
    const pty = await scene.prompt({ env });
    pty.type(`halo dunia${EDIT}`);
    await pty.stands("baris dua");
    await pty.shows(`${scene.alice} › hai dunia`);
    expect(readFileSync(join(scene.folder, "mode"), "utf8")).toBe("600\n");
    pty.type(`${keys.up}${keys.ctrl("a")}@${scene.bob} ${keys.enter}`);
    await pty.shows(/baris dua ✓$/);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["hai dunia\nbaris dua"]);
  });

  test("that fails leaves the line as it was, and says so", async () => {
    const pty = await scene.prompt({ env: editor("exit 3") });
    pty.type(`halo dunia${EDIT}`);
    await pty.shows(/has failed; the text is as it was$/);
    await pty.stands(`${scene.alice} › halo dunia`);
  });

  test("is not ended by a Ctrl-C that is meant for the editor, and leaves nothing in the temporary folder", async () => {
    const temporary = join(scene.folder, "tmp");
    mkdirSync(temporary);
    const script = 'echo "mulai $$"; until [ -e lanjut ]; do sleep 0.05; done; echo dari editor > "$1"';
    const pty = await scene.prompt({ env: { ...editor(script), TMPDIR: temporary } });
    pty.type(`halo${EDIT}`);
    await pty.shows(/mulai \d+$/);
    const made = readdirSync(temporary).filter((name) => name.startsWith("obrol-"));
    expect(made).toHaveLength(1);
    process.kill(pty.pid, "SIGINT");
    writeFileSync(join(scene.folder, "lanjut"), "");
    await pty.stands(`${scene.alice} › dari editor`);
    expect(readdirSync(temporary).filter((name) => name.startsWith("obrol-"))).toEqual([]);
  });
});

describe("Tab", () => {
  test("completes as far as all agree, lists names, and goes through them", async () => {
    const names = ["adi", "ani"].map((name) => `zed-${unique(name)}`);
    for (const name of names) (await newUser(scene.server, name)).client.close();
    const pty = await scene.prompt();
    pty.type(`users${keys.enter}`);
    await pty.shows(new RegExp(`^${names[1]} `));
    pty.type(`${keys.ctrl("l")}@z${keys.tab}`);
    await pty.stands(`${scene.alice} › @zed-a`);
    const listed = async (): Promise<string[]> => (await pty.screen()).filter((row) => row.startsWith("  @zed-"));
    await pty.comes("they are listed", async () => (await listed()).length === 2);
    expect(await listed()).toEqual(names.map((name) => `  @${name}`));
    pty.type(keys.tab);
    await pty.stands(`${scene.alice} › @${names[0]}`);
    pty.type(keys.tab);
    await pty.stands(`${scene.alice} › @${names[1]}`);
    pty.type(`${keys.enter}halo`);
    await pty.stands(`${scene.alice} › @${names[1]} halo`);
    expect(await listed()).toEqual([]);
  });

  test("knows who has come since the start, and groups that were made since", async () => {
    const pty = await scene.prompt();
    pty.type(`@${scene.bob}${keys.tab}`);
    await pty.stands(`${scene.alice} › @${scene.bob}`);
    const [dewi, group] = [unique("zzdewi"), unique("zzkelas")];
    (await newUser(scene.server, dewi)).client.close();
    await ok(scene.bobSession.client.request(`addgroup ${group}`));
    for (const [begun, whole] of [
      ["@zzd", `@${dewi}`],
      ["#zzk", `#${group}`],
    ] as const) {
      // What was asked for a moment ago counts as new: it is looked for again.
      await until(
        `${begun} is completed`,
        async () => {
          pty.type(`${keys.ctrl("u")}${begun}${keys.tab}`);
          await pty.quiet();
          return (await pty.lines()).at(-1)?.trimEnd() === `${scene.alice} › ${whole}`;
        },
        () => pty.quiet(),
      );
    }
  });

  test("completes commands with what they are, groups, and paths", async () => {
    const group = `zed${unique("kelas")}`;
    await ok(scene.bobSession.client.request(`addgroup ${group}`));
    writeFileSync(join(scene.folder, "my notes.pdf"), "x");
    const pty = await scene.prompt();
    pty.type(`groups${keys.enter}`);
    await pty.shows(`#${group}`);
    pty.type(`/chat${keys.tab}`);
    await pty.stands(`${scene.alice} › /chats`);
    pty.type(`${keys.ctrl("u")}un${keys.tab}`);
    await pty.shows(/^ {2}unmute +show it again$/);
    pty.type(`${keys.ctrl("u")}#zedk${keys.tab}`);
    await pty.stands(`${scene.alice} › #${group}`);
    pty.type(`${keys.ctrl("u")}sendfile ${scene.bob} my${keys.tab}`);
    await pty.stands(`${scene.alice} › sendfile ${scene.bob} my\\ notes.pdf`);
  });
});

test("what was typed is there the next time: Up, and Ctrl-R", async () => {
  const first = await scene.prompt();
  first.type(`ping${keys.enter}`);
  await first.shows("pong");
  first.type(`whoami${keys.enter}`);
  await first.shows(new RegExp(`^${scene.alice} +${scene.alice} +indonesia `));
  first.type(keys.ctrl("d"));
  await first.exit();
  const pty = await scene.prompt();
  pty.type(keys.up);
  await pty.stands(`${scene.alice} › whoami`);
  pty.type(`${keys.down}abc${keys.ctrl("r")}pi`);
  await pty.stands("search «pi»: ping");
  pty.type(keys.ctrl("g"));
  await pty.stands(`${scene.alice} › abc`);
});

test("a line of before that was changed is as it was changed when one comes back to it, and is kept as it was", async () => {
  const pty = await scene.prompt();
  for (const text of ["satu", "dua", "tiga"]) pty.type(`@${scene.bob} ${text}${keys.enter}`);
  await pty.shows(/: tiga ✓$/);
  pty.type(`setengah${keys.up}${keys.up} lagi`);
  await pty.stands(`${scene.alice} › @${scene.bob} dua lagi`);
  pty.type(`${keys.up}${keys.backspace.repeat(4)}nol`);
  await pty.stands(`${scene.alice} › @${scene.bob} nol`);
  pty.type(keys.down);
  await pty.stands(`${scene.alice} › @${scene.bob} dua lagi`);
  pty.type(keys.down);
  await pty.stands(`${scene.alice} › @${scene.bob} tiga`);
  pty.type(keys.down);
  await pty.stands(`${scene.alice} › setengah`);
  pty.type(keys.up.repeat(3));
  await pty.stands(`${scene.alice} › @${scene.bob} nol`);
  pty.type(keys.enter);
  await pty.shows(/: nol ✓$/);
  expect(await history(scene.bobSession.client, scene.alice)).toEqual(["satu", "dua", "tiga", "nol"]);
  for (const text of ["nol", "tiga", "dua", "satu"]) {
    pty.type(keys.up);
    await pty.stands(`${scene.alice} › @${scene.bob} ${text}`);
  }
});
