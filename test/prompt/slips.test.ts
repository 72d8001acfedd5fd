/** In doubt nothing is sent to anybody, and nothing that was typed is lost. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { topics } from "../../src/client/help.ts";
import { testFolder } from "../support/folder.ts";
import { history, loggedIn, newUser, ok } from "../support/people.ts";
import { newPromptScene, unique } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

const scene = newPromptScene();
beforeEach(() => ok(scene.bobSession.client.request(`addgroup ${scene.group}`)));

/** The prompt, speaking with bob. */
async function speaking(): Promise<Window> {
  const window = await scene.prompt();
  window.type(`groups${keys.enter}@${scene.bob}${keys.enter}`);
  await window.shows(`#${scene.group}`);
  await window.stands(`${scene.alice} ${scene.bob} ›`);
  return window;
}

/** Texts that bob has from alice, once something said after them has arrived. */
async function received(window: Window): Promise<readonly string[]> {
  window.type(`${keys.ctrl("u")} sudah${keys.enter}`);
  await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).at(-1) === "sudah");
  return (await history(scene.bobSession.client, scene.alice)).slice(0, -1);
}

describe("with a conversation open, a slip", () => {
  const slips = [
    ["sned BOB halo", /did you mean send\?.*begin with a blank$/],
    ["sednfile BOB a.iso", /did you mean sendfile\?/],
    ["/sned BOB halo", /there is no sned; did you mean send\?/],
    ["/halo", /there is no halo; help lists the commands/],
    ["send nobody-here halo", /there is no user nobody-here here; to do it all the same/],
    ["sendgroup nowhere halo", /there is no group nowhere here/],
    ["addgroup", /addgroup/],
    ["#", /# is no name of a group/],
    ["@bob, halo", /@bob, is no name of a user/],
  ] as const;

  test("is not sent, and stands in the line again, whatever it is", async () => {
    const window = await speaking();
    for (const [line, why] of slips) {
      const typed = line.replaceAll("BOB", scene.bob);
      window.type(keys.ctrl("u") + keys.ctrl("l"));
      await window.stands(`${scene.alice} ${scene.bob} ›`);
      window.type(typed + keys.enter);
      await window.shows(new RegExp(why.source.replaceAll("BOB", scene.bob)));
      await window.stands(`${scene.alice} ${scene.bob} › ${typed}`);
    }
    expect(await received(window)).toEqual([]);
  });

  test("can be mended where it stands", async () => {
    const window = await speaking();
    window.type(`sned ${scene.bob} halo${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} › sned ${scene.bob} halo`);
    window.type(`${keys.ctrl("a")}${keys.right.repeat(2)}${keys.ctrl("t")}${keys.enter}`);
    await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: halo ✓$`));
    expect(await received(window)).toEqual(["halo"]);
  });

  test("that comes back does not take the place of what is being typed meanwhile", async () => {
    const window = await speaking();
    window.type(`/halo${keys.enter}sudah lain`);
    await window.shows(/there is no halo/);
    await window.stands(`${scene.alice} ${scene.bob} › sudah lain`);
  });
});

describe("with a conversation open, a line that is refused", () => {
  test("is selected: the next key takes its place, one that moves keeps it, and Ctrl-_ brings it back", async () => {
    const window = await speaking();
    const slip = `sned ${scene.bob} halo`;
    const refused = async (): Promise<void> => {
      window.type(slip + keys.enter);
      await window.stands(`${scene.alice} ${scene.bob} › ${slip}`);
    };
    await refused();
    window.type("x");
    await window.stands(`${scene.alice} ${scene.bob} › x`);
    window.type(keys.ctrl("_").repeat(2));
    await window.stands(`${scene.alice} ${scene.bob} › ${slip}`);
    for (const [key, line] of [
      [keys.left, `sned ${scene.bob} hal+o`],
      [keys.right, `${slip}+`],
      ["\u001b[F", `${slip}+`],
      [keys.ctrl("a"), `+${slip}`],
      [keys.backspace, "+"],
      [keys.paste("halo"), "halo+"],
    ] as const) {
      window.type(keys.ctrl("u") + keys.ctrl("k"));
      await window.stands(`${scene.alice} ${scene.bob} ›`);
      await refused();
      window.type(`${key}+`);
      await window.stands(`${scene.alice} ${scene.bob} › ${line}`);
    }
    expect(await received(window)).toEqual([]);
  });

  test("is never glued to the next one, which goes to whom it is meant for, and nowhere else", async () => {
    writeFileSync(join(scene.folder, "a.iso"), "isi");
    const carl = unique("carl");
    const other = await newUser(scene.server, carl);
    const window = await speaking();
    window.type(`/sendfile${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} › /sendfile`);
    window.type(`/sendfile ${carl} a.iso${keys.enter}`);
    await window.shows(`a.iso sent to ${carl}, 3 B`);
    window.type(`/sned${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} › /sned`);
    window.type(`@${carl} halo${keys.enter}`);
    await window.shows(/: halo ✓$/);
    expect(await history(other.client, scene.alice)).toEqual(["a.iso", "halo"]);
    expect(await received(window)).toEqual([]);
    other.client.close();
  });

  test("stays selected while the screen is drawn anew", async () => {
    const window = await speaking();
    window.type(`/sned${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} › /sned`);
    window.type(`${keys.ctrl("l")}x`);
    await window.stands(/x$/);
    await window.stands(`${scene.alice} ${scene.bob} › x`);
  });
});

test("with a conversation open, every page that help names is help, and said to nobody", async () => {
  const window = await speaking();
  for (const topic of [...topics, "send", "sendfile"]) window.type(`help ${topic}${keys.enter}`);
  expect(await received(window)).toEqual([]);
});

describe("what is typed ahead of an answer", () => {
  test("behind a conversation that cannot be opened is not sent to whom was open before, and stands in the line", async () => {
    const window = await speaking();
    window.type(`@nobody-here${keys.enter}rahasia kita${keys.enter}`);
    await window.shows("not sent: it was meant for another");
    await window.stands(`${scene.alice} ${scene.bob} › rahasia kita`);
    expect(await received(window)).toEqual([]);
  });
});

describe("a refused message that would be a command", () => {
  test("comes back with the blank before it that makes it a message", async () => {
    const own = unique("grup");
    await ok(scene.bobSession.client.request(`addgroup ${own}`));
    const { client } = await loggedIn(scene.server, scene.alice);
    await ok(client.request(`joingroup ${own}`));
    const window = await speaking();
    window.type(`/open #${own}${keys.enter}`);
    await window.stands(`${scene.alice} #${own} ›`);
    await ok(client.request(`leave ${own}`));
    window.type(` quit${keys.enter}`);
    await window.shows(/: quit ✗ \S+/);
    await window.stands(`${scene.alice} #${own} ›  quit`);
    client.close();
  });
});

describe("with a conversation open, what people say to each other", () => {
  const texts = [
    "hello",
    "ping",
    "open the door",
    "close your eyes",
    "history repeats itself",
    "leave me alone",
    "search me",
    "quit smoking",
    "halo, apa kabar?",
    "mute the tv",
    "help me out here",
  ];

  test("is said, though it begins as a command does", async () => {
    const window = await speaking();
    for (const text of texts) {
      window.type(text + keys.enter);
      await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: ${text.replace("?", "\\?")} ✓$`));
    }
    expect(await received(window)).toEqual(texts);
  });

  test("is said as it stands behind a blank, or a second slash", async () => {
    const window = await speaking();
    window.type(
      ` send ${scene.bob} x${keys.enter}//etc/passwd${keys.enter} #bukan grup${keys.enter}  dua blanko${keys.enter}`,
    );
    await window.shows(/: {2}dua blanko ✓$/);
    expect(await received(window)).toEqual([`send ${scene.bob} x`, "/etc/passwd", "#bukan grup", " dua blanko"]);
  });

  test("to somebody else it goes there, and the conversation stays open", async () => {
    const carl = unique("carl");
    const other = await newUser(scene.server, carl);
    const window = await speaking();
    window.type(`@${carl} halo carl${keys.enter}`);
    await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice} → ${carl}: halo carl ✓$`));
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    window.type(`send ${carl} lagi${keys.enter}`);
    await window.shows(/: lagi ✓$/);
    expect(await history(other.client, scene.alice)).toEqual(["halo carl", "lagi"]);
    expect(await received(window)).toEqual([]);
    other.client.close();
  });

  test("a user who has come since is known", async () => {
    const window = await speaking();
    const dewi = unique("dewi");
    const { client } = await newUser(scene.server, dewi);
    window.type(`send ${dewi} halo${keys.enter}`);
    await window.shows(new RegExp(`→ ${dewi}: halo ✓$`));
    client.close();
  });
});

describe("without a conversation", () => {
  test("what is no command is said to nobody, and stands in the line again", async () => {
    const window = await scene.prompt({ folder: testFolder() });
    window.type(`halo semua${keys.enter}`);
    await window.shows(/^no conversation is open, and halo is no command\. open NAME or open #GROUP opens one;/);
    await window.stands(`${scene.alice} › halo semua`);
    window.type(`${keys.ctrl("u")}//halo${keys.enter}`);
    await window.shows("to whom? open NAME, or @NAME TEXT");
    await window.stands(`${scene.alice} › //halo`);
  });

  test("a message that is refused says why, and comes back", async () => {
    const window = await scene.prompt({ folder: testFolder() });
    window.type(`@nobody-here halo, kamu${keys.enter}`);
    await window.shows(/→ nobody-here: halo, kamu ✗ there is no such user/);
    await window.stands(`${scene.alice} › @nobody-here halo, kamu`);
    window.type(`${keys.ctrl("u")}#${scene.group} bukan anggota${keys.enter}`);
    await window.shows(/: bukan anggota ✗ \S+/);
    await window.stands(`${scene.alice} › #${scene.group} bukan anggota`);
  });

  test("a conversation with nobody is not opened", async () => {
    const window = await scene.prompt({ folder: testFolder() });
    window.type(`@nobody-here${keys.enter}`);
    await window.shows(/^there is no such user/);
    await window.stands(`${scene.alice} ›`);
    window.type(`#nowhere${keys.enter}`);
    await window.shows("there is no such group");
    await window.stands(`${scene.alice} ›`);
  });

  test("a name that differs in case is the same conversation", async () => {
    const window = await scene.prompt({ folder: testFolder() });
    window.type(`@${scene.bob.toUpperCase()} halo${keys.enter}`);
    await window.shows(/: halo ✓$/);
    await ok(scene.bobSession.client.request(`send ${scene.alice} juga`));
    await window.shows(/: juga$/);
    window.type(`chats${keys.enter}`);
    await window.shows(new RegExp(`^${scene.bob} +1 +.*: juga$`, "i"));
    expect((await window.lines()).filter((line) => new RegExp(`^${scene.bob}( |$)`, "i").test(line))).toHaveLength(1);
  });
});
