/** A person's words with a token put among them: where every row takes one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import type { Row } from "../../src/protocol/row.ts";
import { EACH_ROW, inputOf } from "./inputs.ts";

const TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e";

const takesToken = ({ operation }: Row): boolean => operation !== "login" && operation !== "register";

describe.each(dialectNames.map((name) => [name, dialectNamed(name)] as const))("%s", (_, dialect) => {
  const rows = dialect.rows.filter(takesToken).map((row) => [row.pattern.source, row] as const);

  test.each(rows)("%s", (_source, row) => {
    fc.assert(
      fc.property(inputOf(row), (input) => {
        const bare = row.pattern.encode(input, TOKEN).replace(` ${TOKEN}`, "");
        const isToken = (word: string): boolean => word.toLowerCase() === TOKEN;
        // Only what the request says as a realm is one: else the first word of a text could be.
        const isRealm = (word: string): boolean => word === input["own"] || word === input["realm"];
        const read = dialect.decode(dialect.withToken(bare, TOKEN), { isToken, isRealm });
        expect(read).toMatchObject({ token: TOKEN, row: { operation: row.operation } });
      }),
      EACH_ROW,
    );
  });
});
