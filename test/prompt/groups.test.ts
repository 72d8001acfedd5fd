/** Groups as people use them, who may come from IRC: its words do what they name, or say what does; leaving closes. */
import { beforeEach, describe, expect, test } from "vitest";
import { history, newUser, ok } from "../support/people.ts";
import { newPromptScene, unique } from "../support/prompt.ts";
import { keys, type Window } from "../support/window.ts";

const scene = newPromptScene();
beforeEach(() => ok(scene.bobSession.client.request(`addgroup ${scene.group}`)));

/** What is typed, and what is shown of it below it. */
type Step = readonly [line: string, ...shown: (string | RegExp)[]];

/** Types on a clear screen each time: what is shown is of that line. */
async function played(window: Window, steps: readonly Step[]): Promise<void> {
  for (const [line, ...shown] of steps) {
    window.type(keys.ctrl("u") + keys.ctrl("l"));
    await window.comes("the screen is clear", async () => (await window.cursor()).row === 0);
    window.type(line + keys.enter);
    for (const one of shown) {
      await window.comes(`${line} shows ${one}`, async () =>
        (await window.screen()).some((row) => (typeof one === "string" ? row === one : one.test(row))),
      );
    }
  }
}

const member = (name: string): RegExp =>
  new RegExp(`^${name} +${name} +(?:the owner |a moderator )? *(online|offline)$`);

describe("the words of IRC", () => {
  test("do the thing where it exists", async () => {
    const window = await scene.prompt({ columns: 150 });
    await played(window, [
      [`/join #${scene.group}`, `you are in #${scene.group} now`],
      ["/list", `#${scene.group}  member`],
      [`/msg ${scene.bob} halo bob`, /: halo bob ✓$/],
      [`/msg #${scene.group} halo semua`, /: halo semua ✓$/],
      [`/names #${scene.group}`, member(scene.alice), member(scene.bob)],
      [`/query ${scene.bob}`, new RegExp(`^── ${scene.bob} ─+$`), `${scene.alice} ${scene.bob} ›`],
      [`/query #${scene.group}`, new RegExp(`^── #${scene.group} ─+$`), `${scene.alice} #${scene.group} ›`],
      ["/names", member(scene.alice), member(scene.bob)],
      ["/who", member(scene.alice), member(scene.bob)],
      ["/part", `you have left #${scene.group}`, `${scene.alice} ›`],
      ["/who", new RegExp(`^${scene.bob} +${scene.bob} +indonesia +(online|offline)$`)],
      ["/names", "no group is open; use: members GROUP"],
      ["/part", "no group is open; use: leave GROUP"],
    ]);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["halo bob"]);
    expect(await history(scene.bobSession.client, `#${scene.group}`)).toEqual(["halo semua"]);
    window.type(`ping${keys.enter}`);
    await window.shows("pong");
    window.type(`/clear${keys.enter}`);
    await window.comes("the screen is clear", async () => !(await window.screen()).includes("pong"));
    window.type(`/quit${keys.enter}`);
    expect(await window.exit()).toBe(0);
  });

  test("say what does it, where it does not exist; nothing is said to the open conversation", async () => {
    const window = await scene.prompt({ columns: 150 });
    await played(window, [
      [`@${scene.bob}`, `${scene.alice} ${scene.bob} ›`],
      ["/nick alicia", /register NAME .*auth NAME/],
      ["/me melambai", /say it as any text/],
      ["/msg", "use: @NAME TEXT"],
      ["/query", /^open whom\?/],
      ["/help irc", /^ {2}\/query NAME +open NAME$/, /^ {2}\/part +leave$/],
    ]);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([]);
  });
});

describe("in an open group", () => {
  test("leave and members need no name, and leaving closes it", async () => {
    const window = await scene.prompt();
    for (const leave of ["/leave", "leave"]) {
      await played(window, [
        [`joingroup ${scene.group}`, `you are in #${scene.group} now`],
        [`#${scene.group}`, `${scene.alice} #${scene.group} ›`],
        ["/members", member(scene.alice), member(scene.bob)],
        ["members", member(scene.alice), member(scene.bob)],
        [leave, `you have left #${scene.group}`, `${scene.alice} ›`],
      ]);
      expect((await ok(scene.bobSession.client.request(`members ${scene.group}`))).data).toEqual([scene.bob]);
    }
  });

  test("it is run without its name, and what others do to it is told", async () => {
    const own = unique("tim");
    const window = await scene.prompt({ columns: 150 });
    await played(window, [
      [`addgroup ${own}`, `#${own} is made`],
      [`#${own}`, `${scene.alice} #${own} ›`],
      ["/topic ujian hari Senin", "the topic is changed"],
      ["/topic", /ujian hari Senin/],
      [`/invite ${scene.bob}`, `${scene.bob} is asked to join #${own}`],
      ["/group set access invite", "the group's rules are changed"],
    ]);
    await ok(scene.bobSession.client.request(`accept #${own}`));
    await window.shows(`* ${scene.bob} joined #${own}`);
    await played(window, [
      [`/role ${scene.bob} moderator`, `${scene.bob} is a moderator of #${own} now`],
      [`/kick ${scene.bob} sudah malam`, `${scene.bob} is put out of #${own}`],
    ]);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([]);
  });

  test("Tab knows that its name may be left out, and calls somebody in what is said", async () => {
    const window = await scene.prompt({ columns: 150 });
    await played(window, [
      [`/join #${scene.group}`, `you are in #${scene.group} now`],
      [`#${scene.group}`, `${scene.alice} #${scene.group} ›`],
    ]);
    const zulaikha = unique("zulaikha");
    await newUser(scene.server, zulaikha);
    for (const [typed, completed] of [
      ["/kick zul", `/kick ${zulaikha}`],
      ["zul", `${zulaikha}:`],
      ["halo @zul", `halo @${zulaikha}`],
    ]) {
      window.type(`${keys.ctrl("u")}${typed}${keys.tab}`);
      await window.stands(`${scene.alice} #${scene.group} › ${completed}`);
    }
  });

  test("leaving another one leaves it open", async () => {
    const other = unique("lain");
    await ok(scene.bobSession.client.request(`addgroup ${other}`));
    const window = await scene.prompt();
    await played(window, [
      [`joingroup ${scene.group}`, `you are in #${scene.group} now`],
      [`joingroup ${other}`, `you are in #${other} now`],
      [`#${scene.group}`, `${scene.alice} #${scene.group} ›`],
      [`/leave ${other}`, `you have left #${other}`, `${scene.alice} #${scene.group} ›`],
    ]);
  });
});

describe("help", () => {
  test.each(["en", "id"])(
    "has what one needs first on a screen of 24 rows, and the line below it: %s",
    async (lang) => {
      const window = await scene.prompt({ columns: 80, rows: 24, args: ["--lang", lang] });
      await played(window, [["help", /^ {2}help all /]]);
      await window.stands(`${scene.alice} ›`);
      const screen = await window.screen();
      for (const row of [/^ {2}@bob halo /, /^ {2}open bob /, /^ {2}joingroup|addgroup kelas /, /^ {2}quit /]) {
        expect(screen).toContainEqual(expect.stringMatching(row));
      }
    },
  );

  test("of a topic has its commands", async () => {
    const window = await scene.prompt();
    await played(window, [
      ["help groups", /^ {2}joingroup </, /^ {2}leave </, /^ {2}members </],
      ["help messages", /^ {2}open NAME/, /^ {2}chats /, /^ {2}send </],
      ["help files", /^ {2}sendfile TO/, /^ {2}getfile ID/, /^ {2}unsend </],
      ["help account", /^ {2}auth </, /^ {2}passwd </, /^ {2}sessions /],
      ["help realms", /^realms$/, /^ {2}addrealm </],
    ]);
  });
});
