/** The address that a connection comes from, and whose it is. */
import { isIPv6 } from "node:net";

/** An IPv4 address as such, where a socket for both families gives `::ffff:192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** The whole network of somebody: of IPv6 he has the lower 64 bits to himself. */
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
