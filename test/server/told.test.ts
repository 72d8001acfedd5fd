/** What many are told in a turn is put together once, and each is told his own. */
import { expect, test } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { eventFrame } from "../../src/protocol/events.ts";
import { Told } from "../../src/server/told.ts";

const events: readonly Event[] = ["a", "b", "c", "d"].map((text) => ({ kind: "typing", with: text, user: "x" }));

test("whoever is told the same shares it, and its bytes are made once for all who write it", () => {
  const nothing = Told.nothing();
  const [one, other] = [0, 1].map(() => events.reduce((told, event) => told.with(event), nothing)) as [Told, Told];
  expect(other).toBe(one);
  const text = events.map(eventFrame).join("");
  const [first, second, third] = [one.written(), other.written(), one.written()];
  expect([first, String(second)]).toEqual([text, text]);
  expect(third).toBe(second);
});

test("each connection has what it was told, in that order, whatever others were told between", () => {
  const nothing = Told.nothing();
  const told = Array.from({ length: 16 }, () => ({ now: nothing, expected: "" }));
  for (const event of [...events, ...events.toReversed()]) {
    for (const [i, one] of told.entries()) {
      if ((i >> (events.indexOf(event) % 4)) % 2 === 1) continue;
      one.now = one.now.with(event);
      one.expected += eventFrame(event);
    }
  }
  for (const { now, expected } of told) for (let n = 0; n < 3; n++) expect(String(now.written())).toBe(expected);
  expect(nothing.text).toBe("");
});
