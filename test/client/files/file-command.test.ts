/** Which lines are the client's own commands about files, and which go to the server. */
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type FileCommand, parseFileCommand } from "../../../src/client/files/file-command.ts";
import { splitWords } from "../../../src/client/shell-words.ts";
import { testFolder } from "../../support/folder.ts";

/** The command that a line is, read in a folder with some files. */
const command = (line: string): FileCommand | undefined => parseFileCommand(splitWords(line));

beforeEach(() => {
  const before = process.cwd();
  const folder = testFolder();
  mkdirSync(join(folder, "sub"));
  for (const name of ["a.pdf", "b.pdf", "my notes.pdf", "sub/c.pdf"]) writeFileSync(join(folder, name), "content");
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
});

describe("a local file is sent", () => {
  const toBob = { does: "send", to: "bob", paths: ["a.pdf"] };
  const toKelas = { does: "send", to: "#kelas", paths: ["a.pdf"] };

  test.each([
    ["sendfile bob a.pdf", toBob],
    ["SENDFILE bob a.pdf", toBob],
    ["send_file bob a.pdf", toBob],
    ["send file bob a.pdf", toBob],
    ["SEND FILE bob a.pdf", toBob],
    ["sendfile #kelas a.pdf", toKelas],
    ["sendfilegroup kelas a.pdf", toKelas],
    ["sendgroup_file kelas a.pdf", toKelas],
    ["send_group_file kelas a.pdf", toKelas],
    ["send group file kelas a.pdf", toKelas],
    ["SEND GROUP FILE kelas a.pdf", toKelas],
    ["sendgroup_file #kelas a.pdf", toKelas],
    // Words of clients that other people wrote, and any of them with or without its _ and -.
    ["sendprivatefile bob a.pdf", toBob],
    ["send_private_file bob a.pdf", toBob],
    ["SEND-PRIVATE-FILE bob a.pdf", toBob],
    ["send-file bob a.pdf", toBob],
    ["sendgroupfile kelas a.pdf", toKelas],
    ["send-group-file kelas a.pdf", toKelas],
    ["sendGroupFile kelas a.pdf", toKelas],
    ["send_file_group kelas a.pdf", toKelas],
    ["sendfilerealm rumah bob a.pdf", { ...toBob, to: "bob@rumah" }],
    ["send_file_realm rumah bob a.pdf", { ...toBob, to: "bob@rumah" }],
    ["sendprivatefilerealm rumah bob a.pdf b.pdf", { ...toBob, to: "bob@rumah", paths: ["a.pdf", "b.pdf"] }],
    [`sendfilerealm rumah bob "my notes.pdf"`, { ...toBob, to: "bob@rumah", paths: ["my notes.pdf"] }],
    ["sendgroupfile bob,carl a.pdf", { ...toBob, to: "bob,carl" }],
    ["sendfilerealm rumah bob,carl a.pdf", { ...toBob, to: "bob@rumah,carl@rumah" }],
    ["sendgroupfilerealm rumah kelas a.pdf", { ...toKelas, to: "#kelas@rumah" }],
    ["sendgroupfilerealm rumah bob,carl a.pdf", { ...toBob, to: "bob@rumah,carl@rumah" }],
    ["sendfile bob@rumah a.pdf", { ...toBob, to: "bob@rumah" }],
    ["sendgroup_file kelas@rumah a.pdf", { ...toKelas, to: "#kelas@rumah" }],
    ["sendfile bob ./a.pdf sub/c.pdf b.pdf", { ...toBob, paths: ["./a.pdf", "sub/c.pdf", "b.pdf"] }],
    [`sendfile bob "my notes.pdf"`, { ...toBob, paths: ["my notes.pdf"] }],
    [String.raw`sendfile bob my\ notes.pdf`, { ...toBob, paths: ["my notes.pdf"] }],
  ])("%s", (line, wanted) => {
    expect(command(line)).toEqual(wanted);
  });

  test("also one of the home folder", () => {
    expect(command("sendfile bob ~")).toEqual({ does: "send", to: "bob", paths: [homedir()] });
    expect(command("sendfile bob ~/nowhere/a.pdf")).toEqual({
      does: "refuse",
      fault: "no-file",
      detail: `${homedir()}/nowhere/a.pdf: no such file`,
    });
    expect(command("sendfile bob ~a.pdf")).toBeUndefined();
  });
});

describe("the server is asked, as the older documents have it", () => {
  test.each([
    ["a content in the line", "sendfile bob hello.txt aGVsbG8="],
    ["a content with slashes in it", "sendfile bob hello.txt ab/cd+ef"],
    ["a content in the line for a group", "sendgroup_file kelas hello.txt aGVsbG8="],
    ["a content in the line after the name of a file that is here", "sendfile bob a.pdf aGVsbG8="],
    ["the name of a file that only the server has", "sendfile bob only-there.pdf"],
    ["a content in the line for a user elsewhere", "sendfilerealm rumah bob hello.txt aGVsbG8="],
    ["the name of a file that only the server has, for a user elsewhere", "sendfilerealm rumah bob only-there.pdf"],
    ["nothing to send elsewhere", "sendfilerealm rumah bob"],
    ["nobody to send to elsewhere", "sendfilerealm rumah"],
    ["nowhere to send to", "sendfilerealm"],
    ["nothing to send", "sendfile bob"],
    ["nobody to send to", "sendfile"],
    ["a message to a user called file", "send file hello"],
    ["a message", "send bob a.pdf"],
    ["a message to a group", "send group kelas hello"],
    ["a request of its own", "upload bob a.pdf 7"],
    ["a page of the list", "files before 01a1fc92-5ef7-7000-8000-080000b221e3"],
    ["a download as raw bytes", "download d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00"],
    ["an unsend", "unsend d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00"],
    ["a word that another begins with", "sendfiles bob a.pdf"],
    ["transfers of something", "transfers now"],
    ["nothing at all", ""],
  ])("%s: %s", (_, line) => {
    expect(command(line)).toBeUndefined();
  });
});

describe("a path that is not there is refused here", () => {
  const missing = (path: string): FileCommand => ({
    does: "refuse",
    fault: "no-file",
    detail: `${path}: no such file`,
  });

  test.each(["./nowhere.pdf", "sub/nowhere.pdf", "/nowhere/a.pdf", "../nowhere.pdf"])("sendfile bob %s", (path) => {
    expect(command(`sendfile bob ${path}`)).toEqual(missing(path));
    expect(command(`sendfile bob a.pdf ${path}`)).toEqual(missing(path));
  });

  test("so is a mistyped one of several without a slash, for its name is no content", () => {
    expect(command("sendfile bob a.pdf b.pfd")).toEqual(missing("b.pfd"));
  });
});

describe("a file is fetched", () => {
  test.each([
    ["getfile a.iso", { what: "a.iso" }],
    ["GETFILE a.iso", { what: "a.iso" }],
    ["getfile my notes.pdf", { what: "my notes.pdf" }],
    [`getfile "my notes.pdf"`, { what: "my notes.pdf" }],
    ["getfile a.iso -o -", { what: "a.iso", out: "-" }],
    ["getfile -o b.iso a.iso", { what: "a.iso", out: "b.iso" }],
    [`getfile a.iso -o "my folder/"`, { what: "a.iso", out: "my folder/" }],
    ["getfile a.iso -o ~/b.iso", { what: "a.iso", out: `${homedir()}/b.iso` }],
    ["download_file a.iso", { what: "a.iso" }],
    ["download_file bob a.iso", { what: "a.iso", from: "bob" }],
    ["download file a.iso", { what: "a.iso" }],
    ["DOWNLOAD FILE bob a.iso", { what: "a.iso", from: "bob" }],
    ["DOWNLOAD FILE bob my notes.pdf", { what: "my notes.pdf", from: "bob" }],
    ["download-file a.iso", { what: "a.iso" }],
    ["downloadFile bob a.iso", { what: "a.iso", from: "bob" }],
    ["downloadgroupfile kelas a.iso", { what: "a.iso", from: "#kelas" }],
    ["download_group_file kelas a.iso", { what: "a.iso", from: "#kelas" }],
    ["downloadgroup_file kelas a.iso", { what: "a.iso", from: "#kelas" }],
    ["downloadgroup_file kelas my notes.pdf", { what: "my notes.pdf", from: "#kelas" }],
  ])("%s", (line, wanted) => {
    expect(command(line)).toEqual({ does: "get", ...wanted });
  });

  test.each(["getfile", "getfile -o", "getfile -o b.iso", "getfile a.iso -o"])("%s: how it is used is said", (line) => {
    expect(command(line)).toEqual({
      does: "refuse",
      fault: "usage",
      detail: "use: getfile ID|NAME [-o PATH|-]",
    });
  });
});

test("files and transfers are listed", () => {
  expect(command("files")).toEqual({ does: "list", received: false });
  expect(command("FILES received")).toEqual({ does: "list", received: true });
  expect(command("transfers")).toEqual({ does: "transfers" });
});

test("a path that is not there is refused in the words for other realms, too", () => {
  expect(command("sendfilerealm rumah bob ./nowhere.pdf")).toMatchObject({ does: "refuse", fault: "no-file" });
});
