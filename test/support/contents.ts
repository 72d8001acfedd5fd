/** Files as those who are sent them see them: in a conversation, and whole or gone. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { download, downloadOnceThere } from "./bytes.ts";
import { namesIn } from "./folder.ts";
import type { Person } from "./people.ts";
import { until } from "./until.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

/** What a message says of its file. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly gone?: true;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The newest file of a conversation, or the one of this name, once there is one. */
export async function fileIn(client: ChatClient, conversation: string, name?: string): Promise<FileInfo> {
  return until(`there is a file in ${conversation}`, async () => {
    // With one who has never been heard of there is no conversation yet.
    const { data, code } = await client.request(`history ${conversation}`);
    if (code !== undefined) return undefined;
    const files = (data as readonly { readonly file?: FileInfo }[]).map(({ file }) => file);
    return files.findLast((file) => file && (name === undefined || file.name === name));
  });
}

/** The newest file of a conversation, or the one of this name, is what was sent, once it is there. */
export async function arrives(
  at: Place,
  { client, token }: Person,
  conversation: string,
  content: Uint8Array,
  name?: string,
): Promise<FileInfo> {
  const file = await fileIn(client, conversation, name);
  const { reply, body } = await downloadOnceThere(at, token, file.id);
  const { length } = content;
  const told = { status: "OK", filename: file.name, size: length, sha256: sha256(content), offset: 0, length };
  expect(reply).toMatchObject(told);
  expect(sha256(body)).toBe(sha256(content));
  return file;
}

/** The same file is gone, once that is known. */
export async function isGone(at: Place, { client, token }: Person, conversation: string, name?: string): Promise<void> {
  const { id } = await until("the file is gone", async () => {
    const file = await fileIn(client, conversation, name);
    return file.gone && file;
  });
  expect((await download(at, token, id)).reply).toMatchObject({ status: "ERROR", code: "file-not-found" });
}

/** Contents in a folder of files, whole or not; what has a dot before its name is none. */
export function contentsIn(uploads: string): readonly string[] {
  return namesIn(uploads).filter((name) => !name.startsWith("."));
}

/** Those that are not whole: not a file that somebody has called so. */
export function unfinished(uploads: string): readonly string[] {
  return contentsIn(uploads).filter((name) => /^[0-9a-f-]+\.part$/.test(name));
}

/** Bytes that are there of contents that are not whole. */
export function unfinishedBytes(uploads: string): number {
  const sizes = unfinished(uploads).map((name) => statSync(join(uploads, name), { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
