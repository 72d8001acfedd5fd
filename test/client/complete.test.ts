/** What Tab has to offer: where a command stands, a name, a path, an option; and nothing of one place in another. */
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Choices, complete } from "../../src/client/complete.ts";
import { commandWords, ownCommand } from "../../src/client/vocabulary.ts";
import { testFolder } from "../support/folder.ts";

const choices: Choices = {
  users: ["Alice", "bob", "bobby", "carl@rumah"],
  groups: ["kelas", "klub"],
  realms: ["kampus", "rumah"],
  files: ["a.iso", "my notes.pdf"],
  messages: [],
  speaking: false,
};

function offered(before: string, more: Partial<Choices> = {}): string[] {
  return complete(before, { ...choices, ...more })?.candidates.map(({ text }) => text) ?? [];
}

/** The line with the only candidate put in. */
function completed(before: string, more: Partial<Choices> = {}): string {
  const found = complete(before, { ...choices, ...more });
  expect(found?.candidates).toHaveLength(1);
  return before.slice(0, before.length - (found?.replaces ?? 0)) + found?.candidates[0]?.text;
}

const users = ["Alice ", "bob ", "bobby ", "carl@rumah "];
const groups = ["kelas ", "klub "];
const signed = ["#kelas ", "#klub "];

describe("the first word", () => {
  test("is any command, with what it does", () => {
    expect(offered("")).toEqual(commandWords.map((word) => `${word} `));
    expect(offered("sendgr")).toEqual([
      "sendgroup ",
      "sendgroup_file ",
      "sendgroupfile ",
      "sendgroupfilerealm ",
      "sendgrouprealm ",
    ]);
    expect(offered("SENDGROUP_F")).toEqual(["sendgroup_file "]);
    expect(completed("/histo")).toBe("/history ");
    expect(complete("histo", choices)?.candidates[0]?.about).toBe(ownCommand("history")?.about);
    expect(offered("zzz")).toEqual([]);
  });

  test("with @ is a user, with # a group", () => {
    expect(offered("@")).toEqual(users.map((name) => `@${name}`).toSorted());
    expect(offered("#")).toEqual(signed);
    expect(completed("@al")).toBe("@Alice ");
    expect(completed("#ke")).toBe("#kelas ");
    expect(offered("@ke")).toEqual([]);
    expect(offered("#bo")).toEqual([]);
  });
});

describe("what follows is what the command takes", () => {
  test.each([
    ["SEND bo", ["bob ", "bobby "]],
    ["/send bo", ["bob ", "bobby "]],
    ["sendgroup k", groups],
    // Instead of a group, some users.
    ["sendgroup ", [...groups, ...users]],
    ["creategroup kelas b", ["bob ", "bobby "]],
    ["joingroup k", groups],
    ["join ", groups],
    ["members ", groups],
    ["inboxgroup ke", ["kelas "]],
    ["info ", users],
    ["getrealminbox ", ["kampus ", "rumah "]],
    ["sendprivaterealm kampus ", users],
    ["inbox ", ["all ", "since "]],
    ["watch ", ["off ", "on "]],
    ["group ", ["set ", "rename ", "delete ", ...groups]],
    ["group set ", groups],
    ["group set kelas access ", ["open ", "invite ", "closed "]],
    ["role kelas bob ", ["owner ", "moderator ", "member "]],
    ["kick kelas b", ["bob ", "bobby "]],
    ["group set kelas ", ["access ", "history ", "keep ", "listed ", "posting "]],
    ["open ", [...signed, ...users]],
    ["open #", signed],
    ["open b", ["bob ", "bobby "]],
    ["history kl", []],
    ["history #kl", ["#klub "]],
    ["mute #", signed],
    ["mute #kelas ", ["mentions "]],
    ["ignore c", ["carl@rumah "]],
    ["getfile ", ["a.iso ", "my\\ notes.pdf "]],
    ["getfile a.iso ", ["-o ", "a.iso ", "my\\ notes.pdf "]],
    ["export #kelas ", ["--since ", "-o "]],
    ["export #kelas -o x.txt --s", ["--since "]],
    ["getfile my", ["my\\ notes.pdf "]],
    ["download_file a", ["a.iso "]],
    ["help sendgroup_", ["sendgroup_file"]],
    ["help ke", ["keys"]],
    ["help ir", ["irc"]],
    ["help acc", ["accept", "account"]],
    ["files ", ["before ", "received "]],
  ])("%j: %j", (before, wanted) => {
    expect(offered(before)).toEqual(wanted.toSorted());
  });

  test.each([
    ["a password", "auth bob "],
    ["a text", "send bob bo"],
    ["a text to a group, by its request", "sendgroup kelas bo"],
    ["a content", "send_file bob a.pdf bo"],
    ["a text to a user", "@bob ke"],
    ["a text to a group", "#kelas bo"],
    ["a new password", "passwd "],
    ["what no command takes", "logout "],
    ["what follows no command", "halo bo"],
  ])("%s is not offered anything: %j", (_, before) => {
    expect(offered(before)).toEqual([]);
  });

  test("nothing that is no name of its kind is offered in any place of a name", () => {
    for (const command of ["joingroup", "members", "leave"]) {
      expect(offered(`${command} `).filter((text) => users.includes(text))).toEqual([]);
    }
    for (const command of ["info", "auth", "ignore"]) {
      expect(
        offered(`${command} `).filter((text) => /kelas|klub|kampus|rumah $|iso/.test(text) && !text.includes("@")),
      ).toEqual([]);
    }
  });
});

test("in what is said to the open conversation a name is offered, once two letters stand there", () => {
  const speaking = { speaking: true };
  expect(offered("halo bo", speaking)).toEqual(["bob ", "bobby "]);
  expect(offered("halo b", speaking)).toEqual([]);
  expect(offered("halo ke", speaking)).toEqual([]);
  expect(offered("halo @bo", speaking)).toEqual(["@bob ", "@bobby "]);
  expect(offered("halo #ke", speaking)).toEqual(["#kelas "]);
  // At the beginning it calls somebody, as on IRC; a command is offered, too.
  expect(offered("bo", speaking)).toEqual(["bob: ", "bobby: "]);
  expect(offered("al", speaking)).toEqual(["Alice: ", "allow "]);
  expect(offered("/bo", speaking)).toEqual([]);
  expect(offered("bo")).toEqual([]);
  expect(offered("halo ", speaking)).toEqual([]);
});

describe("a path", () => {
  beforeEach(() => {
    const before = process.cwd();
    const folder = testFolder();
    mkdirSync(join(folder, "sub folder"));
    for (const name of ["a.pdf", "my notes.pdf", "it's.pdf", ".hidden", "sub folder/c.pdf", "sub folder/d.pdf"]) {
      writeFileSync(join(folder, name), "");
    }
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));
  });

  test.each([
    ["sendfile bob ", ["a.pdf ", "it\\'s.pdf ", "my\\ notes.pdf ", "sub\\ folder/"]],
    ["sendfile #kelas a", ["a.pdf "]],
    ["send_file bob a", ["a.pdf "]],
    ["sendgroup_file kelas a", ["a.pdf "]],
    ["sendfile bob .h", [".hidden "]],
    ["sendfile bob ./a", ["./a.pdf "]],
    ["sendfile bob my\\ n", ["my\\ notes.pdf "]],
    ["sendfile bob sub\\ folder/", ["sub\\ folder/c.pdf ", "sub\\ folder/d.pdf "]],
    ["sendfile bob a.pdf sub\\ folder/c", ["sub\\ folder/c.pdf "]],
    ["sendfile bob nowhere/", []],
    ["sendfile bob zzz", []],
    ["sendfile ", [...signed, ...users]],
  ])("%j: %j", (before, wanted) => {
    expect(offered(before)).toEqual(wanted.toSorted());
  });

  test("in the home folder, with what stands for it kept", () => {
    const found = offered("sendfile bob ~/");
    for (const text of found) expect(text).toMatch(/^~\//);
    const folders = join(homedir(), "..");
    expect(offered(`sendfile bob ${folders}/`).length).toBeGreaterThan(0);
  });

  test.each([`sendfile bob "my no`, `sendfile bob 'my no`])("in quotes: %s", (before) => {
    const found = complete(before, choices);
    const texts = found?.candidates.map(({ text }) => before.slice(0, before.length - (found?.replaces ?? 0)) + text);
    expect(texts).toHaveLength(1);
    expect(texts?.[0]).toMatch(/my(\\ | )notes\.pdf/);
  });
});

describe("messages", () => {
  const messages = [
    { id: "id-3", about: "bob: tiga", canEdit: false, canDelete: false },
    { id: "id-2", about: "alice: dua", canEdit: true, canDelete: true },
    { id: "id-1", about: "carl: satu", canEdit: false, canDelete: true },
  ];

  test.each([
    ["/reply ", ["id-3 ", "id-2 ", "id-1 "]],
    ["react ", ["id-3 ", "id-2 ", "id-1 "]],
    ["/reply id-2", ["id-2 "]],
    ["/edit ", ["id-2 "]],
    ["/delete ", ["id-2 ", "id-1 "]],
  ])("that %s may be about are walked, the newest first", (before, texts) => {
    const found = complete(before, { ...choices, messages });
    expect(found).toMatchObject({ walks: true });
    expect(found?.candidates.map(({ text }) => text)).toEqual(texts);
  });

  test("stand in the menu by their numbers from the end, and what they say", () => {
    const found = complete("/edit ", { ...choices, messages });
    expect(found?.candidates).toEqual([{ text: "id-2 ", label: "2", about: "alice: dua" }]);
  });

  test("are reacted to by names of emoji", () => {
    expect(offered("react id-2 :hea", { messages })).toEqual([":heart: "]);
    expect(offered("2 +:hea", { messages, speaking: true })).toEqual(["+:heart:"]);
    expect(offered("2 -1", { messages, speaking: true })).toEqual(["-1"]);
    expect(offered("2 +:hea", { messages })).toEqual([]);
  });
});

test("what is offered begins with what is replaced, each once, in order, and not without end", () => {
  const many = Array.from({ length: 5000 }, (_, i) => `user${i}`);
  expect(offered("@", { users: many }).length).toBeLessThanOrEqual(1000);
  const word = fc.constantFrom(
    "send",
    "open",
    "bo",
    "@b",
    "#",
    "/",
    "sendfile",
    "inbox",
    "-",
    "help",
    "\\",
    `"`,
    "~",
    " ",
    "  ",
  );
  fc.assert(
    fc.property(fc.array(word), fc.boolean(), (words, speaking) => {
      const before = words.join(" ");
      const found = complete(before, { ...choices, users: ["bob", "bob", "Bob"], speaking });
      if (!found) return;
      const texts = found.candidates.map(({ text }) => text);
      expect(texts).toEqual([...new Set(texts)].toSorted((a, b) => (a < b ? -1 : 1)));
      expect(texts.length).toBeGreaterThan(0);
      expect(found.replaces).toBeLessThanOrEqual(before.length);
    }),
  );
});
