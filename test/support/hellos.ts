/** ClientHellos made from a seed, whole, cut and spoilt; and what must be true of whatever is read out of any bytes. */
import { readClientHello } from "../../src/server/client-hello.ts";
import { Chance } from "../simulator/chance.ts";
import { helloOf } from "./openings.ts";

const HEAD = 5;
const MOST_IN_RECORD = 16_384;
const PROTOCOLS = ["obrol-link/2", "http/1.1", "h2", "x".repeat(255)];

/** Reads so many of them. @returns what was wrong, in words that begin with the number of the hello */
export async function readHellos(seed: number, count: number): Promise<readonly string[]> {
  const chance = new Chance(seed);
  const hellos = [
    { hello: await helloOf(), protocols: [] as readonly string[] },
    { hello: await helloOf(PROTOCOLS), protocols: PROTOCOLS },
  ];
  const wrong: string[] = [];
  for (let n = 0; n < count; n++) {
    const { hello, protocols } = chance.one(hellos);
    const bytes = spoilt(chance, hello);
    const what = faultIn(bytes, chance) ?? (bytes.equals(hello) ? differs(bytes, protocols) : undefined);
    if (what !== undefined) wrong.push(`${n}: ${bytes.toString("hex")} ${what}`);
  }
  return wrong;
}

function differs(bytes: Buffer, protocols: readonly string[]): string | undefined {
  const read = JSON.stringify(readClientHello(bytes));
  return read === JSON.stringify({ protocols }) ? undefined : `is read as ${read}`;
}

function faultIn(bytes: Buffer, chance: Chance): string | undefined {
  const read = readClientHello(bytes);
  if (typeof read === "number") {
    return read > bytes.length && read <= HEAD + MOST_IN_RECORD ? undefined : `wants ${read} bytes`;
  }
  const record = bytes.subarray(0, HEAD + bytes.readUInt16BE(3));
  // What is behind its record is none of its matter, and what is missing is waited for.
  const said = JSON.stringify(read);
  const more = JSON.stringify(readClientHello(Buffer.concat([record, chance.bytes(chance.below(20))])));
  if (bytes.length >= record.length && more !== said) return `is read as ${said}, and with more behind it as ${more}`;
  const less = readClientHello(bytes.subarray(0, chance.below(bytes.length)));
  if (typeof less !== "number" && JSON.stringify(less) !== said)
    return `is read as ${said}, and less as ${JSON.stringify(less)}`;
  const length = read === "unreadable" ? 0 : read.protocols.join("").length;
  return length > record.length ? `has ${length} characters of protocols` : undefined;
}

function spoilt(chance: Chance, hello: Buffer): Buffer {
  const bytes = Buffer.from(hello);
  switch (chance.one(["whole", "cut", "spoilt", "very", "length", "rubbish", "record"] as const)) {
    case "whole":
      return bytes;
    case "cut":
      return bytes.subarray(0, chance.below(bytes.length));
    case "spoilt":
      bytes[chance.below(bytes.length)] = chance.below(256);
      return bytes;
    case "very":
      for (let i = 0; i < 20; i++) bytes[HEAD + chance.below(bytes.length - HEAD)] = chance.below(256);
      return bytes;
    case "length":
      // A length of its own anywhere: each vector is read from some of these.
      bytes.writeUInt16BE(chance.one([0, 1, 0xff, 0x4000, 0x4001, 0xffff]), chance.below(bytes.length - 1));
      return bytes;
    case "rubbish":
      return Buffer.concat([Buffer.of(0x16, 3, chance.below(256)), chance.bytes(chance.below(300))]);
    case "record": {
      // All of it is in its record, whatever it says.
      const inside = Buffer.concat([Buffer.of(1, 0), chance.bytes(2 + chance.below(300))]);
      const head = Buffer.of(0x16, 3, 1, inside.length >> 8, inside.length & 0xff);
      return Buffer.concat([head, inside]);
    }
  }
}
