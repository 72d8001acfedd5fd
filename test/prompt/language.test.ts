/** The prompt in either language: the same visit, with no word of the other one on the screen. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { Gate } from "../support/gate.ts";
import { foreignIn, type Language } from "../support/languages.ts";
import { history, newUser, ok } from "../support/people.ts";
import { unique } from "../support/prompt.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { keys } from "../support/window.ts";
import { WindowHere } from "../support/window-here.ts";

interface Texts {
  readonly name: string;
  readonly password: (user: string) => string;
  readonly isNew: (user: string) => string;
  readonly again: string;
  readonly fullName: (user: string) => string;
  readonly country: string;
  readonly stay: string;
  readonly yes: string;
  readonly madeGroup: (group: string) => string;
  readonly joined: (user: string, group: string) => string;
  readonly unknownUser: string;
  readonly slip: string;
  readonly nothingOpen: RegExp;
  readonly offline: string;
  readonly missed: RegExp;
  readonly sentTo: (user: string) => string;
  readonly quitAgain: string;
  readonly left: (group: string) => string;
}

const texts: Readonly<Record<Language, Texts>> = {
  en: {
    name: "your name (Enter: none):",
    password: (user) => `password of ${user}:`,
    isNew: (user) => `is ${user} new here? make an account with this password? [y/N]`,
    again: "the same password again:",
    fullName: (user) => `full name [${user}]:`,
    country: "country [indonesia]:",
    stay: "stay logged in on this machine? [y/N]",
    yes: "y",
    madeGroup: (group) => `#${group} is made`,
    joined: (user, group) => `* ${user} joined #${group}`,
    unknownUser: "there is no such user",
    slip: "there is no sned; did you mean send?",
    nothingOpen: /^no conversation is open, and zzz is no command\./,
    offline: "(offline)",
    missed: /^── 1 while the link was lost ─+$/,
    sentTo: (user) => `12345 sent to ${user}, 3 B`,
    quitAgain: "Ctrl-C again quits",
    left: (group) => `you have left #${group}`,
  },
  id: {
    name: "namamu (Enter: tanpa nama):",
    password: (user) => `kata sandi ${user}:`,
    isNew: (user) => `apakah ${user} baru di sini? buat akun dengan kata sandi ini? [y/T]`,
    again: "kata sandi yang sama sekali lagi:",
    fullName: (user) => `nama lengkap [${user}]:`,
    country: "negara [indonesia]:",
    stay: "tetap masuk di komputer ini? [y/T]",
    yes: "ya",
    madeGroup: (group) => `#${group} sudah dibuat`,
    joined: (user, group) => `* ${user} bergabung dengan #${group}`,
    unknownUser: "tidak ada pengguna itu",
    slip: "tidak ada sned; maksudmu send?",
    nothingOpen: /^tidak ada percakapan yang terbuka, dan zzz bukan perintah\./,
    offline: "(terputus)",
    missed: /^── 1 selama sambungan terputus ─+$/,
    sentTo: (user) => `12345 terkirim ke ${user}, 3 B`,
    quitAgain: "Ctrl-C sekali lagi untuk selesai",
    left: (group) => `kamu sudah keluar dari #${group}`,
  },
};

test.each([
  ["en", { LANG: "en_GB.UTF-8" }],
  ["id", { LANG: "id_ID.UTF-8" }],
] as const)("a whole visit is in one language: %s", async (lang, env) => {
  const say = texts[lang];
  const server = await started("--memory");
  const gate = await Gate.before(server);
  const folder = testFolder();
  writeFileSync(join(folder, "12345"), "123");
  const [alice, bob, group] = [unique("al"), unique("bo"), unique("gr")];
  const his = await newUser(server, bob);
  const window = new WindowHere({ folder, args: ["--port", String(gate.port)], env, columns: 160, rows: 60 });
  await window.stands(`server [127.0.0.1:${gate.port}]:`);
  window.type(keys.enter);
  for (const [question, answer] of [
    [say.name, alice],
    [say.password(alice), "rahasia"],
    [say.isNew(alice), say.yes],
    [say.again, "rahasia"],
    [say.fullName(alice), ""],
    [say.country, ""],
    [say.stay, ""],
  ] as const) {
    await window.stands(question);
    window.type(answer + keys.enter);
  }
  await window.stands(`${alice} ›`);
  const done = async (line: string, ...shown: (string | RegExp)[]): Promise<void> => {
    window.type(line + keys.enter);
    for (const one of shown) await window.shows(one);
  };
  await done(`addgroup ${group}`, say.madeGroup(group));
  await ok(his.client.request(`joingroup ${group}`));
  await window.shows(say.joined(bob, group));
  await done("open nobody-here", say.unknownUser);
  await done("sned", say.slip);
  await done("zzz", say.nothingOpen);
  await done(`@nobody-here 1`, new RegExp(`: 1 ✗ ${say.unknownUser}$`));
  await done(`sendfile ${bob} 12345`, say.sentTo(bob));
  for (const list of ["users", "groups", `members ${group}`, "whoami", "sessions", "realms", "files", "transfers"]) {
    window.type(list + keys.enter);
  }
  for (const line of [
    `mute ${bob}`,
    "mute",
    `unmute ${bob}`,
    "ignore",
    "search",
    "history",
    "help",
    "help keys",
    "help all",
  ]) {
    window.type(line + keys.enter);
  }
  for (const line of [
    "/nick x",
    "/topic x",
    "/kick x",
    "/me x",
    "/names",
    "/part",
    "watch off",
    "dialect unix",
    "#",
    "open",
  ]) {
    window.type(line + keys.enter);
  }
  await done("ping", "pong");
  window.type(`@${bob}${keys.enter}`);
  await window.stands(`${alice} ${bob} ›`);
  await done("2", /: 2 ✓$/);
  gate.allow("up", 0);
  gate.cut();
  await window.comes("it is offline", (all) => all.some((line) => line.includes(say.offline)));
  await ok(his.client.request(`send ${alice} 3`));
  gate.allow("up");
  window.type(keys.ctrl("u") + keys.enter);
  await window.shows(say.missed);
  await until("it is in both places", async () => (await history(his.client, alice)).includes("2"));
  await done("/chats", new RegExp(`^${bob} .*${bob}: 3$`));
  await done(`/leave ${group}`, say.left(group));
  window.type(keys.ctrl("c"));
  const lines = await window.shows(say.quitAgain);
  expect(foreignIn(lang, lines.filter((line) => !line.startsWith("› ")).join("\n"))).toEqual([]);
  // The server's own words are in neither.
  expect(lines.filter((line) => /successful|berhasil|tidak ditemukan/i.test(line))).toEqual([]);
});
