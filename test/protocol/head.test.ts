/** What a request means that begins as the one before it does not depend on that one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import type { Knowledge } from "../../src/protocol/reader.ts";
import { Reader } from "../../src/protocol/reader.ts";

const TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e";

const knows: Knowledge = { isToken: (one) => one.toLowerCase() === TOKEN, isRealm: (one) => one === "jauh" };

const firstWords = [
  ...new Set(dialectNames.flatMap((name) => dialectNamed(name).rows.map((row) => row.pattern.words[0] as string))),
];
const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "budi",
      "message",
      "group",
      "file",
      "status",
      "on",
      "kelas",
      "jauh",
      "budi@jauh",
      "#kelas",
      "u1,u2",
      "3",
    ),
  },
  fc.constantFrom(
    TOKEN,
    "7d444840-9dc0-41d1-b245-5ffdce74fad2",
    "--",
    "anak-anak",
    `${"a-b-c-d".repeat(5)}x`,
    "\u0007",
    "é",
    "\r\nx",
  ),
);
const blank = fc.constantFrom(" ", " ", " ", "  ", "\t");
const text = fc.array(fc.tuple(blank, word), { maxLength: 5 }).map((pairs) => pairs.flat().join(""));
const head = fc
  .tuple(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom("send", "sendgroup", "sg", "SEND", "send_group", "post", "search", "topic"),
      },
      fc.constantFrom(...firstWords),
    ),
    blank,
    word,
  )
  .map((all) => all.join(""));

test.each(dialectNames)("%s: requests that begin alike are read as if each were the first", (name) => {
  const { rows } = dialectNamed(name);
  const tokenOnlyFirst = name === "native";
  fc.assert(
    fc.property(head, fc.array(text, { minLength: 2, maxLength: 6 }), (begin, texts) => {
      const reader = new Reader(rows, { tokenOnlyFirst });
      for (const one of texts) {
        const said = begin + one;
        expect(reader.read(said, knows)).toEqual(new Reader(rows, { tokenOnlyFirst }).readWhole(said, knows));
      }
    }),
    { numRuns: 60 },
  );
});
