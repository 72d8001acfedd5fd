/** What is remembered of passwords that were tried. */
import { expect, test } from "vitest";
import { Guesses } from "../../src/operations/services/guesses.ts";
import { network } from "../../src/operations/services/network.ts";
import { machine } from "../../src/world/world.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8:0001:0002::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
])("%s is of the network %s", (address, of) => {
  expect(network(address)).toBe(of);
});

test("who has a whole network of IPv6 has no more tries than who has one address", () => {
  const guesses = new Guesses(machine);
  for (let i = 1; i <= 5; i++) guesses.failed(`2001:db8::${i}`, "alice");
  expect(guesses.wait("2001:db8::6", "alice")).toBeGreaterThan(0);
  expect(guesses.wait("2001:db8:0:1::6", "alice")).toBe(0);
});

test("what another node tells of late counts from when it was tried", () => {
  const guesses = new Guesses({ ...machine, elapsed: () => 3_600_000 });
  for (let i = 0; i < 5; i++) guesses.failed("192.0.2.1", "alice", 4000);
  expect(guesses.wait("192.0.2.1", "alice")).toBe(6);
  for (let i = 0; i < 5; i++) guesses.failed("192.0.2.1", "bob");
  guesses.failed("192.0.2.1", "bob", 15_000);
  expect(guesses.wait("192.0.2.1", "bob")).toBe(10);
  guesses.failed("192.0.2.1", "carol", 600_000);
  expect(guesses.ofName("carol")).toBeCloseTo(0.25);
});

test("what is remembered does not grow without bound: the oldest is forgotten first", () => {
  const guesses = new Guesses({ ...machine, elapsed: () => 0 });
  const fail = (name: string): void => {
    for (let i = 0; i < 5; i++) guesses.failed("192.0.2.1", name);
  };
  fail("alice");
  fail("bob");
  for (let i = 0; i < 49_999; i++) guesses.failed("192.0.2.2", `name${i}`);
  expect([guesses.wait("192.0.2.1", "alice"), guesses.wait("192.0.2.1", "bob")]).toEqual([0, 10]);
  expect(guesses.ofName("alice")).toBe(0);
  expect(guesses.ofName("bob")).toBe(5);
});
