/** A file that is sent on, wherever it was cut off, and on whatever node it goes on. */
import { createHash } from "node:crypto";
import { RefusedRequest } from "../../src/connection/errors.ts";
import type { Chance } from "../simulator/chance.ts";
import { ask, type Place } from "./asking.ts";
import type { Content } from "./history.ts";

/** The largest, in bytes: a body of several packets. */
const LARGEST = 200_000;

/** So often it is cut off by who sends it. */
const CUT = 0.3;

interface Sent {
  readonly id: string;
  readonly time: string;
  readonly file: Content;
}

/** Another node has some of it, or may still have. */
const ELSEWHERE: ReadonlySet<string> = new Set(["incomplete", "bad-request", "no-session"]);

export function mayGoOn(error: unknown): boolean {
  return error instanceof RefusedRequest && ELSEWHERE.has(error.code);
}

/** Goes on with it from what is there; its bytes follow from its name. @throws LinkError, also where it was cut off; RefusedRequest */
export async function sendFile(
  place: Place,
  token: string,
  { to, name }: { readonly to: string; readonly name: string },
  chance: Chance,
): Promise<Sent> {
  const bytes = bytesOf(name);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const id = `f-${name}`;
  const { data } = await ask(place, (wire) => wire.call("uploadStatus", { "client-id": id }, { token }));
  if (data.state === "done" && data.file) return { id: data.id ?? "", time: data.time ?? "", file: data.file };
  const offset = data.received;
  const end = chance.isIn(CUT) ? chance.between(offset, bytes.length) : bytes.length;
  const input = { receiver: to, filename: name, size: bytes.length, sha256, "client-id": id, offset };
  const reply = await ask(place, (wire) => {
    const body = partOf(bytes, offset, end, () => wire.close());
    return wire.call("upload", input, { token, body });
  });
  return { id: reply.id ?? "", time: reply.time ?? "", file: reply.file };
}

function bytesOf(name: string): Buffer {
  const seed = createHash("sha256").update(name).digest();
  return Buffer.alloc(1 + (seed.readUInt32LE() % LARGEST), seed);
}

async function* partOf(bytes: Buffer, from: number, end: number, cut: () => void): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(from, end);
  if (end < bytes.length) cut();
}
