/** A completion that is known in a moment: who came since is asked for first. What is typed meanwhile is never lost. */
import { expect, test } from "vitest";
import type { Completion } from "../../../src/client/terminal/completion.ts";
import { until } from "../../support/until.ts";
import { Typist } from "./typist.ts";

/** Somebody whose completions come when they are told to. */
function asking(line: string) {
  const answers: ((completion: Completion | undefined) => void)[] = [];
  const asked: string[] = [];
  const typist = new Typist(line, {
    complete: (before) => {
      asked.push(before);
      return new Promise((resolve) => answers.push(resolve));
    },
  });
  const answer = async (...texts: string[]): Promise<void> => {
    const replaces = /\S*$/.exec(asked.at(-1) ?? "")?.[0].length ?? 0;
    answers.shift()?.(texts.length === 0 ? undefined : { replaces, candidates: texts.map((text) => ({ text })) });
    await new Promise(setImmediate);
  };
  return { typist, asked, answer };
}

test("the only name that fits is put in when it is known, and it is drawn", async () => {
  const { typist, asked, answer } = asking("send bo|!");
  expect(typist.type("\t").line).toBe("send bo|!");
  expect(asked).toEqual(["send bo"]);
  await answer("bob ");
  await until("it is put in", () => typist.line === "send bob |!");
  expect(typist.completions).toBe(1);
  expect(typist.type("\u001f").line).toBe("send bo|!");
});

test("of several names there is a menu, gone through without asking again", async () => {
  const { typist, asked, answer } = asking("send b|");
  typist.type("\t");
  await answer("bob ", "bobby ");
  expect([typist.line, typist.model.menu === undefined]).toEqual(["send bob|", false]);
  expect(typist.type("\t\t").line).toBe("send bobby|");
  expect(asked).toEqual(["send b"]);
});

test.each([
  ["typed on", "x", "send box|"],
  ["moved", "\u0001", "|send bo"],
  ["sent the line", "\r", "|"],
  ["emptied the line", "\u0015", "|"],
])("who has %s meanwhile finds what he typed", async (_, bytes, line) => {
  const { typist, answer } = asking("send bo|");
  typist.type("\t").type(bytes);
  await answer("bob ");
  expect([typist.line, typist.completions, typist.model.menu]).toEqual([line, 0, undefined]);
});

test("who has begun a search meanwhile is not disturbed", async () => {
  const { typist, answer } = asking("send bo|");
  typist.type("\t").type("\u0012");
  await answer("bob ");
  expect([typist.line, typist.model.search?.query]).toEqual(["send bo|", ""]);
});

test("two Tabs before an answer put in one name", async () => {
  const { typist, answer } = asking("send bo|");
  typist.type("\t\t");
  await answer("bob ");
  await answer("bob ");
  expect(typist.line).toBe("send bob |");
});

test("nothing that fits changes nothing", async () => {
  const { typist, answer } = asking("send bo|");
  typist.type("\t");
  await answer();
  expect(typist.line).toBe("send bo|");
});
