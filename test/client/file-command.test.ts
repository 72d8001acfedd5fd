/** Which lines are the client's own commands about files, which go to the server, and which file is meant. */
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Reply } from "../../src/client/client.ts";
import {
  type FileCommand,
  findFile,
  type ListedFile,
  parseFileCommand,
  plainFileRow,
} from "../../src/client/files/file-command.ts";
import { filesInWords } from "../../src/client/files/file-list.ts";
import { transferList } from "../../src/client/files/transfer-list.ts";
import { plainRows } from "../../src/client/plain.ts";
import { splitWords } from "../../src/client/shell-words.ts";
import { testFolder } from "../support/folder.ts";

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

test("a file is listed for scripts with all its fields in their places, whatever is not known of it", () => {
  const file = { id: "1", name: "a\tb", size: 5, sha256: "f00", time: "2026-11-21T11:15:00.000Z" };
  const lines = [
    { ...file, to: ["bob", "carl"], got: ["carl"] },
    { ...file, from: "bob" },
    { ...file, from: "bob", group: "kelas", gone: true },
  ].map((one) => plainRows([plainFileRow(one)]).split("\t"));
  const same = ["1", "a\\tb", "5", "2026-11-21T11:15:00.000Z"];
  expect(lines).toEqual([
    [...same, "", "bob,carl", "carl", "", "f00"],
    [...same, "bob", "", "", "", "f00"],
    [...same, "bob", "#kelas", "", "gone", "f00"],
  ]);
});

test("what is on its way is listed for scripts with all its fields in their places", async () => {
  const account = { host: "127.0.0.1", port: 1, user: "alice", token: "token" };
  const one = { rate: undefined, speed: 0, said: 0 };
  const what = { direction: "upload", name: "a.iso", key: "k", aside: false } as const;
  const progress = { direction: "download", name: "b.iso", done: 5, size: 9, hashing: false } as const;
  const running = [
    { ...one, what, progress: undefined },
    { ...one, what: { ...what, direction: "download", name: "b\tc", key: "l" } as const, progress },
  ];
  const known = { running, paused: [], downloads: testFolder() };
  const said = await transferList(account, known, "plain", new AbortController().signal);
  expect(said.map((text) => text.split("\n").map((line) => line.split("\t")))).toEqual([
    [
      ["upload", "running", "a.iso", "", "", "", ""],
      ["download", "running", "b\\tc", "5", "9", "", ""],
    ],
  ]);
  const nothing = { ...known, running: [] };
  expect(await transferList(account, nothing, "plain", new AbortController().signal)).toEqual([]);
});

describe("the file that is meant", () => {
  /** A server's two lists; `page` entries at a time. */
  function lists(received: readonly Partial<ListedFile>[], sent: readonly Partial<ListedFile>[], page = 2) {
    const asked: string[] = [];
    const ask = async (input: { received?: boolean | undefined; before?: string | undefined }): Promise<Reply> => {
      asked.push(`${input.received ? "received" : "sent"} ${input.before ?? ""}`.trim());
      const all = (input.received ? received : sent).map((file, i) => ({
        id: `0000000${i}-1c2b-4d3e-8f4a-5b6c7d8e9f00`,
        name: "a.pdf",
        size: 1,
        sha256: "",
        time: "2026-11-21T11:15:00.000Z",
        ...(input.received ? { from: "bob" } : { to: ["carl"] }),
        ...file,
      }));
      const end = input.before === undefined ? all.length : Number(input.before);
      const begin = Math.max(0, end - page);
      const more = begin > 0 ? { more: true, before: String(begin) } : {};
      return { status: "OK", data: all.slice(begin, end), ...more };
    };
    return { ask, asked };
  }
  const sizes = (...all: readonly number[]): { size: number }[] => all.map((size) => ({ size }));

  test("is the newest of its name that was given to one", async () => {
    const { ask, asked } = lists(sizes(1, 2), sizes(3));
    expect(await findFile(ask, { what: "a.pdf" })).toMatchObject({ size: 2 });
    expect(asked).toEqual(["received"]);
  });

  test("is one's own where nobody has given one of that name", async () => {
    const { ask } = lists([{ name: "b.pdf" }], sizes(3, 4));
    expect(await findFile(ask, { what: "a.pdf" })).toMatchObject({ size: 4 });
  });

  test("may stand many pages ago", async () => {
    const { ask, asked } = lists([{ name: "old.pdf" }, ...sizes(1, 2, 3, 4)], []);
    expect(await findFile(ask, { what: "old.pdf" })).toMatchObject({ name: "old.pdf" });
    expect(asked).toEqual(["received", "received 3", "received 1"]);
  });

  test("is found by its id, in any case, whoever has it from whom", async () => {
    const { ask } = lists(sizes(1, 2), sizes(3, 4, 5));
    expect(await findFile(ask, { what: "00000000-1C2B-4D3E-8F4A-5B6C7D8E9F00" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "00000002-1c2b-4d3e-8f4a-5b6c7d8e9f00" })).toMatchObject({ size: 5 });
  });

  test("by name is not one whose content is gone; by id it is, for the server to say so", async () => {
    const { ask } = lists([{ size: 1 }, { size: 2, gone: true }], []);
    expect(await findFile(ask, { what: "a.pdf" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "00000001-1c2b-4d3e-8f4a-5b6c7d8e9f00" })).toMatchObject({ size: 2 });
    await expect(findFile(lists([{ gone: true }], []).ask, { what: "a.pdf" })).rejects.toThrow("a.pdf: no such file");
  });

  test("can be one from a user: not somebody else's, not a group's", async () => {
    const { ask } = lists([{ size: 1 }, { size: 2, from: "carl" }, { size: 3, group: "kelas" }], sizes(4));
    expect(await findFile(ask, { what: "a.pdf", from: "bob" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "a.pdf", from: "carl" })).toMatchObject({ size: 2 });
    await expect(findFile(ask, { what: "a.pdf", from: "dewi" })).rejects.toThrow("a.pdf: no such file");
  });

  test("can be one of a group", async () => {
    const { ask } = lists([{ size: 1, group: "kelas" }, { size: 2, group: "les" }, { size: 3 }], []);
    expect(await findFile(ask, { what: "a.pdf", from: "#kelas" })).toMatchObject({ size: 1 });
    await expect(findFile(ask, { what: "a.pdf", from: "#bob" })).rejects.toThrow("a.pdf: no such file");
  });

  test("is found whatever the case in which the user or the group is written, as the server does", async () => {
    const { ask } = lists([{ size: 1 }, { size: 2, group: "Kelas" }], []);
    expect(await findFile(ask, { what: "a.pdf", from: "Bob" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "a.pdf", from: "#kelas" })).toMatchObject({ size: 2 });
  });

  test("a name must be the whole name, as it is written", async () => {
    const { ask } = lists([{ name: "a.pdf.exe" }, { name: "A.pdf" }], []);
    await expect(findFile(ask, { what: "a.pdf" })).rejects.toThrow("a.pdf: no such file");
  });
});

describe("a line of the list", () => {
  const file: ListedFile = {
    id: "d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00",
    name: "notes.pdf",
    size: 1_258_291,
    sha256: "",
    time: "2026-11-21T11:15:26.431Z",
  };

  const row = (one: Partial<ListedFile>, columns?: number): string[] =>
    filesInWords([{ ...file, ...one }], columns).split("\n");

  test("says when, what, how large, to whom and who has fetched it", () => {
    expect(row({ to: ["bob", "#kelas"], got: ["bob"] })).toEqual([
      `2026-11-21 11:15  notes.pdf  1.2 MiB  to bob, #kelas, fetched by bob  ${file.id}`,
    ]);
    expect(row({ to: ["bob"], got: [] })).toEqual([`2026-11-21 11:15  notes.pdf  1.2 MiB  to bob  ${file.id}`]);
    expect(filesInWords([])).toBe("(nothing)");
  });

  test("says whom it is from, and where it was given", () => {
    expect(row({ from: "bob", group: "kelas" })[0]).toContain("  from bob #kelas  ");
    expect(row({ from: "bob", gone: true })).toEqual([`2026-11-21 11:15  notes.pdf  gone  from bob  ${file.id}`]);
  });

  test("fits the window, and never cuts an id", () => {
    expect(row({ from: "bob" }, 60)).toEqual(["2026-11-21 11:15  notes.pdf  1.2 MiB  from bob", `  ${file.id}`]);
  });

  test("acts on no terminal", () => {
    expect(row({ name: "\u001b[2Ja\u202e.pdf", from: "b" })[0]).toContain("\\u001b[2Ja\\u202e.pdf");
  });
});
