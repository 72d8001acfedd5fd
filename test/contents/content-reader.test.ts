/** A content that is read lets go of its file once that is over, whichever way it ends. */
import { readdirSync, readlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ContentReader } from "../../src/contents/content-reader.ts";
import { testFolder } from "../support/folder.ts";
import { until } from "../support/until.ts";

const CHUNK = 1000;

function contentOf(size: number): string {
  const path = join(testFolder(), "isi");
  writeFileSync(path, Buffer.alloc(size, "isi"));
  return path;
}

/** How often this process has a file open. */
function opened(path: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      // It was closed meanwhile.
      return false;
    }
  }).length;
}

describe.skipIf(process.platform !== "linux")("the file is closed (seen on Linux only)", () => {
  test.each([
    ["all of it was read", Number.POSITIVE_INFINITY],
    ["nobody wants the rest", 2],
  ])("once %s, though nobody says so", async (_, most) => {
    const path = contentOf(10 * CHUNK);
    const reader = await ContentReader.open(path, 0, 10 * CHUNK, CHUNK);
    expect(opened(path)).toBe(1);
    let chunks = 0;
    for await (const chunk of reader) {
      expect(chunk).toHaveLength(CHUNK);
      if (++chunks === most) break;
    }
    expect(chunks).toBe(Math.min(most, 10));
    await until("it is closed", () => opened(path) === 0);
  });

  test("once it cannot be read any further", async () => {
    const path = contentOf(10 * CHUNK);
    const reader = await ContentReader.open(path, 0, 10 * CHUNK, CHUNK);
    truncateSync(path, 5 * CHUNK);
    const read = async (): Promise<void> => {
      for await (const _ of reader);
    };
    await expect(read()).rejects.toThrow("shorter");
    await until("it is closed", () => opened(path) === 0);
  });

  test("when it is not read at all, and when that is said twice", async () => {
    const path = contentOf(CHUNK);
    const reader = await ContentReader.open(path, 0, CHUNK, CHUNK);
    reader.close();
    reader.close();
    await until("it is closed", () => opened(path) === 0);
  });
});
