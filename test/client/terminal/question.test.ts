/** A question and its answer: what is typed, what ends it, what is shown. */
import { expect, test } from "vitest";
import { Question } from "../../../src/client/terminal/question.ts";

const plain = (text: string): string => text;

test("it is over with Enter, and the line is the answer", async () => {
  const question = new Question("name: ", false, "");
  expect(question.press({ name: "text", text: "bo" })).toBe(false);
  expect(question.press({ name: "text", text: "b" })).toBe(false);
  expect(question.press({ name: "enter" })).toBe(true);
  expect(await question.answer).toBe("bob");
});

test("Ctrl-C, and Ctrl-D on an empty line, give it up; other keys of the program do nothing", async () => {
  for (const end of ["C-c", "C-d"]) {
    const question = new Question("name: ", false, "");
    for (const name of ["C-z", "C-l", "M-a", "tab"]) expect([name, question.press({ name })]).toEqual([name, false]);
    expect(question.press({ name: end })).toBe(true);
    expect(await question.answer).toBeUndefined();
  }
});

test("what was typed before it came is the beginning of its answer", async () => {
  const question = new Question("name: ", false, "bo");
  question.press({ name: "text", text: "b" });
  question.press({ name: "enter" });
  expect(await question.answer).toBe("bob");
});

test("the answer stands behind it, the cursor where one types; of a secret one nothing is shown", () => {
  const shown = new Question("name → ", false, "bob");
  shown.press({ name: "left" });
  expect(shown.layout((text) => text.replace("→", "->"), 40, 5)).toEqual({
    rows: ["name -> bob"],
    cursor: { row: 0, column: 10, before: "name -> bo" },
  });
  expect(new Question("password: ", true, "rahasia").layout(plain, 40, 5)).toEqual({
    rows: ["password: "],
    cursor: { row: 0, column: 10, before: "password: " },
  });
});

test("in a narrow window it goes on at words in further rows, and the answer stands behind the last", () => {
  const asked = new Question("is bob new here? make an account with this password? [y/N] ", false, "y");
  expect(asked.layout(plain, 40, 5)).toEqual({
    rows: ["is bob new here? make an account with", "this password? [y/N] y"],
    cursor: { row: 1, column: 22, before: "this password? [y/N] y" },
  });
  expect(asked.layout(plain, 80, 5).rows).toHaveLength(1);
});
