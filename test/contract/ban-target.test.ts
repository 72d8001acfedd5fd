/** Whom a ban is for, as it is typed: each target has one way to be written. */
import { expect, it } from "vitest";
import { readTarget, userKey, writeTarget } from "../../src/contract/ban-target.ts";

it.each([
  ["Alice", { is: "user", name: "Alice" }, "Alice"],
  ["user:alice", { is: "user", name: "alice" }, "alice"],
  ["bob@rumah", { is: "user", name: "bob", realm: "rumah" }, "bob@rumah"],
  ["@rumah", { is: "realm", realm: "rumah" }, "@rumah"],
  ["10.0.0.1", { is: "network", network: "10.0.0.1" }, "10.0.0.1"],
  ["10.0.0.1/8", { is: "network", network: "10.0.0.0/8" }, "10.0.0.0/8"],
  ["user:10.0.0.1", { is: "user", name: "10.0.0.1" }, "user:10.0.0.1"],
  ["10.0.0.1@rumah", { is: "user", name: "10.0.0.1", realm: "rumah" }, "10.0.0.1@rumah"],
  ["10.0.0.256", { is: "user", name: "10.0.0.256" }, "10.0.0.256"],
] as const)("%s", (typed, target, written) => {
  expect(readTarget(typed)).toEqual(target);
  expect(writeTarget(target)).toBe(written);
});

it.each([
  "",
  "@",
  "@@",
  "a@",
  "@a@b",
  "user:",
  "user:@rumah",
  "a b",
  "-a",
  "#kelas",
  "10.0.0.0/33",
  "user:10.0.0.0/8",
  "ali*",
])("%j is none", (typed) => {
  expect(readTarget(typed)).toBeUndefined();
});

it("a user that is called as an address is another than the address", () => {
  expect(userKey("10.0.0.1")).toBe("user:10.0.0.1");
});
