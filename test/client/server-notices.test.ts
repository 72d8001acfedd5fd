/** What the server itself tells one of what has waited for another realm: people read words, in their language. */
import { describe, expect, onTestFinished, test } from "vitest";
import { setLanguage } from "../../src/client/language/wording.ts";
import { aboutWhich, textOf } from "../../src/client/server-notices.ts";

const ID = "01a1fc92-5ef7-7000-8000-080000b221e3";

const notices: readonly (readonly [said: string, inEnglish: string, inIndonesian: string])[] = [
  [
    `not delivered: ${ID} to nobody@rumah: user-not-found (no such user)`,
    "your message to nobody@rumah was not delivered: there is no such user",
    "pesanmu kepada nobody@rumah tidak sampai: tidak ada pengguna itu",
  ],
  [
    `not delivered: ${ID} to bob,carl@rumah: user-not-found (carl)`,
    "your message to bob@rumah, carl@rumah was not delivered: there is no such user (carl)",
    "pesanmu kepada bob@rumah, carl@rumah tidak sampai: tidak ada pengguna itu (carl)",
  ],
  [
    `not delivered: ${ID} to #kelas@rumah: realm-unreachable (rumah could not be reached in time)`,
    "your message to #kelas@rumah was not delivered: that realm does not answer (rumah could not be reached in time)",
    "pesanmu kepada #kelas@rumah tidak sampai: realm itu tidak menjawab",
  ],
  [
    "not joined: kelas@rumah: group-not-found (no such group)",
    "you did not join #kelas@rumah: there is no such group",
    "kamu tidak bergabung dengan #kelas@rumah: tidak ada grup itu",
  ],
  [
    "not joined: kelas@rumah: you were called al when you asked",
    "you did not join #kelas@rumah: you were called al when you asked",
    "kamu tidak bergabung dengan #kelas@rumah: namamu masih al ketika meminta",
  ],
  [
    "not in kelas: bob@rumah: user-not-found (no such user)",
    "bob@rumah is not in #kelas: there is no such user",
    "bob@rumah tidak ada di #kelas: tidak ada pengguna itu",
  ],
  [
    "not done: kick in kelas@rumah: not-member (not a member of the group)",
    "kick in #kelas@rumah was not done: you are not in that group",
    "kick di #kelas@rumah tidak dilakukan: kamu bukan anggota grup itu",
  ],
  [
    "not asked: bob@rumah to join kelas: forbidden (not allowed here)",
    "bob@rumah was not asked to join #kelas: that is not allowed here",
    "bob@rumah tidak diajak bergabung dengan #kelas: itu tidak diizinkan di sini",
  ],
];

describe.each(["en", "id"] as const)("in %s", (language) => {
  test.each(notices)("%s", (said, inEnglish, inIndonesian) => {
    setLanguage(language);
    onTestFinished(() => setLanguage("en"));
    expect(textOf({ from: "*", message: said })).toBe(language === "en" ? inEnglish : inIndonesian);
  });
});

test("the message that it is about is quoted where it is known", () => {
  const [[message] = [""]] = notices;
  expect(aboutWhich({ from: "*", message })).toBe(ID);
  expect(textOf({ from: "*", message }, "halo")).toBe(
    'your message "halo" to nobody@rumah was not delivered: there is no such user',
  );
});

test("what it announces is shown as it is, and so is what anybody else says", () => {
  for (const message of ["the server is down from 22:00", "not delivered: yet"]) {
    expect(textOf({ from: "*", message })).toBe(message);
  }
  const [[message] = [""]] = notices;
  expect(textOf({ from: "bob", message })).toBe(message);
  expect(aboutWhich({ from: "bob", message })).toBeUndefined();
});
