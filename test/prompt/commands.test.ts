/** Every command of the prompt, and requests of each dialect, typed as they stand. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ownCommands } from "../../src/client/vocabulary.ts";
import { found } from "../search/support.ts";
import { ok } from "../support/people.ts";
import { newPromptScene } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

const scene = newPromptScene({ options: ["--memory", "--realm", "kampus"] });
beforeEach(() => ok(scene.bobSession.client.request(`addgroup ${scene.group}`)));

/** What is typed, and what is shown of it. */
type Step = readonly [line: string, ...shown: (string | RegExp)[]];

async function played(window: Window, steps: readonly Step[]): Promise<void> {
  for (const [line, ...shown] of steps) {
    window.type(line + keys.enter);
    for (const one of shown) await window.shows(one);
  }
}

/** On a busy machine the index may be behind; a person would look again. */
async function isIndexed(word: string): Promise<void> {
  await until(`${word} is indexed`, async () => (await found(scene.bobSession.client, word)).length > 0);
}

function opened(): Promise<Window> {
  return scene.prompt({ columns: 120 });
}

/** A row of `chats`. @param marks what is said of it between its name and the time of its last message */
const chat = (name: string, marks: string, text: string): RegExp =>
  new RegExp(`^${name} +${marks} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +${scene.bob}: ${text}$`);

/** A row about a user, of whom it depends on the clock whether he counts as being there. */
const about = (name: string, ...fields: readonly string[]): RegExp =>
  new RegExp(`^${[name, name, ...fields].join(" +")} +(?:the owner )? *(online|offline)$`);

const message = (text: string): RegExp => new RegExp(`^\\d\\d:\\d\\d .*: ${text}$`);

/** A row of `mutes`. */
const mutedRow = (name: string, how: string): RegExp =>
  new RegExp(`^${name} +${how} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$`);

/** Of each of the client's own commands. */
const own: Readonly<Record<string, () => readonly Step[]>> = {
  open: () => [
    [`open ${scene.bob}`, new RegExp(`^── ${scene.bob} ─+$`), message("dari bob"), `${scene.alice} ${scene.bob} ›`],
    ["halo", message("halo ✓")],
    ["/open", /^open whom\?/],
    ["/open nobody", "there is no such user"],
  ],
  close: () => [
    [`@${scene.bob}`, `${scene.alice} ${scene.bob} ›`],
    ["close", `${scene.alice} ›`],
  ],
  chats: () => [
    ["chats", /^conversation +new +last$/, chat(scene.bob, "1", "dari bob")],
    [`@${scene.bob}`, `${scene.alice} ${scene.bob} ›`],
    ["chats", chat(scene.bob, "open", "dari bob")],
  ],
  history: () => [
    [`history ${scene.bob}`, message("dari bob")],
    [`history ${scene.bob} 1`, message("dari bob")],
    [`history ${scene.bob} limit 1`, message("dari bob")],
    ["history", /^of whom\?/],
    [`history #${scene.group}`, "you are not in that group"],
    [`joingroup ${scene.group}`, `you are in #${scene.group} now`],
    [`history #${scene.group}`, "(nothing)"],
  ],
  search: () => [
    [`search ${scene.bob} DARI`, /^\d{4}-\d\d-\d\d \d\d:\d\d .*: dari bob$/, "1 found"],
    [`search ${scene.bob} tiada`, "nothing was found"],
    ["search dar*", /^\d{4}-\d\d-\d\d \d\d:\d\d .*: dari bob$/, "1 found"],
    ["search", "search NAME TEXT, or search #GROUP TEXT; with nothing open, search TEXT looks everywhere"],
  ],
  export: () => [
    ["export", "of whom? export NAME, or export #GROUP"],
    [`export ${scene.bob}`, new RegExp(`^${scene.bob}: 1 messages → downloads/${scene.alice}/${scene.bob}\\.txt$`)],
    [`export ${scene.bob} -o x.txt --since 2999-01-01`, `${scene.bob}: 0 messages → x.txt`],
    ["export nobody", "nobody was not written down: there is no such user"],
    [`export ${scene.bob} -o -`, /^-o - is for scripts/],
    [`export ${scene.bob} --since besok`, /^date: a day as/],
  ],
  o: () => [
    ["o", "no link was shown"],
    ["o 7", "no link 7 was shown"],
    [`@${scene.bob} lihat https://example.org/a.`, message("lihat https://example.org/a \\[1\\]\\. ✓")],
    // Here there is no display, and no $BROWSER.
    ["o", "https://example.org/a"],
    ["o 1", "https://example.org/a"],
    ["o satu", "use: o [N]"],
  ],
  ignore: () => [
    ["ignore", "nobody is ignored"],
    [`ignore ${scene.bob}`, `${scene.bob} is ignored`],
    ["ignore", scene.bob],
  ],
  unignore: () => [[`ignore ${scene.bob}`], [`unignore ${scene.bob}`, `${scene.bob} is not ignored any more`]],
  mute: () => [
    ["mute", "nothing is muted"],
    [`mute #${scene.group}`, "you are not in that group"],
    [`joingroup ${scene.group}`, `you are in #${scene.group} now`],
    [`mute #${scene.group}`, `#${scene.group} is muted`],
    [`mute ${scene.bob} mentions`, `${scene.bob} is muted, but for what mentions you`],
    ["mute", mutedRow(`#${scene.group}`, "muted"), mutedRow(scene.bob, "mentions only")],
    ["mutes", mutedRow(`#${scene.group}`, "muted")],
  ],
  unmute: () => [
    [`mute ${scene.bob}`, `${scene.bob} is muted`],
    [`unmute ${scene.bob}`, `${scene.bob} is not muted any more`],
  ],
  sendfile: () => [
    [`sendfile ${scene.bob} a.iso`, `a.iso sent to ${scene.bob}, 1.0 KiB`],
    [`sendfile ${scene.bob} nowhere.iso`, /nowhere\.iso/],
  ],
  getfile: () => [
    [`sendfile ${scene.alice} a.iso`, `a.iso sent to ${scene.alice}, 1.0 KiB`],
    ["getfile a.iso", `a.iso → downloads/${scene.alice}/a.iso`],
    ["getfile a.iso -o b.iso", "a.iso → b.iso"],
    ["getfile a.iso -o -", "-o - is for scripts: its bytes would spoil the screen"],
  ],
  files: () => [
    [`sendfile ${scene.alice} a.iso`, `a.iso sent to ${scene.alice}, 1.0 KiB`],
    ["files", new RegExp(`  a\\.iso  1\\.0 KiB  to ${scene.alice}  `)],
    ["files received", new RegExp(`  a\\.iso  1\\.0 KiB  from ${scene.alice}  `)],
  ],
  transfers: () => [["transfers", "(nothing)"]],
  help: () => [
    ["help", /^ *open bob /, /^ *quit /, "More:", /^ *help keys /],
    ["help all", /^ *open NAME\|#GROUP /, /^ *quit /, "Requests of the protocols work as they stand:"],
    ["help keys", "Conversations", /Alt-A|M-a/],
    ["help sendgroup", /^sendgroup <group/, /for example: sendgroup kelas/],
    ["help sned", /sned.*send/],
  ],
  edit: () => [
    [`@${scene.bob} satu`, message("satu ✓")],
    ["edit", /› \/edit [0-9a-f-]{36} satu$/],
    [" lagi", "the message is edited"],
  ],
  delete: () => [
    [`@${scene.bob} satu`, message("satu ✓")],
    ["/delete", /› \/delete [0-9a-f-]{36}$/],
    ["", "the message is deleted"],
    ["delete", "there is no such message here"],
  ],
  reply: () => [
    [`open ${scene.bob}`, message("dari bob")],
    ["/reply", /› \/reply [0-9a-f-]{36}$/],
    ["baik", message("baik ✓")],
  ],
  react: () => [
    [`open ${scene.bob}`, message("dari bob")],
    ["/react", /› \/react [0-9a-f-]{36}$/],
    [":+1:", `* ${scene.alice} reacted to "dari bob": 👍`],
    ["1 -1", `* ${scene.alice} took back a reaction to "dari bob": 👍`],
    ["2 +1", /^only 1 can be counted back here, begin with a blank$/],
    [`${keys.ctrl("u")}1 +:nothing:`, /^no emoji is known by that name, begin with a blank$/],
  ],
  clear: () => [["ping", "pong"], ["clear"]],
  quit: () => [["quit"]],
};

describe("each command of one's own", () => {
  test("has its test here", () => {
    const names = ownCommands.filter((command) => command.in !== "shell").map(({ name }) => name);
    expect(Object.keys(own).sort()).toEqual([...names].sort());
  });

  test.each(Object.entries(own))("%s", async (name, steps) => {
    writeFileSync(join(scene.folder, "a.iso"), randomBytes(1024));
    await ok(scene.bobSession.client.request(`send ${scene.alice} dari bob`));
    if (name === "search") await isIndexed("dari");
    const window = await opened();
    await played(window, steps());
    if (name === "clear")
      await window.comes("the screen is clear", async () => !(await window.screen()).includes("pong"));
    if (name === "quit") expect(await window.exit()).toBe(0);
    if (name === "getfile") expect(existsSync(join(scene.folder, "b.iso"))).toBe(true);
  });

  test("that only a shell has is none here", async () => {
    const window = await opened();
    await played(window, [
      ["listen", /listen/],
      [`${keys.ctrl("u")}man`, /man/],
      [`${keys.ctrl("u")}completion bash`, /completion/],
    ]);
  });

  test("with a conversation open is one with / before it, and in any case", async () => {
    const window = await opened();
    await played(window, [
      [`/open ${scene.bob}`, `${scene.alice} ${scene.bob} ›`],
      ["/CHATS", new RegExp(`^${scene.bob} +open$`)],
      ["/Close", `${scene.alice} ›`],
      ["/exit"],
    ]);
    expect(await window.exit()).toBe(0);
  });
});

describe("ignored and muted", () => {
  test("of one who is ignored nothing is shown, also not in what was said before", async () => {
    const window = await opened();
    await played(window, [
      [`joingroup ${scene.group}`, `you are in #${scene.group} now`],
      [`ignore ${scene.bob}`, `${scene.bob} is ignored`],
    ]);
    await ok(scene.bobSession.client.request(`send ${scene.alice} diam-diam`));
    await ok(scene.bobSession.client.request(`sendgroup ${scene.group} diam-diam`));
    await played(window, [
      [`#${scene.group}`, `${scene.alice} #${scene.group} ›`],
      ["halo kelas", message("halo kelas ✓")],
      ["/history"],
    ]);
    await window.comes("the history is shown", (all) => all.filter((line) => line.endsWith("halo kelas")).length > 0);
    expect((await window.lines()).filter((line) => line.includes("diam-diam"))).toEqual([]);
  });

  test("who looks for what somebody said finds it, whoever is ignored", async () => {
    await ok(scene.bobSession.client.request(`send ${scene.alice} tugas satu`));
    await isIndexed("tugas");
    const window = await opened();
    const row = /^\d{4}-\d\d-\d\d \d\d:\d\d .*: tugas satu$/;
    await played(window, [
      [`ignore ${scene.bob}`, `${scene.bob} is ignored`],
      [`/search ${scene.bob} TUGAS`, row, "1 found"],
      ["clear"],
      [`history ${scene.bob}`, message("tugas satu")],
    ]);
  });

  test("what is muted is counted, and shown when it is open", async () => {
    const window = await opened();
    await played(window, [[`mute ${scene.bob}`, `${scene.bob} is muted`]]);
    await ok(scene.bobSession.client.request(`send ${scene.alice} pesan satu`));
    // It may come after what is typed: it is looked for again.
    await until(
      "it is counted",
      async () => {
        window.type(`chats${keys.enter}`);
        await window.quiet();
        return (await window.lines()).some((line) => chat(scene.bob, "1 +muted", "pesan satu").test(line));
      },
      () => window.quiet(),
    );
    expect((await window.lines()).filter((line) => message("pesan satu").test(line))).toEqual([]);
    await played(window, [[`@${scene.bob}`, /^── new/, message("pesan satu")]]);
    await ok(scene.bobSession.client.request(`send ${scene.alice} pesan dua`));
    await window.shows(message("pesan dua"));
  });

  test("what one mutes here is muted on one's other terminal at once, and shown again with an unmute there", async () => {
    const here = await opened();
    const there = await opened();
    await played(here, [[`mute ${scene.bob}`, `${scene.bob} is muted`]]);
    await there.shows(`* ${scene.bob} is muted`);
    await ok(scene.bobSession.client.request(`send ${scene.alice} pesan satu`));
    await played(here, [[`mute ${scene.bob} mentions`, `${scene.bob} is muted, but for what mentions you`]]);
    await there.shows(`* ${scene.bob} is muted, but for what mentions you`);
    await ok(scene.bobSession.client.request(`send ${scene.alice} pesan dua`));
    await ok(scene.bobSession.client.request(`send ${scene.alice} @${scene.alice} pesan tiga`));
    for (const window of [here, there]) await window.shows(message(`@${scene.alice} pesan tiga`));
    await played(there, [[`unmute ${scene.bob}`, `${scene.bob} is not muted any more`]]);
    await here.shows(`* ${scene.bob} is not muted any more`);
    await ok(scene.bobSession.client.request(`send ${scene.alice} pesan empat`));
    for (const window of [here, there]) {
      await window.shows(message("pesan empat"));
      expect((await window.lines()).filter((line) => /: pesan (satu|dua)$/.test(line))).toEqual([]);
    }
  });

  test("what an older program has muted here the server mutes now, and says what it does not", async () => {
    const path = join(scene.folder, "state", "obrol", "accounts", `${scene.alice}@127.0.0.1_${scene.server.port}.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ ignored: ["carl"], muted: [scene.bob, `#${scene.group}`] }));
    const window = await opened();
    await window.shows(new RegExp(`^not muted any more, .*: #${scene.group} \\(you are not in that group\\)$`));
    await played(window, [["mute", mutedRow(scene.bob, "muted")]]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ ignored: ["carl"] });
  });

  test("both outlast the program", async () => {
    const first = await scene.promptProcess({ columns: 120 });
    await played(first, [
      [`ignore ${scene.bob}`, `${scene.bob} is ignored`],
      [`joingroup ${scene.group}`, `you are in #${scene.group} now`],
      [`mute #${scene.group}`, `#${scene.group} is muted`],
      ["quit"],
    ]);
    await first.exit();
    await played(await scene.promptProcess({ columns: 120 }), [
      ["ignore", scene.bob],
      ["mute", mutedRow(`#${scene.group}`, "muted")],
    ]);
  });
});

describe("requests as the documents have them: of", () => {
  test("basic and native", async () => {
    const window = await opened();
    await played(window, [
      [`info ${scene.bob}`, about(scene.bob, "indonesia", "kampus")],
      [`joingroup ${scene.group}`, `you are in #${scene.group} now`],
      [`send ${scene.bob} satu`, message("satu ✓")],
      [`sendgroup ${scene.group} dua`, message("dua ✓")],
      [`SEND ${scene.bob} tiga`, message("tiga ✓")],
      ["inbox", "(nothing)"],
      ["getrealminbox kampus", "(nothing)"],
      ["sendprivaterealm nowhere bob empat", /✗ there is no such realm \(nowhere\)$/],
      // In place of the refused one, which stands in the line.
      ["hello", "server: obrol"],
      ["whoami", about(scene.alice, "indonesia", "kampus")],
      ["ping", "pong"],
      ["users", about(scene.bob, "indonesia")],
      ["groups", `#${scene.group}  member`],
      [`members ${scene.group}`, about(scene.bob), about(scene.alice)],
      ["sessions", /^session +since +last used +address +client$/, /^\d+ .* {2}this one$/],
      ["realms", /^kampus +this one +[\w-]{43}$/],
      [`post c-1 ${scene.bob} lima`, "sent"],
      ["unread", "(nothing)"],
      [`leave ${scene.group}`, `you have left #${scene.group}`],
      [`group set ${scene.group} posting open`, /^(the group.s rules are changed|you are not in that group)/],
      [`addgroup ${scene.group}x`, `#${scene.group}x is made`],
      ["passwd rahasia baru", "the password is changed"],
      ["dialect unix", /every dialect/],
    ]);
    const { data } = await ok(scene.bobSession.client.request("inbox"));
    const texts = (data as { message: string }[]).map(({ message: text }) => text);
    expect(texts).toEqual(["satu", "dua", "tiga", "lima"]);
  });

  test("multirealm", async () => {
    const window = await opened();
    await played(window, [
      [`creategroup ${scene.group}m ${scene.bob}`, "the group is made"],
      [`sendgroup ${scene.group}m halo`, message("halo ✓")],
      [`sendtoserver kampus ${scene.bob} juga`, /juga ✓$|^sent$/],
      ["logout", "logged out", "›"],
      [`login ${scene.bob} rahasia`, "logged in", new RegExp(`^${scene.bob} .*›$`)],
    ]);
    await played(window, [["inbox", message("juga")]]);
  });

  test("application", async () => {
    const window = await opened();
    await played(window, [
      [`add_group ${scene.group}a`, `#${scene.group}a is made`],
      [`join_group ${scene.group}`, `you are in #${scene.group} now`],
      [`send_group ${scene.group} halo`, message("halo ✓")],
      ["list_users", new RegExp(scene.bob)],
      ["list_my_groups", new RegExp(scene.group)],
      [`list_group ${scene.group}`, new RegExp(`${scene.bob}@kampus`)],
      [`leave_group ${scene.group}`, `you have left #${scene.group}`],
    ]);
  });

  test("unix", async () => {
    const window = await opened();
    await played(window, [
      ["ls", scene.bob],
      [`mkgr ${scene.group}u`, `#${scene.group}u is made`],
      [`join ${scene.group}`, `you are in #${scene.group} now`],
      ["ls_group", scene.group],
      [`ls_member ${scene.group}`, scene.bob],
      [`sendgroup ${scene.group} halo grup`, message("halo grup ✓")],
      [`inboxgroup ${scene.group}`, message("halo grup")],
      ["auth_logout", "logged out", "›"],
      [`auth_login ${scene.alice} rahasia`, "logged in", `${scene.alice} ›`],
    ]);
  });

  test("token", async () => {
    const window = await opened();
    await played(window, [
      [`send message ${scene.aliceToken} ${scene.bob} satu`, "sent"],
      [`send_message ${scene.aliceToken} ${scene.bob} dua`, "sent"],
      [`send ${scene.aliceToken} ${scene.bob} tiga`, "sent"],
      [`my file ${scene.aliceToken}`, /.+/],
      [`inbox ${scene.aliceToken}`, /.+/],
    ]);
    const received = async (): Promise<readonly string[]> => {
      const { data } = await ok(scene.bobSession.client.request("inbox all"));
      return (data as { message: string }[]).map(({ message: text }) => text);
    };
    await until("all have arrived", async () => (await received()).length === 3);
    expect(await received()).toEqual(["satu", "dua", "tiga"]);
    expect(window.raw).not.toContain(scene.aliceToken);
  });
});
