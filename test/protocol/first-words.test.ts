/** `create_group` is `creategroup`: a first word that stands in no table is looked for without `_` and `-`. */
import { describe, expect, test } from "vitest";
import { Dialect } from "../../src/protocol/dialect.ts";
import { basicTexts } from "../../src/protocol/dialects/basic.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import { Pattern } from "../../src/protocol/pattern.ts";
import type { Knowledge } from "../../src/protocol/reader.ts";
import type { Row } from "../../src/protocol/row.ts";
import { says } from "./says.ts";

const TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e";
const knows: Knowledge = { isToken: (one) => one === TOKEN, isRealm: (one) => one === "here" || one === "barca" };

const joined = (word: string): string => word.replace(/[_-]/g, "");
const firstWord = ({ pattern }: Row): string => pattern.words[0] as string;

/** Which row answers, by its pattern. */
function answering(dialect: Dialect, text: string): string | undefined {
  const read = dialect.decode(text, knows);
  return "input" in read ? read.row.pattern.source : read.failure.code;
}

/** A dialect of these rows alone, told apart by nothing but the rules of "Which dialect answers". */
const alone = (rows: readonly Row[]): Dialect =>
  new Dialect({ name: "alone", ascii: "never", errors: basicTexts, rows });

/** All ways of writing a word with `_` or `-` once in it, or none. */
function writings(word: string): string[] {
  const plain = joined(word);
  const places = Array.from({ length: plain.length - 1 }, (_, i) => i + 1);
  return [plain, ...["_", "-"].flatMap((sign) => places.map((at) => plain.slice(0, at) + sign + plain.slice(at)))];
}

describe.each(dialectNames.map((name) => [name, dialectNamed(name)] as const))("%s", (_, dialect) => {
  const words = new Set(dialect.rows.map(firstWord));
  const requests = dialect.rows.flatMap((row) => says(row, TOKEN).map((text) => [text, row] as const));

  test("a word that stands in the table means what it means there alone", () => {
    for (const [text, row] of requests) {
      const own = alone(dialect.rows.filter((other) => firstWord(other) === firstWord(row)));
      for (const said of [text, text.toUpperCase().replace(TOKEN.toUpperCase(), TOKEN)]) {
        expect([said, answering(dialect, said)]).toEqual([said, answering(own, said)]);
      }
    }
  });

  test("another writing of it means the row that fits best of all that are the same word so", () => {
    for (const [text, row] of requests) {
      const same = dialect.rows.filter((other) => joined(firstWord(other)) === joined(firstWord(row)));
      const plain = joined(firstWord(row));
      const rewritten = same.map((other) => {
        return { ...other, pattern: new Pattern(plain + other.pattern.source.slice(firstWord(other).length)) };
      });
      const rest = text.slice(firstWord(row).length);
      const best = answering(alone(rewritten), plain + rest);
      const index = rewritten.findIndex(({ pattern }) => pattern.source === best);
      const wanted = same[index]?.pattern.source ?? best;
      for (const writing of writings(plain).filter((one) => !words.has(one))) {
        expect([writing, answering(dialect, writing + rest)]).toEqual([writing, wanted]);
      }
    }
  });
});

test("a word in another writing may carry as much, and takes a token at the same place", () => {
  const auto = dialectNamed("auto");
  for (const word of ["sendfile", "send-file", "send_filegroup", "sendprivate_file", "send_group_filerealm"]) {
    expect([word, auto.mayCarry(`${word} kelas a.txt aGFs`, "b64")]).toEqual([word, true]);
  }
  for (const word of ["send_private", "in-box", "creat.egroup", "getgroup_s"]) {
    expect([word, auto.mayCarry(`${word} kelas a.txt aGFs`, "b64")]).toEqual([word, false]);
  }
  expect(auto.withToken("create_group kelas", TOKEN)).toBe(`create_group ${TOKEN} kelas`);
  expect(auto.withToken("sendgroupmessage kelas halo", TOKEN)).toBe(`sendgroupmessage ${TOKEN} kelas halo`);
});

describe("auto understands what clients of this family say", () => {
  test.each([
    ["create_group kelas", "creategroup <group> [members]"],
    ["sendgroupfile kelas a.txt", "sendgroupfile <group[@realm]> <filename> [b64]"],
    ["send_groupfile kelas a.txt", "sendgroupfile <group[@realm]> <filename> [b64]"],
    ["leavegroup kelas", "leave_group <group[@realm]>"],
    ["leave-group kelas", "leave_group <group[@realm]>"],
    ["joinGroup kelas", "joingroup <group[@realm]>"],
    ["get_groups", "getgroups"],
    ["list-users", "list_users"],
    ["connected_realm", "connectedrealm"],
    ["uploadstatus mine", "upload-status <client-id>"],
    // Later words are not touched, nor is any other sign.
    ["group_set kelas posting open", "unknown-request"],
    ["create.group kelas", "unknown-request"],
    ["ping e_very 60", "bad-request"],
    ["send_ message bob", "send <user[@realm]> <text...>"],
  ])("%s", (text, wanted) => {
    expect(answering(dialectNamed("auto"), text)).toBe(wanted);
  });

  test("but signs alone are no word", () => {
    for (const text of ["_", "-", "__ bob"]) expect(answering(dialectNamed("auto"), text)).toBe("unknown-request");
  });
});
