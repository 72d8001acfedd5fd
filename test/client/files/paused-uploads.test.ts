/** Uploads that were begun and not finished: what is remembered of them, and who may read it. */
import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type PausedUpload, PausedUploads } from "../../../src/client/files/paused-uploads.ts";
import { testFolder } from "../../support/folder.ts";

const upload: PausedUpload = {
  id: "5f0d4f6a-9c37-4d2e-8f4a-5b6c9b2f8c1e",
  account: "alice@127.0.0.1:8889",
  to: "bob",
  path: "/home/alice/a.iso",
  size: 1000,
  modified: 1_795_238_813_431.25,
  sha256: "a".repeat(64),
};

/** A folder, and what is kept in it. */
function kept(...uploads: readonly PausedUpload[]): { folder: string; paused: PausedUploads } {
  const folder = join(testFolder(), "state", "uploads");
  const paused = new PausedUploads(folder);
  for (const one of uploads) paused.keep(one);
  return { folder, paused };
}

/** An upload of a file that is there. */
function real(): PausedUpload {
  const path = join(testFolder(), "a.iso");
  writeFileSync(path, Buffer.alloc(upload.size));
  utimesSync(path, 1_795_238_813, 1_795_238_813);
  return { ...upload, path, modified: statSync(path).mtimeMs };
}

test("one that was kept is found again, also by the next run", () => {
  const one = real();
  const { folder, paused } = kept(one);
  expect(paused.find(one)).toEqual(one);
  expect(new PausedUploads(folder).find(one)).toEqual(one);
  expect(new PausedUploads(folder).of(one.account)).toEqual([one]);
});

test("one whose file has changed, or is gone, is not listed any more, and forgotten", () => {
  const changed = real();
  const { paused } = kept(changed, upload);
  writeFileSync(changed.path, "something else");
  expect(paused.of(upload.account)).toEqual([]);
  expect([paused.find(changed), paused.find(upload)]).toEqual([undefined, undefined]);
});

test("it is nobody else's: another account, receiver, file, or the file after it has changed", () => {
  const { paused } = kept(upload);
  const others = [
    { account: "bob@127.0.0.1:8889" },
    { account: "alice@127.0.0.1:8890" },
    { to: "#bob" },
    { path: "/home/alice/b.iso" },
    { size: 1001 },
    { modified: upload.modified + 1 },
  ];
  for (const other of others) expect(paused.find({ ...upload, ...other })).toBeUndefined();
  expect(paused.of("bob@127.0.0.1:8889")).toEqual([]);
});

test("one that is forgotten is gone, and may be forgotten twice", () => {
  const { folder, paused } = kept(upload);
  paused.forget(upload);
  paused.forget(upload);
  expect(paused.find(upload)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
});

test("the same upload kept anew replaces what was there", () => {
  const { folder, paused } = kept(upload, { ...upload, id: "another" });
  expect(paused.find(upload)?.id).toBe("another");
  expect(readdirSync(folder)).toHaveLength(1);
});

test("only its owner may read it, whatever the umask", () => {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const { folder } = kept(upload);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

test("a folder that is not there has none", () => {
  const paused = new PausedUploads(join(testFolder(), "nothing"));
  expect(paused.find(upload)).toBeUndefined();
  expect(paused.of(upload.account)).toEqual([]);
  paused.forget(upload);
});

test.each([
  ["no JSON", "{"],
  ["nothing", ""],
  ["null", "null"],
  ["a list", "[]"],
  ["an object of something else", '{"id":"1"}'],
  ["another upload's content", JSON.stringify({ ...upload, to: "carl" })],
])("a file with %s in it is passed over, and can be written anew", (_, content) => {
  const { folder, paused } = kept(upload);
  const [name = ""] = readdirSync(folder);
  writeFileSync(join(folder, name), content);
  expect(paused.find(upload)).toBeUndefined();
  expect(paused.of(upload.account)).toEqual([]);
  paused.keep(upload);
  expect(paused.find(upload)).toEqual(upload);
});

test("what else lies in the folder is passed over", () => {
  const one = real();
  const { folder, paused } = kept(one);
  mkdirSync(join(folder, "a folder.json"));
  writeFileSync(join(folder, "notes.txt"), "hello");
  writeFileSync(join(folder, "copy.json"), JSON.stringify(one));
  writeFileSync(join(folder, "locked.json"), "{}");
  chmodSync(join(folder, "locked.json"), 0);
  expect(paused.of(one.account)).toEqual([one]);
});
