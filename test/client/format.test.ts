/** Times as people read them; bytes and durations are tested with the progress of transfers. */
import { expect, test } from "vitest";
import { formatClock, formatDayAndClock } from "../../src/client/format.ts";

test("a day and a time are those of this place; what is no time is nothing", () => {
  expect(formatDayAndClock(new Date(2026, 0, 2, 3, 4).toISOString())).toBe("2026-01-02 03:04");
  for (const none of ["soon", "", undefined, null, 5, {}, [], true]) expect(formatDayAndClock(none)).toBe("");
  expect(formatClock(new Date(2026, 0, 2, 3, 4).toISOString())).toBe("03:04");
  expect(formatClock("soon")).toBe("--:--");
});
