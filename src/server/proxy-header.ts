/**
 * What a proxy says of a connection before its first byte: haproxy's PROXY protocol, versions 1 and 2 (proxy-protocol.txt, 2.1
 * and 2.2). Pure; who may say it is decided elsewhere.
 */
import { isIPv4, isIPv6 } from "node:net";
import { addressIn, addressText, parseAddress } from "../contract/cidr.ts";
import type { Remote } from "./limits.ts";

export interface ProxyHeader {
  /** Bytes that it takes; what follows is the client's. */
  readonly length: number;
  /** Where the client comes from; undefined where the proxy speaks for itself, or does not know: then it is the proxy's own. */
  readonly remote: Remote | undefined;
}

/** 2.1: of the whole line with its CR LF. */
const LONGEST_LINE = 107;

/** `PROXY `, with which version 1 begins. */
const WORD = Buffer.from("PROXY ");

/** 2.2: with which version 2 begins. */
const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n");

/** 2.2: signature, version and command, family and transport, length of the rest. */
const FIXED = 16;

/** Of the rest: addresses take 216 bytes at most, and what stands behind them (2.2.x, TLV) does not concern us. */
const LONGEST_REST = 4096;

/** 2.2, by the highest four bits of the 14th byte: bytes of an IP address, and of both ends together with their ports. */
const FAMILIES: readonly { readonly address: number; readonly ends: number }[] = [
  // Unspecified.
  { address: 0, ends: 0 },
  { address: 4, ends: 12 },
  { address: 16, ends: 36 },
  // Of unix sockets: paths.
  { address: 0, ends: 216 },
];

/** 2.2: the lowest four bits of the 14th byte. */
const STREAM = 1;
const DATAGRAM = 2;

/**
 * @param given all that the connection has begun with
 * @returns `wrong`: it begins with none; a number: so many bytes there must be at least to know more
 */
export function readProxyHeader(given: Uint8Array): ProxyHeader | "wrong" | number {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.length);
  if (beginsWith(bytes, SIGNATURE)) return bytes.length < FIXED ? bytes.length + 1 : binary(bytes);
  if (beginsWith(bytes, WORD)) return line(bytes);
  return "wrong";
}

/** As far as there are bytes. */
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
  // Commands: 0, the proxy speaks for itself; 1, for somebody else.
  if (version !== 2 || command > 1 || rest > LONGEST_REST) return "wrong";
  const family = FAMILIES[bytes.readUInt8(13) >> 4];
  const transport = bytes.readUInt8(13) & 0xf;
  // What it says of itself is passed over, and may be anything.
  if (command === 1 && (!family || transport > DATAGRAM || rest < family.ends)) return "wrong";
  const length = FIXED + rest;
  if (bytes.length < length) return length;
  if (command === 0 || transport !== STREAM || !family?.address) return { length, remote: undefined };
  const source = addressIn(bytes.subarray(FIXED, FIXED + family.address));
  const port = bytes.readUInt16BE(FIXED + 2 * family.address);
  return { length, remote: { address: addressText(source), port } };
}
