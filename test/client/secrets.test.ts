/** Requests that hold a password or a token are known for it, in every dialect; others are not. */
import { describe, expect, test } from "vitest";
import { exampleOf } from "../../src/client/examples.ts";
import { isLogin, isNearlySecret, isSecret, masked, maskedReply, secretFrom } from "../../src/client/secrets.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import type { KindName } from "../../src/protocol/values.ts";
import { TOKEN } from "../support/known.ts";

const PASSWORD_KINDS: readonly KindName[] = ["password", "old", "new"];

/** Words of servers among each other, which nobody types. */
const AMONG_SERVERS = /^(link|recvrealm|serverinbox|send_to_another_realm)/;

const rows = [
  ...new Map(
    dialectNames.flatMap((name) => dialectNamed(name).rows.map((row) => [row.pattern.source, row] as const)),
  ).values(),
].filter(({ pattern }) => !AMONG_SERVERS.test(pattern.source));
const holding = rows.filter(({ pattern }) => PASSWORD_KINDS.some((kind) => pattern.takes(kind)));
const harmless = rows.filter((row) => !holding.includes(row) && !row.pattern.wantsToken);

/** Ways in which the same is typed. */
function ways(line: string): readonly string[] {
  const [word = ""] = line.split(" ");
  const loud = word.toUpperCase() + line.slice(word.length);
  return [
    line,
    loud,
    `/${line}`,
    `  ${line}`,
    `\t/${loud}`,
    ` / ${line}`,
    `/ ${line}`,
    `${line} `,
    line.replace(" ", "  "),
  ];
}

test("there are some of each", () => {
  expect(holding.length).toBeGreaterThan(7);
  expect(harmless.length).toBeGreaterThan(50);
});

describe("a password", () => {
  test.each(holding.map((row) => [row.pattern.source, exampleOf(row)]))("in %s is seen by nobody", (_, example) => {
    for (const line of ways(example)) {
      expect([line, isSecret(line)]).toEqual([line, true]);
      expect(masked(line)).not.toMatch(/rahasia|baru/);
      expect(line.slice(secretFrom(line))).toMatch(/^\s*(rahasia|Bob|indonesia|inv-)/i);
    }
  });

  test("is hidden from its first letter on, also where the request is not whole or too long", () => {
    expect(isSecret("auth alice r")).toBe(true);
    expect(isSecret("passwd r")).toBe(true);
    expect(isSecret("erase cancel")).toBe(false);
    for (const line of [
      "erase rahasia lagi",
      "auth alice rahasia lagi",
      "passwd rahasia",
      "register alice rahasia",
      "login alice rahasia x y",
    ]) {
      expect(masked(line)).not.toContain("rahasia");
    }
  });

  test("leaves what stands before it to be seen", () => {
    expect(masked("auth alice rahasia")).toBe("auth alice •••");
    expect(masked("/AUTH alice rahasia lagi")).toBe("/AUTH alice ••• •••");
    expect(masked("passwd lama baru")).toBe("passwd ••• •••");
    expect(masked("/admin password alice baru")).toBe("/admin password alice •••");
    expect(masked("/invited inv-abcdefghijklmnop alice rahasia alice id")).toBe("/invited ••• ••• ••• ••• •••");
    expect(masked("register alice inv-abcdefghijklmnop:rahasia alice id")).toBe("register alice ••• ••• •••");
    expect(secretFrom("auth alice rahasia")).toBe("auth alice ".length);
    expect(secretFrom("auth alice")).toBeUndefined();
    expect(secretFrom("auth")).toBeUndefined();
  });
});

describe("a token", () => {
  test.each(rows.filter((row) => !holding.includes(row)).map((row) => [row.pattern.source, row] as const))(
    "in %s is seen by nobody",
    (_, row) => {
      const { pattern } = row;
      const after = pattern.words.length;
      const words = exampleOf(row).split(" ");
      const line = pattern.wantsToken
        ? exampleOf(row).replace("TOKEN", TOKEN)
        : [...words.slice(0, after), TOKEN, ...words.slice(after)].join(" ");
      for (const way of ways(line)) {
        expect([way, isSecret(way)]).toEqual([way, true]);
        expect(masked(way).toLowerCase()).not.toContain(TOKEN);
      }
      expect(masked(line.replace(TOKEN, TOKEN.toUpperCase())).toLowerCase()).not.toContain(TOKEN);
    },
  );

  test.each(["mkgr kelas", "join kelas", "ls_member kelas", "inboxgroup kelas", "leave kelas"])(
    "after the group, as clients of spec 003 say it, too: %s",
    (line) => {
      expect(isSecret(`${line} ${TOKEN}`)).toBe(true);
      expect(masked(`${line} ${TOKEN}`)).toBe(`${line} •••`);
    },
  );
});

describe("what may be a token, in a line that is no request as it stands,", () => {
  test.each([
    `@bob ${TOKEN} halo`,
    `#kelas ${TOKEN} halo`,
    `/msg bob ${TOKEN} halo`,
    `/post c-1 bob ${TOKEN} halo`,
    `send ${TOKEN} bob`,
    `addgroup ${TOKEN} a!b`,
    `history ${TOKEN} bob limit x`,
    `info ${TOKEN} ${TOKEN}`,
    `ping ${TOKEN} every 5`,
  ])("is seen by nobody: %s", (line) => {
    expect(isSecret(line)).toBe(true);
    expect(masked(line).toLowerCase()).not.toContain(TOKEN);
  });

  test("is the id of a file where one is fetched", () => {
    expect(masked(`getfile ${TOKEN} -o -`)).toBe(`getfile ${TOKEN} -o -`);
  });
});

describe("nothing to hide", () => {
  test.each(harmless.map((row) => [row.pattern.source, exampleOf(row)]))("in %s", (_, line) => {
    for (const way of ways(line)) {
      expect([way, isSecret(way)]).toEqual([way, false]);
      expect(masked(way)).toBe(way);
    }
  });

  test.each([
    "",
    " ",
    "halo",
    "authentic alice",
    "my password is x",
    "@bob auth alice x",
    "auth",
    "auth alice",
    "//auth a b",
  ])("in what is no such request: %s", (line) => {
    expect(isSecret(line)).toBe(false);
  });

  test("in an id", () => {
    for (const word of ["read", "download", "unsend", "history bob before", "inbox since", "upload-status"]) {
      expect(isSecret(`${word} ${TOKEN}`)).toBe(false);
    }
  });
});

test("words that a password is asked for after are those that log in", () => {
  for (const word of ["auth", "LOGIN", "auth_login", "register", "auth_register"]) expect(isLogin(word)).toBe(true);
  for (const word of ["passwd", "logout", "auth_logout", "send", ""]) expect(isLogin(word)).toBe(false);
});

test("a reply's token is hidden wherever it stands", () => {
  const reply = { status: "OK", data: TOKEN, tokenid: TOKEN, user: "alice" };
  for (const key of ["tokenid", "token_id"]) {
    expect(maskedReply(JSON.stringify({ ...reply, tokenid: undefined, [key]: TOKEN }))).not.toContain(TOKEN);
  }
  expect(maskedReply(JSON.stringify({ status: "OK", id: TOKEN }))).toContain(TOKEN);
});

test("an invitation's code is hidden in a reply, and what is typed with one is not kept", () => {
  const code = "inv-abcdefghijklmnop";
  expect(maskedReply(`{"status":"OK","data":{"code":"${code}","id":1}}`)).toBe(
    '{"status":"OK","data":{"code":"•••","id":1}}',
  );
  for (const line of [`invitde ${code} alice rahasia alice id`, `@bob ${code}`]) {
    expect(isNearlySecret(line)).toBe(true);
  }
  expect(isSecret("invited to the party")).toBe(false);
});

test("each of a reply's tokens is hidden, whatever blanks stand in it", () => {
  const other = TOKEN.replaceAll(/[0-9]/g, "7");
  const json = `{"data": "${other}", "tokenid" :  "${TOKEN}",\n"token_id":\t"${other}", "text": "x ${TOKEN} ${other}"}`;
  const shown = maskedReply(json);
  expect(shown).not.toContain(TOKEN);
  expect(shown).not.toContain(other);
  expect(JSON.parse(shown)).toEqual({ data: "•••", tokenid: "•••", token_id: "•••", text: "x ••• •••" });
});
