/** IP addresses as numbers, and ranges of them (CIDR, RFC 4632 and RFC 4291, 2.3). */
import { isIPv4, isIPv6 } from "node:net";

/** An IPv4 address in IPv6 (RFC 4291, 2.5.5.2) is the IPv4 address: of one client there are not two. */
export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** All addresses that begin with the same bits. */
export interface Cidr extends Address {
  /** How many bits those are; the others of `bits` are 0. */
  readonly prefix: number;
  /** As it is written: `10.0.0.0/8`, a single address without its length. */
  readonly text: string;
}

const BITS = { 4: 32, 6: 128 } as const;

/** What stands before the 32 bits of an IPv4 address in an IPv6 one, and how many bits that is. */
const MAPPED = 0xffffn;
const MAPPED_BITS = 96;

/** @param text without brackets; the zone of a link-local address (`%eth0`) is passed over. @returns undefined for what is none */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, bits: bitsOf4(text) };
  return isIPv6(text) ? unmapped(bitsOf6(text.replace(/%.*$/, ""))) : undefined;
}

/** @param bytes four or sixteen, the first one first */
export function addressIn(bytes: Uint8Array): Address {
  const bits = joined(Array.from(bytes), 8);
  return bytes.length === 4 ? { family: 4, bits } : unmapped(bits);
}

/** As it is shown everywhere: IPv6 as RFC 5952 has it. */
export function addressText({ family, bits }: Address): string {
  const size = family === 4 ? 8 : 16;
  const parts = Array.from({ length: BITS[family] / size }, (_, i) => {
    const part = (bits >> BigInt(BITS[family] - size * (i + 1))) & ((1n << BigInt(size)) - 1n);
    return part.toString(family === 4 ? 10 : 16);
  });
  return family === 4 ? parts.join(".") : shortened(parts.join(":"));
}

/** @param text `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits behind the prefix count as 0. @returns undefined for what is none */
export function parseCidr(text: string): Cidr | undefined {
  const [, place = "", digits] = /^([0-9a-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? [];
  const address = parseAddress(place);
  if (!address) return undefined;
  const { family } = address;
  const most = BITS[family];
  // The length that stands behind an IPv4 address in IPv6 is that of the whole.
  const before = family === 4 && place.includes(":") ? MAPPED_BITS : 0;
  const prefix = digits === undefined ? most : Number(digits) - before;
  if (prefix < 0 || prefix > most) return undefined;
  const bits = begins(address.bits, family, prefix) << BigInt(most - prefix);
  const shown = addressText({ family, bits });
  return { family, bits, prefix, text: prefix === most ? shown : `${shown}/${prefix}` };
}

/** Whether an address lies in it. */
export function contains({ family, bits, prefix }: Cidr, address: Address): boolean {
  return address.family === family && begins(address.bits, family, prefix) === begins(bits, family, prefix);
}

/** Whether two ranges have an address in common: then one is within the other. */
export function overlap(one: Cidr, other: Cidr): boolean {
  return contains(one, other) || contains(other, one);
}

function unmapped(bits: bigint): Address {
  return bits >> 32n === MAPPED ? { family: 4, bits: bits & 0xffffffffn } : { family: 6, bits };
}

/** The first bits of an address, as a number. */
export function begins(bits: bigint, family: Address["family"], prefix: number): bigint {
  return bits >> BigInt(BITS[family] - prefix);
}

function bitsOf4(text: string): bigint {
  return joined(text.split(".").map(Number), 8);
}

function bitsOf6(text: string): bigint {
  const [start = "", end] = text.split("::") as [string?, string?];
  const [before, after] = [groupsOf(start), groupsOf(end ?? "")];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return joined([...before, ...zeros, ...after], 16);
}

/** Its last 32 bits may be written as an IPv4 address. */
function groupsOf(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const bits = bitsOf4(group);
    return [Number(bits >> 16n), Number(bits & 0xffffn)];
  });
}

function joined(parts: readonly number[], size: number): bigint {
  return parts.reduce((bits, part) => (bits << BigInt(size)) | BigInt(part), 0n);
}

/** The longest run of zeros, the first of several, is `::` (RFC 5952, 4.2). */
function shortened(text: string): string {
  const [longest] = [...text.matchAll(/\b(?:0:)+0\b/g)].toSorted((a, b) => b[0].length - a[0].length);
  if (!longest) return text;
  const before = text.slice(0, longest.index).replace(/:$/, "");
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}
