/** The SHA-256 of a public key is read as people and programs write it down. */
import { expect, test } from "vitest";
import { readPin } from "../../src/connection/pin.ts";

// Base64 of this one begins with a slash.
const BYTES = Buffer.alloc(32, 0xfd);
const PIN = BYTES.toString("base64");
const HEX = BYTES.toString("hex");

test.each([
  PIN,
  PIN.replace("=", ""),
  ` ${PIN} `,
  `sha256:${PIN}`,
  `SHA-256:${PIN}`,
  `sha256/${PIN}`,
  `sha256//${PIN}`,
  HEX,
  HEX.toUpperCase().replace(/..(?=.)/g, "$&:"),
  `sha256:${HEX}`,
])("%s is one", (given) => {
  expect(PIN).toMatch(/^\//);
  expect(readPin(given)).toBe(PIN);
});

test.each(["", "sha256:", PIN.slice(1, -3), `${PIN}AAAA`, HEX.slice(2), `md5:${PIN}`, `sha256:///${PIN}`])(
  "%j is none",
  (given) => {
    expect(() => readPin(given)).toThrow(/SHA-256/);
  },
);
