/** Words that only one of the client's two languages has: what is said in the other holds none of them. */
import { readFileSync } from "node:fs";
import { ownCommands, requests } from "../../src/client/vocabulary.ts";
import { dialectNames } from "../../src/protocol/dialects/index.ts";

/** Where the texts of each stand. */
const sources = {
  en: [
    "client/language/en.ts",
    "protocol/about.ts",
    "client/vocabulary.ts",
    "client/examples.ts",
    "client/terminal/commands.ts",
  ],
  id: ["client/language/id.ts", "client/language/id-about.ts", "client/language/id-details.ts"],
} as const;

export type Language = keyof typeof sources;

/** Words that people type, or could: of commands, requests and dialects, in either language. */
const typed = new Set(
  wordsIn([
    ...ownCommands.map(({ usage }) => usage),
    ...requests.map(({ pattern }) => pattern.source),
    ...dialectNames,
  ]),
);

/** Small letters only: names of parameters are written in capitals. */
function wordsIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.match(/(?<![\w-])[a-z]{3,}(?![\w-])/g) ?? []);
}

/** What stands between quotes in a source, without what is put into it. */
function literals(language: Language): string[] {
  return sources[language].flatMap((name) => {
    const source = readFileSync(new URL(`../../src/${name}`, import.meta.url), "utf8");
    const code = source.replace(/\/\*[\s\S]*?\*\/|^import .*$|^\s*\/\/.*$/gm, "");
    return (code.match(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? []).map((text) =>
      text.replace(/\$\{[^{}]*\}/g, " "),
    );
  });
}

/** Words of the other language in what was said in this one. */
export function foreignIn(language: Language, said: string): readonly string[] {
  const other = language === "en" ? "id" : "en";
  const own = new Set(wordsIn(literals(language)));
  const foreign = new Set(wordsIn(literals(other)).filter((word) => !own.has(word) && !typed.has(word)));
  return [...new Set(wordsIn([said]).filter((word) => foreign.has(word)))];
}
