/** Kinds of IP addresses: where users may make this server connect to, and where not. */
import { BlockList, isIPv4, isIPv6 } from "node:net";
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

/** Loopback (RFC 1122, RFC 4291), private (RFC 1918, RFC 4193) and shared address space (RFC 6598). */
const inner = list(
  [
    ["127.0.0.0", 8],
    ["10.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
    ["100.64.0.0", 10],
  ],
  [
    ["::1", 128],
    ["fc00::", 7],
  ],
);

/** Whether an address is this machine's loopback. @param address IPv4 or IPv6, without brackets */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === "::1" || (isIPv4(plain) && plain.startsWith("127."));
}

/** `nowhere`: no server's; `inner`: of this machine or a private network; `outer`: any other. @param address IPv4 or IPv6 */
export function kindOfAddress(address: string): "nowhere" | "inner" | "outer" {
  const plain = plainAddress(address).replace(/%.*$/, "");
  const family = isIPv6(plain) ? "ipv6" : "ipv4";
  if (nowhere.check(plain, family)) return "nowhere";
  return inner.check(plain, family) ? "inner" : "outer";
}
