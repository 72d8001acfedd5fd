/** Entries of the log: what one version of this program has written, the next one reads. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decode, encode, FORMAT, OLDEST_FORMAT } from "../../src/logs/postgres/entry.ts";
import type { Change } from "../../src/state/changes.ts";
import { changes } from "./entries-1.ts";

const recorded = readFileSync(new URL("entries-1.json", import.meta.url), "utf8");

/** A message of which most logs consist is written shorter. */
const plain: Change = {
  ...{ is: "message.appended", seq: 10, conversation: 4, prev: 9, sender: 2, time: 26, text: "apa kabar?" },
  ...{ file: undefined, origin: undefined, reply: 0, alters: undefined, read: false },
};

const said = [...Object.entries(changes).map(([is, change]) => ({ is, ...change }) as Change), plain];

test("an entry of format 1 is read as it was written", () => {
  expect(OLDEST_FORMAT).toBe(1);
  const texts = new Map([
    [9, "halo"],
    [10, "apa kabar?"],
  ]);
  expect(decode(recorded, texts)).toEqual(said);
});

test("what is written today is what stands in the record of its format", () => {
  expect(FORMAT).toBe(1);
  expect(JSON.parse(encode(said))).toEqual(JSON.parse(recorded));
});
