/** Every command of the prompt, and requests of each dialect, typed as they stand. */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ownCommands } from "../../src/client/vocabulary.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, ok, type Person } from "../support/people.ts";
import { prompted, unique } from "../support/prompt.ts";
import { keys, type Pty } from "../support/pty.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

let server: TestServer;
let folder: string;
let alice: string;
let bob: string;
let group: string;
let his: Person;
let token: string;

beforeAll(async () => {
  server = await startServer(["--memory", "--realm", "kampus"]);
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = testFolder();
  [alice, bob, group] = [unique("alice"), unique("bob"), unique("kelas")];
  ({ token } = await newUser(server, alice));
  his = await newUser(server, bob);
  await ok(his.client.request(`addgroup ${group}`));
});

/** What is typed, and what is shown of it. */
type Step = readonly [line: string, ...shown: (string | RegExp)[]];

async function played(pty: Pty, steps: readonly Step[]): Promise<void> {
  for (const [line, ...shown] of steps) {
    pty.type(line + keys.enter);
    for (const one of shown) await pty.shows(one);
  }
}

function opened(): Promise<Pty> {
  return prompted({ port: server.port, user: alice, folder, columns: 120 });
}

/** A row of `chats`. @param marks what is said of it between its name and the time of its last message */
const chat = (name: string, marks: string, text: string): RegExp =>
  new RegExp(`^${name} +${marks} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +${bob}: ${text}$`);

/** A row about a user, of whom it depends on the clock whether he counts as being there. */
const about = (name: string, ...fields: readonly string[]): RegExp =>
  new RegExp(`^${[name, name, ...fields].join(" +")} +(online|offline)$`);

const message = (text: string): RegExp => new RegExp(`^\\d\\d:\\d\\d .*: ${text}$`);

/** Of each of the client's own commands. */
const own: Readonly<Record<string, () => readonly Step[]>> = {
  open: () => [
    [`open ${bob}`, new RegExp(`^── ${bob} ─+$`), message("dari bob"), `${alice} ${bob} ›`],
    ["halo", message("halo ✓")],
    ["/open", /^open whom\?/],
    ["/open nobody", "there is no such user"],
  ],
  close: () => [
    [`@${bob}`, `${alice} ${bob} ›`],
    ["close", `${alice} ›`],
  ],
  chats: () => [
    ["chats", /^conversation +new +last$/, chat(bob, "1", "dari bob")],
    [`@${bob}`, `${alice} ${bob} ›`],
    ["chats", chat(bob, "open", "dari bob")],
  ],
  history: () => [
    [`history ${bob}`, message("dari bob")],
    [`history ${bob} 1`, message("dari bob")],
    [`history ${bob} limit 1`, message("dari bob")],
    ["history", /^of whom\?/],
    [`history #${group}`, "you are not in that group"],
    [`joingroup ${group}`, `you are in #${group} now`],
    [`history #${group}`, "(nothing)"],
  ],
  search: () => [
    [`search ${bob} DARI`, /^\d{4}-\d\d-\d\d \d\d:\d\d .*: dari bob$/, "1 found"],
    [`search ${bob} tiada`, "nothing was found"],
    ["search", "search NAME TEXT, or search #GROUP TEXT"],
  ],
  ignore: () => [
    ["ignore", "nobody is ignored"],
    [`ignore ${bob}`, `${bob} is ignored`],
    ["ignore", bob],
  ],
  unignore: () => [[`ignore ${bob}`], [`unignore ${bob}`, `${bob} is not ignored any more`]],
  mute: () => [
    ["mute", "nothing is muted"],
    [`mute #${group}`, `#${group} is muted`],
    ["mute", `#${group}`],
  ],
  unmute: () => [[`mute #${group}`], [`unmute #${group}`, `#${group} is not muted any more`]],
  sendfile: () => [
    [`sendfile ${bob} a.iso`, `a.iso sent to ${bob}, 1.0 KiB`],
    [`sendfile ${bob} nowhere.iso`, /nowhere\.iso/],
  ],
  getfile: () => [
    [`sendfile ${alice} a.iso`, `a.iso sent to ${alice}, 1.0 KiB`],
    ["getfile a.iso", `a.iso → downloads/${alice}/a.iso`],
    ["getfile a.iso -o b.iso", "a.iso → b.iso"],
    ["getfile a.iso -o -", "-o - is for scripts: its bytes would spoil the screen"],
  ],
  files: () => [
    [`sendfile ${alice} a.iso`, `a.iso sent to ${alice}, 1.0 KiB`],
    ["files", new RegExp(`  a\\.iso  1\\.0 KiB  to ${alice}  `)],
    ["files received", new RegExp(`  a\\.iso  1\\.0 KiB  from ${alice}  `)],
  ],
  transfers: () => [["transfers", "(nothing)"]],
  help: () => [
    ["help", /^ *open bob /, /^ *quit /, "More:", /^ *help keys /],
    ["help all", /^ *open NAME\|#GROUP /, /^ *quit /, "Requests of the protocols work as they stand:"],
    ["help keys", "Conversations", /Alt-A|M-a/],
    ["help sendgroup", /^sendgroup <group/, /for example: sendgroup kelas/],
    ["help sned", /sned.*send/],
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
    writeFileSync(join(folder, "a.iso"), randomBytes(1024));
    await ok(his.client.request(`send ${alice} dari bob`));
    const pty = await opened();
    await played(pty, steps());
    if (name === "clear") await pty.comes("the screen is clear", async () => !(await pty.screen()).includes("pong"));
    if (name === "quit") expect(await pty.exit()).toBe(0);
    if (name === "getfile") expect(existsSync(join(folder, "b.iso"))).toBe(true);
  });

  test("that only a shell has is none here", async () => {
    const pty = await opened();
    await played(pty, [
      ["listen", /listen/],
      [`${keys.ctrl("u")}man`, /man/],
      [`${keys.ctrl("u")}completion bash`, /completion/],
    ]);
  });

  test("with a conversation open is one with / before it, and in any case", async () => {
    const pty = await opened();
    await played(pty, [
      [`/open ${bob}`, `${alice} ${bob} ›`],
      ["/CHATS", new RegExp(`^${bob} +open$`)],
      ["/Close", `${alice} ›`],
      ["/exit"],
    ]);
    expect(await pty.exit()).toBe(0);
  });
});

describe("ignored and muted", () => {
  test("of one who is ignored nothing is shown, also not in what was said before", async () => {
    const pty = await opened();
    await played(pty, [
      [`joingroup ${group}`, `you are in #${group} now`],
      [`ignore ${bob}`, `${bob} is ignored`],
    ]);
    await ok(his.client.request(`send ${alice} diam-diam`));
    await ok(his.client.request(`sendgroup ${group} diam-diam`));
    await played(pty, [[`#${group}`, `${alice} #${group} ›`], ["halo kelas", message("halo kelas ✓")], ["/history"]]);
    await pty.comes("the history is shown", (all) => all.filter((line) => line.endsWith("halo kelas")).length > 0);
    expect((await pty.lines()).filter((line) => line.includes("diam-diam"))).toEqual([]);
  });

  test("who looks for what somebody said finds it, whoever is ignored", async () => {
    await ok(his.client.request(`send ${alice} tugas satu`));
    const pty = await opened();
    const found = /^\d{4}-\d\d-\d\d \d\d:\d\d .*: tugas satu$/;
    await played(pty, [
      [`ignore ${bob}`, `${bob} is ignored`],
      [`/search ${bob} TUGAS`, found, "1 found"],
      ["clear"],
      [`history ${bob}`, message("tugas satu")],
    ]);
  });

  test("what is muted is counted, and shown when it is open", async () => {
    const pty = await opened();
    await played(pty, [[`mute ${bob}`, `${bob} is muted`]]);
    await ok(his.client.request(`send ${alice} pesan satu`));
    // It may come after what is typed: it is looked for again.
    await until(
      "it is counted",
      async () => {
        pty.type(`chats${keys.enter}`);
        await pty.quiet();
        return (await pty.lines()).some((line) => chat(bob, "1 +muted", "pesan satu").test(line));
      },
      () => pty.quiet(),
    );
    expect((await pty.lines()).filter((line) => message("pesan satu").test(line))).toEqual([]);
    await played(pty, [[`@${bob}`, /^── new/, message("pesan satu")]]);
    await ok(his.client.request(`send ${alice} pesan dua`));
    await pty.shows(message("pesan dua"));
  });

  test("both outlast the program", async () => {
    const first = await opened();
    await played(first, [[`ignore ${bob}`, `${bob} is ignored`], [`mute #${group}`, `#${group} is muted`], ["quit"]]);
    await first.exit();
    await played(await opened(), [
      ["ignore", bob],
      ["mute", `#${group}`],
    ]);
  });
});

describe("requests as the documents have them: of", () => {
  test("basic and native", async () => {
    const pty = await opened();
    await played(pty, [
      [`info ${bob}`, about(bob, "indonesia", "kampus")],
      [`joingroup ${group}`, `you are in #${group} now`],
      [`send ${bob} satu`, message("satu ✓")],
      [`sendgroup ${group} dua`, message("dua ✓")],
      [`SEND ${bob} tiga`, message("tiga ✓")],
      ["inbox", "(nothing)"],
      ["getrealminbox kampus", "(nothing)"],
      ["sendprivaterealm nowhere bob empat", /✗ there is no such realm \(nowhere\)$/],
      // In place of the refused one, which stands in the line.
      ["hello", "server: obrol"],
      ["whoami", about(alice, "indonesia", "kampus")],
      ["ping", "pong"],
      ["users", about(bob, "indonesia")],
      ["groups", `#${group}  member`],
      [`members ${group}`, about(bob), about(alice)],
      ["sessions", /^session +since +last used$/, /^\d+ .* {2}this one$/],
      ["realms", /^kampus +this one +[\w-]{43}$/],
      [`post c-1 ${bob} lima`, "sent"],
      ["unread", "(nothing)"],
      [`leave ${group}`, `you have left #${group}`],
      [`group set ${group} posting open`, /^(anyone of a linked realm|you are not in that group)/],
      [`addgroup ${group}x`, `#${group}x is made`],
      ["passwd rahasia baru", "the password is changed"],
      ["dialect unix", /every dialect/],
    ]);
    const { data } = await ok(his.client.request("inbox"));
    const texts = (data as { message: string }[]).map(({ message: text }) => text);
    expect(texts).toEqual(["satu", "dua", "tiga", "lima"]);
  });

  test("multirealm", async () => {
    const pty = await opened();
    await played(pty, [
      [`creategroup ${group}m ${bob}`, "the group is made"],
      [`sendgroup ${group}m halo`, message("halo ✓")],
      [`sendtoserver kampus ${bob} juga`, /juga ✓$|^sent$/],
      ["logout", "logged out", "›"],
      [`login ${bob} rahasia`, "logged in", new RegExp(`^${bob} .*›$`)],
    ]);
    await played(pty, [["inbox", message("juga")]]);
  });

  test("application", async () => {
    const pty = await opened();
    await played(pty, [
      [`add_group ${group}a`, `#${group}a is made`],
      [`join_group ${group}`, `you are in #${group} now`],
      [`send_group ${group} halo`, message("halo ✓")],
      ["list_users", new RegExp(bob)],
      ["list_my_groups", new RegExp(group)],
      [`list_group ${group}`, new RegExp(`${bob}@kampus`)],
      [`leave_group ${group}`, `you have left #${group}`],
    ]);
  });

  test("unix", async () => {
    const pty = await opened();
    await played(pty, [
      ["ls", bob],
      [`mkgr ${group}u`, `#${group}u is made`],
      [`join ${group}`, `you are in #${group} now`],
      ["ls_group", group],
      [`ls_member ${group}`, bob],
      [`sendgroup ${group} halo grup`, message("halo grup ✓")],
      [`inboxgroup ${group}`, message("halo grup")],
      ["auth_logout", "logged out", "›"],
      [`auth_login ${alice} rahasia`, "logged in", `${alice} ›`],
    ]);
  });

  test("token", async () => {
    const pty = await opened();
    await played(pty, [
      [`send message ${token} ${bob} satu`, "sent"],
      [`send_message ${token} ${bob} dua`, "sent"],
      [`send ${token} ${bob} tiga`, "sent"],
      [`my file ${token}`, /.+/],
      [`inbox ${token}`, /.+/],
    ]);
    const received = async (): Promise<readonly string[]> => {
      const { data } = await ok(his.client.request("inbox all"));
      return (data as { message: string }[]).map(({ message: text }) => text);
    };
    await until("all have arrived", async () => (await received()).length === 3);
    expect(await received()).toEqual(["satu", "dua", "tiga"]);
    expect(pty.raw).not.toContain(token);
  });
});
