/**
 * The tables of README.md and PROTOCOL.md, made from the code: what stands between
 * `<!-- table: NAME -->` and `<!-- end -->`. `npm run documents` writes them, a test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { clientOptions } from "../../src/bin/client-options.ts";
import type { Table } from "../../src/bin/options.ts";
import { serverOptions } from "../../src/bin/server-options.ts";
import { shownDefault } from "../../src/bin/settings.ts";
import { exitsAbout } from "../../src/client/script/exits.ts";
import { type Code, codes } from "../../src/contract/codes.ts";
import { refusals, refusedAlways, refusedElsewhere } from "../../src/contract/refusals.ts";
import type { Dialect } from "../../src/protocol/dialect.ts";
import { basicTexts } from "../../src/protocol/dialects/basic.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import { aroundInlined } from "../../src/protocol/inlined.ts";
import type { Row } from "../../src/protocol/row.ts";
import { samples } from "./samples.ts";

const root = new URL("../../", import.meta.url).pathname;

export const documents = ["README.md", "PROTOCOL.md"] as const;

/** A document as it is, and as its tables would be made now. */
export function document(name: string): { is: string; wanted: string } {
  const is = readFileSync(root + name, "utf8");
  const wanted = is.replace(
    /(<!-- table: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, table: string, end: string) => `${start}${made(table)}\n${end}`,
  );
  return { is, wanted };
}

function made(table: string): string {
  if (table === "server-options") return options(serverOptions);
  if (table === "client-options") return options(clientOptions);
  if (table === "codes") return codeTable();
  if (table === "refusals") return refusalTable();
  if (table === "exits") return exitTable();
  if (dialectNames.includes(table)) return rows(dialectNamed(table));
  throw new Error(`a document asks for a table that nobody makes: ${table}`);
}

function options(table: Table): string {
  const lines = Object.entries(table).map(([name, option]) => {
    const value = option.flag ? "" : ` ${option.value}`;
    const short = option.alias === undefined ? "" : `-${option.alias}, `;
    return `| \`${short}--${name}${value}\` | ${option.describe} | ${shownDefault(option) ?? ""} |`;
  });
  return ["| option | what it does | default |", "| --- | --- | --- |", ...lines].join("\n");
}

function codeTable(): string {
  const lines = Object.entries(codes).map(([code, meaning]) => {
    return `| \`${code}\` | ${meaning} | ${basicTexts[code as keyof typeof codes]} |`;
  });
  return ["| code | meaning | text in `basic` |", "| --- | --- | --- |", ...lines].join("\n");
}

/** Requests that are refused alike stand together, each by the words that mean it under `auto`. */
function refusalTable(): string {
  const quoted = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(", ");
  const inOrder = (listed: readonly Code[]): string =>
    quoted(Object.keys(codes).filter((code) => listed.includes(code as Code)));
  const taken = new Set<string>();
  const requests = new Map<string, string[]>();
  for (const [operation, listed] of Object.entries<readonly Code[]>(refusals)) {
    const here = listed.slice(0, -refusedElsewhere.length);
    const goesThere = `${[...here, ...refusedElsewhere]}` === `${listed}`;
    const refused = goesThere ? `${inOrder(here)}; there` : inOrder(listed);
    const words = dialectNamed("auto")
      .rows.filter((row) => row.operation === operation)
      .map(({ pattern }) => pattern.words.join(" "));
    const own = words.find((one) => !taken.has(one)) ?? operation;
    taken.add(own);
    requests.set(refused, [...(requests.get(refused) ?? []), own]);
  }
  requests.delete("");
  const lines = [...requests].map(([refused, words]) => `| ${quoted(words)} | ${refused} |`);
  return [
    "| request | refused with |",
    "| --- | --- |",
    `| any | ${inOrder(refusedAlways)} |`,
    `| what is for another realm, there | ${inOrder(refusedElsewhere)} |`,
    ...lines,
  ].join("\n");
}

function exitTable(): string {
  const lines = exitsAbout.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ["| exit code | meaning |", "| --- | --- |", ...lines].join("\n");
}

function rows(dialect: Dialect): string {
  // What native has from basic stands in basic's table.
  const own =
    dialect.name === "native" ? dialect.rows.filter((row) => !dialectNamed("basic").rows.includes(row)) : dialect.rows;
  const lines = own.map(
    (row) => `| \`${row.pattern.source.replaceAll("|", "\\|")}\` | ${about(dialect, row)} | ${answer(dialect, row)} |`,
  );
  return ["| request | what it does | answer |", "| --- | --- | --- |", ...lines].join("\n");
}

function about(dialect: Dialect, row: Row): string {
  return (
    dialect.help(row.pattern.source.replace(/ ?[<[].*$/, "")).find(({ request }) => request === row.pattern.source)
      ?.about ?? ""
  );
}

/** The reply to an example, without the frame's end. */
function answer(dialect: Dialect, row: Row): string {
  const input = { group: "kelas" };
  const sample = samples[row.operation];
  let frame = dialect.reply({ row, input, token: undefined }, sample).trimEnd();
  if (row.inlined) frame = aroundInlined(frame).join(Buffer.from("halo").toString("base64"));
  return `\`${frame.replaceAll("|", "\\|")}\``;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const name of documents) writeFileSync(root + name, document(name).wanted);
}
