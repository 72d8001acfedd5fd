/** The SHA-256 of a file on disk. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/** Bytes read at once; of a small file fewer, or most of the time would go into memory that is not used. */
const CHUNK = 2 ** 20;
const LEAST_CHUNK = 2 ** 12;

/** @param synced whether to sync the file as well. @returns bytes, and lower-case hex. @throws Error of the file system */
export async function sumOfFile(path: string, synced = false): Promise<{ size: number; sha256: string }> {
  const file = await open(path, synced ? "r+" : "r");
  try {
    const hash = createHash("sha256");
    const expected = (await file.stat()).size;
    const buffer = Buffer.allocUnsafe(Math.max(LEAST_CHUNK, Math.min(CHUNK, expected)));
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, size);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
    if (synced) await file.sync();
    return { size, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}
