/** A token is a secret: where one stands after a request's first parameter, it must not become part of what others get. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dialect } from "../../src/protocol/dialect.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import type { Knowledge } from "../../src/protocol/reader.ts";
import type { Row } from "../../src/protocol/row.ts";
import { EACH_ROW, inputOf, word } from "./inputs.ts";

const TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e";
const OTHER = "7d444840-9dc0-41d1-b245-5ffdce74fad2";

/** Only what the request says as a realm is one: else the first word of a text could be. */
const knowing = (input: Record<string, unknown>): Knowledge => ({
  isToken: (one) => one.toLowerCase() === TOKEN,
  isRealm: (one) => one === input["own"] || one === input["realm"],
});

const mayBeTold = ({ operation }: Row): boolean => !["login", "register", "changePassword"].includes(operation);

/** A request of this row in three parts: its own words with the first parameter, and what follows that. */
function parted({ pattern }: Row, input: Record<string, unknown>): { start: string; rest: string } {
  const said = pattern.encode(input, TOKEN).replace(` ${TOKEN}`, "").split(" ");
  const first = pattern.words.length + 1;
  return { start: said.slice(0, first).join(" "), rest: said.slice(first).join(" ") };
}

/** What is understood; a refusal carries no values. */
function understood(dialect: Dialect, text: string, input: Record<string, unknown>): Record<string, unknown> {
  const read = dialect.decode(text, knowing(input));
  if (!("input" in read)) return { refused: read.failure.code };
  return { operation: read.row.operation, input: read.input, token: read.token };
}

const rowsOf = (dialect: Dialect): (readonly [string, Row])[] => {
  const withFirst = dialect.rows.filter(({ pattern }) => pattern.keys.length > 0);
  return withFirst.filter(mayBeTold).map((row) => [row.pattern.source, row] as const);
};

/** Its one parameter goes on to the request's end: after it nothing can stand. */
const isOneText = ({ pattern }: Row): boolean => pattern.elements[pattern.words.length]?.is === "rest";

/** `before <id>`: there the first parameter is a word with a value, which a token cannot part. */
const isOption = ({ pattern }: Row): boolean => pattern.elements[pattern.words.length]?.is === "option";

const spoken = fc.constantFrom(TOKEN, TOKEN.toUpperCase());

describe.each(dialectNames.filter((name) => name !== "native").map((name) => [name, dialectNamed(name)] as const))(
  "%s: a live token after the first parameter is the token",
  (name, dialect) => {
    test.each(rowsOf(dialect).filter(([, row]) => !isOneText(row) && !isOption(row)))("%s", (_source, row) => {
      const first = row.pattern.keys[0] as string;
      const given = inputOf(row).filter((input) => input[first] !== undefined);
      fc.assert(
        fc.property(given, spoken, (input, token) => {
          const { start, rest } = parted(row, input);
          const read = understood(dialect, `${start} ${token}${rest && ` ${rest}`}`, input);
          // Under auto another row of the same words may say it, in its own way.
          const wanted =
            name === "auto"
              ? { operation: row.operation, token: TOKEN }
              : { operation: row.operation, input, token: TOKEN };
          expect(read).toMatchObject(wanted);
          expect(JSON.stringify(read["input"]).toLowerCase()).not.toContain(TOKEN);
        }),
        EACH_ROW,
      );
    });

    test.each(rowsOf(dialect))("%s, whatever follows it, or nothing", (_source, row) => {
      const tail = fc.oneof(
        fc.constant(""),
        fc.array(word, { maxLength: 4 }).map((words) => ` ${words.join(" ")}`),
      );
      fc.assert(
        fc.property(inputOf(row), spoken, tail, (input, token, said) => {
          const { start } = parted(row, input);
          // What stands before the token is one word: where none was given, none is before it.
          fc.pre(start.split(" ").length === row.pattern.words.length + 1);
          const read = understood(dialect, `${start} ${token}${said}`, input);
          expect(JSON.stringify(read["input"] ?? {}).toLowerCase()).not.toContain(TOKEN);
        }),
        EACH_ROW,
      );
    });

    test("at the end of a line it is no text either", () => {
      for (const row of dialect.rows.filter(({ operation }) => /^(send|sendGroup|post)$/.test(operation))) {
        const { pattern } = row;
        const start = [...pattern.words, "bob"].join(" ");
        for (const rest of ["\n", "\nhalo", "\r\nhalo", "\n\nhalo bob", "\thalo"]) {
          const read = understood(dialect, `${start} ${TOKEN}${rest}`, {});
          expect([start, rest, JSON.stringify(read["input"] ?? {}).includes(TOKEN)]).toEqual([start, rest, false]);
        }
      }
    });

    test("a text that one opens is told to nobody, wherever the token stands that acts", () => {
      for (const row of dialect.rows.filter(({ pattern }) => pattern.keys.at(-1) === "text")) {
        const { pattern } = row;
        const names = pattern.keys.slice(0, -1).map((key) => (key === "client-id" ? "c-1" : "bob"));
        for (const text of [TOKEN, `${TOKEN} halo`, `${TOKEN}\nhalo`]) {
          for (const first of pattern.wantsToken ? [[TOKEN]] : [[], [TOKEN]]) {
            const said = [...pattern.words, ...first, ...names, text].join(" ");
            const read = understood(dialect, said, { realm: "bob", own: "bob" });
            expect([said, JSON.stringify(read["input"] ?? {}).includes(TOKEN)]).toEqual([said, false]);
          }
        }
      }
    });

    test("a file is fetched by its name with the token after it", () => {
      if (!dialect.rows.some(({ pattern }) => pattern.source === "download_file <filename...>")) return;
      const read = understood(dialect, `download_file laporan.pdf ${TOKEN}`, {});
      expect(read).toEqual({ operation: "downloadFile", input: { filename: "laporan.pdf" }, token: TOKEN });
    });

    test("what only looks like one is text", () => {
      const auto = understood(dialectNamed("auto"), `send alice ${OTHER} x`, {});
      expect(auto).toMatchObject({ operation: "send", input: { text: `${OTHER} x` }, token: undefined });
    });
  },
);

describe("native: a token stands as the first parameter only", () => {
  const native = dialectNamed("native");

  test.each(rowsOf(native))("%s", (_source, row) => {
    fc.assert(
      fc.property(inputOf(row), (input) => {
        const { start, rest } = parted(row, input);
        fc.pre(start.split(" ").length === row.pattern.words.length + 1);
        const read = understood(native, `${start} ${TOKEN}${rest && ` ${rest}`}`, input);
        // An id in its place that is no live token is at most one that has expired.
        expect(read["token"]).not.toBe(TOKEN);
      }),
    );
  });

  test("so anything may be said to somebody", () => {
    expect(understood(native, `send alice ${TOKEN}`, {})).toEqual({
      operation: "send",
      input: { user: { name: "alice" }, text: TOKEN },
      token: undefined,
    });
  });
});

describe("a row whose first parameter is an id or a free word takes a token there only if it is live", () => {
  test.each([
    ["help <x>", { request: OTHER }],
    ["read <x>", { id: OTHER }],
    ["download <x>", { id: OTHER }],
    ["unsend <x>", { id: OTHER }],
    ["upload-status <x>", { "client-id": OTHER }],
    ["post <x> bob hi", { "client-id": OTHER, to: "bob", text: "hi" }],
  ])("%s", (form, input) => {
    for (const name of ["auto", "native"]) {
      const dialect = dialectNamed(name);
      expect(understood(dialect, form.replace("<x>", OTHER), {})).toMatchObject({ input, token: undefined });
      const withToken = form.replace("<x>", `${TOKEN} ${OTHER}`);
      expect(understood(dialect, withToken, {})).toMatchObject({ input, token: TOKEN });
    }
  });

  test("help with a live token is help", () => {
    expect(understood(dialectNamed("native"), `help ${TOKEN}`, {})).toEqual({
      operation: "help",
      input: {},
      token: TOKEN,
    });
  });
});
