/** Finds terms in texts: which texts contain all of them, and an excerpt of each that does. */
import { DatabaseSync } from "node:sqlite";
import type { Excerpt, Term } from "../contract/search.ts";
import { expressionOf, type Token, withoutReserved } from "./expression.ts";
import { TOKENIZER } from "./index-file.ts";

/** Words of a snippet, and UTF-16 units: a text without blanks is one word. */
const SNIPPET_WORDS = 16;
const SNIPPET_UNITS = 240;

/** Put by FTS5 before and behind each match. */
const [OPEN, CLOSE] = ["\u0002", "\u0003"];

/** The most tokens of one term: more hardly narrow a search. */
const MOST_TOKENS = 32;

export class Excerpts {
  readonly #db = new DatabaseSync(":memory:");
  readonly #insert;
  readonly #tokens;
  readonly #find;

  constructor() {
    this.#db.exec(`
      CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = "${TOKENIZER}");
      CREATE VIRTUAL TABLE tokens USING fts5vocab(texts, instance)`);
    this.#insert = this.#db.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
    this.#tokens = this.#db.prepare('SELECT term FROM tokens ORDER BY "offset" LIMIT ?');
    this.#find = this.#db.prepare(
      `SELECT rowid, snippet(texts, 0, '${OPEN}', '${CLOSE}', '…', ${SNIPPET_WORDS}) AS snippet FROM texts WHERE texts MATCH ?`,
    );
  }

  /** The tokens that a message must contain to match the terms. */
  tokensOf(terms: readonly Term[]): readonly Token[] {
    return terms.flatMap(({ is, text }) => {
      const tokens = this.#with([text], () => this.#tokens.all(MOST_TOKENS).map(({ term }) => term as string));
      return tokens.map((token, i) => ({ text: token, isPrefix: is === "prefix" && i === tokens.length - 1 }));
    });
  }

  /** For each text its excerpt; undefined where it does not contain all terms. */
  of(terms: readonly Term[], texts: readonly string[]): readonly (Excerpt | undefined)[] {
    const found = this.#with(texts, () => this.#find.all(expressionOf(terms)));
    const snippets = new Map(found.map(({ rowid, snippet }) => [rowid as number, snippet as string]));
    return texts.map((_, i) => {
      const snippet = snippets.get(i);
      return snippet === undefined ? undefined : excerptIn(snippet);
    });
  }

  #with<T>(texts: readonly string[], look: () => T): T {
    this.#db.exec("BEGIN");
    try {
      for (const [i, text] of texts.entries()) this.#insert.run(i, withoutReserved(text));
      return look();
    } finally {
      this.#db.exec("ROLLBACK");
    }
  }
}

function excerptIn(marked: string): Excerpt {
  const found = marked
    .split(OPEN)
    .slice(1)
    .map((part) => part.split(CLOSE, 1)[0] as string);
  const first = marked.indexOf(OPEN);
  const start = Math.max(0, first - SNIPPET_UNITS / 4);
  const cut = (text: string): string => text.replaceAll(OPEN, "").replaceAll(CLOSE, "");
  const units = cut(marked);
  if (units.length <= SNIPPET_UNITS) return { snippet: units, found: [...new Set(found)] };
  const part = units
    .slice(start, start + SNIPPET_UNITS)
    .toWellFormed()
    .replace(/^\ufffd|\ufffd$/g, "");
  return {
    snippet: `${start > 0 ? "…" : ""}${part}${start + SNIPPET_UNITS < units.length ? "…" : ""}`,
    found: [...new Set(found)].map((word) => word.slice(0, SNIPPET_UNITS)),
  };
}
