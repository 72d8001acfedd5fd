/** What proxies say before a connection's first byte: haproxy's PROXY protocol, written by hand. */
import { isIPv6 } from "node:net";
import { addressIn, addressText, parseAddress } from "../../src/contract/cidr.ts";
import type { Chance } from "../simulator/chance.ts";

/** As in the document: versions 1 and 2. */
export const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);

const NOTHING = Buffer.alloc(0);

interface Source {
  readonly address: string;
  readonly port: number;
}

/** A header, and whom it names; nobody, where the proxy speaks for itself. */
export interface MadeHeader {
  readonly bytes: Buffer;
  readonly remote: Source | undefined;
}

/** Version 1: what nginx sends, and haproxy with `send-proxy`. */
export function inText(address: string, port = 4711): Buffer {
  const six = isIPv6(address);
  return Buffer.from(`PROXY TCP${six ? 6 : 4} ${address} ${six ? "2001:db8::80" : "192.0.2.80"} ${port} 8889\r\n`);
}

/** Version 2: what haproxy sends with `send-proxy-v2`. @param more what stands behind the addresses */
export function inBinary(address: string, port = 4711, more: Buffer = NOTHING): Buffer {
  const six = isIPv6(address);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(port, 0);
  ports.writeUInt16BE(8889, 2);
  const ends = [address, six ? "2001:db8::80" : "192.0.2.80"].map((one) => bytesOf(one, six ? 16 : 4));
  return binary(0x21, six ? 0x21 : 0x11, Buffer.concat([...ends, ports, more]));
}

/** @param kind version and command. @param family and transport */
export function binary(kind: number, family: number, rest: Buffer): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.of(kind, family, rest.length >> 8, rest.length & 0xff), rest]);
}

/** One of those that there are, from chance. */
export function anyHeader(chance: Chance): MadeHeader {
  const port = chance.below(65_536);
  const four = (): Source => ({ address: addressText(addressIn(chance.bytes(4))), port });
  const six = (): Source => ({ address: addressText(addressIn(Buffer.from([0x20, ...chance.bytes(15)]))), port });
  const tail = chance.isIn(0.5) ? NOTHING : chance.bytes(chance.below(60));
  switch (chance.one(["text", "binary", "text6", "binary6", "unknown", "unix", "local", "unspecified"] as const)) {
    case "text":
      return made(four(), inText);
    case "text6":
      return made(six(), inText);
    case "binary":
      return made(four(), (address) => inBinary(address, port, tail));
    case "binary6":
      return made(six(), (address) => inBinary(address, port, tail));
    case "unknown":
      return ofNobody(Buffer.from(`PROXY UNKNOWN${chance.one(["", " ", " ffff:f::1 x 65535"])}\r\n`));
    case "unix":
      return ofNobody(binary(0x21, chance.one([0x31, 0x32]), Buffer.concat([chance.bytes(216), tail])));
    case "local":
      return ofNobody(binary(0x20, chance.below(256), tail));
    case "unspecified":
      return ofNobody(binary(0x21, chance.one([0, 1]), tail));
  }
}

function made(remote: Source, write: (address: string, port: number) => Buffer): MadeHeader {
  return { bytes: write(remote.address, remote.port), remote };
}

function ofNobody(bytes: Buffer): MadeHeader {
  return { bytes, remote: undefined };
}

function bytesOf(address: string, size: number): Buffer {
  const parsed = parseAddress(address);
  if (!parsed) throw new Error(`${address} is no address`);
  const { family, bits } = parsed;
  // IPv4 in IPv6.
  const all = family === 4 && size === 16 ? bits | (0xffffn << 32n) : bits;
  return Buffer.from(all.toString(16).padStart(2 * size, "0"), "hex");
}
