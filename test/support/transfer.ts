/**
 * A connection that carries files: bytes as they are, sent as far as one likes, and taken in only when they are asked for.
 * Who does not ask is a reader that takes nothing.
 */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { expect } from "vitest";
import type { ChatClient, Reply } from "../../src/client/client.ts";
import { ok } from "./people.ts";
import { until } from "./until.ts";

const END = "\r\n\r\n";

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What has arrived of a body. */
export interface Body {
  readonly bytes: number;
  readonly sha256: string;
}

export class Transfer {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #over = false;

  constructor({ host, port }: Place) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on("error", () => {});
    this.#chunks = this.#socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Resolves when the system has taken the bytes, or when it never will. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => void this.#socket.write(bytes, () => resolve()));
  }

  request(text: string): Promise<void> {
    return this.send(text + END);
  }

  /** The next reply; undefined when the connection ended before it. @throws Error when it is no reply. */
  async next(): Promise<Reply | undefined> {
    for (;;) {
      const end = this.#held.indexOf(END);
      if (end >= 0) {
        const frame = this.#held.subarray(0, end).toString();
        this.#held = this.#held.subarray(end + END.length);
        return JSON.parse(frame) as Reply;
      }
      const chunk = await this.#take();
      if (!chunk) return undefined;
      this.#held = Buffer.concat([this.#held, chunk]);
    }
  }

  /** The next reply. @throws Error when the connection ended before it. */
  async reply(): Promise<Reply> {
    const reply = await this.next();
    if (!reply) throw new Error("the server ended the connection before it replied");
    return reply;
  }

  /** The next `length` bytes, or what came of them before the connection ended. They are counted and not kept. */
  async body(length: number): Promise<Body> {
    const hash = createHash("sha256");
    let bytes = 0;
    while (bytes < length) {
      const chunk = this.#held.length > 0 ? this.#held : await this.#take();
      if (!chunk) break;
      const part = chunk.subarray(0, length - bytes);
      this.#held = chunk.subarray(part.length);
      hash.update(part);
      bytes += part.length;
    }
    return { bytes, sha256: hash.digest("hex") };
  }

  /** Resolves when the server has ended the connection; what comes before that is dropped. */
  async ended(): Promise<void> {
    while (await this.#take());
  }

  /** Ends our half. */
  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #take(): Promise<Buffer | undefined> {
    if (this.#over) return undefined;
    try {
      const { done, value } = await this.#chunks.next();
      if (done !== true) return value;
    } catch {
      // A connection that breaks is one that has ended.
    }
    this.#over = true;
    return undefined;
  }
}

export interface Upload {
  readonly to: string;
  readonly name: string;
  readonly content: Uint8Array;
  readonly id?: string;
  readonly offset?: number;
  readonly sha256?: string;
}

/** The request of an upload without its body. */
export function uploadRequest(token: string, { to, name, content, id, offset, sha256 }: Upload): string {
  const words = ["upload", token, to, encodeURIComponent(name), content.length];
  if (sha256 !== undefined) words.push("sha256", sha256);
  if (id !== undefined) words.push("id", id);
  if (offset !== undefined) words.push("offset", offset);
  return words.join(" ");
}

/** Sends a whole file on a connection of its own. @throws Error when the connection ended before the reply. */
export async function upload(place: Place, token: string, file: Upload): Promise<Reply> {
  const transfer = new Transfer(place);
  void transfer.request(uploadRequest(token, file));
  void transfer.send(file.content.subarray(file.offset ?? 0));
  try {
    return await transfer.reply();
  } finally {
    transfer.close();
  }
}

/** Sends the request and the file up to `end`; the rest, or a cut, is the caller's. */
export function begin(place: Place, token: string, file: Upload, end: number): Transfer {
  const transfer = new Transfer(place);
  void transfer.request(uploadRequest(token, file));
  void transfer.send(file.content.subarray(file.offset ?? 0, end));
  return transfer;
}

/** The reply to a request for an upload of which no byte is sent. */
export async function asked(place: Place, token: string, file: Upload): Promise<Reply> {
  const transfer = begin(place, token, file, 0);
  try {
    return await transfer.reply();
  } finally {
    transfer.close();
  }
}

export interface Status {
  readonly state: "none" | "partial" | "receiving" | "done";
  readonly received: number;
  readonly file?: { readonly id: string; readonly sha256: string };
}

export async function uploadStatus(client: ChatClient, id: string): Promise<Status> {
  return (await ok(client.request(`upload-status ${id}`))).data as Status;
}

/** Waits until so much of the upload has arrived, on whatever connection. */
export async function arrived(client: ChatClient, id: string, received: number): Promise<void> {
  await until(`${received} bytes of ${id} are there`, async () => {
    return (await uploadStatus(client, id)).received === received;
  });
}

/** Sends the file up to `end` under its id, cuts the connection, and waits until the server has seen that. */
export async function cut(
  place: Place,
  person: { readonly client: ChatClient; readonly token: string },
  file: Upload & { readonly id: string },
  end: number,
): Promise<void> {
  const transfer = begin(place, person.token, file, end);
  await arrived(person.client, file.id, end);
  transfer.close();
  await until("the cut is seen", async () => (await uploadStatus(person.client, file.id)).state === "partial");
}

export interface Download extends Body {
  readonly reply: Reply;
}

/** Fetches a file, or the rest of it from `offset`, on a connection of its own. @throws Error when no reply came. */
export async function download(place: Place, token: string, id: string, offset?: number): Promise<Download> {
  const transfer = new Transfer(place);
  void transfer.request(`download ${token} ${id}${offset === undefined ? "" : ` offset ${offset}`}`);
  try {
    const reply = await transfer.reply();
    const length = reply["length"];
    return { reply, ...(await transfer.body(typeof length === "number" ? length : 0)) };
  } finally {
    transfer.close();
  }
}

/** A file that comes back whole: its bytes are those that were sent. */
export async function expectWhole(place: Place, token: string, id: string, content: Uint8Array): Promise<void> {
  const { reply, bytes, sha256 } = await download(place, token, id);
  expect(reply).toMatchObject({ status: "OK", size: content.length, sha256: sha256Of(content) });
  expect({ bytes, sha256 }).toEqual({ bytes: content.length, sha256: sha256Of(content) });
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The id of the file that a reply tells of. */
export function fileId(reply: Reply): string {
  const { file } = reply as unknown as { file: { id: string } };
  return file.id;
}
