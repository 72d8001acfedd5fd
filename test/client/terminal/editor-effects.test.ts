/** What a key asks of whoever reads the keys: it is returned, and only then done. */
import { describe, expect, test } from "vitest";
import { type Command, commands } from "../../../src/client/terminal/commands.ts";
import { Editor } from "../../../src/client/terminal/editor.ts";

function editing(text: string, lines: readonly string[] = []): Editor {
  const editor = new Editor(() => lines);
  editor.model.draft.set(text);
  return editor;
}

const two = { replaces: 1, candidates: [{ text: "alice " }, { text: "adi " }] };

test("Enter asks that the line be taken, and begins a new one", () => {
  const editor = editing("halo");
  expect(editor.press({ name: "enter" })).toEqual({ is: "accept", line: "halo" });
  expect(editor.model.draft.text).toBe("");
  expect(editor.press({ name: "C-_" })).toBeUndefined();
  expect(editor.model.draft.text).toBe("");
});

test("Tab asks what completes the line, and leaves it as it is", () => {
  const editor = editing("send b!");
  editor.press({ name: "left" });
  const of = { text: "send b!", before: "send b" };
  expect(editor.press({ name: "tab" })).toEqual({ is: "complete", of });
  expect(editor.model.draft.snapshot).toEqual(of);
  expect(editor.model.complete(of, { replaces: 1, candidates: [{ text: "bob " }] })).toBe(true);
  expect(editor.model.draft.snapshot).toEqual({ text: "send bob !", before: "send bob " });
});

test("what completes a line that is another by now is put in nowhere", () => {
  const editor = editing("send b");
  const of = { text: "send b", before: "send b" };
  for (const key of ["left", "C-r"]) {
    editor.press({ name: key });
    expect([key, editor.model.complete(of, two)]).toEqual([key, false]);
    editor.press({ name: "C-g" });
  }
  expect([editor.model.draft.text, editor.model.menu]).toEqual(["send b", undefined]);
});

test.each([
  ["C-c", "interrupt"],
  ["C-z", "suspend"],
  ["C-l", "redraw"],
  ["M-a", "nextUnread"],
  ["M-n", "nextConversation"],
  ["M-p", "previousConversation"],
])("%s asks for %s, and the line stays", (name, action) => {
  const editor = editing("halo");
  expect(editor.press({ name })).toEqual({ is: "act", action });
  expect(editor.model.draft.text).toBe("halo");
});

test("two keys ask as one", () => {
  const editor = editing("halo");
  expect(editor.press({ name: "C-x" })).toBeUndefined();
  expect(editor.press({ name: "C-e" })).toEqual({ is: "act", action: "externalEditor" });
  expect(editor.press({ name: "C-e" })).toBeUndefined();
});

test("Ctrl-D asks for the end on an empty line only", () => {
  expect(editing("").press({ name: "C-d" })).toEqual({ is: "act", action: "end" });
  const editor = editing("halo");
  expect(editor.press({ name: "C-d" })).toBeUndefined();
});

describe("nothing is asked for by", () => {
  test.each(["left", "backspace", "C-k", "C-y", "C-p", "C-t", "M-enter", "C-q", "C-g", "F5", "unknown"])(
    "%s",
    (name) => {
      expect(editing("halo", ["before"]).press({ name })).toBeUndefined();
    },
  );

  test("what is typed, and what is pasted", () => {
    expect(editing("").press({ name: "text", text: "halo" })).toBeUndefined();
    expect(editing("").press({ name: "paste", text: "halo\n" })).toBeUndefined();
  });

  test("Ctrl-C in a search, which it leaves", () => {
    const editor = editing("mine", ["halo"]);
    for (const key of [{ name: "C-r" }, { name: "text", text: "ha" }, { name: "C-c" }])
      expect(editor.press(key)).toBeUndefined();
    expect(editor.model.draft.text).toBe("mine");
    expect(editor.press({ name: "C-c" })).toEqual({ is: "act", action: "interrupt" });
  });

  test("Tab and Enter in a menu, which they are for", () => {
    const editor = editing("a");
    editor.model.complete(editor.model.draft.snapshot, two);
    expect(editor.press({ name: "tab" })).toBeUndefined();
    expect(editor.press({ name: "enter" })).toBeUndefined();
    expect(editor.model.draft.text).toBe("alice ");
    expect(editor.press({ name: "enter" })).toEqual({ is: "accept", line: "alice " });
  });
});

test("every command has a deed, if only in a search or a menu", () => {
  for (const { rows } of commands)
    for (const [name, { asks, does, next, inSearch, inMenu }] of Object.entries<Command>(rows))
      expect([name, asks ?? does ?? next ?? inSearch ?? inMenu]).not.toEqual([name, undefined]);
});
