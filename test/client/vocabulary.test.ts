/** Every word that asks for something: known, explained with an example that is right, and found after a slip. */
import { describe, expect, test } from "vitest";
import { exampleOf } from "../../src/client/examples.ts";
import { helpFor, helpKeys, helpOf, keyName } from "../../src/client/help.ts";
import { splitWords } from "../../src/client/shell-words.ts";
import { suggestions, unknownWord } from "../../src/client/spelling.ts";
import { commands } from "../../src/client/terminal/commands.ts";
import {
  commandWords,
  insteadOfRequest,
  isRequest,
  operationOf,
  ownCommand,
  ownCommands,
  requests,
  requestsOf,
} from "../../src/client/vocabulary.ts";
import { dialectNamed } from "../../src/protocol/dialects/index.ts";
import { slipsOf, TOKEN } from "../support/known.ts";

const auto = dialectNamed("auto");

describe("a request", () => {
  const rows = requests.map((row) => [row.pattern.source, row] as const);

  test.each(rows)("%s: its example asks for what it does", (_, row) => {
    const isToken = (word: string): boolean => word === TOKEN;
    const read = auto.decode(exampleOf(row).replace("TOKEN", TOKEN), { isToken, isRealm: () => true });
    expect("failure" in read ? read.failure.detail : read.row.operation).toBe(row.operation);
    expect("input" in read && (read.token !== undefined) === row.pattern.wantsToken).toBe(true);
  });

  test.each(rows)("%s: is explained", (source, row) => {
    const [word = ""] = row.pattern.words;
    expect(isRequest(word.toUpperCase())).toBe(true);
    expect(helpOf(word.toUpperCase())).toContain(`${source}\n`);
    expect(helpOf(word)).toContain(`for example: ${exampleOf(row)}`);
  });

  test("of every dialect is here but those among servers, and those that raw bytes follow", () => {
    const all = new Set(requests.map(({ pattern }) => pattern.source));
    const missing = ["native", "basic", "multirealm", "application", "unix", "token"]
      .flatMap((name) => dialectNamed(name).rows)
      .filter(({ pattern, onlyByName }) => !all.has(pattern.source) && !onlyByName)
      .map(({ operation }) => operation);
    const among = ["legacyMessage", "legacyRealm", "linkAnswer", "linkCall", "linkHello", "linkProve"];
    expect([...new Set(missing)].toSorted()).toEqual(["download", ...among, "upload"]);
  });
});

describe("a command of the client's own", () => {
  test.each(ownCommands.map((command) => [command.name, command] as const))("%s is explained", (name, command) => {
    const help = helpOf(name) ?? "";
    for (const part of [command.usage, command.about, `for example: ${command.example}`]) expect(help).toContain(part);
    expect(splitWords(command.example)[0]).toBe(name);
    expect(ownCommand(name.toUpperCase())).toBe(command);
  });

  test("exit is quit", () => {
    expect(ownCommand("exit")).toBe(ownCommand("quit"));
    expect(helpOf("EXIT")).toBe(helpOf("quit"));
  });
});

describe("help", () => {
  test("names every command where it can be used, and no other", () => {
    for (const where of ["prompt", "shell"] as const) {
      const text = helpFor("all", where) ?? "";
      for (const { usage, in: place } of ownCommands) {
        const isThere = text.includes(`  ${usage}`);
        expect([usage, where, isThere]).toEqual([usage, where, place === where || place === "both"]);
      }
      for (const { pattern } of requests) expect(text).toContain(pattern.words.join(" "));
    }
  });

  test("is no wider than a terminal", () => {
    for (const text of [helpFor("all", "prompt"), helpFor("all", "shell"), helpKeys()].map((one) => one ?? "")) {
      expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test("names every key", () => {
    const text = helpKeys();
    for (const { title, rows } of commands) {
      expect(text).toContain(title);
      for (const { keys, about } of Object.values(rows)) {
        expect(text).toContain(about);
        for (const key of keys) expect(text).toContain(keyName(key));
      }
    }
    expect(keyName("C-x C-e")).toBe("Ctrl-X Ctrl-E");
    expect(keyName("M-enter")).toBe("Alt-Enter");
  });

  test("has nothing of what is no command", () => {
    for (const word of ["", "sned", "link", "recvrealm", "constructor", "__proto__"])
      expect(helpOf(word)).toBeUndefined();
  });
});

test("what does the same as a request that is not typed is known in any case, and of no other word", () => {
  expect(insteadOfRequest("UPLOAD")).toMatch(/^sendfile /);
  expect(insteadOfRequest("download")).toMatch(/^getfile /);
  expect(insteadOfRequest("export-all")).toMatch(/^export --all /);
  for (const word of ["constructor", "__proto__", "toString", "", "send"])
    expect(insteadOfRequest(word)).toBeUndefined();
});

describe("a first word with or without its _ and -", () => {
  test.each([
    ["create_group kelas", "createGroup"],
    ["create-group kelas bob,carl", "createGroup"],
    ["creategroup kelas", "createGroup"],
    ["leavegroup kelas", "leaveGroup"],
    ["LeaveGroup kelas", "leaveGroup"],
    ["exit_group kelas", "leaveGroup"],
    ["exitgroup kelas", "leaveGroup"],
    ["join-group kelas", "joinGroup"],
    ["send_private bob halo", "send"],
    ["sendprivate bob halo", "send"],
    ["sendserver kampus bob halo", "sendToRealm"],
    ["send_server kampus bob halo", "sendToRealm"],
    ["send-group kelas halo", "sendGroup"],
    ["sendprivatefile bob a.txt YQ==", "sendFile"],
    ["send_private_file bob a.txt YQ==", "sendFile"],
    ["sendgroupfile kelas a.txt YQ==", "sendFileGroup"],
    ["sendfilerealm kampus bob a.txt YQ==", "sendFileToRealm"],
    ["sendgroupfilerealm kampus kelas a.txt YQ==", "sendFileToRealmGroup"],
    ["add_server kampus 192.0.2.1 8889", "addRealm"],
    ["inbox_realm kampus", "realmInbox"],
    ["getgroups", "groups"],
    ["get_groups", "groups"],
    ["getinboxgroup kelas", "groupInbox"],
    ["connected_realm", "realms"],
    ["login_info", "loggedIn"],
    ["chats", "chats"],
    ["chats limit 1", "chats"],
    ["ping every 60", "ping"],
  ])("%s is understood", (line, operation) => {
    const [word = ""] = line.split(" ");
    expect([isRequest(word), operationOf(line)]).toEqual([true, operation]);
    expect(helpOf(word)).toContain("for example: ");
  });

  test("is the same word, in help too; one that stands in the table means what it did", () => {
    for (const { pattern } of requests) {
      const [word = ""] = pattern.words;
      const rows = requestsOf(word);
      expect(rows.every((row) => row.pattern.words[0] === word)).toBe(true);
      const joined = word.replace(/[_-]/g, "");
      expect([word, isRequest(joined)]).toEqual([word, true]);
      if (!commandWords.includes(joined)) expect(requestsOf(joined)).toEqual(expect.arrayContaining([...rows]));
    }
  });

  test("is none of a word that only another one begins with, nor of later words", () => {
    for (const word of ["send_", "sendprivatefiles", "_", "-", "create", ""]) {
      expect([word, requestsOf(word).map(({ pattern }) => pattern.words[0])]).toEqual([
        word,
        word === "send_" ? expect.arrayContaining(["send"]) : [],
      ]);
    }
    expect(operationOf("group s_e_t kelas posting open")).toBeUndefined();
  });
});

describe("a slip", () => {
  test.each(commandWords.filter((word) => word.length >= 4))("in %s is found", (word) => {
    const [first = "", ...slips] = slipsOf(word);
    expect([first.toUpperCase(), first, ...slips].filter((slip) => !suggestions(slip).includes(word))).toEqual([]);
  });

  test("finds the word itself first, and what is near before what is far", () => {
    for (const word of commandWords.filter(({ length }) => length >= 3)) expect(suggestions(word)[0]).toBe(word);
    expect(suggestions("sendgruop")[0]).toBe("sendgroup");
  });

  test("is none of what is far from all", () => {
    for (const word of ["halo", "selamat", "zzzzz", "", "a", "xy"]) expect(suggestions(word)).toEqual([]);
    expect(unknownWord("zzzzz")).toBe("there is no zzzzz; help lists the commands");
  });

  test("is looked for in no time, however long the word", { timeout: 2000 }, () => {
    expect(suggestions("x".repeat(20_000))).toEqual([]);
  });
});

test("words are known in any case, each once, and sorted", () => {
  expect(requestsOf("SEND").length).toBeGreaterThan(0);
  expect(commandWords).toEqual([...new Set(commandWords)].toSorted());
  for (const word of commandWords) expect(Boolean(ownCommand(word)) || isRequest(word)).toBe(true);
});
