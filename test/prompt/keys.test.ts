/** Keys of the chat: conversations and their drafts, leaving and coming back, an editor of one's own, completion. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { history, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { as, newPromptScene, unique } from "../support/prompt.ts";
import { Pty } from "../support/pty.ts";
import { until } from "../support/until.ts";
import { keys } from "../support/window.ts";

let carl: string;
let carlSession: Person;

const scene = newPromptScene();

beforeEach(async () => {
  carl = unique("carl");
  carlSession = await newUser(scene.server, carl);
});

describe("conversations", () => {
  test("Alt-A opens the next one with something new, the newest first, until nothing is", async () => {
    const window = await scene.prompt();
    await ok(scene.bobSession.client.request(`send ${scene.alice} dari bob`));
    await window.stands(`${scene.alice} [1 ${scene.bob}] ›`);
    await ok(carlSession.client.request(`send ${scene.alice} dari carl`));
    await window.stands(`${scene.alice} [1 ${carl}, 1 ${scene.bob}] ›`);
    window.type(keys.alt("a"));
    await window.stands(`${scene.alice} ${carl} [1 ${scene.bob}] ›`);
    window.type(keys.alt("a"));
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    window.type(keys.alt("a"));
    await window.shows("nothing is new");
  });

  test("opened one right after the other are all read, also where the server is asked", async () => {
    for (const one of [scene.bobSession, carlSession]) await ok(one.client.request(`send ${scene.alice} halo`));
    const window = await scene.prompt();
    await window.stands(/^alice\d+ \[1 \S+, 1 \S+\] ›$/);
    window.type(keys.alt("a") + keys.alt("a"));
    await window.stands(new RegExp(`^${scene.alice} (${scene.bob}|${carl}) ›$`));
    const { client } = await loggedIn(scene.server, scene.alice);
    await until("both are read", async () => ((await ok(client.request("unread"))).data as unknown[]).length === 0);
    client.close();
  });

  test("Alt-N and Alt-P go round, each with the draft that was left in it", async () => {
    const window = await scene.prompt();
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    window.type("draf untuk bob");
    await window.stands(`${scene.alice} ${scene.bob} › draf untuk bob`);
    await ok(carlSession.client.request(`send ${scene.alice} dari carl`));
    await window.stands(`${scene.alice} ${scene.bob} [1 ${carl}] › draf untuk bob`);
    window.type(keys.alt("n"));
    await window.stands(`${scene.alice} ${carl} ›`);
    window.type("untuk carl");
    await window.stands(`${scene.alice} ${carl} › untuk carl`);
    window.type(keys.alt("p"));
    await window.stands(`${scene.alice} ${scene.bob} › draf untuk bob`);
    window.type(keys.alt("n"));
    await window.stands(`${scene.alice} ${carl} › untuk carl`);
    window.type(keys.alt("n"));
    await window.stands(`${scene.alice} ${scene.bob} › draf untuk bob`);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([]);
    window.type(keys.enter);
    await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: draf untuk bob ✓$`));
    await window.stands(`${scene.alice} ${scene.bob} ›`);
  });

  test("opened with something new: it stands below a mark", async () => {
    await ok(scene.bobSession.client.request(`send ${scene.alice} lama`));
    const window = await scene.prompt();
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    window.type(`/close${keys.enter}`);
    await window.stands(`${scene.alice} ›`);
    await ok(scene.bobSession.client.request(`send ${scene.alice} baru`));
    await window.stands(`${scene.alice} [1 ${scene.bob}] ›`);
    window.type(`${keys.ctrl("l")}${keys.alt("a")}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    const screen = (await window.screen()).map((row) => row.replace(/^\d\d:\d\d/, "HH:MM"));
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
    const window = await scene.prompt();
    window.type("bukan ini");
    await window.stands(`${scene.alice} › bukan ini`);
    window.type(keys.ctrl("c"));
    await window.stands(`${scene.alice} ›`);
    window.type(keys.ctrl("c"));
    await window.shows("Ctrl-C again quits");
    window.type(keys.ctrl("c"));
    expect(await window.exit()).toBe(0);
  });

  test("something typed between the two takes the first back", async () => {
    const window = await scene.prompt();
    window.type(keys.ctrl("c"));
    await window.shows("Ctrl-C again quits");
    window.type("a");
    await window.stands(`${scene.alice} › a`);
    window.type(keys.backspace);
    await window.stands(`${scene.alice} ›`);
    window.type(keys.ctrl("c"));
    await window.comes("it is said again", (all) => all.filter((line) => line === "Ctrl-C again quits").length === 2);
    window.type(`ping${keys.enter}`);
    await window.shows("pong");
  });

  test("Ctrl-D deletes in a line, and quits on an empty one; the terminal is as it was", async () => {
    const window = await scene.promptProcess();
    window.type(`ab${keys.ctrl("a")}${keys.ctrl("d")}`);
    await window.stands(`${scene.alice} › b`);
    window.type(keys.ctrl("d") + keys.ctrl("d"));
    expect(await window.exit()).toBe(0);
    expect(window.raw.lastIndexOf("\u001b[?2004l")).toBeGreaterThan(window.raw.lastIndexOf("\u001b[?2004h"));
    expect(window.raw.lastIndexOf("\u001b[?1004l")).toBeGreaterThan(window.raw.lastIndexOf("\u001b[?1004h"));
    expect(window.raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(window.raw.lastIndexOf("\u001b[?25l"));
    expect(window.raw.lastIndexOf("\u001b[?7h")).toBeGreaterThan(window.raw.lastIndexOf("\u001b[?7l"));
    // No row of what was being typed stays.
    expect((await window.lines()).filter((line) => line.startsWith(`${scene.alice} ›`))).toEqual([]);
  });

  test("SIGTERM ends it with 143, and the terminal as it was", async () => {
    const window = await scene.promptProcess();
    process.kill(window.pid, "SIGTERM");
    expect(await window.exit()).toBe(143);
    expect(window.raw.lastIndexOf("\u001b[?2004l")).toBeGreaterThan(window.raw.lastIndexOf("\u001b[?2004h"));
  });

  test("what was typed just before quitting is still sent", async () => {
    const window = await scene.prompt();
    window.type(`@${scene.bob} satu${keys.enter}@${scene.bob} dua${keys.enter}${keys.ctrl("d")}`);
    expect(await window.exit()).toBe(0);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["satu", "dua"]);
  });
});

describe("Ctrl-Z", () => {
  test("goes back to the shell; fg returns with the line and what has come meanwhile", async () => {
    const args = ["--port", String(scene.server.port), ...as(scene.alice, scene.folder)];
    const window = new Pty({ folder: scene.folder, shell: true, args });
    await window.stands("shell$");
    window.type("$CLIENT\r");
    await window.stands(`${scene.alice} ›`);
    window.type("setengah");
    await window.stands(`${scene.alice} › setengah`);
    window.type(keys.ctrl("z"));
    await window.stands("shell$");
    window.type("echo di$((1+1))\r");
    await window.shows("di2");
    await ok(scene.bobSession.client.request(`send ${scene.alice} sementara itu`));
    window.type("fg\r");
    await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.bob}: sementara itu$`));
    await window.stands(`${scene.alice} [1 ${scene.bob}] › setengah`);
    window.type(" lagi");
    await window.stands(`${scene.alice} [1 ${scene.bob}] › setengah lagi`);
    window.type(keys.ctrl("z"));
    await window.stands("shell$");
    window.type("fg\r");
    await window.stands(`${scene.alice} [1 ${scene.bob}] › setengah lagi`);
    window.type(keys.ctrl("c") + keys.ctrl("d"));
    await window.stands("shell$");
  });

  test("does no harm where there is no shell to go back to", async () => {
    const window = await scene.promptProcess();
    window.type(`a${keys.ctrl("z")}`);
    await window.stands(`${scene.alice} › a`);
    window.type("b");
    await window.stands(`${scene.alice} › ab`);
  });
});

test("Ctrl-L clears the screen and keeps the line", async () => {
  const window = await scene.prompt();
  window.type(`ping${keys.enter}`);
  await window.shows("pong");
  window.type(`abc${keys.ctrl("l")}`);
  await window.comes("it is clear", async () => (await window.screen())[0] === `${scene.alice} › abc`);
  expect((await window.screen()).slice(1).filter((row) => row !== "")).toEqual([]);
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
    const window = await scene.promptProcess({ env });
    window.type(`halo dunia${EDIT}`);
    await window.stands("baris dua");
    await window.shows(`${scene.alice} › hai dunia`);
    expect(readFileSync(join(scene.folder, "mode"), "utf8")).toBe("600\n");
    window.type(`${keys.up}${keys.ctrl("a")}@${scene.bob} ${keys.enter}`);
    await window.shows(/baris dua ✓$/);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["hai dunia\nbaris dua"]);
  });

  test("that fails leaves the line as it was, and says so", async () => {
    const window = await scene.promptProcess({ env: editor("exit 3") });
    window.type(`halo dunia${EDIT}`);
    await window.shows(/has failed; the text is as it was$/);
    await window.stands(`${scene.alice} › halo dunia`);
  });

  test("is not ended by a Ctrl-C that is meant for the editor, and leaves nothing in the temporary folder", async () => {
    const temporary = join(scene.folder, "tmp");
    mkdirSync(temporary);
    const script = 'echo "mulai $$"; until [ -e lanjut ]; do sleep 0.05; done; echo dari editor > "$1"';
    const window = await scene.promptProcess({ env: { ...editor(script), TMPDIR: temporary } });
    window.type(`halo${EDIT}`);
    await window.shows(/mulai \d+$/);
    const made = readdirSync(temporary).filter((name) => name.startsWith("obrol-"));
    expect(made).toHaveLength(1);
    process.kill(window.pid, "SIGINT");
    writeFileSync(join(scene.folder, "lanjut"), "");
    await window.stands(`${scene.alice} › dari editor`);
    expect(readdirSync(temporary).filter((name) => name.startsWith("obrol-"))).toEqual([]);
  });
});

describe("Tab", () => {
  test("completes as far as all agree, lists names, and goes through them", async () => {
    const names = ["adi", "ani"].map((name) => `zed-${unique(name)}`);
    for (const name of names) (await newUser(scene.server, name)).client.close();
    const window = await scene.prompt();
    window.type(`users${keys.enter}`);
    await window.shows(new RegExp(`^${names[1]} `));
    window.type(`${keys.ctrl("l")}@z${keys.tab}`);
    await window.stands(`${scene.alice} › @zed-a`);
    const listed = async (): Promise<string[]> => (await window.screen()).filter((row) => row.startsWith("  @zed-"));
    await window.comes("they are listed", async () => (await listed()).length === 2);
    expect(await listed()).toEqual(names.map((name) => `  @${name}`));
    window.type(keys.tab);
    await window.stands(`${scene.alice} › @${names[0]}`);
    window.type(keys.tab);
    await window.stands(`${scene.alice} › @${names[1]}`);
    window.type(`${keys.enter}halo`);
    await window.stands(`${scene.alice} › @${names[1]} halo`);
    expect(await listed()).toEqual([]);
  });

  test("knows who has come since the start, and groups that were made since", async () => {
    const window = await scene.prompt();
    window.type(`@${scene.bob}${keys.tab}`);
    await window.stands(`${scene.alice} › @${scene.bob}`);
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
          window.type(`${keys.ctrl("u")}${begun}${keys.tab}`);
          await window.quiet();
          return (await window.lines()).at(-1)?.trimEnd() === `${scene.alice} › ${whole}`;
        },
        () => window.quiet(),
      );
    }
  });

  test("completes commands with what they are, groups, and paths", async () => {
    const group = `zed${unique("kelas")}`;
    await ok(scene.bobSession.client.request(`addgroup ${group}`));
    writeFileSync(join(scene.folder, "my notes.pdf"), "x");
    const window = await scene.prompt();
    window.type(`groups${keys.enter}`);
    await window.shows(`#${group}`);
    window.type(`/chat${keys.tab}`);
    await window.stands(`${scene.alice} › /chats`);
    window.type(`${keys.ctrl("u")}un${keys.tab}`);
    await window.shows(/^ {2}unmute +show it again$/);
    window.type(`${keys.ctrl("u")}#zedk${keys.tab}`);
    await window.stands(`${scene.alice} › #${group}`);
    window.type(`${keys.ctrl("u")}sendfile ${scene.bob} my${keys.tab}`);
    await window.stands(`${scene.alice} › sendfile ${scene.bob} my\\ notes.pdf`);
  });
});

test("what was typed is there the next time: Up, and Ctrl-R", async () => {
  const first = await scene.promptProcess();
  first.type(`ping${keys.enter}`);
  await first.shows("pong");
  first.type(`whoami${keys.enter}`);
  await first.shows(new RegExp(`^${scene.alice} +${scene.alice} +indonesia `));
  first.type(keys.ctrl("d"));
  await first.exit();
  const window = await scene.promptProcess();
  window.type(keys.up);
  await window.stands(`${scene.alice} › whoami`);
  window.type(`${keys.down}abc${keys.ctrl("r")}pi`);
  await window.stands("search «pi»: ping");
  window.type(keys.ctrl("g"));
  await window.stands(`${scene.alice} › abc`);
});

test("a line of before that was changed is as it was changed when one comes back to it, and is kept as it was", async () => {
  const window = await scene.prompt();
  for (const text of ["satu", "dua", "tiga"]) window.type(`@${scene.bob} ${text}${keys.enter}`);
  await window.shows(/: tiga ✓$/);
  window.type(`setengah${keys.up}${keys.up} lagi`);
  await window.stands(`${scene.alice} › @${scene.bob} dua lagi`);
  window.type(`${keys.up}${keys.backspace.repeat(4)}nol`);
  await window.stands(`${scene.alice} › @${scene.bob} nol`);
  window.type(keys.down);
  await window.stands(`${scene.alice} › @${scene.bob} dua lagi`);
  window.type(keys.down);
  await window.stands(`${scene.alice} › @${scene.bob} tiga`);
  window.type(keys.down);
  await window.stands(`${scene.alice} › setengah`);
  window.type(keys.up.repeat(3));
  await window.stands(`${scene.alice} › @${scene.bob} nol`);
  window.type(keys.enter);
  await window.shows(/: nol ✓$/);
  expect(await history(scene.bobSession.client, scene.alice)).toEqual(["satu", "dua", "tiga", "nol"]);
  for (const text of ["nol", "tiga", "dua", "satu"]) {
    window.type(keys.up);
    await window.stands(`${scene.alice} › @${scene.bob} ${text}`);
  }
});
