/** A long reply leaves in slices: put together they are the reply, byte for byte. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Content } from "../../src/contract/shapes.ts";
import { inAscii } from "../../src/protocol/ascii.ts";
import { INLINED } from "../../src/protocol/inlined.ts";
import { LongFrame } from "../../src/server/long-frame.ts";
import { LongText } from "../../src/server/long-text.ts";
import { contentOf } from "../support/content.ts";

async function all(content: Content): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of content) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

test("a text, whatever characters lie across the cuts", async () => {
  for (const letter of ["a", "é", "€", "😀"]) {
    const text = `x${letter.repeat(100_000)}`;
    const frame = LongFrame.of(LongText.of([text]), false, () => {});
    expect(frame.held).toBe(Buffer.byteLength(text));
    expect((await all(frame)).equals(Buffer.from(text))).toBe(true);
    expect(frame.held).toBe(0);
  }
});

test("a text that comes in pieces of any length; what has left is not held any more, nor what will not be sent", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom("a", "é", "€", "😀"), fc.nat(150_000)), { maxLength: 6 }),
      async (parts) => {
        const pieces = parts.map(([letter, count]) => letter.repeat(count));
        const text = LongText.of(pieces);
        expect(text.bytes).toBe(Buffer.byteLength(pieces.join("")));
        let left = text.bytes;
        const got: Buffer[] = [];
        for (const slice of text.slices(60_000)) {
          expect(text.bytes).toBeLessThanOrEqual(left);
          left = text.bytes;
          got.push(slice);
        }
        expect(Buffer.concat(got).toString() === pieces.join("")).toBe(true);
        expect(text.bytes).toBe(0);
        const unsent = LongText.of(pieces);
        unsent.slices(60_000).next();
        unsent.free();
        expect(unsent.bytes).toBe(0);
      },
    ),
    { numRuns: 30 },
  );
});

test("a text that is put into ASCII on its way", async () => {
  for (const letter of ["a", "\u007f", "é", "€", "😀"]) {
    const text = `x${letter.repeat(100_000)}`;
    const frame = LongFrame.of(LongText.of([text]), true, () => {});
    expect((await all(frame)).toString() === inAscii(text)).toBe(true);
  }
});

test("a content as base64, however it is cut into chunks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 8 }), async (chunks) => {
      const fields = { status: "OK", data: INLINED, filename: '"\0"' };
      const content = contentOf(...chunks);
      const frame = LongFrame.around(content, JSON.stringify(fields));
      const wanted = JSON.stringify({ ...fields, data: Buffer.concat(chunks).toString("base64") });
      expect((await all(frame)).toString()).toBe(wanted);
      frame.close(true);
      expect(content.closed).toEqual([true]);
    }),
  );
});

test("a reply with two places for a content, or none, is a fault", () => {
  for (const fields of [{ data: "a" }, { data: INLINED, name: INLINED }]) {
    expect(() => LongFrame.around(contentOf(), JSON.stringify(fields))).toThrow("one mark");
  }
});

test.skipIf(process.platform !== "linux")("the memory of a text that is let go is the system's again at once", () => {
  const MIB = 2 ** 20;
  const piece = "isi ".repeat(MIB / 16);
  // Something small lies between: what an allocator has in one piece it might give back, too.
  const between: Buffer[] = [];
  const texts = Array.from({ length: 128 }, () => {
    between.push(Buffer.alloc(5000, 1));
    return LongText.of([piece, piece, piece, piece]);
  });
  const held = process.memoryUsage.rss();
  for (const text of texts) text.free();
  expect(held - process.memoryUsage.rss()).toBeGreaterThan(96 * MIB);
  expect(between).toHaveLength(texts.length);
});
