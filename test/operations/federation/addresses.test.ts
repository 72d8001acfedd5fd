/** Where a server may be made to connect to. */
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { isLoopback, kindOfAddress } from "../../../src/operations/federation/addresses.ts";
import { plainAddress } from "../../../src/operations/services/network.ts";

test.each([
  ["127.0.0.1", "inner"],
  ["::1", "inner"],
  ["::ffff:127.0.0.1", "inner"],
  ["10.1.2.3", "inner"],
  ["172.16.0.1", "inner"],
  ["172.32.0.1", "outer"],
  ["192.168.1.5", "inner"],
  ["100.64.0.1", "inner"],
  ["fd00::1", "inner"],
  ["169.254.1.1", "nowhere"],
  ["fe80::1", "nowhere"],
  ["fe80::1%eth0", "nowhere"],
  ["224.0.0.1", "nowhere"],
  ["ff02::1", "nowhere"],
  ["0.0.0.0", "nowhere"],
  ["::", "nowhere"],
  ["255.255.255.255", "nowhere"],
  ["192.0.2.1", "outer"],
  ["::ffff:7f00:1", "inner"],
  ["::127.0.0.1", "inner"],
  ["64:ff9b::10.0.0.1", "inner"],
  ["64:ff9b:1::1", "inner"],
  ["2002:7f00:1::1", "inner"],
  ["2001:db8::1", "outer"],
])("%s is %s", (address, kind) => {
  expect(kindOfAddress(address)).toBe(kind);
});

test("what nobody from another machine can reach is loopback alone", () => {
  for (const address of ["127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"])
    expect([address, isLoopback(address)]).toEqual([address, true]);
  for (const address of [
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "128.0.0.1",
    "::2",
    "::ffff:10.0.0.1",
    "127.example.org",
    "127.",
    "",
  ]) {
    expect([address, isLoopback(address)]).toEqual([address, false]);
  }
});

test("an IPv4 address is the same as a socket for both families shows it", () => {
  expect(plainAddress("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(plainAddress("::1")).toBe("::1");
});

test("an address that this machine has is an inner one, whatever network it is of", () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address } of own) expect([address, kindOfAddress(address)]).not.toEqual([address, "outer"]);
});
