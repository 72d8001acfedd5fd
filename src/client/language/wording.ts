/**
 * What the client says, in one language at a time. The tables have the same form, which the compiler compares: a text that
 * is missing in one of them does not compile. `--help`, the manual pages and what is wrong with the command line are in
 * English, as the documents are; what a server says itself stands in `--json` and `--trace`.
 */

import { type Reply, setConnectionTexts } from "../../connection/errors.ts";
import type { Operation } from "../../contract/operations.ts";
import type { Alteration } from "../../contract/shapes.ts";
import { en } from "./en.ts";
import { id } from "./id.ts";
import { detailInIndonesian } from "./id-details.ts";

export const languages = ["auto", "en", "id"] as const;
export type Language = Exclude<(typeof languages)[number], "auto">;

/** What became of a message, in words; empty for what is not known, or is none. */
export type Altering = Readonly<Record<Alteration, (user: string, place: string, was: string, text: string) => string>>;

/** What is said when a request has succeeded; undefined for one whose answer is shown itself. */
export type Done = { readonly [O in Operation]: string | ((reply: Reply) => string) | undefined };

export type Wording = typeof en;

const all: Readonly<Record<Language, Wording>> = { en, id };

/** The texts of the language that is spoken. */
export let wording: Wording = en;

/** Called once, before anything is said. */
export function setLanguage(language: Language): void {
  wording = all[language];
  setConnectionTexts(wording.connection);
}

/** The language of a locale (POSIX, 8.2): the first variable that is set counts. @param env of the process */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "";
  return /^(id|in|ind)([_.@]|$)/i.test(locale) ? "id" : "en";
}

/** Does a locale name another encoding than UTF-8? Then the terminal is taken to show ASCII only. */
export function isAsciiLocale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale !== "" && !/utf-?8/i.test(locale);
}

/** A name or a number, which is of no language. */
const NO_SENTENCE = /^[\w.@#,:-]+$/;

/** The server's detail of a refusal; in another language than English only what can be said in it, or empty. @param detail inert */
export function detailInWords(detail: string): string {
  const usage = /^use: (.*)$/s.exec(detail);
  if (usage) return wording.use(withoutTokens(usage[1] as string));
  return wording === en || NO_SENTENCE.test(detail) ? detail : detailInIndonesian(detail);
}

/** Forms of a request; those with a token, which nobody types, only where there are no others. */
function withoutTokens(forms: string): string {
  const plain = forms.split(" | ").filter((form) => !form.includes("<token>"));
  return plain.length === 0 ? forms : plain.join(" | ");
}
