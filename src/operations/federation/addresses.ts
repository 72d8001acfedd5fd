/** Kinds of IP addresses: where users may make this server connect to, and where not. */
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { plainAddress } from "../services/network.ts";

type Range = readonly [string, number];

function list(v4: readonly Range[], v6: readonly Range[]): BlockList {
  const block = new BlockList();
  for (const [net, prefix] of v4) block.addSubnet(net, prefix, "ipv4");
  for (const [net, prefix] of v6) block.addSubnet(net, prefix, "ipv6");
  return block;
}

/** Addresses that no other server has: unspecified, link-local, multicast, reserved (RFC 6890). */
const nowhere = list(
  [
    ["0.0.0.0", 8],
    ["169.254.0.0", 16],
    ["224.0.0.0", 3],
  ],
  [
    ["::", 128],
    ["fe80::", 10],
    ["ff00::", 8],
  ],
);

/**
 * Loopback (RFC 1122, RFC 4291), private (RFC 1918, RFC 4193) and shared address space (RFC 6598); and IPv6 addresses that stand for
 * IPv4 ones, which may be any of those: IPv4-compatible (RFC 4291), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380).
 */
const inner = list(
  [
    ["127.0.0.0", 8],
    ["10.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
    ["100.64.0.0", 10],
  ],
  [
    ["::", 96],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["2001::", 32],
    ["2002::", 16],
    ["fc00::", 7],
  ],
);

/** Whether an address is this machine's loopback. @param address IPv4 or IPv6, without brackets */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === "::1" || (isIPv4(plain) && plain.startsWith("127."));
}

/**
 * `nowhere`: no server's; `inner`: of this machine, whatever network it is in, or of a private network; `outer`: any other.
 * @param address IPv4 or IPv6
 */
export function kindOfAddress(address: string): "nowhere" | "inner" | "outer" {
  const plain = plainAddress(address).replace(/%.*$/, "");
  const family = isIPv6(plain) ? "ipv6" : "ipv4";
  if (nowhere.check(plain, family)) return "nowhere";
  return inner.check(plain, family) || isOwn(plain, family) ? "inner" : "outer";
}

/** Whether this machine has the address. Looked up each time: machines get others while a server runs. */
function isOwn(address: string, family: "ipv4" | "ipv6"): boolean {
  const own = new BlockList();
  for (const one of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) {
    own.addAddress(one.address.replace(/%.*$/, ""), one.family === "IPv6" ? "ipv6" : "ipv4");
  }
  return own.check(address, family);
}
