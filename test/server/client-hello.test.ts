/** What a TLS client wants to speak is read out of its first record, whatever is in it and however it comes. */
import { describe, expect, test } from "vitest";
import { readClientHello } from "../../src/server/client-hello.ts";
import { readHellos } from "../support/hellos.ts";
import { helloOf } from "../support/openings.ts";

const HELLOS = 10_000;

describe("a ClientHello", () => {
  test("tells the protocols that are asked for, in their order, and that none are", async () => {
    expect(readClientHello(await helloOf(["obrol-link/2", "h2"]))).toEqual({ protocols: ["obrol-link/2", "h2"] });
    expect(readClientHello(await helloOf())).toEqual({ protocols: [] });
  });

  test("that comes byte by byte is waited for until it is whole, and said how long", async () => {
    const hello = await helloOf(["obrol-link/2"]);
    for (let length = 0; length < hello.length; length++)
      expect(readClientHello(hello.subarray(0, length))).toBe(length < 5 ? 5 : hello.length);
    expect(readClientHello(hello)).toEqual({ protocols: ["obrol-link/2"] });
  });

  test("that goes on in a second record is not read", async () => {
    const hello = await helloOf(["obrol-link/2"]);
    const body = hello.subarray(5);
    const records = [body.subarray(0, 100), body.subarray(100)].map((part) =>
      Buffer.concat([Buffer.of(0x16, 3, 1, 0, part.length), part]),
    );
    expect(readClientHello(Buffer.concat(records))).toBe("unreadable");
  });
});

test.each<[string, readonly number[]]>([
  ["a record of another kind", [0x17, 3, 3, 0, 1, 1]],
  ["one of another protocol", [0x16, 2, 0, 0, 1, 1]],
  ["an empty one", [0x16, 3, 1, 0, 0]],
  ["one that is longer than one may be", [0x16, 3, 1, 0x40, 1]],
  ["another message of a handshake", [0x16, 3, 1, 0, 4, 2, 0, 0, 0]],
  ["a hello without anything in it", [0x16, 3, 1, 0, 4, 1, 0, 0, 0]],
])("%s is unreadable", (_, bytes) => {
  expect(readClientHello(Buffer.from(bytes))).toBe("unreadable");
});

test(`of ${HELLOS} that are whole, cut or spoilt, none is read beyond its record, and all that are whole are read`, async () => {
  expect(await readHellos(1, HELLOS)).toEqual([]);
});
