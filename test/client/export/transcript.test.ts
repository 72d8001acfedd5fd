/** A message in a text that is kept. The clock that it is told by is the reader's: these run in UTC. */
import { describe, expect, test, vi } from "vitest";
import { inTranscript } from "../../../src/client/export/transcript.ts";
import { formatDayAndClock } from "../../../src/client/format.ts";

vi.stubEnv("TZ", "UTC");

const ID = "01a1fc92-5ef7-7000-8000-080000b221e3";
const halo = { id: ID, from: "bob", to: "alice", message: "halo", time: "2026-11-21T05:26:53.431Z" };
const at = formatDayAndClock(halo.time);
const later = formatDayAndClock("2026-11-22T08:00:00Z");

describe("a message", () => {
  test.each([
    ["says when, who and what", halo, `${at} bob: halo`],
    [
      "of another realm has the time at which it was sent",
      { ...halo, sent: "2026-11-22T08:00:00Z" },
      `${later} bob: halo`,
    ],
    [
      "of several lines looks like no other message",
      { ...halo, message: `a\n${at} carl: b` },
      `${at} bob: a\n    ${at} carl: b`,
    ],
    ["that was edited says so", { ...halo, edited: "2026-11-22T08:00:00Z" }, `${at} bob: halo (edited ${later})`],
    [
      "that answers another quotes it in one line",
      { ...halo, reply: { id: ID, from: "carl", text: "satu\ndua" }, message: "ya\nbaik" },
      `${at} bob:\n    > carl: satu dua\n    ya\n    baik`,
    ],
    [
      "has the reactions to it",
      { ...halo, reactions: { "👍": ["alice", "carl"], "❤️": ["dewi@rumah"] } },
      `${at} bob: halo\n    👍 alice, carl; ❤️ dewi@rumah`,
    ],
    [
      "with a file names it",
      { ...halo, message: "a.txt", file: { id: ID, name: "a.txt", size: 1_234_567 } },
      `${at} bob: file a.txt (1.2 MiB)`,
    ],
    [
      "whose file was taken back says so",
      { ...halo, message: "a.txt", file: { id: ID, name: "a.txt", size: 4, gone: true } },
      `${at} bob: file a.txt (gone)`,
    ],
    ["can act on no terminal", { ...halo, message: "\u001b[2Ja\u202eb" }, `${at} bob: \\u001b[2Ja\\u202eb`],
  ])("%s", (_, message, text) => {
    expect(inTranscript(message)).toBe(text);
  });

  test("that was deleted has the time of its id, which is all that is left of it", () => {
    expect(inTranscript({ id: ID, deleted: true })).toBe(`${at} (deleted)`);
    expect(inTranscript({ id: "x", deleted: true })).toBe(" (deleted)");
  });
});
