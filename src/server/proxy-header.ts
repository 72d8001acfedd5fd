/**
 * Reads the header by which a proxy tells where a connection comes from, before the connection's first byte: haproxy's PROXY
 * protocol, versions 1 and 2 (proxy-protocol.txt, 2.1 and 2.2). Who is believed is decided elsewhere.
 */
import { isIPv4, isIPv6 } from "node:net";
import { addressIn, addressText, parseAddress } from "../contract/cidr.ts";
import type { Remote } from "./limits.ts";

export interface ProxyHeader {
  /** How many bytes the header has. What follows is the client's. */
  readonly length: number;
  /** Where the client comes from; undefined if the connection is the proxy's own, or the proxy does not know. */
  readonly remote: Remote | undefined;
}

/** 2.1: the longest line of version 1, with its CR LF. */
const LONGEST_LINE = 107;

/** 2.1: version 1 begins with it. */
const WORD = Buffer.from("PROXY ");

/** 2.2: version 2 begins with it. */
const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n");

/** 2.2: how many bytes are fixed: signature, version and command, family and transport, length of the rest. */
const FIXED = 16;

/** The longest rest. Addresses take 216 bytes at the most; what follows them (2.2.x, TLV) is not used here. */
const LONGEST_REST = 4096;

/**
 * 2.2: the address families, by the highest four bits of the 14th byte. `address`: bytes of an IP address; `ends`: of both ends
 * together, with their ports.
 */
const FAMILIES: readonly { readonly address: number; readonly ends: number }[] = [
  // Unspecified.
  { address: 0, ends: 0 },
  { address: 4, ends: 12 },
  { address: 16, ends: 36 },
  // Unix sockets: two paths.
  { address: 0, ends: 216 },
];

/** 2.2: the transports, by the lowest four bits of the 14th byte. */
const STREAM = 1;
const DATAGRAM = 2;

/**
 * @param given all bytes that have arrived so far
 * @returns the header; or `wrong`, if they do not begin with one; or a number, if they are too few: how many there must be at
 * least to tell more
 */
export function readProxyHeader(given: Uint8Array): ProxyHeader | "wrong" | number {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.length);
  if (beginsWith(bytes, SIGNATURE)) return bytes.length < FIXED ? bytes.length + 1 : binary(bytes);
  if (beginsWith(bytes, WORD)) return line(bytes);
  return "wrong";
}

/** Compares as far as there are bytes. */
function beginsWith(bytes: Buffer, wanted: Buffer): boolean {
  const length = Math.min(bytes.length, wanted.length);
  return bytes.compare(wanted, 0, length, 0, length) === 0;
}

function line(bytes: Buffer): ProxyHeader | "wrong" | number {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf("\n");
  if (end < 0) return bytes.length < LONGEST_LINE ? bytes.length + 1 : "wrong";
  const text = bytes.toString("latin1", 0, end + 1);
  const length = end + 1;
  if (/^PROXY UNKNOWN(?: .*)?\r\n$/s.test(text)) return { length, remote: undefined };
  const [, family, from = "", to = "", ...ports] =
    /^PROXY TCP([46]) ([0-9a-f.:]+) ([0-9a-f.:]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})\r\n$/i.exec(text) ?? [];
  const isAddress = family === "4" ? isIPv4 : isIPv6;
  const source = parseAddress(from);
  if (!source || !isAddress(from) || !isAddress(to) || ports.some((port) => Number(port) > 0xffff)) return "wrong";
  return { length, remote: { address: addressText(source), port: Number(ports[0]) } };
}

function binary(bytes: Buffer): ProxyHeader | "wrong" | number {
  const version = bytes.readUInt8(12) >> 4;
  const command = bytes.readUInt8(12) & 0xf;
  const rest = bytes.readUInt16BE(14);
  // Commands: 0, the connection is the proxy's own; 1, it is a client's.
  if (version !== 2 || command > 1 || rest > LONGEST_REST) return "wrong";
  const family = FAMILIES[bytes.readUInt8(13) >> 4];
  const transport = bytes.readUInt8(13) & 0xf;
  // For a connection of its own, the rest is skipped, and may be anything.
  if (command === 1 && (!family || transport > DATAGRAM || rest < family.ends)) return "wrong";
  const length = FIXED + rest;
  if (bytes.length < length) return length;
  if (command === 0 || transport !== STREAM || !family?.address) return { length, remote: undefined };
  const source = addressIn(bytes.subarray(FIXED, FIXED + family.address));
  const port = bytes.readUInt16BE(FIXED + 2 * family.address);
  return { length, remote: { address: addressText(source), port } };
}
