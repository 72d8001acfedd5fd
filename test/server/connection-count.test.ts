/** How many connections an address may have: few of which nobody knows whose they are, many of people who are logged in. */
import { expect, test } from "vitest";
import { ConnectionCount, type Counted } from "../../src/server/limits.ts";

function counting() {
  return new ConnectionCount({ maxConnections: 3000, maxConnectionsPerIp: 1024 });
}

function admitted(count: ConnectionCount, address: string, many: number): readonly Counted[] {
  return Array.from({ length: many }, () => count.admit(address)).filter((one) => one !== undefined);
}

test("of strangers an address has 64, and room for more once some have logged in or left", () => {
  const count = counting();
  const strangers = admitted(count, "192.0.2.1", 100);
  expect(strangers).toHaveLength(64);
  expect(admitted(count, "192.0.2.2", 1)).toHaveLength(1);
  for (const one of strangers.slice(0, 10)) one.recognise();
  expect(admitted(count, "192.0.2.1", 100)).toHaveLength(10);
  strangers[20]?.release();
  expect(admitted(count, "192.0.2.1", 100)).toHaveLength(1);
});

test("of people who are logged in it has as many as the option says, and who has left counts once", () => {
  const count = counting();
  const people: Counted[] = [];
  for (let one = count.admit("192.0.2.1"); one; one = count.admit("192.0.2.1")) {
    one.recognise();
    one.recognise();
    people.push(one);
  }
  expect(people).toHaveLength(1024);
  for (const one of people) one.release();
  expect(admitted(count, "192.0.2.1", 100)).toHaveLength(64);
});

test("the addresses of one IPv6 network are one, those of loopback are nobody's", () => {
  const count = counting();
  expect(admitted(count, "2001:db8:1:2::1", 40)).toHaveLength(40);
  expect(admitted(count, "2001:db8:1:2:ffff::7", 40)).toHaveLength(24);
  expect(admitted(count, "2001:db8:1:3::1", 40)).toHaveLength(40);
  expect(admitted(count, "127.0.0.1", 2000)).toHaveLength(1024);
});

test("all together have as many as the option says", () => {
  const count = counting();
  for (let i = 0; i < 60; i++) admitted(count, `192.0.2.${i}`, 50);
  expect(count.admit("198.51.100.1")).toBeUndefined();
});
