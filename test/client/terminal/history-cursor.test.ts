/** Going through what was typed before: what is changed there stays changed, until a line is sent. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HistoryCursor } from "../../../src/client/terminal/history-cursor.ts";
import { Typist } from "./typist.ts";

const ESC = "\u001b";
const UP = `${ESC}[A`;
const DOWN = `${ESC}[B`;
const OLDEST = `${ESC}<`;
const NEWEST = `${ESC}>`;
const lines = ["satu", "dua", "tiga"];

describe("a line of before that was changed", () => {
  test("is as it was changed when one comes back to it, from above and from below", () => {
    const typist = new Typist("|", { lines }).type(`${UP}${UP}!`);
    expect(typist.line).toBe("dua!|");
    expect(typist.type(UP).line).toBe("satu|");
    expect(typist.type(DOWN).line).toBe("dua!|");
    expect(typist.type(DOWN).line).toBe("tiga|");
    expect(typist.type(UP).line).toBe("dua!|");
  });

  test("is as it was changed last; several are", () => {
    const typist = new Typist("own|", { lines }).type(`${UP}3${UP}2${UP}1${DOWN}${DOWN}${DOWN}`);
    expect(typist.line).toBe("own|");
    const seen = [UP, UP, UP, DOWN].map((key) => typist.type(key).line);
    expect(seen).toEqual(["tiga3|", "dua2|", "satu1|", "dua2|"]);
    expect(typist.type(`+${UP}${DOWN}`).line).toBe("dua2+|");
  });

  test("is there with M-< and M->, Ctrl-P and Ctrl-N, too", () => {
    const typist = new Typist("own|", { lines }).type(`${OLDEST}!${NEWEST}`);
    expect(typist.line).toBe("own|");
    expect(typist.type(OLDEST).line).toBe("satu!|");
    expect(typist.type("\u000e").line).toBe("dua|");
    expect(typist.type("\u0010").line).toBe("satu!|");
  });

  test("may be changed to nothing, and back to what it was", () => {
    const typist = new Typist("|", { lines }).type(`${UP}\u0015`);
    expect(typist.line).toBe("|");
    expect(typist.type(`${UP}${DOWN}`).line).toBe("|");
    expect(typist.type(`tiga${UP}${DOWN}`).line).toBe("tiga|");
  });

  test("is sent as it stands; then all are again as they were typed", () => {
    const typist = new Typist("own|", { lines }).type(`${UP}!${UP}?\r`);
    expect(typist.given).toEqual(["dua?"]);
    expect([UP, UP, UP].map((key) => typist.type(key).line)).toEqual(["tiga|", "dua|", "satu|"]);
    expect(lines).toEqual(["satu", "dua", "tiga"]);
  });

  test("of several lines keeps what was typed in any of them", () => {
    const typist = new Typist("|", { lines: ["atas\nbawah"] }).type(`${UP}!${UP}`);
    expect(typist.line).toBe("atas|\nbawah!");
    expect(typist.type(`${DOWN}${DOWN}`).line).toBe("|");
    expect(typist.type(UP).line).toBe("atas\nbawah!|");
  });
});

test("there is nothing beyond the oldest and below what is being typed", () => {
  const typist = new Typist("own|", { lines });
  expect(typist.type(DOWN).line).toBe("own|");
  expect(typist.type(UP.repeat(9)).line).toBe("satu|");
  expect(typist.type(DOWN.repeat(9)).line).toBe("own|");
  expect(new Typist("own|").type(UP).line).toBe("own|");
});

test("whatever is changed on whatever way, every place holds what was left there", () => {
  const moves = fc.constantFrom(-1, 1, -2, 2, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  const step = fc.tuple(moves, fc.option(fc.string({ maxLength: 3 }), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 }), fc.array(step), (before, steps) => {
      const recall = new HistoryCursor(() => before);
      const places = [...before, "own"];
      let at = before.length;
      for (const [by, changed] of steps) {
        if (changed !== undefined) places[at] = changed;
        const to = Math.max(0, Math.min(before.length, at + by));
        expect(recall.go(by, places[at] as string)).toBe(to === at ? undefined : places[to]);
        at = to;
      }
    }),
  );
});
