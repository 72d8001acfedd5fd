/** The addresses that connections come from, and the networks that these count as. */
import { isIPv6 } from "node:net";

/** An IPv4 address in its own form, where a socket for both families gives `::ffff:192.0.2.1` (RFC 4291, 2.5.5.2). */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** What an address counts as. An IPv4 address is itself; of IPv6 it is the /64, for one subscriber has all of that. */
export function network(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [start = "", end] = plain.replace(/%.*$/, "").toLowerCase().split("::") as [string?, string?];
  const before = start === "" ? [] : start.split(":");
  const after = end ? end.split(":") : [];
  const zeros = end === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
