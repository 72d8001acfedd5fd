/** What a proxy says of a connection, byte for byte as haproxy's proxy-protocol.txt has it, and what is none of that. */
import { describe, expect, test } from "vitest";
import { readProxyHeader } from "../../src/server/proxy-header.ts";
import { Chance } from "../simulator/chance.ts";
import { helloOf, proxiedOpening } from "../support/openings.ts";
import { anyHeader, binary, inBinary, inText, SIGNATURE } from "../support/proxy-headers.ts";

const NOTHING = Buffer.alloc(0);
const HEADERS = 3000;

function read(said: string | Buffer): unknown {
  return readProxyHeader(Buffer.from(said as string, "latin1"));
}

/** Who is named; undefined where nobody is. @throws Error where it is no header that ends with its last byte */
function named(bytes: string | Buffer): unknown {
  const header = read(bytes);
  expect(header).toMatchObject({ length: bytes.length });
  return (header as { remote: unknown }).remote;
}

describe("version 1", () => {
  test.each([
    ["PROXY TCP4 255.255.255.255 192.0.2.1 65535 0\r\n", { address: "255.255.255.255", port: 65_535 }],
    ["PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", { address: "203.0.113.7", port: 56_324 }],
    ["PROXY TCP6 2001:DB8::7 2001:db8::1 1 2\r\n", { address: "2001:db8::7", port: 1 }],
    ["PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n", { address: "203.0.113.7", port: 1 }],
    [`PROXY TCP6 ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`, { port: 65_535 }],
  ])("%j names somebody", (text, remote) => {
    expect(named(text)).toMatchObject(remote);
  });

  test.each([
    "PROXY UNKNOWN\r\n",
    "PROXY UNKNOWN \r\n",
    "PROXY UNKNOWN whatever it says\r\n",
    `PROXY UNKNOWN ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`,
  ])("%j names nobody", (text) => {
    expect(named(text)).toBeUndefined();
  });

  test.each([
    "GET / HTTP/1.1\r\n",
    "proxy TCP4 203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY\tTCP4 203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY  TCP4 203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY TCP4 203.0.113.7  192.0.2.1 1 2\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2 \r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2 3\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2\r\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 01 2\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 65536\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 -1 2\r\n",
    "PROXY TCP4 203.0.113.07 192.0.2.1 1 2\r\n",
    "PROXY TCP4 203.0.113.256 192.0.2.1 1 2\r\n",
    "PROXY TCP4 203.0.113 192.0.2.1 1 2\r\n",
    "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
    "PROXY TCP4 ::ffff:203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY TCP6 203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY TCP6 2001:db8::7 192.0.2.1 1 2\r\n",
    "PROXY TCP6 fe80::1%eth0 2001:db8::1 1 2\r\n",
    "PROXY TCP6 2001:db8::7::1 2001:db8::1 1 2\r\n",
    "PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY UNKNOWNN\r\n",
    "PROXY UNKNOWN\n",
    "PROXY \r\n",
    `PROXY UNKNOWN ${"x".repeat(100)}`,
    `PROXY UNKNOWN ${"x".repeat(92)}\r\n`,
  ])("%j is none", (text) => {
    expect(read(text)).toBe("wrong");
  });
});

describe("version 2", () => {
  test("names who comes over IPv4 and IPv6, whatever else stands behind the addresses", () => {
    const bytes = Buffer.from("0d0a0d0a000d0a515549540a2111000cac130001ac130003a6520050", "hex");
    expect(named(bytes)).toEqual({ address: "172.19.0.1", port: 42_578 });
    expect(named(inBinary("2001:db8::7", 1))).toEqual({ address: "2001:db8::7", port: 1 });
    expect(named(inBinary("203.0.113.7", 2, Buffer.alloc(2000, 4)))).toEqual({ address: "203.0.113.7", port: 2 });
    const mapped = Buffer.from(`${"0".repeat(20)}ffffcb007107${"0".repeat(32)}00010002`, "hex");
    expect(named(binary(0x21, 0x21, mapped))).toEqual({ address: "203.0.113.7", port: 1 });
  });

  test.each([
    ["LOCAL, without addresses", binary(0x20, 0, NOTHING)],
    ["LOCAL, with some", binary(0x20, 0x11, Buffer.alloc(12, 1))],
    ["LOCAL, of a family that there is not", binary(0x20, 0xff, Buffer.alloc(3))],
    ["an unspecified family", binary(0x21, 0, NOTHING)],
    ["an unspecified family, with something", binary(0x21, 0, Buffer.alloc(50))],
    ["an unspecified transport", binary(0x21, 0x10, Buffer.alloc(12, 1))],
    ["datagrams", binary(0x21, 0x12, Buffer.alloc(12, 1))],
    ["a unix socket", binary(0x21, 0x31, Buffer.alloc(216, 1))],
  ])("%s: nobody is named", (_, bytes) => {
    expect(named(bytes)).toBeUndefined();
  });

  test.each([
    ["version 1", binary(0x11, 0x11, Buffer.alloc(12))],
    ["version 3", binary(0x31, 0x11, Buffer.alloc(12))],
    ["a command that there is not", binary(0x22, 0x11, Buffer.alloc(12))],
    ["a family that there is not", binary(0x21, 0x41, Buffer.alloc(12))],
    ["a transport that there is not", binary(0x21, 0x13, Buffer.alloc(12))],
    ["IPv4 that is too short", binary(0x21, 0x11, Buffer.alloc(11))],
    ["IPv6 that is too short", binary(0x21, 0x21, Buffer.alloc(35))],
    ["a path that is too short", binary(0x21, 0x31, Buffer.alloc(215))],
    ["more than anybody needs", binary(0x21, 0x11, Buffer.alloc(4097))],
    ["another signature", Buffer.from(inBinary("203.0.113.7")).fill(1, 4, 5)],
  ])("%s is none", (_, bytes) => {
    expect(read(bytes)).toBe("wrong");
  });
});

test("until it has ended more is waited for, and what stands behind it changes nothing", () => {
  for (const bytes of [inText("203.0.113.7"), inBinary("203.0.113.7"), inBinary("2001:db8::7", 1, Buffer.alloc(9))]) {
    for (let size = 0; size < bytes.length; size++) {
      const wanted = read(bytes.subarray(0, size));
      expect([size, wanted]).toEqual([size, expect.any(Number)]);
      expect(wanted).toBeGreaterThan(size);
      expect(wanted).toBeLessThanOrEqual(bytes.length);
    }
    for (const rest of ["ping\r\n\r\n", "\r\n", "\n", "PROXY UNKNOWN\r\n", SIGNATURE])
      expect(read(Buffer.concat([bytes, Buffer.from(rest)]))).toEqual(read(bytes));
  }
});

test(`of ${HEADERS} that chance makes each names whom it was made for`, () => {
  const chance = new Chance(2);
  for (let i = 0; i < HEADERS; i++) {
    const { bytes, remote } = anyHeader(chance);
    expect(read(bytes)).toEqual({ length: bytes.length, remote });
  }
});

test(`of ${HEADERS} openings, spoilt or not, each is decided once, at the same byte however it comes`, async () => {
  const hello = await helloOf();
  const chance = new Chance(3);
  for (let i = 0; i < HEADERS; i++) {
    const all = Buffer.concat(proxiedOpening(chance, hello));
    const verdict = readProxyHeader(all);
    let [size, wanted, isEarly] = [0, 1, false];
    let decided: ReturnType<typeof readProxyHeader> = wanted;
    while (typeof decided === "number" && size < Math.min(all.length, 400)) {
      decided = readProxyHeader(all.subarray(0, ++size));
      if (typeof decided === "number") wanted = Math.max(wanted, decided);
      else isEarly = size < wanted;
    }
    // What it says that it needs, it needs.
    expect(isEarly).toBe(false);
    if (typeof decided === "number") expect(verdict).toEqual(expect.any(Number));
    else expect(decided).toEqual(verdict);
    if (typeof verdict === "object") expect(size).toBe(verdict.length);
  }
});
