/** Contents while they are written: nothing that was left or removed takes something newer with it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Uploads } from "../../src/contents/uploads.ts";
import { namesIn, testFolder } from "../support/folder.ts";

const KEY = "1-0123456789abcdef0123456789abcdef";

function uploads(folder: string): Uploads {
  return Uploads.of(folder, "mine", new Set());
}

test("an upload that was cut before its first byte takes nothing from the next of the same key", async () => {
  const folder = testFolder();
  const all = uploads(folder);
  for (let i = 0; i < 300; i++) {
    await all.leave(KEY, await all.part(KEY, 0));
    expect(all.partLength(KEY)).toBeUndefined();
    const part = await all.part(KEY, 0);
    await part.write(Buffer.from("isi"));
    const stored = await all.keep(KEY, part, "a", i);
    expect(readFileSync(join(folder, stored), "utf8")).toBe("isi");
  }
  all.close();
});

test("what has expired takes nothing from the next of the same key", async () => {
  const folder = testFolder();
  const all = uploads(folder);
  const part = await all.part(KEY, 0);
  await part.write(Buffer.from("isi"));
  await all.leave(KEY, part);
  expect(all.partLength(KEY)).toBe(3);
  all.expireParts(Date.now() + 1000);
  const next = await all.part(KEY, 0);
  await next.write(Buffer.from("baru"));
  await all.leave(KEY, next);
  expect([all.partLength(KEY), existsSync(join(folder, `${KEY}.part`))]).toEqual([4, true]);
  all.close();
});

test("a part of which there is less than was said is gone on with from what there is", async () => {
  const folder = testFolder();
  const all = uploads(folder);
  const part = await all.part(KEY, 0);
  await part.write(Buffer.from("isi berkas"));
  await all.leave(KEY, part);
  writeFileSync(join(folder, `${KEY}.part`), "isi");
  await expect(all.part(KEY, 10)).rejects.toThrow("shorter");
  expect(all.partLength(KEY)).toBe(3);
  const rest = await all.part(KEY, 3);
  await rest.write(Buffer.from(" lagi"));
  const stored = await all.keep(KEY, rest, "a", 0);
  expect(readFileSync(join(folder, stored), "utf8")).toBe("isi lagi");
  all.close();
});

test("a folder from before it had an owner keeps what nobody knows, also at the next start", async () => {
  const folder = testFolder();
  const [known, unknown] = ["2020_01_01_00_00_00_a", "2020_01_01_00_00_00_b"];
  for (const name of [known, unknown]) writeFileSync(join(folder, name), "isi");
  const records = new Set([known]);
  for (let start = 0; start < 2; start++) {
    const all = Uploads.of(folder, "mine", records);
    expect(await all.reconcile(records, () => false)).toEqual([]);
    all.close();
    expect(namesIn(folder).toSorted()).toEqual([known, unknown]);
  }
});
