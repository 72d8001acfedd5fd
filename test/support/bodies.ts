/** Files sent and fetched as raw bytes: PROTOCOL.md, "Files". */
import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import { END, type Place } from "./connection.ts";
import { type Answer, RawWire } from "./raw.ts";
import { until } from "./until.ts";

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

/** A file to send, or the rest of it from `offset`. */
export interface Upload {
  readonly to: string;
  readonly name: string;
  /** All of it, whatever is sent. */
  readonly content: Uint8Array | string;
  readonly id?: string;
  readonly offset?: number;
  readonly sha256?: string;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A request and right after it the bytes of its body. @param end of a request in the connection's framing. */
export function withBody(request: string, body: Uint8Array | string, end = END): Buffer {
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

/** The request of an upload without its body. */
export function uploadRequest(token: string, { to, name, content, id, offset, sha256 }: Upload): string {
  const words = ["upload", token, to, encodeURIComponent(name), Buffer.from(content).length];
  if (sha256 !== undefined) words.push("sha256", sha256);
  if (id !== undefined) words.push("id", id);
  if (offset !== undefined) words.push("offset", offset);
  return words.join(" ");
}

/** Sends the request and the file up to `end`; the rest, or a cut, is the caller's. */
export function begin(place: Place, token: string, file: Upload, end?: number): RawWire {
  const part = Buffer.from(file.content).subarray(file.offset ?? 0, end);
  return new RawWire(place).send(withBody(uploadRequest(token, file), part));
}

/** The reply to a whole file, on a connection of its own. */
export async function upload(place: Place, token: string, file: Upload): Promise<Reply> {
  const wire = begin(place, token, file);
  try {
    return await wire.reply();
  } finally {
    wire.close();
  }
}

/** Sends a file, which must not be refused. */
export async function uploaded(place: Place, token: string, file: Upload): Promise<Sent> {
  return sent(await upload(place, token, file));
}

/** The reply of a file sent, which must not be a refusal. */
export function sent(reply: Reply): Sent {
  expect(reply).toMatchObject({ status: "OK", id: expect.any(String), time: expect.any(String) });
  expect(reply).toMatchObject({ file: { id: expect.any(String), name: expect.any(String) } });
  return reply as unknown as Sent;
}

/** Sends a file up to `end` under its id, cuts the connection, and waits until the server has seen that. */
export async function cut(
  place: Place,
  token: string,
  file: Upload & { readonly id: string },
  end: number,
): Promise<void> {
  const wire = begin(place, token, file, end);
  await reaches(place, token, file.id, "receiving", end);
  wire.close();
  await reaches(place, token, file.id, "partial", end);
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

function downloadRequest(token: string, id: string, offset?: number): string {
  return `download ${token} ${id}${offset === undefined ? "" : ` offset ${offset}`}`;
}

/** The answer to a download, on a connection of its own; a refusal has no body. */
export function download(place: Place, token: string, id: string, offset?: number): Promise<Answer> {
  return ask(place, downloadRequest(token, id, offset));
}

/** A download of which only the first piece is taken in. */
export async function stalled(place: Place, token: string, id: string): Promise<RawWire> {
  const wire = new RawWire(place).request(downloadRequest(token, id));
  await wire.pauseAfterNext();
  expect(wire.opened).toMatchObject({ status: "OK" });
  return wire;
}

/** A download of what may take long to come from another realm: asked for again as long as it is on its way. */
export async function downloadOnceThere(place: Place, token: string, id: string): Promise<Answer> {
  return until("the content is there", async () => {
    const answer = await download(place, token, id);
    return answer.reply.code !== "realm-unreachable" && answer;
  });
}

/** The bytes of a whole file, which must not be refused. */
export async function content(place: Place, token: string, id: string): Promise<Buffer> {
  const { reply, body } = await download(place, token, id);
  const { length } = body;
  expect(reply).toMatchObject({ status: "OK", offset: 0, length, size: length, sha256: sha256(body) });
  return body;
}

/** A file comes back whole: its bytes are those that were sent. */
export async function expectWhole(place: Place, token: string, id: string, bytes: Uint8Array): Promise<void> {
  const body = await content(place, token, id);
  expect({ bytes: body.length, sha256: sha256(body) }).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
}
