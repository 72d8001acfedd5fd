/** Files as those who are sent them see them: in a conversation, and whole or gone. */
import { expect } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { download, downloadOnceThere, type FileInfo, sha256 } from "./bodies.ts";
import type { Place } from "./connection.ts";
import type { Person } from "./people.ts";
import { until } from "./until.ts";

/** The newest file of a conversation, or the one of this name, once there is one. */
export async function fileIn(client: Wire, conversation: string, name?: string): Promise<FileInfo> {
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
