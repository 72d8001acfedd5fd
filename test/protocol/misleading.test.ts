/** What turns a line around, ends it or cannot be seen is in nobody's name, full name or country. */
import { describe, expect, test } from "vitest";
import { isMisleading, isName, withoutMisleading } from "../../src/contract/names.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";

/** Unicode's Bidi_Control, line and paragraph separators, the byte order mark. */
const MISLEADING = [
  "\u061c",
  "\u200e",
  "\u200f",
  "\u202a",
  "\u202b",
  "\u202c",
  "\u202d",
  "\u202e",
  "\u2066",
  "\u2067",
  "\u2068",
  "\u2069",
  "\u2028",
  "\u2029",
  "\ufeff",
] as const;

/** What languages and people need, though some of it cannot be seen either. */
const NEEDED = ["é", "世界", "محمد", "שלום", "क्षि", "می\u200cخواهم", "👨\u200d👩\u200d👧", "O’Brien", "a\u00a0b"];

const code = (text: string): string =>
  `U+${(text.codePointAt(0) as number).toString(16).padStart(4, "0").toUpperCase()}`;

const registers = dialectNames.flatMap((name) => {
  const dialect = dialectNamed(name);
  const rows = dialect.rows.filter(({ operation }) => operation === "register");
  return rows.map((row) => [name, row.pattern.source, dialect] as const);
});

/** The row's request with this where a name, a full name or a country stands; one for each of them. */
function requests(source: string, text: string): string[] {
  const places = [...source.matchAll(/<(user|name|name\.\.\.|country)>/g)].map(([place]) => place);
  return places.map((place) => source.replace(place, text).replace(/<[^>]+>/g, "joko"));
}

describe("registering", () => {
  test.each(registers)("in %s: %s", (_name, source, dialect) => {
    const knows = { isToken: () => false, isRealm: () => false };
    for (const sign of MISLEADING) {
      for (const text of [sign, `jo${sign}ko`, `${sign}joko`, `joko${sign}`, `ali ${sign} joko`]) {
        for (const request of requests(source, text)) {
          const read = dialect.decode(request, knows);
          // A password is shown to nobody: it may hold anything.
          const values = "input" in read ? { ...read.input, password: "" } : {};
          expect([code(sign), isMisleading(JSON.stringify(values))]).toEqual([code(sign), false]);
          if (!("input" in read)) expect([code(sign), read.failure.code]).toEqual([code(sign), "bad-request"]);
          else expect([code(sign), text]).toEqual([code(sign), `ali ${sign} joko`]);
        }
      }
    }
  });

  test("a name as it is written anywhere in the world is taken", () => {
    const basic = dialectNamed("basic");
    for (const text of NEEDED) {
      const read = basic.decode(`register joko 123 ${text} ${text}`, { isToken: () => false, isRealm: () => false });
      expect(read).toMatchObject({ input: { name: text, country: text } });
    }
  });
});

test("what an older program has kept is shown without them", () => {
  for (const sign of MISLEADING) {
    expect([code(sign), withoutMisleading(`${sign}jo${sign}${sign}ko${sign}`)]).toEqual([code(sign), "joko"]);
    expect([code(sign), isName(`jo${sign}ko`)]).toEqual([code(sign), false]);
  }
  for (const text of NEEDED) expect([isMisleading(text), withoutMisleading(text)]).toEqual([false, text]);
});

test("these are all that Unicode has of them", () => {
  const all = Array.from({ length: 0x11_0000 }, (_, i) => i).filter((i) => i < 0xd800 || i > 0xdfff);
  const found = all.filter((i) => /[\p{Bidi_Control}\u2028\u2029\ufeff]/u.test(String.fromCodePoint(i)));
  expect(found.map((i) => code(String.fromCodePoint(i)))).toEqual(MISLEADING.map(code).toSorted());
});
