/** IP addresses and ranges of them, as people, proxies and sockets write them. */
import { BlockList, SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, addressIn, addressText, contains, parseAddress, parseCidr } from "../../src/contract/cidr.ts";
import { Chance } from "../simulator/chance.ts";

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
}

function isIn(range: string, text: string): boolean {
  const cidr = parseCidr(range);
  if (!cidr) throw new Error(`${range} is no range`);
  return contains(cidr, address(text));
}

describe("a range", () => {
  test.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1/32", "192.0.2.1"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["1.2.3.4/0", "0.0.0.0/0"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:1:2:3:4:5:6/64", "2001:db8:1:2::/64"],
    ["::/0", "::/0"],
    ["::1/128", "::1"],
    ["2001:db8::1.2.3.4", "2001:db8::102:304"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
    ["::FFFF:0:0/96", "0.0.0.0/0"],
  ])("%s is %s", (given, text) => {
    const range = parseCidr(given);
    expect(range?.text).toBe(text);
    expect(parseCidr(text)).toEqual(range);
  });

  test.each([
    "",
    "/",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/+8",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "10.0.0.0/8 ",
    " 10.0.0.0/8",
    "10.0.0/8",
    "010.0.0.0/8",
    "10.0.0.256",
    "0x0a000000/8",
    "167772160",
    "::/129",
    ":::/8",
    "1::2::3",
    "::ffff:10.0.0.0/95",
    "fe80::1%eth0",
    "[::1]",
    "localhost",
    "10.0.0.0/8\n",
    "１.2.3.4",
  ])("%j is none", (given) => {
    expect(parseCidr(given)).toBeUndefined();
  });

  test("holds what begins as it does, and nothing of the other family", () => {
    expect(isIn("10.0.0.0/8", "10.255.255.255")).toBe(true);
    expect(isIn("10.0.0.0/8", "11.0.0.0")).toBe(false);
    expect(isIn("192.0.2.128/25", "192.0.2.127")).toBe(false);
    expect(isIn("192.0.2.128/25", "192.0.2.128")).toBe(true);
    expect(isIn("192.0.2.1", "192.0.2.1")).toBe(true);
    expect(isIn("192.0.2.1", "192.0.2.0")).toBe(false);
    expect(isIn("2001:db8::/32", "2001:db8:ffff::1")).toBe(true);
    expect(isIn("2001:db8::/32", "2001:db9::")).toBe(false);
    expect(isIn("::/0", "192.0.2.1")).toBe(false);
    expect(isIn("0.0.0.0/0", "::1")).toBe(false);
    expect(isIn("::/0", "ffff::")).toBe(true);
  });

  test("of IPv4 holds an address that a socket for both families shows, and a link-local one whatever its zone", () => {
    expect(isIn("127.0.0.0/8", "::ffff:127.0.0.1")).toBe(true);
    expect(isIn("::ffff:127.0.0.0/104", "127.0.0.1")).toBe(true);
    expect(isIn("fe80::/10", "fe80::1%eth0")).toBe(true);
  });

  test("holds what it holds to Node", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 1, max: 32 }), (net, one, prefix) => {
        const list = new BlockList();
        list.addSubnet(net, prefix, "ipv4");
        expect(isIn(`${net}/${prefix}`, one)).toBe(list.check(one, "ipv4"));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("an address", () => {
  test.each(["", "localhost", "1.2.3", "1.2.3.4.5", "::g", "1.2.3.4:80", "[::1]", "control"])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test.each([
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["10:0:0:20:0:0:30:0", "10::20:0:0:30:0"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::fffe:203.0.113.9", "::fffe:cb00:7109"],
  ])("%s is written %s", (given, text) => {
    expect(addressText(address(given))).toBe(text);
  });

  test("is written as the system writes it, of bytes as of text", () => {
    const chance = new Chance(7);
    for (let i = 0; i < 2000; i++) {
      // Zeros, so that there are runs of them; not at the beginning, where the system shows an IPv4 address.
      const bytes = chance.bytes(16).map((byte, at) => (at > 1 && chance.isIn(0.6) ? 0 : byte | (at === 0 ? 0x20 : 0)));
      const groups = Array.from({ length: 8 }, (_, at) =>
        Buffer.from(bytes)
          .readUInt16BE(2 * at)
          .toString(16),
      ).join(":");
      const { address: shown } = new SocketAddress({ address: groups, family: "ipv6" });
      expect(addressText(address(groups))).toBe(shown);
      expect(addressIn(bytes)).toEqual(address(shown));
      const four = bytes.subarray(0, 4);
      expect(addressText(addressIn(four))).toBe(four.join("."));
    }
  });
});
