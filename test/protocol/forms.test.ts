/** A message is written out by hand for speed: it must be what JSON.stringify would make of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { messageForm, messageFrame, messageJson, nativeForm, sentFrame } from "../../src/protocol/forms.ts";
import { FRAME_END } from "../../src/protocol/frames.ts";
import { message } from "./outputs.ts";

test("a message written out is the message as it would be shown", () => {
  fc.assert(
    fc.property(message, (m) => {
      expect(JSON.parse(messageJson(m))).toEqual(JSON.parse(JSON.stringify(messageForm(m))));
    }),
    { numRuns: 1000 },
  );
});

/** What a frame says, which ends as a frame does. */
function said(frame: string): unknown {
  expect(frame.endsWith(FRAME_END)).toBe(true);
  return JSON.parse(frame);
}

test("its event is the same as any other's, also for messages that are told one after the other", () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), (messages) => {
      for (const m of [...messages, ...messages]) {
        const event = JSON.parse(JSON.stringify({ event: m.file ? "file" : "message", data: nativeForm(m) }));
        expect(said(messageFrame(m))).toEqual(event);
      }
    }),
    { numRuns: 500 },
  );
});

test("what its sender is told has its id, its time, and what else there is", () => {
  const start = '{"status":"OK","id":"';
  const [time, id] = [Date.UTC(2026, 10, 21), "01a1fc92-5ef7-7000-8000-080000b221e3"];
  const told = { status: "OK", id, time: "2026-11-21T00:00:00.000Z" };
  const file = { id: "1", name: 'a "b".txt', size: 4, sha256: "f00" };
  expect(said(sentFrame(start, { id, time }))).toEqual(told);
  expect(said(sentFrame(start, { id, time, state: "queued" }))).toEqual({ ...told, state: "queued" });
  expect(said(sentFrame(start, { id, time, file }))).toEqual({ ...told, file });
});
