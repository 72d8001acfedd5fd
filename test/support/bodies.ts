/** Files sent and fetched as raw bytes: PROTOCOL.md, "Files". */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Reply } from "../../src/client/client.ts";
import { type Answer, RawWire } from "./raw.ts";
import { until } from "./until.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

/** What a message tells of its file. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly gone?: true;
}

/** A reply to a file sent. */
export interface Sent {
  /** Of the message. */
  readonly id: string;
  readonly time: string;
  readonly file: FileInfo;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A request and right after it the bytes of its body. @param end of a request in the connection's framing. */
export function withBody(request: string, body: Uint8Array | string, end = "\r\n\r\n"): Buffer {
  return Buffer.concat([Buffer.from(request + end), Buffer.from(body)]);
}

/** What the server says to one request with its body, on a connection of its own. */
export async function ask(place: Place, request: string, body: Uint8Array | string = ""): Promise<Answer> {
  const wire = new RawWire(place).send(withBody(request, body));
  try {
    return await wire.answer();
  } finally {
    wire.close();
  }
}

/** The request of an upload of all of it; the name is encoded. @param more the rest of the request. */
export function upload(token: string, to: string, name: string, body: Uint8Array | string, more = ""): Buffer {
  const size = Buffer.from(body).length;
  return withBody(`upload ${token} ${to} ${encodeURIComponent(name)} ${size}${more && ` ${more}`}`, body);
}

/** Sends a file, which must not be refused. */
export async function uploaded(
  place: Place,
  token: string,
  to: string,
  name: string,
  body: Uint8Array | string,
  more = "",
): Promise<Sent> {
  const wire = new RawWire(place).send(upload(token, to, name, body, more));
  const reply = await wire.reply();
  wire.close();
  return sent(reply);
}

/** The reply of a file sent, which must not be a refusal. */
export function sent(reply: Reply): Sent {
  expect(reply).toMatchObject({ status: "OK", id: expect.any(String), time: expect.any(String) });
  expect(reply).toMatchObject({ file: { id: expect.any(String), name: expect.any(String) } });
  return reply as unknown as Sent;
}

/** The answer to a download; a refusal has no body. */
export function download(place: Place, token: string, id: string, more = ""): Promise<Answer> {
  return ask(place, `download ${token} ${id}${more && ` ${more}`}`);
}

/** The bytes of a whole file, which must not be refused. */
export async function content(place: Place, token: string, id: string): Promise<Buffer> {
  const { reply, body } = await download(place, token, id);
  expect(reply).toMatchObject({ status: "OK", offset: 0 });
  expect(body).toBeDefined();
  expect(reply).toMatchObject({ length: body?.length, size: body?.length, sha256: sha256(body ?? "") });
  return body as Buffer;
}

export interface UploadState {
  readonly state: "none" | "partial" | "receiving" | "done";
  readonly received: number;
  readonly id?: string;
  readonly time?: string;
  readonly file?: FileInfo;
}

/** What the server knows of the upload with a client's own id. */
export async function uploadStatus(place: Place, token: string, id: string): Promise<UploadState> {
  const { reply } = await ask(place, `upload-status ${token} ${id}`);
  expect(reply).toMatchObject({ status: "OK", data: { state: expect.any(String), received: expect.any(Number) } });
  return reply.data as UploadState;
}

/** Resolves once the server says that so much has arrived of an upload. */
export async function reaches(
  place: Place,
  token: string,
  id: string,
  state: UploadState["state"],
  received: number,
): Promise<void> {
  let last: UploadState | undefined;
  const wanted = (): string => `${id} is ${state} with ${received} bytes; it was ${JSON.stringify(last)}`;
  await until(`${id} is ${state} with ${received} bytes`, async () => {
    last = await uploadStatus(place, token, id);
    return last.state === state && last.received === received;
  }).catch((cause: unknown) => {
    throw new Error(`waited in vain until ${wanted()}`, { cause });
  });
}

/** What a server keeps for itself, with or without a file. */
const HOUSEKEEPING = /^\.?(obrol|lock)(-journal)?$/;

/** Paths of all contents below a folder, whole or not, whatever they are called; none if there is no such folder. */
export function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !HOUSEKEEPING.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
