/** In doubt nothing is sent to anybody, and nothing that was typed is lost. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { topics } from "../../src/client/help.ts";
import { testFolder } from "../support/folder.ts";
import { history, loggedIn, newUser, ok } from "../support/people.ts";
import { newPromptScene, unique } from "../support/prompt.ts";
import { keys, type Pty } from "../support/pty.ts";
import { until } from "../support/until.ts";

const scene = newPromptScene();
beforeEach(() => ok(scene.bobSession.client.request(`addgroup ${scene.group}`)));

/** The prompt, speaking with bob. */
async function speaking(): Promise<Pty> {
  const pty = await scene.prompt();
  pty.type(`groups${keys.enter}@${scene.bob}${keys.enter}`);
  await pty.shows(`#${scene.group}`);
  await pty.stands(`${scene.alice} ${scene.bob} ›`);
  return pty;
}

/** Texts that bob has from alice, once something said after them has arrived. */
async function received(pty: Pty): Promise<readonly string[]> {
  pty.type(`${keys.ctrl("u")} sudah${keys.enter}`);
  await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).at(-1) === "sudah");
  return (await history(scene.bobSession.client, scene.alice)).slice(0, -1);
}

describe("with a conversation open, a slip", () => {
  const slips = [
    ["sned BOB halo", /did you mean send\?.*begin with a blank$/],
    ["sednfile BOB a.iso", /did you mean sendfile\?/],
    ["/sned BOB halo", /there is no sned; did you mean send\?/],
    ["/halo", /there is no halo; help lists the commands/],
    ["send nobody-here halo", /there is no user nobody-here here;.* BOB, begin with a blank/],
    ["sendgroup nowhere halo", /there is no group nowhere here/],
    ["addgroup", /addgroup/],
    ["#", /# is no name of a group/],
    ["@bob, halo", /@bob, is no name of a user/],
  ] as const;

  test("is not sent, and stands in the line again, whatever it is", async () => {
    const pty = await speaking();
    for (const [line, why] of slips) {
      const typed = line.replaceAll("BOB", scene.bob);
      pty.type(keys.ctrl("u") + keys.ctrl("l"));
      await pty.stands(`${scene.alice} ${scene.bob} ›`);
      pty.type(typed + keys.enter);
      await pty.shows(new RegExp(why.source.replaceAll("BOB", scene.bob)));
      await pty.stands(`${scene.alice} ${scene.bob} › ${typed}`);
    }
    expect(await received(pty)).toEqual([]);
  });

  test("can be mended where it stands", async () => {
    const pty = await speaking();
    pty.type(`sned ${scene.bob} halo${keys.enter}`);
    await pty.stands(`${scene.alice} ${scene.bob} › sned ${scene.bob} halo`);
    pty.type(`${keys.ctrl("a")}${keys.right.repeat(2)}${keys.ctrl("t")}${keys.enter}`);
    await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: halo ✓$`));
    expect(await received(pty)).toEqual(["halo"]);
  });

  test("that comes back does not take the place of what is being typed meanwhile", async () => {
    const pty = await speaking();
    pty.type(`/halo${keys.enter}sudah lain`);
    await pty.shows(/there is no halo/);
    await pty.stands(`${scene.alice} ${scene.bob} › sudah lain`);
  });
});

describe("with a conversation open, a line that is refused", () => {
  test("is selected: the next key takes its place, one that moves keeps it, and Ctrl-_ brings it back", async () => {
    const pty = await speaking();
    const slip = `sned ${scene.bob} halo`;
    const refused = async (): Promise<void> => {
      pty.type(slip + keys.enter);
      await pty.stands(`${scene.alice} ${scene.bob} › ${slip}`);
    };
    await refused();
    pty.type("x");
    await pty.stands(`${scene.alice} ${scene.bob} › x`);
    pty.type(keys.ctrl("_").repeat(2));
    await pty.stands(`${scene.alice} ${scene.bob} › ${slip}`);
    for (const [key, line] of [
      [keys.left, `sned ${scene.bob} hal+o`],
      [keys.right, `${slip}+`],
      ["\u001b[F", `${slip}+`],
      [keys.ctrl("a"), `+${slip}`],
      [keys.backspace, "+"],
      [keys.paste("halo"), "halo+"],
    ] as const) {
      pty.type(keys.ctrl("u") + keys.ctrl("k"));
      await pty.stands(`${scene.alice} ${scene.bob} ›`);
      await refused();
      pty.type(`${key}+`);
      await pty.stands(`${scene.alice} ${scene.bob} › ${line}`);
    }
    expect(await received(pty)).toEqual([]);
  });

  test("is never glued to the next one, which goes to whom it is meant for, and nowhere else", async () => {
    writeFileSync(join(scene.folder, "a.iso"), "isi");
    const carl = unique("carl");
    const other = await newUser(scene.server, carl);
    const pty = await speaking();
    pty.type(`/sendfile${keys.enter}`);
    await pty.stands(`${scene.alice} ${scene.bob} › /sendfile`);
    pty.type(`/sendfile ${carl} a.iso${keys.enter}`);
    await pty.shows(`a.iso sent to ${carl}, 3 B`);
    pty.type(`/sned${keys.enter}`);
    await pty.stands(`${scene.alice} ${scene.bob} › /sned`);
    pty.type(`@${carl} halo${keys.enter}`);
    await pty.shows(/: halo ✓$/);
    expect(await history(other.client, scene.alice)).toEqual(["a.iso", "halo"]);
    expect(await received(pty)).toEqual([]);
    other.client.close();
  });

  test("stays selected while the screen is drawn anew", async () => {
    const pty = await speaking();
    pty.type(`/sned${keys.enter}`);
    await pty.stands(`${scene.alice} ${scene.bob} › /sned`);
    pty.type(`${keys.ctrl("l")}x`);
    await pty.stands(/x$/);
    await pty.stands(`${scene.alice} ${scene.bob} › x`);
  });
});

test("with a conversation open, every page that help names is help, and said to nobody", async () => {
  const pty = await speaking();
  for (const topic of [...topics, "send", "sendfile"]) pty.type(`help ${topic}${keys.enter}`);
  expect(await received(pty)).toEqual([]);
});

describe("what is typed ahead of an answer", () => {
  test("behind a conversation that cannot be opened is not sent to whom was open before, and stands in the line", async () => {
    const pty = await speaking();
    pty.type(`@nobody-here${keys.enter}rahasia kita${keys.enter}`);
    await pty.shows("not sent: it was meant for another");
    await pty.stands(`${scene.alice} ${scene.bob} › rahasia kita`);
    expect(await received(pty)).toEqual([]);
  });
});

describe("a refused message that would be a command", () => {
  test("comes back with the blank before it that makes it a message", async () => {
    const own = unique("grup");
    await ok(scene.bobSession.client.request(`addgroup ${own}`));
    const { client } = await loggedIn(scene.server, scene.alice);
    await ok(client.request(`joingroup ${own}`));
    const pty = await speaking();
    pty.type(`/open #${own}${keys.enter}`);
    await pty.stands(`${scene.alice} #${own} ›`);
    await ok(client.request(`leave ${own}`));
    pty.type(` quit${keys.enter}`);
    await pty.shows(/: quit ✗ \S+/);
    await pty.stands(`${scene.alice} #${own} ›  quit`);
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
    const pty = await speaking();
    for (const text of texts) {
      pty.type(text + keys.enter);
      await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: ${text.replace("?", "\\?")} ✓$`));
    }
    expect(await received(pty)).toEqual(texts);
  });

  test("is said as it stands behind a blank, or a second slash", async () => {
    const pty = await speaking();
    pty.type(
      ` send ${scene.bob} x${keys.enter}//etc/passwd${keys.enter} #bukan grup${keys.enter}  dua blanko${keys.enter}`,
    );
    await pty.shows(/: {2}dua blanko ✓$/);
    expect(await received(pty)).toEqual([`send ${scene.bob} x`, "/etc/passwd", "#bukan grup", " dua blanko"]);
  });

  test("to somebody else it goes there, and the conversation stays open", async () => {
    const carl = unique("carl");
    const other = await newUser(scene.server, carl);
    const pty = await speaking();
    pty.type(`@${carl} halo carl${keys.enter}`);
    await pty.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice} → ${carl}: halo carl ✓$`));
    await pty.stands(`${scene.alice} ${scene.bob} ›`);
    pty.type(`send ${carl} lagi${keys.enter}`);
    await pty.shows(/: lagi ✓$/);
    expect(await history(other.client, scene.alice)).toEqual(["halo carl", "lagi"]);
    expect(await received(pty)).toEqual([]);
    other.client.close();
  });

  test("a user who has come since is known", async () => {
    const pty = await speaking();
    const dewi = unique("dewi");
    const { client } = await newUser(scene.server, dewi);
    pty.type(`send ${dewi} halo${keys.enter}`);
    await pty.shows(new RegExp(`→ ${dewi}: halo ✓$`));
    client.close();
  });
});

describe("without a conversation", () => {
  test("what is no command is said to nobody, and stands in the line again", async () => {
    const pty = await scene.prompt({ folder: testFolder() });
    pty.type(`halo semua${keys.enter}`);
    await pty.shows(/^no conversation is open, and halo is no command\. open NAME or open #GROUP opens one;/);
    await pty.stands(`${scene.alice} › halo semua`);
    pty.type(`${keys.ctrl("u")}//halo${keys.enter}`);
    await pty.shows("to whom? open NAME, or @NAME TEXT");
    await pty.stands(`${scene.alice} › //halo`);
  });

  test("a message that is refused says why, and comes back", async () => {
    const pty = await scene.prompt({ folder: testFolder() });
    pty.type(`@nobody-here halo, kamu${keys.enter}`);
    await pty.shows(/→ nobody-here: halo, kamu ✗ there is no such user/);
    await pty.stands(`${scene.alice} › @nobody-here halo, kamu`);
    pty.type(`${keys.ctrl("u")}#${scene.group} bukan anggota${keys.enter}`);
    await pty.shows(/: bukan anggota ✗ \S+/);
    await pty.stands(`${scene.alice} › #${scene.group} bukan anggota`);
  });

  test("a conversation with nobody is not opened", async () => {
    const pty = await scene.prompt({ folder: testFolder() });
    pty.type(`@nobody-here${keys.enter}`);
    await pty.shows(/^there is no such user/);
    await pty.stands(`${scene.alice} ›`);
    pty.type(`#nowhere${keys.enter}`);
    await pty.shows("there is no such group");
    await pty.stands(`${scene.alice} ›`);
  });

  test("a name that differs in case is the same conversation", async () => {
    const pty = await scene.prompt({ folder: testFolder() });
    pty.type(`@${scene.bob.toUpperCase()} halo${keys.enter}`);
    await pty.shows(/: halo ✓$/);
    await ok(scene.bobSession.client.request(`send ${scene.alice} juga`));
    await pty.shows(/: juga$/);
    pty.type(`chats${keys.enter}`);
    await pty.shows(new RegExp(`^${scene.bob} +1 +.*: juga$`, "i"));
    expect((await pty.lines()).filter((line) => new RegExp(`^${scene.bob}( |$)`, "i").test(line))).toHaveLength(1);
  });
});
