/** Requests and the raw bytes after some of them, however the stream is cut and whenever it is taken. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FRAME_END, Frames } from "../../src/protocol/frames.ts";

type Said = string | Buffer;

const request = fc.constantFrom("ping", "x", "", "é", "send a b");
const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    Buffer.from(`${FRAME_END}ping${FRAME_END}`),
    Buffer.from("a\r\n\r"),
    Buffer.alloc(9000, `q${FRAME_END}`),
  ),
);

/** A body is announced by a request that says how long it is. */
function bytesOf(said: readonly Said[], lastHasEnd: boolean): Buffer {
  const parts = said.map((one, i) => {
    if (typeof one !== "string") return Buffer.concat([Buffer.from(`up ${one.length}${FRAME_END}`), one]);
    return Buffer.from(one + (i < said.length - 1 || lastHasEnd ? FRAME_END : ""));
  });
  return Buffer.concat(parts);
}

/** What is heard: requests as they are, bodies as hex. @param busy when what has come is not taken yet */
function heard(bytes: Buffer, cuts: readonly number[], busy: readonly boolean[]): string[] {
  const frames = new Frames("blank-line", { least: 1_000_000, of: () => 1_000_000 });
  const all: string[] = [];
  let parts: Buffer[] = [];
  const take = (): void => {
    for (let frame = frames.next(); frame; frame = frames.next()) {
      if (frame.is === "body") {
        parts.push(Buffer.from(frame.bytes));
        if (frame.left > 0) continue;
        all.push(Buffer.concat(parts).toString("hex"));
        parts = [];
      } else if (frame.is === "request") {
        all.push(frame.text);
        const length = Number(/^up (\d+)$/.exec(frame.text)?.[1] ?? 0);
        if (length > 0) frames.body(length);
      }
    }
  };
  let at = 0;
  for (const [i, cut] of cuts.entries()) {
    const end = Math.min(bytes.length, at + 1 + cut);
    frames.push(bytes.subarray(at, end));
    at = end;
    if (!busy[i % busy.length]) take();
  }
  frames.push(bytes.subarray(at));
  take();
  frames.end();
  take();
  return all;
}

test("a body after a first line that nothing has settled lacks what has not come when the stream ends", () => {
  const frames = new Frames("auto", { least: 1_000_000, of: () => 1_000_000 });
  frames.push(Buffer.from("up 6\nhello"));
  frames.end();
  expect(frames.next()).toEqual({ is: "request", text: "up 6" });
  frames.body(6);
  expect(frames.next()).toMatchObject({ is: "body", left: 1 });
  expect(frames.next()).toBeUndefined();
});

test("lines without an end at the end of the stream are requests, one by one", () => {
  const frames = new Frames("auto", { least: 1_000_000, of: () => 1_000_000 });
  frames.push(Buffer.from("one\ntwo\nthree"));
  frames.end();
  expect([frames.next(), frames.next(), frames.next(), frames.next()]).toEqual([
    { is: "request", text: "one" },
    { is: "request", text: "two" },
    { is: "request", text: "three" },
    undefined,
  ]);
});

test("they are the same, and in their order", () => {
  const stream = fc.array(fc.oneof(request, body), { maxLength: 12 });
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 60 });
  const busy = fc.array(fc.boolean(), { minLength: 1 });
  fc.assert(
    fc.property(stream, cuts, busy, fc.boolean(), (said, where, when, lastHasEnd) => {
      const wanted = said.flatMap((one) => {
        if (typeof one === "string") return one === "" ? [] : [one];
        return one.length === 0 ? ["up 0"] : [`up ${one.length}`, one.toString("hex")];
      });
      expect(heard(bytesOf(said, lastHasEnd), where, when)).toEqual(wanted);
    }),
    { numRuns: 1000 },
  );
});
